using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Network.Endpoints;

namespace Gatehouse.Network.Firewall;

/// <summary>The addresses of each group.</summary>
public sealed record FirewallSources
{
    /// <summary>Networks of clients; null: nobody said, so any address is one (the gates ask who it is).</summary>
    public ImmutableArray<IPNetwork>? Clients { get; init; }

    /// <summary>Addresses of the other nodes; empty: none.</summary>
    public ImmutableArray<IPNetwork> Peers { get; init; } = [];

    /// <summary>Networks of operators; empty: none.</summary>
    public ImmutableArray<IPNetwork> Operators { get; init; } = [];

    /// <summary>The networks of a group; null: every address.</summary>
    public ImmutableArray<IPNetwork>? Of(Audiences group) => group switch
    {
        Audiences.Clients => Clients,
        Audiences.Peers => Peers,
        Audiences.Operators => Operators,
        Audiences.Anyone => null,
        _ => [],
    };

    /// <summary>Reads an address or CIDR; on failure says why. IPv4 in IPv6 form is refused: filters see IPv4.</summary>
    public static bool TryParse(string text, out IPNetwork network, out string why)
    {
        network = default;
        AddressParseStatus status = AddressParser.Parse(text, out AddressPrefix prefix);
        why = status switch
        {
            AddressParseStatus.Parsed => "",
            AddressParseStatus.HostBitsSet => $"bits are set below the prefix length; write {AddressParser.Format(prefix)}",
            _ => "it is no address and no network",
        };
        if (status == AddressParseStatus.Parsed)
        {
            string plain = AddressParser.Format(prefix);
            network = IPNetwork.TryParse(plain, out IPNetwork read) ? read : new IPNetwork(IPAddress.Parse(plain), prefix.IsIPv4 ? 32 : 128);
        }

        return status == AddressParseStatus.Parsed;
    }

    /// <summary>Each network once, IPv4 first, without those that lie in another.</summary>
    public static ImmutableArray<IPNetwork> Distinct(IEnumerable<IPNetwork> networks)
    {
        IPNetwork[] all = [.. networks.Distinct()];
        return
        [
            .. all.Where(inner => !all.Any(outer => outer.PrefixLength < inner.PrefixLength
                    && outer.BaseAddress.AddressFamily == inner.BaseAddress.AddressFamily && outer.Contains(inner.BaseAddress)))
                .OrderBy(static n => n.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6)
                .ThenBy(static n => Convert.ToHexString(n.BaseAddress.GetAddressBytes()), StringComparer.Ordinal)
                .ThenBy(static n => n.PrefixLength),
        ];
    }
}
