using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration;
using Gatehouse.Trust.Enrolment;

namespace Gatehouse.Engine.Hosting.Joining;

/// <summary>Where this host is reached by others.</summary>
internal static class OwnAddresses
{
    private const int Most = 4;

    /// <summary>Where peers dial the mesh: as configured, else this host's addresses with the mesh's port.</summary>
    public static ImmutableArray<string> Mesh(NodeConfiguration written) =>
        written.Mesh.Advertise.IsEmpty ? Of(written.Mesh.Listen) : written.Mesh.Advertise;

    /// <summary>Where the admin API is reached; empty where it listens on loopback only.</summary>
    public static ImmutableArray<string> Admin(NodeConfiguration written) => Of(written.Admin.Listen);

    private static ImmutableArray<string> Of(string listen)
    {
        if (!ListenAddress.TryParse(listen, out IPEndPoint? endpoint, out _) || IPAddress.IsLoopback(endpoint!.Address))
        {
            return [];
        }

        bool isAny = endpoint.Address.Equals(IPAddress.Any) || endpoint.Address.Equals(IPAddress.IPv6Any);
        IEnumerable<IPAddress> addresses = isAny ? Hosts(endpoint.AddressFamily) : [endpoint.Address];
        return [.. addresses.Select(address => new TokenAddress(address.ToString(), endpoint.Port).ToString()).Take(Most)];
    }

    // Those that a route leads to first; link-local ones need a zone that means nothing elsewhere.
    private static IEnumerable<IPAddress> Hosts(AddressFamily family) =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(static one => one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback)
            .OrderBy(static one => one.GetIPProperties().GatewayAddresses.Count == 0)
            .SelectMany(static one => one.GetIPProperties().UnicastAddresses)
            .Select(static one => one.Address)
            .Where(address => !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal
                && (address.AddressFamily == AddressFamily.InterNetwork || family == AddressFamily.InterNetworkV6));
}
