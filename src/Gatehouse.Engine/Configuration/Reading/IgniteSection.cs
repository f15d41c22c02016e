using Gatehouse.Engine.Configuration.Yaml;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>ignite</c> mapping of a gate.</summary>
internal static class IgniteSection
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static Section<IgniteNodeConfiguration> Node { get; } = new(
        "a node",
        new Key<IgniteNodeConfiguration>("server_names", static (r, n, c) => c with { ServerNames = r.List(n, ServerName) }) { Required = true },
        new Key<IgniteNodeConfiguration>("upstream", static (r, n, c) => c with { Upstream = r.Upstream(n) }) { Required = true });

    /// <summary>Reads the mapping of a gate.</summary>
    public static IgniteConfiguration Read(Reading reading, YamlNode node, string path, IgniteConfiguration value) => new Section<IgniteConfiguration>(
        "`ignite` of a gate",
        new Key<IgniteConfiguration>("handshake_timeout", static (r, n, c) => c with { HandshakeTimeout = r.Duration(n, Second, 600 * Second) }),
        new Key<IgniteConfiguration>("max_handshake", static (r, n, c) => c with { MaxHandshake = r.Size(n, KiB, MiB) }),
        new Key<IgniteConfiguration>("max_frame", static (r, n, c) => c with { MaxFrame = r.Size(n, 64 * KiB, 1024 * MiB) }),
        new Key<IgniteConfiguration>("idle_timeout", static (r, n, c) => c with { IdleTimeout = r.Duration(n, 2 * Second, 24 * Hour) }),
        new Key<IgniteConfiguration>("connections_per_user", static (r, n, c) => c with { ConnectionsPerUser = r.Count(n, 0, 1_000_000) }),
        new Key<IgniteConfiguration>("connections_per_second", static (r, n, c) => c with { ConnectionsPerSecond = r.Count(n, 0, 1_000_000) }),
        new Key<IgniteConfiguration>("max_pending", static (r, n, c) => c with { MaxPending = r.Count(n, 1, 1_000_000) }),
        new Key<IgniteConfiguration>(
            "custom_marshalled", static (r, n, c) => c with { CustomMarshalled = r.Word(n, Words.CustomMarshalling, "word for custom marshalled arguments") }),
        new Key<IgniteConfiguration>("tables_refresh", static (r, n, c) => c with { TablesRefresh = r.Duration(n, Second, Hour) }),
        new Key<IgniteConfiguration>("server_names_only", static (r, n, c) => c with { ServerNamesOnly = r.Boolean(n) }),
        new Key<IgniteConfiguration>(
            "nodes",
            (r, n, c) => c with { Nodes = Sections.Named(r, n, path + ".nodes", Node, static name => new IgniteNodeConfiguration { Name = name }) }))
        .Read(reading, node, path, value);

    // TLS compares server names without case (RFC 6066 section 3).
    private static string ServerName(Reading reading, YamlNode node) => Sections.HostName(reading, node).ToLowerInvariant();
}
