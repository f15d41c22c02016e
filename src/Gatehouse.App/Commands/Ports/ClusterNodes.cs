using System.Collections.Immutable;
using System.Net;
using Gatehouse.Administration.Cluster;
using Gatehouse.App.Client;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.App.Commands.Ports;

/// <summary>The other nodes of the cluster.</summary>
/// <param name="Peers">Whoever is not this node; empty without a daemon, or alone.</param>
internal sealed record ClusterNodes(ImmutableArray<ClusterPeer> Peers)
{
    /// <summary>Nobody.</summary>
    public static ClusterNodes None { get; } = new([]);

    /// <summary>Asks the daemon; nobody where it does not run.</summary>
    public static async Task<ClusterNodes> ReadAsync(CommandContext context, DaemonState daemon, CancellationToken cancellation)
    {
        if (daemon != DaemonState.Running || context.IsRemote)
        {
            return None;
        }

        Answer<NodeListResponse> answer = await context.Client.GetAsync("/v1/nodes", MembershipJson.Lenient.NodeListResponse, cancellation);
        return new ClusterNodes(
        [
            .. answer.Value.Nodes.Where(static node => !node.IsThis).OrderBy(static node => node.Number)
                .Select(static node => new ClusterPeer(node.Name, [.. node.Addresses], IPAddress.TryParse(node.PeerAddress, out IPAddress? address) ? address : IPAddress.Loopback)),
        ]);
    }
}

/// <summary>Another node.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Addresses">Where its mesh is dialled, <c>HOST:PORT</c>.</param>
/// <param name="Address">Loopback address that stands for it.</param>
internal sealed record ClusterPeer(string Name, ImmutableArray<string> Addresses, IPAddress Address);
