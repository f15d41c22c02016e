using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Ignite;

/// <summary>Who reaches a door.</summary>
internal enum Reach
{
    /// <summary>Its addresses cannot be told.</summary>
    Unknown,

    /// <summary>This host, or networks with private addresses.</summary>
    Private,

    /// <summary>Every interface, or a public address.</summary>
    Exposed,
}

/// <summary>Who reaches addresses.</summary>
internal static class Reaches
{
    /// <summary>Who reaches a node's door, by its file alone.</summary>
    public static Reach Of(IgniteFile file, IgniteChannel channel)
    {
        if (channel == IgniteChannel.Rest)
        {
            return Reach.Exposed; // it has no setting for an address
        }

        if (file.Texts(channel.Key("listenAddresses")) is not { } addresses)
        {
            return Reach.Unknown;
        }

        return addresses.IsEmpty ? Reach.Exposed : Worst(addresses.Select(Of));
    }

    /// <summary>Who reaches an address to listen on: an IP address or a name.</summary>
    public static Reach Of(string address)
    {
        string plain = address.Trim();
        return plain.Length == 0 ? Reach.Exposed
            : IsThisHost(plain) ? Reach.Private
            : IPAddress.TryParse(plain, out IPAddress? parsed) ? (IsOpen(parsed) ? Reach.Exposed : Reach.Private)
            : Reach.Unknown;
    }

    /// <summary>Whether a host is this one by its name or address: <c>localhost</c>, <c>127.0.0.1</c>, <c>::1</c>.</summary>
    public static bool IsThisHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Live sockets of the node's process on a port that every network reaches.</summary>
    public static IEnumerable<SocketFact> Live(IgniteSubject subject, long? port) =>
        (subject.Process?.Sockets ?? []).Where(socket => !socket.IsUdp && socket.EndPoint.Port == port && IsOpen(socket.EndPoint.Address));

    /// <summary>Whether an address is every interface's, or a public one.</summary>
    public static bool IsOpen(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.Equals(IPAddress.Any) || plain.Equals(IPAddress.IPv6Any) || IsPublic(plain);
    }

    /// <summary>Whether an address is one of the internet's. Private ones: RFC 1918, 6598, 3927, 4193, 4291.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (IPAddress.IsLoopback(address))
        {
            return false;
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return !address.IsIPv6UniqueLocal && !address.IsIPv6LinkLocal && !address.IsIPv6SiteLocal && !address.Equals(IPAddress.IPv6Any);
        }

        byte[] bytes = address.GetAddressBytes();
        return bytes switch
        {
            [10, ..] or [192, 168, ..] or [169, 254, ..] or [0, ..] => false,
            [172, >= 16 and < 32, ..] or [100, >= 64 and < 128, ..] => false,
            _ => true,
        };
    }

    private static Reach Worst(IEnumerable<Reach> reaches)
    {
        ImmutableArray<Reach> all = [.. reaches];
        return all.Contains(Reach.Exposed) ? Reach.Exposed : all.Contains(Reach.Unknown) ? Reach.Unknown : Reach.Private;
    }
}
