using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Hardening.Certificates;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Certificates;

namespace Gatehouse.Doctor.Hardening.Ignite;

/// <summary>Ignite 3: mutual TLS on all three channels in the node's file, and a file for the cluster's initialization that switches security on.</summary>
public sealed class IgniteHardener : IHardener
{
    private const string KeyStore = "gatehouse-node.p12", TrustStore = "gatehouse-trust.p12", InitFile = "gatehouse-cluster-init.conf";
    private const string GateUser = "gate";

    // Clients show every 30 seconds that they are there.
    private const int IdleMilliseconds = 120_000;
    private const int MostQueuedJobs = 10_000;
    private const string Ciphers =
        "TLS_AES_256_GCM_SHA384,TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,"
        + "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

    private static readonly string[] AddressSettings = ["ignite.network.listenAddresses", "ignite.clientConnector.listenAddresses"];
    private static readonly string[] Channels = ["ignite.network", "ignite.clientConnector", "ignite.rest"];

    /// <inheritdoc/>
    public string System => "ignite";

    /// <inheritdoc/>
    public string Locate(IHost host, string? named) => Find(host, named).File;

    /// <inheritdoc/>
    public HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets)
    {
        Installation found = Find(host, wishes.File);
        var draft = new PlanDraft(host, System, found, wishes.User, "ignite3db.service");
        var file = HoconFile.Read(draft.Needed(found.File), found.File, HoconOptions.Ignite);
        Refuse(file);
        Version? release = IgniteVersion.Of(host, found.File, found.Process);
        ConfigDocument edited = Addresses(file, draft, wishes);
        edited = Limits(edited, draft, release);
        edited = Tls(edited, host, draft, wishes, secrets);
        draft.Put(file, edited);
        draft.Warn("nodes take any certificate of the CA, a client's too, and do not compare names: where users have some, only a packet filter or the mesh keeps them from 3344");
        Cluster(draft, wishes, secrets, release);
        Steps(draft, wishes);
        return draft.ToPlan();
    }

    private static Installation Find(IHost host, string? named) => Installation.Find(
        host, named, "ignite-config.conf", FileOf, "/etc/ignite3db/ignite-config.conf", "/opt/ignite3db/etc/ignite-config.conf", "/opt/ignite/etc/ignite-config.conf");

    private static string? FileOf(ProcessFact process) =>
        process.Arguments.Any(static argument => argument.Contains("org.apache.ignite.internal.app.IgniteRunner", StringComparison.Ordinal)) ? Installation.Told(process, "--config-path") : null;

    // What Ignite itself would refuse, or read differently.
    private static void Refuse(HoconFile file)
    {
        if (file.Settings.Remarks.FirstOrDefault(static remark => remark.Kind is RemarkKind.Substitution or RemarkKind.Include or RemarkKind.DuplicateKey) is { } remark)
        {
            throw HardenProblems.NotPossible.Exception(
                $"`{file.Source}` has {(remark.Kind switch { RemarkKind.Substitution => "a substitution", RemarkKind.Include => "an include", _ => "a name twice" })} in line {remark.Origin.Line}, which Ignite does not resolve or refuses",
                "write the value itself there");
        }
    }

    private static ConfigDocument Addresses(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = wishes.Bind is { } bind ? file.Put("ignite.network.listenAddresses", Literal.Texts(bind)) : file;
        if (wishes.Bind is null && edited.Settings["ignite.network.listenAddresses"].AsTexts() is not { IsEmpty: false })
        {
            draft.Warn("port 3344 is on every address: --bind ADDRESS binds it to one");
        }

        if (wishes.Gate)
        {
            edited = edited.Put("ignite.clientConnector.listenAddresses", Literal.Texts("127.0.0.1"));
        }
        else if (edited.Settings["ignite.clientConnector.listenAddresses"].AsTexts() is not { IsEmpty: false })
        {
            draft.Warn("port 10800 is on every address: with a gate in front, --gate binds it to loopback");
        }

        if (!wishes.Nodes.IsEmpty)
        {
            edited = edited
                .Put("ignite.network.nodeFinder.type", Literal.Text("STATIC"))
                .Put("ignite.network.nodeFinder.netClusterNodes", Literal.Texts(wishes.Nodes.Select(static node => node.Contains(':', StringComparison.Ordinal) ? node : node + ":3344")));
        }
        else if (edited.Settings["ignite.network.nodeFinder.type"].Text == "MULTICAST")
        {
            draft.Warn("nodes find each other by multicast, which the whole segment hears: --nodes HOST:PORT,HOST:PORT names them");
        }

        if (edited.Settings["ignite.security"].IsSet)
        {
            draft.Warn("ignite.security stands in the node's file, where it means nothing: security is a setting of the cluster");
        }

        return edited
            .PutIfSet("ignite.clientConnector.sendServerExceptionStackTraceToClient", Literal.Boolean(false))
            .PutIfSet("ignite.rest.dualProtocol", Literal.Boolean(false))
            .PutIfSet("ignite.rest.httpToHttpsRedirection", Literal.Boolean(false));
    }

    // Ignite refuses names that it does not know, and 3.0 has others.
    private static ConfigDocument Limits(ConfigDocument file, PlanDraft draft, Version? release)
    {
        const string New = "ignite.clientConnector.idleTimeoutMillis", Old = "ignite.clientConnector.idleTimeout", Queue = "ignite.compute.queueMaxSize";
        SettingTree settings = file.Settings;
        bool isOld = release is not null ? release < IgniteVersion.FirstWithUnits : settings[Old].IsSet || settings["ignite.clientConnector.connectTimeout"].IsSet;
        string idle = isOld ? Old : New;
        bool isEndless = settings[idle] is { IsUnknown: false } set && (set.AsInteger() ?? 0) == 0;
        if (isEndless && !isOld && release is null)
        {
            draft.Warn($"which version this is cannot be seen: {idle} is a name of 3.1 and later, which 3.0 calls idleTimeout");
        }

        ConfigDocument edited = isEndless ? file.Put(idle, Literal.Number(IdleMilliseconds)) : file;
        return (settings[Queue].AsInteger() ?? int.MaxValue) == int.MaxValue && !settings[Queue].IsUnknown ? edited.Put(Queue, Literal.Number(MostQueuedJobs)) : edited;
    }

    private static ConfigDocument Tls(ConfigDocument file, IHost host, PlanDraft draft, HardenWishes wishes, ISecretSource secrets)
    {
        string keys = draft.Beside(KeyStore), trust = draft.Beside(TrustStore);
        string keysPassword = Password(file, draft, secrets, "keyStore", keys);
        string trustPassword = Password(file, draft, secrets, "trustStore", trust);
        ConfigDocument edited = file;
        foreach (string channel in Channels)
        {
            edited = edited
                .Put($"{channel}.ssl.enabled", Literal.Boolean(true))
                .Put($"{channel}.ssl.clientAuth", Literal.Text("require"))
                .Put($"{channel}.ssl.ciphers", Literal.Text(Ciphers));
            foreach ((string store, string path, string password) in ((string, string, string)[])[("keyStore", keys, keysPassword), ("trustStore", trust, trustPassword)])
            {
                edited = edited
                    .Put($"{channel}.ssl.{store}.type", Literal.Text("PKCS12"))
                    .Put($"{channel}.ssl.{store}.path", Literal.Text(path))
                    .Put($"{channel}.ssl.{store}.password", Literal.Text(password));
            }
        }

        string[] own = [.. AddressSettings.SelectMany(path => edited.Settings[path].AsTexts() ?? [])
            .Where(static one => one is not ("0.0.0.0" or "::"))];
        draft.Certificate(new CertificateWish
        {
            Profile = CertificateProfile.Ignite,
            Names = [.. wishes.Names.DefaultIfEmpty(host.Name).Concat(own).Concat(["localhost", "127.0.0.1"]).Distinct(StringComparer.OrdinalIgnoreCase)],
            Purpose = "network, client connector and REST of this node",
            Rights = draft.RightsOf(keys),
            Store = new StorePlaces(keys, trust, "ignite", keysPassword, trustPassword),
        });
        return edited;
    }

    private static string Password(ConfigDocument file, PlanDraft draft, ISecretSource secrets, string store, string path)
    {
        string? current = Channels.Select(channel => $"{channel}.ssl.{store}").Where(name => file.Settings[$"{name}.path"].Text == path).Select(name => file.Settings[$"{name}.password"].Text).FirstOrDefault();
        return draft.Secret($"password of {path}", current, null, static word => SecretStrength.IsGoodWord(word) ? null : "it can be guessed", () => secrets.Word(32));
    }

    // Ignite keeps it in the clear and knows no roles: one user, for the gate.
    private static void Cluster(PlanDraft draft, HardenWishes wishes, ISecretSource secrets, Version? release)
    {
        string path = draft.Beside(InitFile);
        HoconFile? before = draft.Optional(path) is { } bytes ? HoconFile.Read(bytes, path, HoconOptions.Ignite) : null;
        string? current = before?.Settings[$"ignite.security.authentication.providers.default.users.{GateUser}.password"].Text;
        string password = draft.Secret(
            $"password of Ignite's user `{GateUser}`", current, null, static word => SecretStrength.IsGoodWord(word, GateUser, "ignite") ? null : "it can be guessed", () => secrets.Word(32));
        string text = ClusterText(password, release);
        draft.PutApart(before, HoconFile.Read(Encoding.UTF8.GetBytes(text), path, HoconOptions.Ignite));
        if (wishes.GatePassword is { } file)
        {
            draft.PutGatePassword(file, password);
        }
    }

    private static string ClusterText(string password, Version? release)
    {
        string[] events =
        [
            "USER_AUTHENTICATION_SUCCESS", "USER_AUTHENTICATION_FAILURE", "CLIENT_CONNECTION_ESTABLISHED", "CLIENT_CONNECTION_CLOSED", "QUERY_STARTED", "QUERY_FINISHED",
            .. release is not null && release >= IgniteVersion.FirstWithRestEvents ? (string[])["REST_API_REQUEST_STARTED", "REST_API_REQUEST_FINISHED"] : [], // others refuse the name
        ];
        return $$"""
            # For the first initialization of the cluster; delete it afterwards: Ignite keeps the password itself.
            ignite {
              security {
                enabled = true
                authentication.providers.default {
                  type = basic
                  users.{{GateUser}}.password = "{{password}}"
                }
              }
              eventlog {
                channels.audit {
                  enabled = true
                  events = [{{string.Join(", ", events)}}]
                }
                sinks.audit {
                  type = log
                  channel = audit
                }
              }
            }

            """.ReplaceLineEndings("\n");
    }

    private static void Steps(PlanDraft draft, HardenWishes wishes)
    {
        string init = draft.Beside(InitFile);
        draft.Step("Apply this on every node, restart none before; the user's password needs to be made once only, for the cluster is initialized once.");
        draft.Step("Add -Djdk.tls.rejectClientInitiatedRenegotiation=true to the node's JVM arguments (IGNITE3_EXTRA_JVM_ARGS): Java lets clients ask for new handshakes without end.");
        draft.Step("Close 10800, 10300 and 10400 to everything but the gate, and 3344 to everything but the nodes (gatehouse firewall): REST has no setting for its address.");
        draft.Step("Stop all nodes and start them in one maintenance window: a node with TLS cannot talk to one without.");
        draft.Step("Make a certificate for the gate and the CLI, which are asked for one now: gatehouse cert issue --profile client --user ignite-gate --out DIR.");
        draft.Step($"A new cluster: initialize it from this host, before its ports can be reached, for anybody may do that: ignite3 cluster init --name=NAME --config-files={init}. It has no user `ignite` then.");
        draft.Step(
            "A cluster that runs already, once and on one node, with that certificate: curl --cacert ca.crt --cert ignite-gate.crt --key ignite-gate.key -X PATCH -H 'Content-Type: text/plain' "
            + $"--data-binary @{init} https://localhost:10400/management/v1/configuration/cluster (with -u USER where security is on; curl asks for the password). Thin clients are cut off and connect again. "
            + "A user `ignite` that is there stays: remove it, or change its password, the same way.");
        draft.Step(wishes.GatePassword is { } path
            ? $"Tell the gate: upstream: tls://127.0.0.1:10800, upstream_ca, upstream_certificate, upstream_key, upstream_user: {GateUser}, upstream_password: file:{path}."
            : $"Tell the gate: upstream: tls://127.0.0.1:10800, upstream_ca, upstream_certificate, upstream_key, upstream_user: {GateUser}, upstream_password: file:FILE (--gate-password FILE writes that file).");
        draft.Step($"Delete {init}: Ignite keeps the password itself.");
        draft.Renewal("restart one node after the other");
        draft.Step($"gatehouse doctor {draft.File}");
    }
}
