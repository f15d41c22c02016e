using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A listener of MQTT, set in a file or there by default.</summary>
internal sealed record EmqxListener
{
    /// <summary><c>tcp</c>, <c>ssl</c>, <c>ws</c>, <c>wss</c> or <c>quic</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>default</c>, or its own name.</summary>
    public required string Name { get; init; }

    /// <summary>What is set of it; missing where nothing is.</summary>
    public required Setting Node { get; init; }

    /// <summary>Whether it is on; null where that cannot be told.</summary>
    public required bool? IsOn { get; init; }

    /// <summary>Where it listens by the files, or null where that cannot be told.</summary>
    public required EmqxBind? Bind { get; init; }

    /// <summary><c>listeners.tcp.default</c>.</summary>
    public string Path => $"listeners.{Kind}.{Name}";

    /// <summary><c>listener `tcp:default`</c>, for sentences.</summary>
    public string Title => $"listener `{Kind}:{Name}`";

    /// <summary>Whether it does TLS.</summary>
    public bool IsTls => Kind is "ssl" or "wss" or "quic";

    /// <summary>Whether it takes WebSockets.</summary>
    public bool IsWebSocket => Kind is "ws" or "wss";

    /// <summary>Whether it is one that is there without being set.</summary>
    public bool IsUntouched => !Node.IsSet;

    /// <summary>The port it has by default.</summary>
    public static int DefaultPort(string kind) => kind switch
    {
        "tcp" => 1883,
        "ssl" => 8883,
        "ws" => 8083,
        "wss" => 8084,
        _ => 14567,
    };
}
