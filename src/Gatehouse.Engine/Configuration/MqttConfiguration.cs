using System.Collections.Immutable;

namespace Gatehouse.Engine.Configuration;

/// <summary>What a gate of protocol <c>mqtt</c> has besides.</summary>
internal sealed record MqttConfiguration
{
    /// <summary><c>tcp</c> or <c>websocket</c>: how clients come.</summary>
    public string Transport { get; init; } = Words.MqttOverTcp;

    /// <summary>The one path of a WebSocket gate.</summary>
    public string Path { get; init; } = "/mqtt";

    /// <summary>Name of the broker whose client ids these are; gates before one broker share it.</summary>
    public string Broker { get; init; } = "mqtt";

    /// <summary>
    /// Client ids that a user may have: literals, <c>*</c> for any run, <c>${username}</c>, <c>${cert.cn}</c>. Empty: any that is not another's.
    /// </summary>
    public ImmutableArray<string> ClientIds { get; init; } = [];

    /// <summary>What the broker is told of the user: <c>none</c>, <c>username</c> or <c>client</c> (what the client sent).</summary>
    public string Credentials { get; init; } = Words.NoCredentials;

    /// <summary>Whether a PROXY protocol header, version 2, goes before everything else to the broker.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary><c>refuse</c> or <c>pass</c>: MQTT 5's enhanced authentication.</summary>
    public string EnhancedAuthentication { get; init; } = Words.Refuse;

    /// <summary><c>ignore</c> or <c>disconnect</c>: what becomes of a client that publishes or subscribes without the right.</summary>
    public string DenyAction { get; init; } = Words.Ignore;

    /// <summary>
    /// Whether the broker is RabbitMQ, which reads <c>.</c> in topics as <c>/</c> and <c>*</c> as <c>+</c>: topics with them are
    /// then nobody's, as they would be others than those decided.
    /// </summary>
    public bool RabbitMq { get; init; }

    /// <summary>CONNECT and its answer must be there by then.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Largest CONNECT in bytes.</summary>
    public long MaxConnect { get; init; } = 128 * 1024;

    /// <summary>Largest packet of a client in bytes.</summary>
    public long MaxPacket { get; init; } = LargestPacket;

    /// <summary>Longest time without a packet that a client may ask for.</summary>
    public TimeSpan MaxKeepAlive { get; init; } = TimeSpan.FromSeconds(65_535);

    /// <summary>Subscriptions of one connection; 0: no limit.</summary>
    public int MaxSubscriptions { get; init; } = 10_000;

    /// <summary>Levels of a topic or filter.</summary>
    public int MaxTopicLevels { get; init; } = 200;

    /// <summary>Topic aliases of one connection.</summary>
    public int MaxTopicAliases { get; init; } = 32;

    /// <summary>Publishes of QoS 1 and 2 under way from one client; 0: what the broker says.</summary>
    public int MaxInflight { get; init; }

    /// <summary>Messages a second from one client, over which its packets wait; 0: no limit.</summary>
    public int MessagesPerSecond { get; init; }

    /// <summary>Connections of one user at once; 0: no limit.</summary>
    public int ConnectionsPerUser { get; init; }

    /// <summary>The largest packet that MQTT can express: fixed header and 268,435,455 bytes.</summary>
    public const long LargestPacket = 268_435_460;
}
