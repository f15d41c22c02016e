using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>
/// <c>bearer</c> and <c>headers</c> of an audit output. What stands there instead of a place of a secret may be the secret:
/// no problem shows it.
/// </summary>
internal static class OutputHeaders
{
    private const string Authorization = "Authorization";
    private const int MaxHeaders = 16;

    /// <summary>What the connection and the message need themselves (RFC 9110 sections 6.6, 7.6 to 7.8, 8 and 10.1).</summary>
    private static readonly ImmutableHashSet<string> Taken = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase, "Host", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection",
        "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Date", "Proxy-Connection");

    /// <summary>Reads <c>bearer</c>.</summary>
    public static OutputConfiguration Bearer(Reading reading, YamlNode node, OutputConfiguration value) =>
        SecretPlace.Read(reading, node) is { } secret ? Add(reading, node, value, new OutputHeaderConfiguration(Authorization, secret, true)) : value;

    /// <summary>Reads <c>headers</c>.</summary>
    public static OutputConfiguration Headers(Reading reading, YamlNode node, OutputConfiguration value)
    {
        if (node is not YamlMapping mapping || mapping.Entries.Length > MaxHeaders)
        {
            reading.Report(ConfigurationProblems.WrongType, $"`headers` is a mapping of at most {MaxHeaders} header names to the places of their values", node);
            return value;
        }

        foreach ((YamlScalar key, YamlNode entry) in mapping.Entries)
        {
            if (!IsToken(key.Text) || Taken.Contains(key.Text))
            {
                reading.Report(ConfigurationProblems.Name, $"{Reading.Shown(key.Text)} is no name of a header that can be set", key);
            }
            else if (SecretPlace.Read(reading, entry) is { } secret)
            {
                value = Add(reading, key, value, new OutputHeaderConfiguration(key.Text, secret, false));
            }
        }

        return value;
    }

    private static OutputConfiguration Add(Reading reading, YamlNode at, OutputConfiguration value, OutputHeaderConfiguration header)
    {
        if (value.Headers.Any(other => other.Name.Equals(header.Name, StringComparison.OrdinalIgnoreCase)))
        {
            reading.Report(ConfigurationProblems.Duplicate, $"header `{header.Name}` is set twice", at);
            return value;
        }

        return value with { Headers = value.Headers.Add(header) };
    }

    /// <summary>RFC 9110 section 5.6.2.</summary>
    private static bool IsToken(string text) =>
        text.Length is > 0 and <= 64 && text.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
