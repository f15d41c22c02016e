using System.Globalization;

namespace Gatehouse.Doctor.Texts;

/// <summary>Durations and sizes as the guarded systems write them.</summary>
public static class Quantity
{
    private static readonly Dictionary<string, double> DurationUnits = new(StringComparer.Ordinal)
    {
        ["ns"] = 1e-2,
        ["nanos"] = 1e-2,
        ["us"] = 10,
        ["µs"] = 10,
        ["μs"] = 10,
        ["micros"] = 10,
        ["ms"] = TimeSpan.TicksPerMillisecond,
        ["millis"] = TimeSpan.TicksPerMillisecond,
        ["milliseconds"] = TimeSpan.TicksPerMillisecond,
        ["s"] = TimeSpan.TicksPerSecond,
        ["sec"] = TimeSpan.TicksPerSecond,
        ["second"] = TimeSpan.TicksPerSecond,
        ["seconds"] = TimeSpan.TicksPerSecond,
        ["m"] = TimeSpan.TicksPerMinute,
        ["min"] = TimeSpan.TicksPerMinute,
        ["minute"] = TimeSpan.TicksPerMinute,
        ["minutes"] = TimeSpan.TicksPerMinute,
        ["h"] = TimeSpan.TicksPerHour,
        ["hour"] = TimeSpan.TicksPerHour,
        ["hours"] = TimeSpan.TicksPerHour,
        ["d"] = TimeSpan.TicksPerDay,
        ["day"] = TimeSpan.TicksPerDay,
        ["days"] = TimeSpan.TicksPerDay,
        ["w"] = 7.0 * TimeSpan.TicksPerDay,
        ["week"] = 7.0 * TimeSpan.TicksPerDay,
        ["weeks"] = 7.0 * TimeSpan.TicksPerDay,
    };

    /// <summary>
    /// Reads <c>15s</c>, <c>1h30m</c>, <c>2m0s</c>, <c>0.5 s</c>, and <c>infinity</c> (or <c>infinite</c>) as <see cref="TimeSpan.MaxValue"/>; a number
    /// alone counts in <paramref name="unit"/>. Null for anything else, and for what is no time span.
    /// </summary>
    public static TimeSpan? Duration(string? text, TimeSpan? unit = null)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (rest is "infinity" or "infinite")
        {
            return TimeSpan.MaxValue;
        }

        bool isNegative = rest.StartsWith("-");
        rest = isNegative ? rest[1..] : rest;
        double ticks = 0;
        bool isRead = false;
        while (!rest.IsEmpty)
        {
            if (!Part(ref rest, out double number, out string word) || !Factor(word, unit, isRead || !rest.IsEmpty, out double factor))
            {
                return null;
            }

            ticks += number * factor;
            isRead = true;
        }

        return isRead && ticks < TimeSpan.MaxValue.Ticks ? TimeSpan.FromTicks((long)(isNegative ? -ticks : ticks)) : null;
    }

    /// <summary>
    /// Reads <c>64MB</c>, <c>1 GiB</c>, <c>100kb</c>, <c>10k</c>, <c>4096</c>: KB, MB, GB count in 1024 as EMQX and Elasticsearch do, or in 1000 with
    /// <paramref name="isDecimal"/> as IPFS does; KiB, MiB, GiB always in 1024. Null for anything else.
    /// </summary>
    public static long? Bytes(string? text, bool isDecimal = false)
    {
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        if (!Part(ref rest, out double number, out string word) || !rest.IsEmpty)
        {
            return null;
        }

        word = word.ToLowerInvariant();
        int power = word.Length == 0 || word is "b" or "byte" or "bytes" ? 0 : "bkmgtp".IndexOf(word[0], StringComparison.Ordinal);
        bool isBinary = word.EndsWith("ib", StringComparison.Ordinal) && word.Length == 3;
        bool isUnit = power == 0 || (power > 0 && (isBinary || word.Length == 1 || (word.Length == 2 && word[1] == 'b')));
        double bytes = number * Math.Pow(isDecimal && !isBinary ? 1000 : 1024, power);
        return isUnit && bytes < long.MaxValue ? (long)bytes : null;
    }

    private static bool Part(ref ReadOnlySpan<char> rest, out double number, out string word)
    {
        int digits = 0;
        while (digits < rest.Length && (char.IsAsciiDigit(rest[digits]) || rest[digits] == '.'))
        {
            digits++;
        }

        bool isNumber = double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
        rest = rest[digits..].TrimStart();
        int letters = 0;
        while (letters < rest.Length && char.IsLetter(rest[letters]))
        {
            letters++;
        }

        word = rest[..letters].ToString();
        rest = rest[letters..].TrimStart();
        return isNumber && double.IsFinite(number);
    }

    private static bool Factor(string word, TimeSpan? unit, bool isPart, out double factor)
    {
        if (word.Length > 0)
        {
            return DurationUnits.TryGetValue(word, out factor) || DurationUnits.TryGetValue(word.ToLowerInvariant(), out factor);
        }

        factor = unit?.Ticks ?? 0;
        return unit is not null && !isPart;
    }
}
