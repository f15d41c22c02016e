using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Denials;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Mesh;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>What ties the running node to the other nodes of its cluster; parts start in the order in which they need each other.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    private readonly MeshState _view;
    private readonly NodeMesh _mesh;
    private readonly LocalDenials _denials;
    private readonly NodeRotation _rotation;
    private readonly NodeMembers _members;

    private NodeCluster(MeshState view, NodeMesh mesh, LocalDenials denials, NodeRotation rotation, NodeMembers members)
    {
        _view = view;
        _mesh = mesh;
        _denials = denials;
        _rotation = rotation;
        _members = members;
    }

    /// <summary>Whether other nodes can read the store.</summary>
    public bool IsShared => _members.IsShared;

    /// <summary>What is known of the mesh now; null while the node is alone.</summary>
    public MeshFacts? Mesh => _mesh.Facts;

    /// <summary>What a person should know.</summary>
    public IEnumerable<Problem> Problems => _members.Problems;

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    /// <exception cref="ProblemException">GH2085.</exception>
    public static NodeCluster Make(
        NodeOptions options, NodeConfiguration written, NodeTrust trust, NodeParts parts, NodeState state, ILoggerFactory loggers)
    {
        StoredKeys.Follow(parts.Snapshots, trust, loggers.CreateLogger<NodeCluster>());
        var denials = new LocalDenials(options.DataDirectory, trust, parts.Snapshots, parts.Changes, parts.Trail, options.Time);
        denials.Load();
        var view = new MeshState(parts.Snapshots, trust);
        var mesh = new NodeMesh(parts, view, denials, trust, options.Time, loggers.CreateLogger<NodeMesh>());
        var rotation = new NodeRotation(state.Store, parts, trust, view, () => mesh.Handshakes, options.Time, loggers);
        return new NodeCluster(view, mesh, denials, rotation, NodeMembers.Make(options, written, trust, parts, state, rotation.RotateDataKeyAsync, loggers));
    }

    /// <summary>What the cluster's parts make of a configuration; null with at least one problem.</summary>
    public MeshSettings? Prepare(NodeConfiguration next, ICollection<Problem> problems) => _mesh.Prepare(next, problems);

    /// <summary>Puts it in force.</summary>
    public Task ApplyAsync(NodeConfiguration next, MeshSettings settings)
    {
        _members.Apply(next);
        return _mesh.ApplyAsync(next, settings);
    }

    /// <summary>Begins to follow the others, once everything that hears of it is there.</summary>
    public void Start()
    {
        _members.Start();
        _rotation.Start();
    }

    /// <summary>The admin API with what it asks of the cluster.</summary>
    public AdminServices Serve(AdminServices services) =>
        _members.Serve(services) with { Mesh = _mesh.Access, Denials = _denials, Rotations = _rotation.Control };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _members.DisposeAsync();
        await _rotation.DisposeAsync();
        await _mesh.DisposeAsync();
        _denials.Dispose();
        _view.Dispose();
    }
}
