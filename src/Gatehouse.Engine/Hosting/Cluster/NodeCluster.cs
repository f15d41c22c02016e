using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Denials;
using Gatehouse.Engine.Membership;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>What ties the running node to the other nodes of its cluster; parts start in the order in which they need each other.</summary>
internal sealed class NodeCluster : IAsyncDisposable
{
    private readonly MeshState _view;
    private readonly NodeMesh _mesh;
    private readonly LocalDenials _denials;
    private readonly NodeRotation _rotation;

    private NodeCluster(MeshState view, NodeMesh mesh, LocalDenials denials, NodeRotation rotation)
    {
        _view = view;
        _mesh = mesh;
        _denials = denials;
        _rotation = rotation;
    }

    /// <summary>Puts the parts together; nothing runs yet.</summary>
    /// <exception cref="ProblemException">GH2085.</exception>
    public static async Task<NodeCluster> MakeAsync(NodeOptions options, NodeTrust trust, IStateStore store, NodeParts parts, ILoggerFactory loggers, CancellationToken cancellation)
    {
        var denials = new LocalDenials(options.DataDirectory, trust, parts.Snapshots, parts.Changes, parts.Trail, options.Time);
        await denials.LoadAsync(cancellation);
        var view = new MeshState(parts.Snapshots, trust);
        var mesh = new NodeMesh(parts, view, denials, trust, options.Time, loggers.CreateLogger<NodeMesh>());
        var rotation = new NodeRotation(store, parts, trust, view, () => mesh.Handshakes, options.Time, loggers);
        rotation.Start();
        return new NodeCluster(view, mesh, denials, rotation);
    }

    /// <summary>What the cluster's parts make of a configuration; null with at least one problem.</summary>
    public MeshSettings? Prepare(NodeConfiguration next, ICollection<Problem> problems) => _mesh.Prepare(next, problems);

    /// <summary>Puts it in force.</summary>
    public Task ApplyAsync(NodeConfiguration next, MeshSettings settings) => _mesh.ApplyAsync(next, settings);

    /// <summary>The admin API with what it asks of the cluster.</summary>
    public AdminServices Serve(AdminServices services) => services with { Mesh = _mesh.Access, Denials = _denials, Rotations = _rotation.Control };

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _rotation.DisposeAsync();
        await _mesh.DisposeAsync();
        _denials.Dispose();
        _view.Dispose();
    }
}
