using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Rotation;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Bench.Rotation;

/// <summary>A cluster of nodes in this process, joined as tokens join them, on one shared store.</summary>
internal sealed class RotationCluster : IAsyncDisposable
{
    private readonly string _root;
    private readonly string _database;
    private readonly RotationNode?[] _nodes;

    private RotationCluster(string root, ImmutableArray<RotationPlace> places)
    {
        _root = root;
        _database = Path.Combine(root, "store");
        Places = places;
        _nodes = new RotationNode?[places.Length];
    }

    /// <summary>Where the nodes are.</summary>
    public ImmutableArray<RotationPlace> Places { get; }

    /// <summary>Those that run now.</summary>
    public ImmutableArray<RotationNode> Running => [.. _nodes.OfType<RotationNode>()];

    /// <summary>Makes and starts one.</summary>
    /// <param name="count">Nodes; the first is the issuer.</param>
    /// <param name="network">Third number of its loopback addresses.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public static async Task<RotationCluster> StartAsync(int count, int network, CancellationToken cancellation)
    {
        string root = Directory.CreateTempSubdirectory("gatehouse-rotation-").FullName;
        int port = RotationPlace.FreePort();
        var cluster = new RotationCluster(root, [.. Enumerable.Range(1, count).Select(n => new RotationPlace(root, n, count, network, port))]);
        Directory.CreateDirectory(cluster._database, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await cluster.JoinAllAsync(cancellation);
        for (int i = 0; i < count; i++)
        {
            await cluster.StartNodeAsync(i, cancellation);
        }

        return cluster;
    }

    /// <summary>A node by its place; null while it is down.</summary>
    public RotationNode? Node(int index) => Volatile.Read(ref _nodes[index]);

    /// <summary>Ends a node at once.</summary>
    public async Task KillAsync(int index)
    {
        if (Interlocked.Exchange(ref _nodes[index], null) is { } node)
        {
            await node.DisposeAsync();
        }
    }

    /// <summary>Starts a node from what it kept.</summary>
    public async Task StartNodeAsync(int index, CancellationToken cancellation) =>
        Volatile.Write(ref _nodes[index], await RotationNode.StartAsync(Places[index], _database, cancellation));

    /// <summary>One rotation from its beginning to its end, with any running node asked for each step.</summary>
    /// <param name="kind">What.</param>
    /// <param name="pause">Between steps, for clients that copy the CA's file.</param>
    /// <param name="step">Called with each step that was committed.</param>
    /// <param name="cancellation">Ends it where it stands.</param>
    public async Task RotateAsync(string kind, TimeSpan pause, Func<string, Task> step, CancellationToken cancellation)
    {
        string? at = null;
        bool isBegun = false;
        while (true)
        {
            RotationControl control = Node(0)?.Control ?? Running[0].Control;
            RotationDocument? rotation = control.Current.Membership.Rotation;
            if (rotation is null && isBegun)
            {
                return;
            }

            if (rotation?.Step != at)
            {
                at = rotation?.Step;
                await step(at ?? "");
                await Task.Delay(pause, cancellation);
            }

            bool isLast = at is RotationSteps.Retire or RotationSteps.Rollback;
            ImmutableArray<RotationAck> acks = rotation is null || isLast ? [] : await control.AcksAsync(cancellation);
            if (!isLast && (rotation is null || RotationHolders.WaitingFor(control.Current.Membership, acks).IsEmpty))
            {
                ChangeOutcome outcome = await control.StepAsync(kind, at, "bench/rotation", isForced: false, cancellation);
                isBegun |= outcome.Succeeded;
            }

            await Task.Delay(5, cancellation);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            await KillAsync(i);
        }

        Directory.Delete(_root, recursive: true);
    }

    private async Task JoinAllAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using NodeTrust first = await Places[0].OpenAsync(cancellation);
        MembershipDocument membership = first.DescribeAlone(now, "bench/rotation");
        membership = membership with { Nodes = membership.Nodes.SetItem(Places[0].Name, membership.Nodes[Places[0].Name] with { Addresses = AddressesOf(Places[0]) }) };
        List<JoiningTrust> joining = [.. Places.Skip(1).Select(static place => JoiningTrust.Open(place.Folder, place.KeyPath, place.Name))];
        foreach ((RotationPlace place, JoiningTrust trust) in Places.Skip(1).Zip(joining))
        {
            membership = membership with { Nodes = membership.Nodes.Add(place.Name, Describe(place, trust, now)) };
        }

        membership = membership with
        {
            TrustedPeers = membership.TrustedPeers.Add(
                RotationPlace.Service, new TrustedPeersDocument { Service = RotationPlace.Service, Peers = [TrustedPeersDocument.Everyone] }),
            DataKeys = [.. membership.DataKeys.Select(key => key with { Keys = key.Keys.AddRange(joining.Select(j => KeyValuePair.Create(j.NodeId, Array.Empty<byte>()))) })],
        };
        foreach (JoiningTrust trust in joining)
        {
            trust.Complete(new JoinGrant
            {
                ClusterId = first.ClusterId,
                DataKeys = first.WrapDataKeys(trust.WrapPublicKey.Span),
                Membership = membership,
                Mesh = first.AnswerRequest(LeafKind.Mesh, trust.MakeRequest(LeafKind.Mesh), trust.NodeName, [], now),
                Server = first.AnswerRequest(LeafKind.Server, trust.MakeRequest(LeafKind.Server), trust.NodeName, [], now),
            });
            trust.Dispose();
        }

        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(_database, first.Sealer, TimeProvider.System, cancellation);
        await store.TryCommitAsync(0, new ClusterDocument { Membership = membership }, new ChangeNote("bench/rotation", "made", now), cancellation);
    }

    private static ImmutableArray<string> AddressesOf(RotationPlace place) => [$"127.0.0.1:{place.MeshPort}"];

    private static NodeDocument Describe(RotationPlace place, JoiningTrust trust, DateTimeOffset now) => new()
    {
        Name = place.Name,
        Id = trust.NodeId,
        Number = place.Number,
        PeerAddress = $"127.77.0.{place.Number}",
        WrapKey = trust.WrapPublicKey.ToArray(),
        SigningKey = trust.SigningPublicKey.ToArray(),
        MeshKey = trust.MeshKeyHash,
        Addresses = AddressesOf(place),
        Joined = now,
        JoinedBy = "bench/rotation",
    };
}
