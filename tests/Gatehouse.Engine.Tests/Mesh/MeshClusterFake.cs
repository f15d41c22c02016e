using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Testing.Network;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Engine.Tests.Mesh;

/// <summary>
/// Nodes of one cluster on loopback, each with a production mesh. They share one host, so each has peers' addresses of its own:
/// node J is at 127.77.N.IJ for node I, and its program listens at 127.77.N.JJ.
/// </summary>
internal sealed class MeshClusterFake : IAsyncDisposable
{
    public const string Service = "erlang";

    private static int _lastNetwork = 1;

    private readonly List<MeshNodeFake> _nodes = [];

    public string ClusterId { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public MeshAuthorityFake Authority { get; } = new();

    public byte[] Secret { get; } = RandomNumberGenerator.GetBytes(32);

    public LimitsConfiguration Limits { get; init; } = new() { HandshakeTimeout = TimeSpan.FromMilliseconds(700) };

    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(3);

    // Clusters of tests that run at the same time do not meet.
    private int Network { get; } = Interlocked.Increment(ref _lastNetwork);

    public IReadOnlyList<MeshNodeFake> Nodes => _nodes;

    /// <summary>Nodes that trust each other for <see cref="Service"/>, started.</summary>
    public static async Task<MeshClusterFake> StartAsync(int nodes, Func<MeshServiceModel, MeshServiceModel>? change = null, LimitsConfiguration? limits = null, TimeSpan? drain = null)
    {
        MeshClusterFake cluster = new() { Limits = limits ?? new LimitsConfiguration { HandshakeTimeout = TimeSpan.FromMilliseconds(700) }, Drain = drain ?? TimeSpan.FromSeconds(3) };
        int port = FreePorts.Next();
        for (int i = 1; i <= nodes; i++)
        {
            MeshServiceModel service = new() { Name = Service, OwnPorts = [port], RunAs = new([LocalUsers.Own]), AllowUsers = new([LocalUsers.Own]) };
            cluster._nodes.Add(new MeshNodeFake(cluster, i, cluster.Network, change?.Invoke(service) ?? service));
        }

        foreach (MeshNodeFake node in cluster._nodes)
        {
            node.State.Set(node.MakeView());
        }

        foreach (MeshNodeFake node in cluster._nodes)
        {
            await node.StartAsync();
        }

        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Select(static node => node.DisposeAsync().AsTask()));
        foreach (MeshNodeFake node in _nodes)
        {
            node.Log.Faults.ShouldBeEmpty();
        }
    }
}

/// <summary>The state of one node, as a test sets it.</summary>
internal sealed class MeshStateFake : IMeshState
{
    private volatile MeshView? _view;

    public event Action<MeshView>? Changed;

    public MeshView Current => _view ?? throw new InvalidOperationException("no view");

    public void Set(MeshView view)
    {
        _view = view;
        Changed?.Invoke(view);
    }

    public void Change(Func<MeshView, MeshView> change) => Set(change(Current));
}

/// <summary>One node.</summary>
internal sealed class MeshNodeFake : IAsyncDisposable
{
    private readonly MeshClusterFake _cluster;
    private readonly int _network;
    private readonly ConnectionRegistry _registry;
    private readonly AdmissionControl _admission;
    private MeshHost? _host;

    public MeshNodeFake(MeshClusterFake cluster, int number, int network, MeshServiceModel service)
    {
        _cluster = cluster;
        Name = $"node{number}";
        Id = number.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        Number = number;
        _network = network;
        Leaf = cluster.Authority.Leaf(Key, Uri);
        MeshPort = FreePorts.Next();
        Services = [service];
        SnapshotHolder snapshots = new(SnapshotCompiler.Compile(1, 1, new Gatehouse.Administration.ClusterDocument(), []) ?? throw new InvalidOperationException("no snapshot"));
        PolicedAuditTrail trail = new(Trail, snapshots);
        _registry = new ConnectionRegistry(snapshots, trail, TimeProvider.System, NullLogger<ConnectionRegistry>.Instance);
        _admission = new AdmissionControl(snapshots, trail, TimeProvider.System);
        Environment = new GateEnvironment
        {
            Node = Name,
            Pipeline = new ListenerPipeline(_admission, _registry, TimeProvider.System, NullLogger<ListenerPipeline>.Instance),
            Snapshots = snapshots,
            Authenticator = new NobodyFake(),
            Trail = trail,
            Owners = new SocketOwners(TimeProvider.System),
            Time = TimeProvider.System,
            Loggers = Log,
        };
    }

    public string Name { get; }

    public string Id { get; }

    public int Number { get; }

    /// <summary>Where its program listens.</summary>
    public IPAddress Address => AddressFor(this);

    /// <summary>Where its program listens.</summary>
    public IPEndPoint Own(int index = 0) => new(Address, Services[0].OwnPorts[index]);

    /// <summary>Where another node's host has it.</summary>
    public IPAddress AddressFor(MeshNodeFake host) => IPAddress.Parse($"127.77.{_network}.{host.Number}{Number}");

    public int MeshPort { get; }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyHash => MeshAuthorityFake.HashOf(Key);

    public X509Certificate2 Leaf { get; }

    public string Uri => $"spiffe://{_cluster.ClusterId}/node/{Name}";

    public FakeTrail Trail { get; } = new();

    public FaultLog Log { get; } = new();

    public MeshStateFake State { get; } = new();

    public GateEnvironment Environment { get; }

    public ImmutableArray<MeshServiceModel> Services { get; set; }

    public MeshHost Host => _host ?? throw new InvalidOperationException("not started");

    public IMeshControl Control => Host.Control;

    /// <summary>As another node sees it.</summary>
    public MeshPeer AsPeerOf(MeshNodeFake host) => new(Name, Id, [$"127.0.0.1:{MeshPort}"], AddressFor(host), KeyHash);

    public MeshSettings Settings => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, MeshPort),
        Limits = _cluster.Limits,
        Services = Services,
        Version = "9.9.9",
        Drain = _cluster.Drain,
        HealthEvery = TimeSpan.FromMilliseconds(200),
    };

    public MeshView MakeView() => new()
    {
        ClusterId = _cluster.ClusterId,
        Node = Name,
        NodeId = Id,
        OwnAddress = Address,
        Secrets = [_cluster.Secret],
        Certificate = MeshAuthorityFake.Shown(Leaf, _cluster.Authority.Nodes),
        Authorities = [_cluster.Authority.Accepted],
        Peers = [.. _cluster.Nodes.Where(other => other != this).Select(other => other.AsPeerOf(this))],
        TrustedPeers = new Dictionary<string, ImmutableArray<string>> { [MeshClusterFake.Service] = [MeshView.Everybody] }.ToFrozenDictionary(),
    };

    public async Task StartAsync()
    {
        _host = new MeshHost(Environment, _registry, State, Settings);
        await _host.StartAsync(CancellationToken.None);
    }

    /// <summary>Where programs beside this node find the program of another node.</summary>
    public IPEndPoint ProgramOf(MeshNodeFake other, int index = 0) => new(other.AddressFor(this), other.Services[0].OwnPorts[index]);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _admission.Dispose();
        _registry.Dispose();
    }
}

/// <summary>Knows nobody: the mesh asks no realm.</summary>
internal sealed class NobodyFake : IAuthenticator
{
    public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
    {
        authenticated = null;
        return false;
    }

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation) =>
        ValueTask.FromResult(new AuthenticationResult(AuthenticationStatus.Missing));
}
