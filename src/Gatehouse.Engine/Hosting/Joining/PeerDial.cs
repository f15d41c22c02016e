using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Membership;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>Whether a host that joins reaches the mesh of the others.</summary>
internal static class PeerDial
{
    /// <summary>Tries every node; a line for each that answers at none of its addresses.</summary>
    public static async Task<ImmutableArray<string>> RunAsync(MembershipDocument membership, CancellationToken cancellation)
    {
        Task<string?>[] dials = [.. membership.Nodes.Values.Where(static node => !node.Addresses.IsEmpty).Select(node => DialAsync(node, cancellation))];
        return [.. (await Task.WhenAll(dials)).OfType<string>()];
    }

    private static async Task<string?> DialAsync(NodeDocument node, CancellationToken cancellation)
    {
        foreach (string text in node.Addresses)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            limit.CancelAfter(TimeSpan.FromSeconds(1));
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                if (TokenAddress.TryParse(text, out TokenAddress? address))
                {
                    await socket.ConnectAsync(new DnsEndPoint(address.Host, address.Port), limit.Token);
                    return null;
                }
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                // The next address, or none.
            }
        }

        return $"the mesh of node `{node.Name}` does not answer at {string.Join(", ", node.Addresses)}; a mesh that had no peers so far opens its port when this node is up";
    }
}
