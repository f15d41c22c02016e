using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Testing.Mqtt.Transport;

/// <summary>Where to connect to on loopback, and how.</summary>
public sealed record MqttEndpoint(int Port)
{
    /// <summary>The CA that the server's certificate must chain to; null for clear text.</summary>
    public string? CaFile { get; init; }

    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Set for WebSocket.</summary>
    public WebSocketRequest? WebSocket { get; init; }
}

/// <summary>What a client asks for when it opens a WebSocket.</summary>
public sealed record WebSocketRequest
{
    public string Path { get; init; } = "/mqtt";

    /// <summary>What it offers in Sec-WebSocket-Protocol; null offers nothing.</summary>
    public string? Subprotocol { get; init; } = "mqtt";

    /// <summary>Further header lines.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];
}
