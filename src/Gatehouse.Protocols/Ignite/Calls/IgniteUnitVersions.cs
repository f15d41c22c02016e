using System.Globalization;

namespace Gatehouse.Protocols.Ignite.Calls;

/// <summary>
/// Versions of deployment units. To a node <c>1</c>, <c>1.0</c>, <c>+1.00.0</c> and <c>1.0.0</c> are one version (UnitVersion.parse), to
/// grants they would be four: a deny of one would let the others pass.
/// </summary>
public static class IgniteUnitVersions
{
    /// <summary>The version that stands for the newest there is.</summary>
    public const string Latest = "latest";

    private const int Parts = 3;

    /// <summary>Three numbers without needless zeros, a qualifier behind them as it is, or <c>latest</c>; null for anything else.</summary>
    public static string? Canonical(string version)
    {
        if (version == Latest)
        {
            return version;
        }

        int dash = version.IndexOf('-', StringComparison.Ordinal);
        string numbers = dash < 0 ? version : version[..dash];
        string qualifier = dash < 0 ? "" : version[dash..];
        string[] parts = numbers.Split('.');
        bool isPlain = qualifier.Length != 1 && qualifier.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && parts.Length <= Parts;
        Span<short> values = stackalloc short[Parts];
        for (int i = 0; i < parts.Length && isPlain; i++)
        {
            isPlain = short.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out values[i]);
        }

        return isPlain ? string.Create(CultureInfo.InvariantCulture, $"{values[0]}.{values[1]}.{values[2]}{qualifier}") : null;
    }
}
