using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>swarm</c> mapping of a gate.</summary>
internal static class SwarmSection
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public static Section<SwarmConfiguration> Keys { get; } = new(
        "`swarm` of a gate",
        new Key<SwarmConfiguration>("mode", static (r, n, c) => c with { Mode = r.Word(n, Words.SwarmModes, "mode of a swarm gate") }),
        new Key<SwarmConfiguration>("keys", static (r, n, c) => c with { Keys = Places(r, n) }),
        new Key<SwarmConfiguration>("upstream_key", static (r, n, c) => c with { UpstreamKey = SecretPlace.Read(r, n) ?? SecretReference.Unread }),
        new Key<SwarmConfiguration>("deadline", static (r, n, c) => c with { Deadline = r.Duration(n, Second, 60 * Second) }),
        new Key<SwarmConfiguration>("connections_per_source", static (r, n, c) => c with { ConnectionsPerSource = r.Count(n, 1, 1_000_000) }),
        new Key<SwarmConfiguration>("unproven_per_source", static (r, n, c) => c with { UnprovenPerSource = r.Count(n, 1, 1_000_000) }));

    // What is no place is reported already; its text may be the key itself and goes no further.
    private static ImmutableArray<SecretReference> Places(Reading reading, YamlNode node) =>
        [.. reading.List(node, static (x, i) => SecretPlace.Read(x, i)?.ToString() ?? "").Select(SecretReference.Parse).OfType<SecretReference>()];
}
