using System.Collections.Immutable;
using System.Globalization;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>ignite</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class IgniteText
{
    /// <summary>The mapping in braces, or null where everything is as it is without.</summary>
    public static string? Of(IgniteConfiguration? ignite)
    {
        if (ignite is null)
        {
            return null;
        }

        var plain = new IgniteConfiguration();
        (string Key, string? Value)[] all =
        [
            ("handshake_timeout", Duration(ignite.HandshakeTimeout, plain.HandshakeTimeout)),
            ("max_handshake", Size(ignite.MaxHandshake, plain.MaxHandshake)), ("max_frame", Size(ignite.MaxFrame, plain.MaxFrame)),
            ("idle_timeout", Duration(ignite.IdleTimeout, plain.IdleTimeout)),
            ("connections_per_user", Number(ignite.ConnectionsPerUser, plain.ConnectionsPerUser)),
            ("connections_per_second", Number(ignite.ConnectionsPerSecond, plain.ConnectionsPerSecond)),
            ("max_pending", Number(ignite.MaxPending, plain.MaxPending)),
            ("custom_marshalled", ignite.CustomMarshalled == plain.CustomMarshalled ? null : ignite.CustomMarshalled),
            ("tables_refresh", Duration(ignite.TablesRefresh, plain.TablesRefresh)),
            ("server_names_only", ignite.ServerNamesOnly ? "true" : null), ("nodes", Nodes(ignite.Nodes)),
        ];
        string[] set = [.. all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")];
        return set.Length == 0 ? null : Braces(set);
    }

    private static string? Nodes(ImmutableArray<IgniteNodeConfiguration> nodes) => nodes.IsEmpty ? null
        : Braces(nodes.Select(static n => $"{n.Name}: {{ server_names: [{string.Join(", ", n.ServerNames.Select(Quoted))}], upstream: {Quoted(n.Upstream)} }}"));

    private static string Braces(IEnumerable<string> entries) => "{ " + string.Join(", ", entries) + " }";

    // Between braces a colon ends a plain word.
    private static string Quoted(string value) => "'" + value.Replace("'", "''") + "'";

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);

    private static string? Size(long value, long plain) => value == plain ? null : Quantities.WriteSize(value);

    private static string? Duration(TimeSpan value, TimeSpan plain) => value == plain ? null : Quantities.WriteDuration(value);
}
