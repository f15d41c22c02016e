using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.WebSockets;

/// <summary>A server's answer to a request for a WebSocket (RFC 6455 section 4.1).</summary>
public static class WebSocketResponse
{
    /// <summary>Why the answer opens no WebSocket, in words for an operator; null when it does.</summary>
    /// <param name="head">The answer's head.</param>
    /// <param name="key">The key that was sent.</param>
    /// <param name="subprotocol">The one protocol that was offered.</param>
    public static string? Check(ResponseHead head, string key, string subprotocol)
    {
        if (head.StatusCode != 101)
        {
            return $"status {head.StatusCode} instead of 101";
        }

        int accepted = 0;
        int chosen = 0;
        bool upgrades = false;
        bool connects = false;
        string expected = WebSocketKey.Accept(key);
        for (int i = 0; i < head.Headers.Count; i++)
        {
            ReadOnlySpan<byte> name = head.Headers.Name(i);
            ReadOnlySpan<byte> value = head.Headers.Value(i);
            if (Ascii.EqualsIgnoreCase(name, "upgrade"u8))
            {
                upgrades = Ascii.EqualsIgnoreCase(value, "websocket"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
            {
                connects |= HeaderRules.ListHas(value, "upgrade"u8);
            }
            else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-accept"u8))
            {
                accepted += Ascii.Equals(value, expected) ? 1 : 2;
            }
            else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-protocol"u8))
            {
                chosen += Ascii.Equals(value, subprotocol) ? 1 : 2;
            }
            else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-extensions"u8))
            {
                return "an extension that nobody asked for";
            }
        }

        return !upgrades || !connects ? "no upgrade to WebSocket"
            : accepted != 1 ? "Sec-WebSocket-Accept is not the key's"
            : chosen != 1 ? $"the protocol chosen is not `{subprotocol}`"
            : null;
    }
}
