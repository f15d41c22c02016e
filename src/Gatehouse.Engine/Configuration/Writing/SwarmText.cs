using System.Collections.Immutable;
using System.Globalization;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>swarm</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class SwarmText
{
    /// <summary>The mapping in braces, or null where the gate has none.</summary>
    public static string? Of(SwarmConfiguration? swarm)
    {
        if (swarm is null)
        {
            return null;
        }

        var plain = new SwarmConfiguration();
        (string Key, string? Value)[] all =
        [
            ("mode", swarm.Mode == plain.Mode ? null : swarm.Mode), ("keys", KeyList(swarm.Keys)),
            ("upstream_key", swarm.UpstreamKey is { } key ? Place(key) : null),
            ("deadline", swarm.Deadline == plain.Deadline ? null : Quantities.WriteDuration(swarm.Deadline)),
            ("connections_per_source", Number(swarm.ConnectionsPerSource, plain.ConnectionsPerSource)),
            ("unproven_per_source", Number(swarm.UnprovenPerSource, plain.UnprovenPerSource)),
        ];
        return "{ " + string.Join(", ", all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")) + " }";
    }

    /// <summary>A list of places in brackets.</summary>
    public static string KeyList(ImmutableArray<SecretReference> keys) => "[" + string.Join(", ", keys.Select(Place)) + "]";

    /// <summary>A place, quoted: it has a colon.</summary>
    public static string Place(SecretReference secret) => "'" + secret.ToString().Replace("'", "''") + "'";

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);
}
