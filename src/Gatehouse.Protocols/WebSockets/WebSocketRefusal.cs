using System.Collections.Immutable;

namespace Gatehouse.Protocols.WebSockets;

/// <summary>Why a request opens no WebSocket.</summary>
public enum WebSocketRefusal : byte
{
    /// <summary>It does.</summary>
    None = 0,

    /// <summary>The method is not GET.</summary>
    Method,

    /// <summary>It came as HTTP/1.0.</summary>
    HttpVersion,

    /// <summary>It has a body, or says how one would be framed.</summary>
    Body,

    /// <summary>A header that says it once is there twice, or is no text.</summary>
    Repeated,

    /// <summary>No <c>Host</c>.</summary>
    Host,

    /// <summary>No <c>Upgrade: websocket</c> with <c>Connection: upgrade</c>.</summary>
    NoUpgrade,

    /// <summary>Not version 13.</summary>
    Version,

    /// <summary>The key is not the one spelling of 16 bytes.</summary>
    Key,

    /// <summary>No MQTT among the protocols offered.</summary>
    Subprotocol,
}

/// <summary>The frozen words for answer and audit record, and the status of the answer.</summary>
public static class WebSocketRefusals
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "method", "http_version", "body", "repeated_header", "host", "no_upgrade", "websocket_version", "websocket_key", "subprotocol",
    ];

    /// <summary>The word, such as <c>websocket_key</c>; it never changes.</summary>
    public static string Word(WebSocketRefusal refusal) => Words[(int)refusal];

    /// <summary>The status of the answer: 400, 405 or 426 (RFC 6455 section 4.2.2, RFC 9110 section 15.5.22).</summary>
    public static int Status(WebSocketRefusal refusal) => refusal switch
    {
        WebSocketRefusal.Method => 405,
        WebSocketRefusal.NoUpgrade or WebSocketRefusal.Version => 426,
        _ => 400,
    };
}
