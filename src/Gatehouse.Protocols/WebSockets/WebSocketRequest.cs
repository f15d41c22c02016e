using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.WebSockets;

/// <summary>
/// A client's request for a WebSocket that carries MQTT (RFC 6455 section 4.2.1). Only what is named here is read: no
/// extension is agreed to, and whatever proxies and browsers add says nothing to the gate.
/// </summary>
public sealed class WebSocketRequest
{
    private const int HostBit = 1;
    private const int UpgradeBit = 2;
    private const int VersionBit = 4;
    private const int KeyBit = 8;
    private const int OriginBit = 16;

    private int _seen;
    private bool _hasUpgrade;
    private bool _hasConnection;
    private bool _hasVersion;
    private bool _hasBody;
    private bool _isRepeated;

    private WebSocketRequest()
    {
    }

    /// <summary>The value of <c>Host</c>, not empty.</summary>
    public string Host { get; private set; } = "";

    /// <summary>The value of <c>Origin</c>, or null.</summary>
    public string? Origin { get; private set; }

    /// <summary>The value of <c>Sec-WebSocket-Key</c>, canonical.</summary>
    public string Key { get; private set; } = "";

    /// <summary>The first protocol offered that is MQTT, as it was offered.</summary>
    public string Subprotocol { get; private set; } = "";

    /// <summary>Reads it; the target is the caller's business.</summary>
    /// <param name="head">A head that was parsed.</param>
    /// <param name="request">What it says; null with a refusal.</param>
    public static WebSocketRefusal TryRead(RequestHead head, out WebSocketRequest? request)
    {
        request = null;
        WebSocketRequest made = new() { _hasBody = head.ContentLength > 0 };
        for (int i = 0; i < head.Count; i++)
        {
            made.Take(head.Name(i), head.Value(i));
        }

        WebSocketRefusal refusal = head.Method != "GET" ? WebSocketRefusal.Method
            : head.IsHttp10 ? WebSocketRefusal.HttpVersion
            : made._isRepeated ? WebSocketRefusal.Repeated
            : made._hasBody ? WebSocketRefusal.Body
            : made.Host.Length == 0 ? WebSocketRefusal.Host
            : !made._hasUpgrade || !made._hasConnection ? WebSocketRefusal.NoUpgrade
            : !made._hasVersion ? WebSocketRefusal.Version
            : made.Key.Length == 0 ? WebSocketRefusal.Key
            : made.Subprotocol.Length == 0 ? WebSocketRefusal.Subprotocol
            : WebSocketRefusal.None;
        request = refusal == WebSocketRefusal.None ? made : null;
        return refusal;
    }

    private void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(name, "host"u8))
        {
            Once(HostBit);
            Host = Encoding.UTF8.GetString(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "origin"u8))
        {
            Once(OriginBit);
            Origin = Encoding.UTF8.GetString(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "upgrade"u8))
        {
            // Another protocol beside would leave the choice to the gate; nobody offers one.
            Once(UpgradeBit);
            _hasUpgrade = Ascii.EqualsIgnoreCase(value, "websocket"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
        {
            _hasConnection |= HeaderRules.ListHas(value, "upgrade"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-version"u8))
        {
            Once(VersionBit);
            _hasVersion = value.SequenceEqual("13"u8);
        }
        else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-key"u8))
        {
            Once(KeyBit);
            Key = WebSocketKey.IsCanonical(value) ? Encoding.ASCII.GetString(value) : "";
        }
        else if (Ascii.EqualsIgnoreCase(name, "sec-websocket-protocol"u8))
        {
            Choose(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
        {
            _hasBody = true;
        }
    }

    private void Once(int bit)
    {
        _isRepeated |= (_seen & bit) != 0;
        _seen |= bit;
    }

    private void Choose(ReadOnlySpan<byte> offered)
    {
        foreach (Range part in offered.Split((byte)','))
        {
            if (Subprotocol.Length == 0 && Known(HttpTokens.TrimSpace(offered[part])) is { } known)
            {
                Subprotocol = known;
            }
        }
    }

    // The registered name (RFC 6455 section 11.5), and those of mosquitto and EMQX. Case counts.
    private static string? Known(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("mqtt"u8) => "mqtt",
        _ when name.SequenceEqual("mqttv3.1"u8) => "mqttv3.1",
        _ when name.SequenceEqual("mqtt-v3"u8) => "mqtt-v3",
        _ when name.SequenceEqual("mqtt-v3.1.1"u8) => "mqtt-v3.1.1",
        _ when name.SequenceEqual("mqtt-v5"u8) => "mqtt-v5",
        _ => null,
    };
}
