using System.Globalization;

namespace Gatehouse.Engine.Configuration;

/// <summary>Sizes and durations: a whole number and a unit, nothing else.</summary>
internal static class Quantities
{
    private static readonly (string Unit, long Factor)[] SizeUnits = [("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10), ("B", 1)];

    private static readonly (string Unit, long Factor)[] DurationUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond), ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond),
    ];

    /// <summary>Reads <c>10MiB</c>: B, KiB, MiB or GiB.</summary>
    public static bool TryParseSize(string text, out long bytes) => TryParse(text, SizeUnits, out bytes);

    /// <summary>Reads <c>60s</c>: ms, s, m, h or d.</summary>
    public static bool TryParseDuration(string text, out TimeSpan duration)
    {
        bool parsed = TryParse(text, DurationUnits, out long ticks);
        duration = TimeSpan.FromTicks(ticks);
        return parsed;
    }

    /// <summary>Writes a size in the largest unit that divides it.</summary>
    public static string WriteSize(long bytes) => Write(bytes, SizeUnits);

    /// <summary>Writes a duration in the largest unit that divides it.</summary>
    public static string WriteDuration(TimeSpan duration) => Write(duration.Ticks, [.. DurationUnits.OrderByDescending(static u => u.Factor)]);

    private static string Write(long value, (string Unit, long Factor)[] units)
    {
        (string unit, long factor) = units.First(u => value % u.Factor == 0 && (value != 0 || u.Factor == units.Min(static x => x.Factor)));
        return (value / factor).ToString(CultureInfo.InvariantCulture) + unit;
    }

    private static bool TryParse(string text, (string Unit, long Factor)[] units, out long value)
    {
        value = 0;
        foreach ((string unit, long factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                string digits = text[..^unit.Length];
                bool plain = digits.Length is > 0 and <= 12 && digits.All(char.IsAsciiDigit) && (digits[0] != '0' || digits.Length == 1);
                if (!plain || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    || number > long.MaxValue / factor)
                {
                    return false;
                }

                value = number * factor;
                return true;
            }
        }

        return false;
    }
}
