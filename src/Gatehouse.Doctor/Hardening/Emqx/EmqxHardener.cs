using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>EMQX 5 and 6: its own cookie, TLS between nodes with names checked, clients through the gate, refusal as the default.</summary>
public sealed class EmqxHardener : IHardener
{
    private const string KeyFile = "gatehouse-erlang.key", CertificateFile = "gatehouse-erlang.crt", AuthorityFile = "gatehouse-ca.crt";

    /// <summary>Those with forward secrecy and an authenticated cipher.</summary>
    internal static readonly string[] Suites =
    [
        "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256",
    ];

    /// <inheritdoc/>
    public string System => "emqx";

    /// <inheritdoc/>
    public string Locate(IHost host, string? named) => Find(host, named).File;

    /// <inheritdoc/>
    public HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets)
    {
        Installation found = Find(host, wishes.File);
        var draft = new PlanDraft(host, System, found, wishes.User, "emqx.service");
        Version version = EmqxVersion.Of(host, wishes.Version);
        EmqxFiles files = EmqxFiles.Read(host, draft, version);
        var arguments = EmqxArguments.Read(draft);
        ConfigDocument edited = EmqxCookie.Of(files.Main, out string? cookie, files, draft, wishes, secrets, version);
        edited = Node(edited, files, draft, wishes, version, arguments);
        string[] names = ListenerNames(host, files, wishes);
        bool isNewlyHardened = EmqxProfile.Of(arguments, draft, version);
        edited = new EmqxListeners(files, draft, wishes, version).Of(edited, names, isNewlyHardened);
        edited = EmqxDashboard.Of(edited, files, draft, wishes, secrets, version);
        edited = EmqxRights.Of(edited, host, files, draft, wishes);
        edited = EmqxLimits.OfMqtt(edited, files, draft, EmqxListeners.IsOpen(files.With((HoconFile)edited, EnvironmentVariables.Empty), wishes));
        edited = EmqxVersion.HasAuditLog(host, version) ? edited.Put("log.audit.enable", Literal.Boolean(true)) : edited;
        arguments.Plan();
        draft.Put(files.Main, edited);
        foreach (HoconFile written in files.Below.Where(static file => file.Source.EndsWith("/cluster.hocon", StringComparison.Ordinal)))
        {
            draft.Tighten(written.Source);
        }

        foreach (HoconFile stronger in files.Above)
        {
            draft.Tighten(stronger.Source);
        }

        draft.Compare(edited.Settings, files.With((HoconFile)edited, EnvironmentVariables.Empty), files.Above);
        if (draft.Environment is { } environment)
        {
            draft.Compare(edited.Settings, files.With((HoconFile)edited, environment));
        }

        Steps(draft, files, cookie, wishes, version, names);
        return draft.ToPlan();
    }

    private static Installation Find(IHost host, string? named) => Installation.Find(host, named, "emqx.conf", FileOf, "/etc/emqx/emqx.conf", "/opt/emqx/etc/emqx.conf");

    private static string? FileOf(ProcessFact process) =>
        process.Name.StartsWith("beam", StringComparison.Ordinal) && Installation.Variable(process, "EMQX_ETC_DIR") is { } folder && Path.IsPathRooted(folder)
            ? Path.Combine(folder, "emqx.conf")
            : null;

    private static string HostPart(EmqxFiles files) => files.InForce["node.name"].Text?.Split('@') is [_, { Length: > 0 } named] ? named : "127.0.0.1";

    // A name of loopback is of no use to clients of other hosts.
    private static string[] ListenerNames(IHost host, EmqxFiles files, HardenWishes wishes)
    {
        string own = HostPart(files);
        return [.. wishes.Names.Concat(wishes.Names.IsEmpty || !Editing.IsLoopback(own) ? [own] : []).Concat(wishes.Names.IsEmpty && Editing.IsLoopback(own) ? [host.Name] : []).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static ConfigDocument Node(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes, Version version, EmqxArguments arguments)
    {
        ConfigDocument edited = file;
        string host = HostPart(files);
        string? bind = wishes.Bind ?? (IPAddress.TryParse(host, out _) ? host : null);
        if (bind is null)
        {
            draft.Warn($"the ports between nodes stay on every address, because `{host}` is a name: --bind ADDRESS binds them to one");
        }
        else
        {
            edited = edited.Put("rpc.listen_address", Literal.Text(bind));
            if (version >= new Version(6, 2))
            {
                edited = edited.Put("node.dist_bind_address", Literal.Text(bind));
            }
            else
            {
                arguments.Bind(bind);
            }
        }

        if (!wishes.Mesh || !wishes.Nodes.IsEmpty)
        {
            SettingTree settings = draft.Environment is { } environment ? files.With(files.Main, environment) : files.InForce;
            EmqxMembers.Of(arguments, draft, wishes, settings["node.name"].Text ?? "emqx@127.0.0.1");
        }

        edited = version >= new Version(5, 3) ? edited.Put("rpc.insecure_fallback", Literal.Boolean(false)) : edited;
        return wishes.Mesh ? edited : Tls(edited, draft, wishes, host, bind);
    }

    private static ConfigDocument Tls(ConfigDocument file, PlanDraft draft, HardenWishes wishes, string host, string? bind)
    {
        if (draft.Folder.Any(static c => c is ' ' or '"' or '\\' || char.IsControl(c)))
        {
            throw HardenProblems.NotPossible.Exception($"the folder `{draft.Folder}` has a space or a quote in its name, and Erlang's command line cannot name a file in it");
        }

        draft.Certificate(new CertificateWish
        {
            Profile = CertificateProfile.Erlang,
            Names = [.. wishes.Names.Prepend(host).Distinct(StringComparer.OrdinalIgnoreCase)],
            Purpose = "Erlang distribution and gen_rpc",
            Rights = draft.RightsOf(draft.Beside(KeyFile)),
            Pem = new PemPlaces(draft.Beside(KeyFile), draft.Beside(CertificateFile), draft.Beside(AuthorityFile)),
        });
        string own = $"{{certfile, \"{draft.Beside(CertificateFile)}\"}},\n     {{keyfile, \"{draft.Beside(KeyFile)}\"}},\n     {{cacertfile, \"{draft.Beside(AuthorityFile)}\"}},\n     {{verify, verify_peer}},";
        string text = string.Join(
            '\n',
            "%% TLS between nodes: both ends show a certificate of the cluster's CA, and whoever calls checks the name of whom it calls.",
            "[{server,",
            "    [" + own,
            "     {fail_if_no_peer_cert, true},",
            "     {versions, ['tlsv1.3']}]},",
            " {client,",
            "    [" + own,
            "     {versions, ['tlsv1.3']}]}].",
            "");
        draft.PutText(draft.Beside("ssl_dist.conf"), text);
        bool isSix = IPAddress.TryParse(bind, out IPAddress? address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        return file
            .Without("rpc.driver") // an older name of rpc.protocol
            .Put("cluster.proto_dist", Literal.Word(isSix ? "inet6_tls" : "inet_tls"))
            .Put("rpc.protocol", Literal.Word("ssl"))
            .Put("rpc.certfile", Literal.Text(draft.Beside(CertificateFile)))
            .Put("rpc.keyfile", Literal.Text(draft.Beside(KeyFile)))
            .Put("rpc.cacertfile", Literal.Text(draft.Beside(AuthorityFile)))
            .Put("rpc.tls_versions", Literal.Texts("tlsv1.3", "tlsv1.2"))
            .Put("rpc.ciphers", Literal.Texts(Suites));
    }

    private static void Steps(PlanDraft draft, EmqxFiles files, string? cookie, HardenWishes wishes, Version version, string[] names)
    {
        draft.Step("Apply this on every node of the cluster, restart none before.");
        if (cookie is not null && wishes.Secret is null)
        {
            draft.Step($"Bring {(cookie == draft.File ? $"the value of `node.cookie` in {cookie}" : $"the cookie in {cookie}")} to the other nodes in a file of mode 0600, and give it there with --secret-file FILE.");
        }

        draft.Step(wishes.Mesh
            ? "Declare the mesh service for these nodes (docs/operate/mesh-services.md, \"EMQX\") and name them by their peer addresses before they join; a renamed node has a new database."
            : "Stop all nodes and start them in one maintenance window: a node with TLS cannot talk to one without, nor one with another cookie.");
        draft.Step("Change the administrator's password where the node has run before, for default_password counts at the first start only: emqx ctl admins passwd admin NEW");
        if (wishes.Gate)
        {
            draft.Step("Make a user `gatehouse` in EMQX's own authentication and name it at the gate (upstream_user, upstream_password): acl.conf lets it alone in, and the gate decides for everybody behind it.");
            draft.Step("Tell the gate that the listener expects the client's address: mqtt: { proxy_protocol: true }.");
        }
        else if (draft.Has(draft.Beside(EmqxListenerTls.CertificateFile)))
        {
            draft.Step($"Give clients of other hosts the CA of the listener, {draft.Beside(EmqxListenerTls.AuthorityFile)}, and the port of TLS. Its certificate carries {string.Join(", ", names)}: another name that clients know this host by goes with --name.");
        }

        if (!wishes.Mesh)
        {
            draft.Step("Close 4370 and 5370 with the number of the node's name to everything but the nodes: gatehouse firewall --system emqx --nodes NODE@HOST,NODE@HOST.");
        }

        if (!wishes.Mesh || draft.Has(draft.Beside(EmqxListenerTls.CertificateFile)))
        {
            draft.Renewal("restart one node after the other");
        }

        draft.Step(version >= new Version(5, 1)
            ? "Settings in the dashboard and REST API win over nothing of this: emqx.conf is stronger than cluster.hocon, and is read at the start."
            : $"Settings in the dashboard and REST API win over all of this before 5.1: they are kept in {files.Data}/configs/cluster-override.conf and local-override.conf, which are stronger than emqx.conf. Run this with --verify after each change there, and take out of them what it names.");
        draft.StepAfter($"gatehouse doctor {draft.File}");
    }
}
