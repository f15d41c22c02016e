using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>IPFS Cluster's <c>service.json</c>: a swarm with a secret and named peers, APIs on loopback with one user, nothing that nobody needs.</summary>
public sealed class IpfsClusterHardener : IHardener
{
    private const int SwarmPort = 9096;
    private const string GateUser = ClusterApis.GateUser;

    /// <inheritdoc/>
    public string System => "ipfs-cluster";

    /// <inheritdoc/>
    public string Locate(IHost host, string? named) => Find(host, named).File;

    /// <inheritdoc/>
    public HardenPlan Plan(IHost host, HardenWishes wishes, ISecretSource secrets)
    {
        Installation found = Find(host, wishes.File);
        var draft = new PlanDraft(host, System, found, wishes.User, "ipfs-cluster.service", "ipfs-cluster-service.service");
        var file = JsonFile.Read(draft.Needed(found.File), found.File);
        Refuse(file);

        ConfigDocument edited = Swarm(file, draft, wishes, secrets);
        edited = Trust(edited, draft, wishes);
        edited = ClusterApis.Of(edited, host, draft, wishes, secrets);
        edited = Kubo(edited, draft, wishes);
        edited = ClusterObservations.Of(edited, draft, wishes);
        draft.Put(file, edited);
        draft.Tighten(draft.Beside("identity.json"));
        if (draft.Environment is { } environment)
        {
            SettingTree effective = IpfsClusterSettings.Of((JsonFile)edited, environment);
            draft.Compare(edited.Settings, effective);
            ClusterObservations.Compare(edited.Settings, effective, draft);
        }

        if (host.Look(draft.Folder) is { Status: { } folder } && (folder.Mode & 7) != 0)
        {
            draft.Step($"chmod 700 {draft.Folder}: every local user may open it (mode {folder.Octal}), and the peer's key and state lie there.");
        }

        Steps(draft, file, edited, wishes);
        return draft.ToPlan();
    }

    private static Installation Find(IHost host, string? named) => Installation.Find(host, named, "service.json", FileOf, "/root/.ipfs-cluster/service.json", "/var/lib/ipfs-cluster/service.json");

    private static string? FileOf(ProcessFact process)
    {
        if (process.Name is not ("ipfs-cluster-service" or "ipfs-cluster-se")) // the kernel cuts names at 15
        {
            return null;
        }

        string? folder = Installation.Told(process, "--config", "-c") ?? Installation.Variable(process, "IPFS_CLUSTER_PATH");
        folder ??= Installation.Variable(process, "HOME") is { } home ? Path.Combine(home, ".ipfs-cluster") : null;
        return folder is null ? null : Path.Combine(folder, "service.json");
    }

    private static void Refuse(JsonFile file)
    {
        SettingTree settings = file.Settings;
        if (settings["source"].Text is { Length: > 0 })
        {
            throw HardenProblems.NotPossible.Exception(
                $"`{file.Source}` takes its configuration from a `source` elsewhere at each start, and ignores what it says itself", "put the configuration itself into the file, and take `source` out");
        }

        if (settings["consensus.crdt"].IsSet == settings["consensus.raft"].IsSet)
        {
            throw HardenProblems.NotPossible.Exception($"`{file.Source}` must have exactly one of `consensus.crdt` and `consensus.raft`");
        }
    }

    private static ConfigDocument Swarm(ConfigDocument file, PlanDraft draft, HardenWishes wishes, ISecretSource secrets)
    {
        SettingTree settings = file.Settings;
        string? current = settings["cluster.secret"].Text;
        string secret = draft.Secret("secret of the swarm (`cluster.secret`)", current, wishes.Secret?.Trim(), SecretStrength.FaultOfKey, () => secrets.Hex(32));
        if (secret != current)
        {
            string why = SecretStrength.FaultOfKey(current) is { } fault ? $"the swarm's secret is replaced, because {fault}" : "the swarm's secret is replaced by the one that was given";
            draft.Warn($"{why}: a peer with another secret cannot talk to this one any more");
        }

        ConfigDocument edited = file.Put("cluster.secret", Literal.Text(secret))
            .Put("cluster.enable_relay_hop", Literal.Boolean(false))
            .Put("cluster.mdns_interval", Literal.Text("0s"))
            .Put("cluster.pin_only_on_trusted_peers", Literal.Boolean(true))
            .PutIfSet("cluster.pin_only_on_untrusted_peers", Literal.Boolean(false))
            .PutIfSet("cluster.resource_manager.enabled", Literal.Boolean(true));
        edited = ClusterIdentity.Move(edited, draft);
        return Listen(edited, "cluster.listen_multiaddress", SwarmPort, wishes.Bind ?? (wishes.Gate ? "127.0.0.1" : null));
    }

    // QUIC cannot do private networks: such an entry only looks as if it did something.
    private static ConfigDocument Listen(ConfigDocument file, string path, int port, string? address)
    {
        Setting setting = file.Settings[path];
        if (setting.AsTexts() is not { IsEmpty: false } texts)
        {
            return file;
        }

        string[] kept = [.. texts.Where(Multiaddress.IsTcp)];
        string[] wanted = [.. (address is null ? kept : kept.Select(one => Multiaddress.On(one, address, port))).Distinct(StringComparer.Ordinal)];
        wanted = wanted.Length > 0 ? wanted : [Multiaddress.On(texts[0], address ?? "0.0.0.0", port)];
        return file.Put(path, ClusterApis.Written(setting, wanted));
    }

    private static ConfigDocument Trust(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        bool isAlone = wishes.Peers is ["self"];
        if (!isAlone && wishes.Peers.FirstOrDefault(static id => !Multiaddress.IsPeer(id)) is { } wrong)
        {
            throw HardenProblems.Wish.Exception($"`{wrong}` is no id of a peer", "--peers 12D3KooW...,12D3KooW..., as ipfs-cluster-ctl peers ls shows them");
        }

        if (file.Settings["consensus.raft"].IsSet)
        {
            draft.Warn("consensus is raft: every peer that holds the secret is trusted with everything, and the REST API is served over the swarm too; crdt has a list of trusted peers");
            return wishes.Peers.IsEmpty || isAlone ? file : file.Put("consensus.raft.init_peerset", Literal.Texts(wishes.Peers));
        }

        Setting trusted = file.Settings["consensus.crdt.trusted_peers"];
        if (wishes.Peers.IsEmpty)
        {
            return trusted.AsTexts() is { } texts && trusted.IsSet && !texts.Contains("*")
                ? file
                : throw HardenProblems.Wish.Exception(
                    "every peer is trusted (`trusted_peers` is `*` or missing), and who the real ones are is not in the file",
                    "--peers ID,ID with the ids of all peers (ipfs-cluster-ctl peers ls), or --peers self for a cluster of one");
        }

        return file.Put("consensus.crdt.trusted_peers", isAlone ? Literal.Texts() : Literal.Texts(wishes.Peers));
    }

    private static ConfigDocument Kubo(ConfigDocument file, PlanDraft draft, HardenWishes wishes)
    {
        ConfigDocument edited = file;
        foreach (string path in (ReadOnlySpan<string>)["ipfs_connector.ipfshttp.node_multiaddress", "api.ipfsproxy.node_multiaddress"])
        {
            if (edited.Settings[path.Remove(path.LastIndexOf('.'))].Kind != SettingKind.Map)
            {
                continue;
            }

            if (wishes.Injector is { } port)
            {
                edited = edited.Put(path, Literal.Text($"/ip4/127.0.0.1/tcp/{port}"));
            }
            else if (edited.Settings[path].Text is { } address && !Multiaddress.IsLocal(address))
            {
                draft.Warn($"{path} leads to another host in clear text, with every right there is at Kubo: --injector PORT sends it through a gate of this host");
            }
        }

        return edited;
    }

    private static void Steps(PlanDraft draft, ConfigDocument before, ConfigDocument after, HardenWishes wishes)
    {
        bool isNewSecret = before.Settings["cluster.secret"].Text != after.Settings["cluster.secret"].Text;
        draft.Step("Harden every peer of the cluster before one of them is started again: they have one secret, and each lists the ids of all.");
        if (isNewSecret && wishes.Secret is null)
        {
            draft.Step($"Bring the value of `cluster.secret` in {draft.File} to the other peers in a file of mode 0600, and give it there with --secret-file FILE.");
        }

        draft.Step("Take CLUSTER_* out of units, env and compose files where they say something else: an empty CLUSTER_SECRET takes the secret away. Set LIBP2P_FORCE_PNET=1 there, and a peer without a secret does not start.");
        if (after.Settings["api.restapi"].IsSet)
        {
            draft.Step(wishes.Expose is { } address
                ? $"Clients, ipfs-cluster-ctl too: --host /ip4/{address}/tcp/9094 --https --basic-auth {GateUser}:PASSWORD with {draft.Beside("gatehouse-ca.crt")} among the trusted roots, or CLUSTER_CREDENTIALS instead of the option, which every local user sees."
                : wishes.Socket is { } socket
                ? $"ipfs-cluster-ctl --host /unix{socket}, the gate: upstream: unix:{socket}."
                : "ipfs-cluster-ctl takes CLUSTER_CREDENTIALS from now on: the REST API asks for the password.");
        }

        if (after.Settings["api.restapi"].IsSet || after.Settings["api.pinsvcapi"].IsSet)
        {
            draft.Step(wishes.GatePassword is { } path
                ? $"Name the password at the gate: upstream_user: {GateUser}, upstream_password: file:{path}."
                : $"Give the gate the user of `basic_auth_credentials`: upstream_user: {GateUser}, upstream_password: file:FILE (--gate-password FILE writes that file).");
        }

        if (wishes.Gate)
        {
            draft.Step("Set `cluster.announce_multiaddress` to the address of the swarm's gate (port 9496): this peer sees every caller come from the gate.");
        }

        if (wishes.Injector is { } port)
        {
            draft.Step($"Make the gate on 127.0.0.1:{port} that adds Kubo's password, before the peer is started: docs/operate/ipfs.md, \"Kubo locked\".");
        }

        if (wishes.Expose is not null)
        {
            draft.Renewal("restart the peer");
        }

        string[] open = [.. (after.Settings["cluster.listen_multiaddress"].AsTexts() ?? []).Where(static one => !Multiaddress.IsLocal(one))];
        if (open.Length > 0)
        {
            draft.Step($"Close {string.Join(" and ", open.Select(static one => Multiaddress.Port(one) ?? SwarmPort).Distinct())} to everything but the other peers: gatehouse firewall --system ipfs-cluster --nodes HOST,HOST (it knows {SwarmPort}).");
        }

        ClusterObservations.Steps(draft, after.Settings);
        draft.Step("Stop all peers, then start them: ipfs-cluster-service reads service.json once, without --bootstrap, which would trust more peers than the list.");
        draft.Step($"gatehouse doctor {draft.File}");
    }
}
