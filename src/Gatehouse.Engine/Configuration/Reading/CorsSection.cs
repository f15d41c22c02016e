using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>The <c>cors</c> mapping of a gate.</summary>
internal static class CorsSection
{
    public static Section<CorsConfiguration> Keys { get; } = new(
        "`cors` of a gate",
        new Key<CorsConfiguration>("origins", static (r, n, c) => c with { Origins = r.List(n, Origin) }),
        new Key<CorsConfiguration>("methods", static (r, n, c) => c with { Methods = r.List(n, static (x, i) => x.Word(i, Words.CorsMethods, "method")) }),
        new Key<CorsConfiguration>("headers", static (r, n, c) => c with { Headers = r.List(n, Header) }),
        new Key<CorsConfiguration>("expose", static (r, n, c) => c with { Expose = r.List(n, Header) }),
        new Key<CorsConfiguration>("credentials", static (r, n, c) => c with { Credentials = r.Boolean(n) }),
        new Key<CorsConfiguration>("max_age", static (r, n, c) => c with { MaxAge = r.Duration(n, TimeSpan.Zero, TimeSpan.FromHours(24)) }));

    private static string Origin(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        return text.Length == 0 || HostNames.IsOrigin(text)
            ? text
            : Refuse(reading, node, text, "no origin: scheme, host and a port that is not the scheme's own, in lower case, no path; `*` and `null` are not accepted");
    }

    private static string Header(Reading reading, YamlNode node)
    {
        string text = reading.Text(node);
        return text.Length == 0 || (text.Length <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-'))
            ? text.ToLowerInvariant()
            : Refuse(reading, node, text, "no name of a header; `*` is not accepted");
    }

    private static string Refuse(Reading reading, YamlNode node, string text, string why)
    {
        reading.Report(ConfigurationProblems.Name, $"{Reading.Shown(text)} is {why}", node);
        return "";
    }
}
