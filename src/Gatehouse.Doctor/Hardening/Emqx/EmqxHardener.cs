using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Emqx;

/// <summary>EMQX 5 and 6: its own cookie, TLS between nodes with names checked, clients through the gate, refusal as the default.</summary>
public sealed class EmqxHardener : IHardener
{
    private const string KeyFile = "gatehouse-erlang.key", CertificateFile = "gatehouse-erlang.crt", AuthorityFile = "gatehouse-ca.crt";

    // Those with forward secrecy and an authenticated cipher.
    private static readonly string[] Suites =
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
        ConfigDocument edited = EmqxCookie.Of(files.Main, out string? cookie, files, draft, wishes, secrets, version);
        edited = Node(edited, files, draft, wishes, version);
        edited = EmqxClients.Listeners(edited, files, draft, wishes, version);
        edited = EmqxClients.Dashboard(edited, files, draft, wishes, secrets);
        edited = EmqxRights.Of(edited, host, files, draft, wishes);
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

        Steps(draft, files, cookie, wishes, version);
        return draft.ToPlan();
    }

    private static Installation Find(IHost host, string? named) => Installation.Find(host, named, "emqx.conf", FileOf, "/etc/emqx/emqx.conf", "/opt/emqx/etc/emqx.conf");

    private static string? FileOf(ProcessFact process) =>
        process.Name.StartsWith("beam", StringComparison.Ordinal) && Installation.Variable(process, "EMQX_ETC_DIR") is { } folder && Path.IsPathRooted(folder)
            ? Path.Combine(folder, "emqx.conf")
            : null;

    private static ConfigDocument Node(ConfigDocument file, EmqxFiles files, PlanDraft draft, HardenWishes wishes, Version version)
    {
        ConfigDocument edited = file;
        string host = files.InForce["node.name"].Text?.Split('@') is [_, { Length: > 0 } named] ? named : "127.0.0.1";
        string? bind = wishes.Bind ?? (IPAddress.TryParse(host, out _) ? host : null);
        if (bind is null)
        {
            draft.Warn($"the ports between nodes stay on every address, because `{host}` is a name: --bind ADDRESS binds them to one");
        }
        else
        {
            edited = Bind(edited, draft, bind, version);
        }

        edited = version >= new Version(5, 3) ? edited.Put("rpc.insecure_fallback", Literal.Boolean(false)) : edited;
        return wishes.Mesh ? edited : Tls(edited, draft, wishes, host, bind);
    }

    // Before 6.2 there is no setting for it; an unknown one would keep the node from starting.
    private static ConfigDocument Bind(ConfigDocument file, PlanDraft draft, string address, Version version)
    {
        ConfigDocument edited = file.Put("rpc.listen_address", Literal.Text(address));
        if (version >= new Version(6, 2))
        {
            return edited.Put("node.dist_bind_address", Literal.Text(address));
        }

        string path = draft.Beside("vm.args");
        if (draft.Optional(path) is not { } bytes)
        {
            draft.Warn($"there is no {path}: the distribution stays on every address, unless -kernel inet_dist_use_interface is given elsewhere");
            return edited;
        }

        var arguments = VmArgsFile.Read(bytes, path);
        draft.Put(arguments, arguments.Put("-kernel.inet_dist_use_interface", Literal.Text(Tuple(address))));
        return edited;
    }

    private static string Tuple(string address)
    {
        var ip = IPAddress.Parse(address);
        byte[] bytes = ip.GetAddressBytes();
        IEnumerable<int> parts = ip.AddressFamily == AddressFamily.InterNetwork
            ? bytes.Select(static b => (int)b)
            : Enumerable.Range(0, 8).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1]);
        return "{" + string.Join(',', parts) + "}";
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

    private static void Steps(PlanDraft draft, EmqxFiles files, string? cookie, HardenWishes wishes, Version version)
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

        if (version >= new Version(6, 2))
        {
            draft.Step("Set EMQX_SECURITY_PROFILE=hardened in the unit's environment: it is no setting of the file.");
        }

        if (!wishes.Mesh)
        {
            draft.Step("Close 4370 and 5370 with the number of the node's name to everything but the nodes: gatehouse firewall --system emqx --nodes NODE@HOST,NODE@HOST.");
            draft.Renewal("restart one node after the other");
        }

        draft.Step(version >= new Version(5, 1)
            ? "Settings in the dashboard and REST API win over nothing of this: emqx.conf is stronger than cluster.hocon, and is read at the start."
            : $"Settings in the dashboard and REST API win over all of this before 5.1: they are kept in {files.Data}/configs/cluster-override.conf and local-override.conf, which are stronger than emqx.conf. Run this with --verify after each change there, and take out of them what it names.");
        draft.Step($"gatehouse doctor {draft.File}");
    }
}
