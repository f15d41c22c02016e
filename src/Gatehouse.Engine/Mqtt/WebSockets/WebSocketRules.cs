using Gatehouse.Engine.Gates;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>What a gate asks of clients that come by WebSocket. Immutable.</summary>
internal sealed record WebSocketRules
{
    /// <summary>The one path, without a query.</summary>
    public string Path { get; init; } = "/mqtt";

    /// <summary>Which <c>Host</c> is served.</summary>
    public required HostFilter Hosts { get; init; }

    /// <summary>Which pages of browsers may come; clients that are none send no <c>Origin</c>.</summary>
    public required CrossSite Origins { get; init; }

    /// <summary>The request's head must be whole by then.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest head in bytes.</summary>
    public int MaxHead { get; init; } = 8 * 1024;

    /// <summary>Those of a gate.</summary>
    public static WebSocketRules Of(GateModel model) => new()
    {
        Path = model.Configuration.Mqtt?.Path ?? "/mqtt",
        Hosts = new HostFilter(model.Configuration.Hosts, model.CertificateNames),
        Origins = new CrossSite(model.Configuration),
    };
}
