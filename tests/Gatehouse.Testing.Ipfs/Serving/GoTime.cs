using System.Globalization;
using System.Text.RegularExpressions;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>Go's time.ParseDuration and RFC 3339 instants.</summary>
internal static partial class GoTime
{
    public static bool TryReadDuration(string text, out TimeSpan duration)
    {
        duration = default;
        Match match = Durations().Match(text);
        if (!match.Success)
        {
            return text is "0" or "+0" or "-0";
        }

        double seconds = 0;
        for (int i = 0; i < match.Groups["n"].Captures.Count; i++)
        {
            seconds += double.Parse(match.Groups["n"].Captures[i].Value, CultureInfo.InvariantCulture) * match.Groups["u"].Captures[i].Value switch
            {
                "ns" => 1e-9,
                "us" or "µs" or "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1,
                "m" => 60,
                _ => 3600,
            };
        }

        if (seconds > TimeSpan.FromDays(106_751).TotalSeconds)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(match.Groups["sign"].Value == "-" ? -seconds : seconds);
        return true;
    }

    public static bool TryReadInstant(string text, out DateTimeOffset instant)
    {
        instant = default;
        return Instants().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out instant);
    }

    [GeneratedRegex(@"^(?<sign>[+-]?)(?:(?<n>\d+\.?\d*|\.\d+)(?<u>ns|us|µs|μs|ms|s|m|h))+$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Durations();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:\d\d)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Instants();
}
