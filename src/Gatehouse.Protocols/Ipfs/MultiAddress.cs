using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Addresses of libp2p, <c>/ip4/192.0.2.1/tcp/4001/p2p/ID</c> (multiformats, "multiaddr"): the syntax.</summary>
internal static class MultiAddress
{
    private const int MaxLength = 1024;
    private const int MaxParts = 32;

    private static readonly Check NoValue = static _ => false;

    private delegate bool Check(string value);

    /// <summary>Whether it is an address that says which peer is there.</summary>
    public static bool IsOfPeer(string text)
    {
        if (text.Length is < 2 or > MaxLength || text[0] != '/')
        {
            return false;
        }

        string[] parts = text[1..].Split('/');
        string? last = null;
        for (int i = 0; i < parts.Length; i++)
        {
            last = parts[i];
            if (i >= MaxParts || Value(last) is not { } check)
            {
                return false;
            }

            if (check != NoValue && (++i == parts.Length || !check(parts[i])))
            {
                return false;
            }
        }

        return last is "p2p" or "ipfs";
    }

    /// <summary>Whether it can be a host's name.</summary>
    public static bool IsHost(string text) =>
        text.Length is > 0 and <= 253 && text.Split('.').All(static label =>
            label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' &&
            label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static Check? Value(string protocol) => protocol switch
    {
        "ip4" => static v => IPAddress.TryParse(v, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetwork && ip.ToString() == v,
        "ip6" => static v => v.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(v, out IPAddress? ip) && ip.AddressFamily == AddressFamily.InterNetworkV6,
        "dns" or "dns4" or "dns6" or "dnsaddr" or "sni" => IsHost,
        "tcp" or "udp" => IsPort,
        "p2p" or "ipfs" => static v => PeerId.TryParse(v, out _),
        "certhash" => static v => v.Length is > 1 and <= 128 && v.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'),
        "quic" or "quic-v1" or "ws" or "wss" or "tls" or "noise" or "http" or "https" or "webtransport" or "webrtc" or "webrtc-direct" or "p2p-circuit" => NoValue,
        _ => null, // onion, unix and what is to come: nothing that a peer should be told to connect to from outside
    };

    private static bool IsPort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 && text[0] != '0';
}
