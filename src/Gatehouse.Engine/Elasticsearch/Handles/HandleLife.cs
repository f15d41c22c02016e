using System.Globalization;

namespace Gatehouse.Engine.Elasticsearch.Handles;

/// <summary>How long handles live: as the client asked the upstream, within limits. The upstream's own end counts besides.</summary>
internal static class HandleLife
{
    /// <summary>Longest life of a sealed handle; the upstream's own default limit of scrolls and points in time (search.max_keep_alive).</summary>
    public static readonly TimeSpan MaxSealed = TimeSpan.FromHours(24);

    /// <summary>Longest life of a handle in the book.</summary>
    public static readonly TimeSpan MaxKept = TimeSpan.FromDays(30);

    /// <summary>Where the client says nothing of a sealed one.</summary>
    private static readonly TimeSpan DefaultSealed = TimeSpan.FromMinutes(5);

    /// <summary>Where the client says nothing of one in the book: the upstream's own default of asynchronous searches.</summary>
    private static readonly TimeSpan DefaultKept = TimeSpan.FromDays(5);

    private static readonly (string Suffix, double Milliseconds)[] Units =
    [
        ("nanos", 0.000001), ("micros", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ];

    /// <summary>The end of a handle that is made or used now.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="asked">What the client wrote, or null.</param>
    /// <param name="before">Its end up to now; default for a new one.</param>
    /// <param name="now">The moment.</param>
    public static DateTimeOffset End(HandleKind kind, string? asked, DateTimeOffset before, DateTimeOffset now)
    {
        bool isSealed = kind <= HandleKind.Cursor;
        if (asked is null || !TryParse(asked, out TimeSpan life))
        {
            if (before != default)
            {
                return before;
            }

            life = isSealed ? DefaultSealed : DefaultKept;
        }

        TimeSpan longest = isSealed ? MaxSealed : MaxKept;
        return now + (life < longest ? life : longest);
    }

    /// <summary>Reads a time value of Elasticsearch (reference: API conventions, time units): a whole number and a unit, any case but <c>M</c>.</summary>
    public static bool TryParse(string text, out TimeSpan life)
    {
        life = default;
        foreach ((string suffix, double milliseconds) in Units)
        {
            if (text.EndsWith(suffix, suffix == "m" ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase)
                && long.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long number))
            {
                double total = Math.Min(number * milliseconds, TimeSpan.FromDays(3650).TotalMilliseconds);
                life = TimeSpan.FromMilliseconds(total);
                return true;
            }
        }

        return false;
    }
}
