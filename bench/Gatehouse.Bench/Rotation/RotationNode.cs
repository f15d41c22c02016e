using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Administration;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Cluster;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Rotation;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Bench.Rotation;

/// <summary>
/// One node of a cluster in this process: everything of a daemon that a rotation touches, on a connection of its own to the shared
/// store. Other nodes' commits are looked for every 10 ms.
/// </summary>
internal sealed class RotationNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<IAsyncDisposable> _made = [];
    private Task _following = Task.CompletedTask;

    private RotationNode(RotationPlace place) => Place = place;

    /// <summary>Where its files, ports and addresses are.</summary>
    public RotationPlace Place { get; }

    /// <summary>Makes steps.</summary>
    public required RotationControl Control { get; init; }

    /// <summary>Its mesh, for handshakes.</summary>
    public required IMeshControl Mesh { get; init; }

    /// <summary>What its gates show.</summary>
    public required ICertificateSource Certificates { get; init; }

    /// <summary>File with the authorities, for clients.</summary>
    public required string CaFile { get; init; }

    /// <summary>Starts it on what is in its folder.</summary>
    public static async Task<RotationNode> StartAsync(RotationPlace place, string database, CancellationToken cancellation)
    {
        TimeProvider time = TimeProvider.System;
        NodeTrust trust = await place.OpenAsync(cancellation);
        SqliteStateStore store = await SqliteStateStore.OpenAsync(database, trust.Sealer, time, cancellation);
        await StoredKeys.LearnAsync(store, trust, cancellation);
        Generation current = await store.ReadCurrentAsync(cancellation) ?? throw new InvalidOperationException("no state");
        trust.Adopt(current.Document.Membership);
        var trail = new NoTrail();
        var last = new LastGenerationCache(place.Folder, trust.HighestSeenPath, trust.ClusterId, trust.Sealer, trust.NodeSealer);
        last.Accept(current);
        var snapshots = new SnapshotHolder(SnapshotCompiler.Compile(1, current.Number, current.Document, []) ?? throw new InvalidOperationException("no snapshot"));
        StoredKeys.Follow(snapshots, trust, NullLogger.Instance);
        var changes = new StateChanges(store, last, snapshots, trail, time);
        var policed = new PolicedAuditTrail(trail, snapshots);
        var registry = new ConnectionRegistry(snapshots, policed, time, NullLogger<ConnectionRegistry>.Instance);
        var admission = new AdmissionControl(snapshots, policed, time);
        var view = new MeshState(snapshots, trust);
        var certificates = new ServerCertificates(trust, [], time, NullLogger<ServerCertificates>.Instance);
        var environment = new GateEnvironment
        {
            Node = trust.NodeName,
            Pipeline = new ListenerPipeline(admission, registry, time, NullLogger<ListenerPipeline>.Instance),
            Snapshots = snapshots,
            Authenticator = new Nobody(),
            Trail = policed,
            Owners = new SocketOwners(time),
            Time = time,
            Loggers = NullLoggerFactory.Instance,
        };
        var host = new MeshHost(environment, registry, new OwnAddresses(view, place), place.Settings());
        await host.StartAsync(cancellation);
        var control = new RotationControl(store, changes, trust, time);
        var agent = new RotationAgent(
            store, snapshots, control, trust, new TrustInUse(trust, view, () => certificates.Get(null)), () => host.Handshakes, time, NullLogger<RotationAgent>.Instance);
        var renewal = new CertificateRenewal(store, changes, trust, static () => [], time, NullLogger<CertificateRenewal>.Instance);
        var issuer = new CertificateIssuer(store, changes, trust, trail, time, NullLogger<CertificateIssuer>.Instance);
        var node = new RotationNode(place) { Control = control, Mesh = host.Control, Certificates = certificates, CaFile = trust.CaBundlePath };
        node._made.AddRange([agent, renewal, issuer, host, new Closing(view, certificates, changes, admission, registry), store, new Closing(trust)]);
        node._following = Task.Run(() => node.FollowAsync(changes), CancellationToken.None);
        agent.Start();
        renewal.Start();
        issuer.Start();
        return node;
    }

    /// <summary>Ends it, as a killed process does: nothing is said to anybody.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        foreach (IAsyncDisposable made in _made)
        {
            await made.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task FollowAsync(StateChanges changes)
    {
        try
        {
            while (true)
            {
                await Task.Delay(10, _stop.Token);
                await changes.FollowAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    private sealed class Closing(params IDisposable[] all) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Array.ForEach(all, static one => one.Dispose());
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>Nodes that share a host have peers' addresses of their own.</summary>
    private sealed class OwnAddresses : IMeshState
    {
        private readonly RotationPlace _place;
        private volatile MeshView _current;

        public OwnAddresses(MeshState state, RotationPlace place)
        {
            _place = place;
            _current = Of(state.Current);
            state.Changed += next =>
            {
                _current = Of(next);
                Changed?.Invoke(_current);
            };
        }

        public event Action<MeshView>? Changed;

        public MeshView Current => _current;

        private MeshView Of(MeshView view) => view with
        {
            OwnAddress = _place.AddressOf(_place.Number),
            Peers = [.. view.Peers.Select(peer => peer with { PeerAddress = _place.AddressOf(RotationPlace.NumberOf(peer.Name)) })],
        };
    }

    /// <summary>Knows nobody: the mesh asks no realm.</summary>
    private sealed class Nobody : IAuthenticator
    {
        public bool TryGetCached(in AuthenticationRequest request, SecuritySnapshot snapshot, DateTimeOffset now, out Authenticated? authenticated)
        {
            authenticated = null;
            return false;
        }

        public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationRequest request, SecuritySnapshot snapshot, CancellationToken cancellation) =>
            ValueTask.FromResult(new AuthenticationResult(AuthenticationStatus.Missing));
    }
}
