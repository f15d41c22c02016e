using System.Buffers;
using System.Globalization;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Values of options as the upstreams, which are written in Go, read them; what Go would read in a surprising way is refused.</summary>
internal static class GoValues
{
    private const int MaxDuration = 64;

    private static readonly SearchValues<char> InNumbers = SearchValues.Create("0123456789.");

    /// <summary>As <c>strconv.ParseBool</c>.</summary>
    public static bool TryBool(string text, out bool value)
    {
        value = text is "1" or "t" or "T" or "true" or "TRUE" or "True";
        return value || text is "0" or "f" or "F" or "false" or "FALSE" or "False";
    }

    /// <summary>A whole number in decimal, without a plus sign or leading zeros, in a range.</summary>
    public static bool TryInteger(string text, long min, long max, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= min && value <= max &&
        text == value.ToString(CultureInfo.InvariantCulture);

    /// <summary>As <c>time.ParseDuration</c>, such as <c>1h30m</c> or <c>1.5s</c>; one second at least, and no sign.</summary>
    public static bool IsDuration(string text)
    {
        if (text.Length is 0 or > MaxDuration)
        {
            return false;
        }

        double seconds = 0;
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            int digits = rest.IndexOfAnyExcept(InNumbers);
            if (digits <= 0 || !double.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            rest = rest[digits..];
            int unitLength = rest.IndexOfAny(InNumbers);
            ReadOnlySpan<char> unit = unitLength < 0 ? rest : rest[..unitLength];
            double factor = Unit(unit);
            if (factor == 0)
            {
                return false;
            }

            seconds += number * factor;
            rest = rest[unit.Length..];
        }

        return seconds is >= 1 and < long.MaxValue / 1e9;
    }

    /// <summary>A moment as in RFC 3339, upper case letters only, as Go reads it.</summary>
    public static bool IsTime(string text)
    {
        // 2006-01-02T15:04:05, then a fraction, then Z or +01:00
        if (text.Length is < 20 or > 40 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
        {
            return false;
        }

        ReadOnlySpan<char> rest = text.AsSpan(19);
        if (rest[0] == '.')
        {
            int digits = rest[1..].IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9)
            {
                return false;
            }

            rest = rest[(digits + 1)..];
        }

        bool isZone = rest is "Z" || (rest.Length == 6 && rest[0] is '+' or '-' && rest[3] == ':' &&
            IsNumber(rest.Slice(1, 2), 23) && IsNumber(rest.Slice(4, 2), 59));
        return isZone && DateTime.TryParseExact(
            text.AsSpan(0, 19), "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime moment) && moment.Year > 1;
    }

    private static bool IsNumber(ReadOnlySpan<char> text, int max) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= max;

    private static double Unit(ReadOnlySpan<char> unit) => unit switch
    {
        "ns" => 1e-9,
        "us" or "\u00b5s" or "\u03bcs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
}
