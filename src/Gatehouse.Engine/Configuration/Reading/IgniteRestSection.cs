using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>ignite_rest</c> mapping of a gate.</summary>
internal static class IgniteRestSection
{
    private const long KiB = 1024;
    private const long GiB = 1024 * 1024 * KiB;

    public static Section<IgniteRestConfiguration> Keys { get; } = new(
        "`ignite_rest` of a gate",
        new Key<IgniteRestConfiguration>("max_unit_size", static (r, n, c) => c with { MaxUnitSize = r.Size(n, KiB, 4 * GiB) }),
        new Key<IgniteRestConfiguration>("max_unit_files", static (r, n, c) => c with { MaxUnitFiles = r.Count(n, 1, 10_000) }),
        new Key<IgniteRestConfiguration>("max_entries", static (r, n, c) => c with { MaxEntries = r.Count(n, 1, 65_000) }),
        new Key<IgniteRestConfiguration>("max_unpacked", static (r, n, c) => c with { MaxUnpacked = r.Size(n, KiB, 1024 * GiB) }),
        new Key<IgniteRestConfiguration>("unit_hashes", static (r, n, c) => c with { UnitHashes = r.List(n, Hash) }),
        new Key<IgniteRestConfiguration>("open_health", static (r, n, c) => c with { OpenHealth = r.Boolean(n) }));

    private static string Hash(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        if (text.Length is 0 or 64 && text.All(char.IsAsciiHexDigit))
        {
            return text.ToLowerInvariant();
        }

        reading.Report(ConfigurationProblems.WrongType, "a hash is SHA-256 in 64 hexadecimal digits", node, "`sha256sum FILE` tells it");
        return "";
    }
}
