using System.Collections.Immutable;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Auditing.Outputs;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Elasticsearch.Security;
using Gatehouse.Engine.Emqx;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Ignite;
using Gatehouse.Engine.IgniteRest;
using Gatehouse.Engine.Ipfs;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mqtt;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Names;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Swarm;
using Gatehouse.Engine.Telemetry;
using Gatehouse.Policy.Indices;
using Gatehouse.Protocols.Emqx;
using Gatehouse.Protocols.Ignite.Rest;
using Gatehouse.Protocols.Ipfs;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting;

/// <summary>What gates and admin API share: one object each a node.</summary>
internal sealed class NodeParts : IDisposable
{
    /// <summary>The snapshot in force.</summary>
    public required SnapshotHolder Snapshots { get; init; }

    /// <summary>Changes of the cluster state.</summary>
    public required StateChanges Changes { get; init; }

    /// <summary>Where passwords that come through gates are hashed.</summary>
    public required HashQueue Hashes { get; init; }

    /// <summary>Native users.</summary>
    public required RealmChain Realm { get; init; }

    /// <summary>The trail.</summary>
    public required PolicedAuditTrail Trail { get; init; }

    /// <summary>Live connections.</summary>
    public required ConnectionRegistry Registry { get; init; }

    /// <summary>Names in address rules.</summary>
    public required NameBook Names { get; init; }

    /// <summary>Step 2; writes its last sums when it is disposed of.</summary>
    public required AdmissionControl Admission { get; init; }

    /// <summary>Whose MQTT client ids are; disposed of by the node, before the store.</summary>
    public required ClientIdBook ClientIds { get; init; }

    /// <summary>Whose pins of IPFS Clusters are; disposed of by the node, before the store.</summary>
    public required PinLedger Pins { get; init; }

    /// <summary>The marks that gates leave in pins.</summary>
    public required PinMarks PinMarks { get; init; }

    /// <summary>Where a cluster's pins can be read; null: nowhere.</summary>
    public IPinSource? PinSource { get; set; }

    /// <summary>Steps 1 to 3.</summary>
    public required ListenerPipeline Pipeline { get; init; }

    /// <summary>The server certificate.</summary>
    public required ServerCertificates Certificates { get; init; }

    /// <summary>Names in it.</summary>
    public required ImmutableArray<string> CertificateNames { get; init; }

    /// <summary>Configuration to gates.</summary>
    public required GateModels Models { get; init; }

    /// <summary>What every gate shares.</summary>
    public required GateEnvironment GateEnvironment { get; init; }

    /// <summary>Puts the parts together.</summary>
    public static NodeParts Make(
        NodeOptions options, NodeConfiguration written, NodeTrust trust, NodeState state, IAuditTrail wholeTrail, ILoggerFactory loggers)
    {
        TimeProvider time = options.Time;
        var snapshots = new SnapshotHolder(state.First);
        var trail = new PolicedAuditTrail(wholeTrail, snapshots);
        var registry = new ConnectionRegistry(snapshots, trail, time, loggers.CreateLogger<ConnectionRegistry>());
        var nameBook = new NameBook(snapshots, options.NameResolver, new NameLimits(), time, loggers.CreateLogger<NameBook>());
        var certificates = new ServerCertificates(trust, written.Tls.Names, time, loggers.CreateLogger<ServerCertificates>());
        var realm = new RealmChain(time, new LoginLimitOptions(), new RealmFactory(() => certificates.ClientAuthorities, time, loggers));
        var admission = new AdmissionControl(snapshots, trail, time);
        var pipeline = new ListenerPipeline(admission, registry, time, loggers.CreateLogger<ListenerPipeline>());
        ImmutableArray<string> names = ServerNames.Of(trust.Server.Certificate);
        var changes = new StateChanges(state.Store, state.Last, snapshots, trail, time);
        var hashes = new HashQueue(capacity: 16, workers: 1);
        var security = new SecurityApi(changes, realm, hashes);
        var handles = new HandleKeeper(trust.Sealer, state.Store, time, loggers.CreateLogger<HandleKeeper>());
        var dashboards = new DashboardSessions(time);
        var clientIds = new ClientIdBook(state.Store, time, loggers.CreateLogger<ClientIdBook>(), new ClientIdLimits());
        var pins = new PinLedger(state.Store, time, loggers.CreateLogger<PinLedger>(), new PinLimits());
        var marks = new PinMarks(trust.Sealer);
        return new NodeParts
        {
            Snapshots = snapshots,
            Changes = changes,
            Hashes = hashes,
            Realm = realm,
            Trail = trail,
            Registry = registry,
            Names = nameBook,
            Admission = admission,
            ClientIds = clientIds,
            Pins = pins,
            PinMarks = marks,
            Pipeline = pipeline,
            Certificates = certificates,
            CertificateNames = names,
            Models = new GateModels(certificates, names, options.ConfigurationFile, time, loggers),
            GateEnvironment = new GateEnvironment
            {
                Node = trust.NodeName,
                Pipeline = pipeline,
                Snapshots = snapshots,
                Authenticator = realm,
                Trail = trail,
                Owners = new SocketOwners(time),
                Systems = (gate, shared) => gate.System switch
                {
                    Privileges.System => new ElasticsearchSteps(gate, shared, security, handles),
                    IgniteRestCatalogue.System => new IgniteRestSteps(gate, shared),
                    EmqxCatalogue.System => new EmqxSteps(gate, shared, dashboards),
                    IpfsCatalogues.ClusterSystem or IpfsCatalogues.PinningSystem or IpfsCatalogues.ProxySystem or IpfsCatalogues.KuboSystem => new IpfsSteps(gate, shared, pins, marks),
                    _ => null,
                },
                Protocols = ProtocolsOf(clientIds, new JobBook()),
                Time = time,
                Loggers = loggers,
            },
        };
    }

    /// <summary>Where the node's metrics come from.</summary>
    public MetricsSources Sources(NodeState state, GateSet gates, FileAuditTrail trail, Func<ImmutableArray<AuditOutput>> outputs) => new()
    {
        Version = Node.Version,
        Admission = Admission.Counters,
        Connections = Registry,
        Snapshots = Snapshots,
        Gates = () => gates.Status,
        Audit = () => trail.Figures,
        Alarms = Trail.Alarms,
        Outputs = outputs,
        IsStoreUp = () => state.Store.Health.IsUp,
        CertificateExpires = () => Certificates.Expires,
        Time = GateEnvironment.Time,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        Models.Dispose();
        Certificates.Dispose();
        Realm.Dispose();
        Changes.Dispose();
        Hashes.Dispose();
        Registry.Dispose();
        Names.Dispose();
        Admission.Dispose();
    }

    private static Func<GateModel, GateEnvironment, IGate?> ProtocolsOf(ClientIdBook clientIds, JobBook jobs) => (gate, shared) => gate.System switch
    {
        Words.Mqtt => new MqttGate(shared, gate, clientIds),
        Words.Ignite => new IgniteGate(shared, gate, jobs),
        Words.Swarm => new SwarmGate(shared, gate),
        _ => null,
    };
}
