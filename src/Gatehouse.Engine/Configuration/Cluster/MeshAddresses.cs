using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Configuration.Cluster;

/// <summary>Where the other nodes are told to dial this node's mesh.</summary>
internal static class MeshAddresses
{
    /// <summary>
    /// What <c>mesh.advertise</c> says; else the one address that the mesh listens on; else the host's addresses that others may
    /// reach, IPv4 first. A host without any has loopback, as a mesh that listens there.
    /// </summary>
    public static ImmutableArray<string> Of(MeshConfiguration mesh, IHostFacts host)
    {
        if (!mesh.Advertise.IsEmpty || !ListenAddress.TryParse(mesh.Listen, out IPEndPoint? listen, out _))
        {
            return mesh.Advertise;
        }

        bool any4 = listen.Address.Equals(IPAddress.Any);
        bool any6 = listen.Address.Equals(IPAddress.IPv6Any);
        if (!any4 && !any6)
        {
            return [listen.ToString()];
        }

        IPAddress[] reachable =
        [
            .. host.OwnAddresses
                .Where(a => IsReachable(a) && (any6 || a.AddressFamily == AddressFamily.InterNetwork))
                .OrderBy(static a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1),
        ];
        return reachable.Length == 0
            ? [new IPEndPoint(any4 ? IPAddress.Loopback : IPAddress.IPv6Loopback, listen.Port).ToString()]
            : [.. reachable.Distinct().Select(a => new IPEndPoint(a, listen.Port).ToString())];
    }

    // Link-local addresses mean something with a zone only, and a zone means something on one host only.
    private static bool IsReachable(IPAddress address) =>
        !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && address.ScopeIdOrZero() == 0
        && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);

    private static long ScopeIdOrZero(this IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ScopeId : 0;
}
