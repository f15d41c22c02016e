using System.Globalization;

namespace Gatehouse.Doctor.Hardening.Ipfs;

/// <summary>Addresses as libp2p writes them: <c>/ip4/127.0.0.1/tcp/9094</c>.</summary>
internal static class Multiaddress
{
    /// <summary>Whether only this host reaches it.</summary>
    public static bool IsLocal(string address)
    {
        string[] parts = address.Split('/');
        return parts is ["", "unix", ..]
            || (parts is ["", "ip4" or "ip6", var ip, ..] && Editing.IsLoopback(ip))
            || parts is ["", "dns" or "dns4" or "dns6", "localhost", ..];
    }

    /// <summary>Whether it is one of TCP.</summary>
    public static bool IsTcp(string address) => address.Split('/') is ["", _, _, "tcp", ..];

    /// <summary>Its TCP port, or null.</summary>
    public static int? Port(string address) =>
        address.Split('/') is ["", _, _, "tcp", var port, ..] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is > 0 and < 65536 ? number : null;

    /// <summary>The same on another address of this host, transports kept.</summary>
    public static string On(string address, string ip, int port) =>
        $"/{(ip.Contains(':', StringComparison.Ordinal) ? "ip6" : "ip4")}/{ip}/tcp/{Port(address) ?? port}";

    /// <summary>Whether it could be the id of a libp2p peer.</summary>
    public static bool IsPeer(string id) =>
        id.Length is >= 46 and <= 64 && (id.StartsWith("Qm", StringComparison.Ordinal) || id.StartsWith("12D3Koo", StringComparison.Ordinal) || id.StartsWith("16Uiu2", StringComparison.Ordinal))
        && id.All(static c => char.IsAsciiLetterOrDigit(c) && c is not ('0' or 'O' or 'I' or 'l'));
}
