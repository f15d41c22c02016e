using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Networks that the internet does not route (RFC 1918, RFC 6598, RFC 4193, RFC 3927, RFC 4291).</summary>
internal static class PrivateNetworks
{
    private static readonly IPNetwork[] V4 = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10"), IPNetwork.Parse("169.254.0.0/16")];

    /// <summary>Whether an address lies in one of them, or is this host's own.</summary>
    public static bool Contain(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(plain) || (plain.AddressFamily == AddressFamily.InterNetwork ? V4.Any(network => network.Contains(plain)) : plain.IsIPv6UniqueLocal || plain.IsIPv6LinkLocal);
    }
}
