using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>Where this host is reached by others.</summary>
internal static class OwnAddresses
{
    private const int Most = 4;

    /// <summary>Where peers dial the mesh: as configured, else this host's addresses with the mesh's port.</summary>
    public static ImmutableArray<string> Mesh(NodeConfiguration written) => Mesh(written.Mesh, Hosts);

    /// <summary>As <see cref="Mesh(NodeConfiguration)"/>, on a host with these addresses, those that a route leads to first.</summary>
    public static ImmutableArray<string> Mesh(MeshConfiguration mesh, Func<IEnumerable<IPAddress>> hosts) =>
        mesh.Advertise.IsEmpty ? Of(mesh.Listen, hosts) : mesh.Advertise;

    /// <summary>Where the admin API is reached; empty where it listens on loopback only.</summary>
    public static ImmutableArray<string> Admin(NodeConfiguration written) => Of(written.Admin.Listen, Hosts);

    private static ImmutableArray<string> Of(string listen, Func<IEnumerable<IPAddress>> hosts)
    {
        if (!ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out _) || IPAddress.IsLoopback(endpoint!.Address))
        {
            return [];
        }

        bool isAny = endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);
        IEnumerable<IPAddress> addresses = isAny ? hosts().Where(address => IsReached(address, endpoint.AddressFamily)).Distinct() : [endpoint.Address];
        return [.. addresses.Select(address => new TokenAddress(address.ToString(), endpoint.Port).ToString()).Take(Most)];
    }

    // Link-local addresses need a zone, which means nothing on another host.
    private static bool IsReached(IPAddress address, AddressFamily family) =>
        !IPAddress.IsLoopback(address)
        && (address.AddressFamily == AddressFamily.InterNetwork
            ? address.GetAddressBytes() is not [169, 254, ..]
            : family == AddressFamily.InterNetworkV6 && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast);

    // Those that a route leads to first.
    private static IEnumerable<IPAddress> Hosts() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(static one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .OrderBy(static one => one.GetIPProperties().GatewayAddresses.Count == 0)
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
            .Select(static one => one.Address);
}
