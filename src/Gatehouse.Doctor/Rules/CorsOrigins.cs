using System.Text.RegularExpressions;

namespace Gatehouse.Doctor.Rules;

/// <summary>Which web pages may talk to a node from the browser of whoever looks at them.</summary>
internal static class CorsOrigins
{
    private static readonly string[] Strangers = ["http://attacker.invalid", "https://attacker.invalid", "https://www.attacker.invalid:8443"];

    /// <summary>Whether pages of strangers may; null for an expression that cannot be told. Both dialects agree on what is usual here.</summary>
    /// <param name="origins">What <c>http.cors.allow-origin</c> says: origins with commas, or <c>/expression/</c> of Java's.</param>
    public static bool? TakeStrangers(string origins)
    {
        if (origins.Split(',', StringSplitOptions.TrimEntries).Contains("*"))
        {
            return true;
        }

        if (origins.Length < 2 || origins[0] != '/' || origins[^1] != '/')
        {
            return false;
        }

        try
        {
            var expression = new Regex($"^(?:{origins[1..^1]})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
            return Strangers.Any(expression.IsMatch);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
