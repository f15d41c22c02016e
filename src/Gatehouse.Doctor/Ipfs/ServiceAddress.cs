using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>Who reaches what listens on an address, or how far away it is.</summary>
internal enum Reach
{
    /// <summary>It is no address that could be read.</summary>
    Unreadable,

    /// <summary>A Unix socket: who may open the file.</summary>
    Unix,

    /// <summary>This host alone.</summary>
    Loopback,

    /// <summary>A host's name, which means what a name server says.</summary>
    Name,

    /// <summary>One address of a network.</summary>
    Address,

    /// <summary>Every address that the host has.</summary>
    Any,
}

/// <summary>An address as IPFS writes it (multiformats, "multiaddr"), as far as rules ask: <c>/ip4/127.0.0.1/tcp/9094</c>, <c>/unix/run/api.sock</c>.</summary>
/// <param name="Text">As it is written.</param>
/// <param name="Reach">Who reaches it.</param>
/// <param name="Port">Its port, or 0.</param>
/// <param name="IsUdp">UDP, or anything else.</param>
internal sealed record ServiceAddress(string Text, Reach Reach, int Port = 0, bool IsUdp = false)
{
    /// <summary>Whether what listens there is reached from other hosts.</summary>
    public bool IsExposed => Reach is Reach.Address or Reach.Any;

    /// <summary>Whether what is said to it may leave this host.</summary>
    public bool IsRemote => Reach is Reach.Address or Reach.Any or Reach.Name;

    /// <summary>Reads an address; whatever stands there.</summary>
    public static ServiceAddress Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length < 3 || parts[0].Length > 0)
        {
            return new ServiceAddress(text, Reach.Unreadable);
        }

        if (parts[1] == "unix")
        {
            return new ServiceAddress(text, Reach.Unix);
        }

        int at = parts[1] == "ip6zone" ? 3 : 1;
        if (parts.Length < at + 2)
        {
            return new ServiceAddress(text, Reach.Unreadable);
        }

        Reach reach = ReachOf(parts[at], parts[at + 1]);
        if (parts.Length == at + 2 || reach == Reach.Unreadable)
        {
            return new ServiceAddress(text, reach);
        }

        bool isPort = parts.Length > at + 3 && parts[at + 2] is "tcp" or "udp";
        return isPort && ushort.TryParse(parts[at + 3], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port)
            ? new ServiceAddress(text, reach, port, parts[at + 2] == "udp")
            : new ServiceAddress(text, Reach.Unreadable);
    }

    /// <summary>
    /// The addresses that a setting holds, each with its place; a text alone, a list, or a text with commas as environment variables have it. Empty
    /// where nothing is set, null where it cannot be told.
    /// </summary>
    public static ImmutableArray<(ServiceAddress Address, Setting Setting)>? Read(Setting setting)
    {
        switch (setting.Kind)
        {
            case SettingKind.Missing or SettingKind.Null:
                return [];
            case SettingKind.Text:
                return [.. setting.Text!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(text => (Parse(text), setting))]; // a text has one
            case SettingKind.List when !setting.IsPartial && setting.Children.All(static c => c.Text is not null):
                return [.. setting.Children.Where(static c => c.Text is { Length: > 0 }).Select(static c => (Parse(c.Text!), c))]; // see above
            default:
                return null;
        }
    }

    private static Reach ReachOf(string protocol, string value)
    {
        switch (protocol)
        {
            case "ip4" or "ip6":
                if (!IPAddress.TryParse(value, out IPAddress? address) || (address.AddressFamily == AddressFamily.InterNetwork) != (protocol == "ip4"))
                {
                    return Reach.Unreadable;
                }

                address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
                return IPAddress.IsLoopback(address) ? Reach.Loopback : address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? Reach.Any : Reach.Address;
            case "dns" or "dns4" or "dns6" or "dnsaddr":
                return value.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? Reach.Loopback : Reach.Name;
            default:
                return Reach.Unreadable;
        }
    }
}
