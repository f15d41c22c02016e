using System.Globalization;

namespace Gatehouse.Engine.Configuration.Writing;

/// <summary>The <c>ignite_rest</c> mapping of a gate on one line: what differs from the defaults.</summary>
internal static class IgniteRestText
{
    /// <summary>The mapping in braces, or null where everything is as it is without.</summary>
    public static string? Of(IgniteRestConfiguration? rest)
    {
        if (rest is null)
        {
            return null;
        }

        var plain = new IgniteRestConfiguration();
        (string Key, string? Value)[] all =
        [
            ("max_unit_size", Size(rest.MaxUnitSize, plain.MaxUnitSize)),
            ("max_unit_files", Number(rest.MaxUnitFiles, plain.MaxUnitFiles)),
            ("max_entries", Number(rest.MaxEntries, plain.MaxEntries)),
            ("max_unpacked", Size(rest.MaxUnpacked, plain.MaxUnpacked)),

            // Digits alone would be read as a number.
            ("unit_hashes", rest.UnitHashes.IsEmpty ? null : "[" + string.Join(", ", rest.UnitHashes.Select(static h => $"'{h}'")) + "]"),
            ("open_health", rest.OpenHealth ? "true" : null),
        ];
        string[] set = [.. all.Where(static p => p.Value is not null).Select(static p => $"{p.Key}: {p.Value}")];
        return set.Length == 0 ? null : "{ " + string.Join(", ", set) + " }";
    }

    private static string? Number(int value, int plain) => value == plain ? null : value.ToString(CultureInfo.InvariantCulture);

    private static string? Size(long value, long plain) => value == plain ? null : Quantities.WriteSize(value);
}
