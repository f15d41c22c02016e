using System.Collections.Immutable;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Configuration;

/// <summary>The closed lists of words that the file may use.</summary>
internal static class Words
{
    /// <summary>Protocols that gates speak.</summary>
    public static ImmutableArray<string> Protocols { get; } = ["http", "tcp", Mqtt, Ignite, Swarm];

    /// <summary>Systems of IPFS Cluster and Kubo.</summary>
    public static ImmutableArray<string> IpfsSystems { get; } = ["ipfs-cluster", "ipfs-pinning", "ipfs-proxy", "kubo"];

    /// <summary>Systems that every gate may name without a catalogue of the user's.</summary>
    public static ImmutableArray<string> BuiltInSystems { get; } = ["http", "tcp", "elasticsearch", Mqtt, "emqx-api", Ignite, IgniteRest, .. IpfsSystems, "metrics"];

    /// <summary>Names that a user's catalogue may not take: those of the product's own vocabularies.</summary>
    public static ImmutableArray<string> ReservedSystems { get; } =
    [
        "gatehouse", "http", "tcp", "mqtt", "ignite", "elasticsearch", "emqx-api", "ignite-rest", "ipfs-cluster", "ipfs-pinning",
        "ipfs-proxy", "kubo", "metrics", "libp2p-psk",
    ];

    /// <summary>Durabilities of the audit trail.</summary>
    public static ImmutableArray<string> Durabilities { get; } = ["group", "strict"];

    /// <summary>What happens when an audit output is too far behind.</summary>
    public static ImmutableArray<string> Overflows { get; } = ["alarm", Block];

    /// <summary>Facilities of syslog by their number (RFC 5424 section 6.2.1).</summary>
    public static ImmutableArray<string> Facilities { get; } =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert",
        "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    /// <summary>TLS profiles.</summary>
    public static ImmutableArray<string> Profiles { get; } = [Modern, Compatible, Fips];

    /// <summary>TLS profiles of one gate: what is approved is a matter of the whole process.</summary>
    public static ImmutableArray<string> GateProfiles { get; } = [Modern, Compatible];

    /// <summary>Versions of TLS.</summary>
    public static ImmutableArray<string> TlsVersions { get; } = ["1.2", "1.3"];

    /// <summary>Protocols that a client may upgrade to.</summary>
    public static ImmutableArray<string> Upgrades { get; } = ["websocket"];

    /// <summary>Methods that pages of other origins may be let use.</summary>
    public static ImmutableArray<string> CorsMethods { get; } = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"];

    /// <summary>How clients come to an MQTT gate.</summary>
    public static ImmutableArray<string> MqttTransports { get; } = [MqttOverTcp, MqttOverWebSocket];

    /// <summary>What an MQTT broker is told of the user.</summary>
    public static ImmutableArray<string> MqttCredentials { get; } = [NoCredentials, UserNameOnly, ClientCredentials];

    /// <summary>What becomes of MQTT's enhanced authentication.</summary>
    public static ImmutableArray<string> EnhancedAuthentications { get; } = [Refuse, Pass];

    /// <summary>What becomes of a client that does without the right.</summary>
    public static ImmutableArray<string> DenyActions { get; } = [Ignore, Disconnect];

    /// <summary>What becomes of job arguments that only the job's own code can read.</summary>
    public static ImmutableArray<string> CustomMarshalling { get; } = [Refuse, Pass];

    /// <summary>What a swarm gate does with the bytes of those it let in.</summary>
    public static ImmutableArray<string> SwarmModes { get; } = [Verify, Relay];

    /// <summary>How programs of a mesh service are told apart.</summary>
    public static ImmutableArray<string> MeshSeparations { get; } = [ByAddress, ByPort];

    /// <summary>Each peer has a loopback address of its own.</summary>
    public const string ByAddress = "address";

    /// <summary>All on 127.0.0.1, each with ports of its own.</summary>
    public const string ByPort = "port";

    /// <summary>The protocol of gates before private libp2p networks, and the system of their one operation.</summary>
    public const string Swarm = "libp2p-psk";

    /// <summary>Bytes pass as they are.</summary>
    public const string Verify = "verify";

    /// <summary>Bytes are encrypted anew.</summary>
    public const string Relay = "relay";

    /// <summary>The protocol and the system of MQTT.</summary>
    public const string Mqtt = "mqtt";

    /// <summary>The protocol and the system of Ignite's clients.</summary>
    public const string Ignite = "ignite";

    /// <summary>The system of Ignite's REST API.</summary>
    public const string IgniteRest = "ignite-rest";

    /// <summary>MQTT straight on the connection.</summary>
    public const string MqttOverTcp = "tcp";

    /// <summary>MQTT in WebSocket messages.</summary>
    public const string MqttOverWebSocket = "websocket";

    /// <summary>The broker learns nothing of the user.</summary>
    public const string NoCredentials = "none";

    /// <summary>The broker learns the user's name.</summary>
    public const string UserNameOnly = "username";

    /// <summary>The broker gets what the client sent.</summary>
    public const string ClientCredentials = "client";

    /// <summary>Not taken.</summary>
    public const string Refuse = "refuse";

    /// <summary>Left to the broker.</summary>
    public const string Pass = "pass";

    /// <summary>The packet is answered and dropped.</summary>
    public const string Ignore = "ignore";

    /// <summary>The connection is closed.</summary>
    public const string Disconnect = "disconnect";

    /// <summary>The metrics' name where gates are named: in address rules, the trail, and lists of connections.</summary>
    public const string MetricsListener = "metrics";

    /// <summary>Nothing is forwarded while an output is too far behind.</summary>
    public const string Block = "block";

    /// <summary>TLS 1.3 only.</summary>
    public const string Modern = "modern";

    /// <summary>In place of a file of authorities: the cluster's own.</summary>
    public const string Cluster = "cluster";

    /// <summary>TLS 1.2 and 1.3.</summary>
    public const string Compatible = "compatible";

    /// <summary>Approved algorithms only.</summary>
    public const string Fips = "fips";

    /// <summary>Switches the metrics listener off.</summary>
    public const string Off = "off";

    /// <summary>Switches the check of the upstream's owner off.</summary>
    public const string Any = "any";
}
