using System.Collections.Immutable;
using Gatehouse.Engine.Configuration.Reading;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration;

/// <summary>Reads gatehouse.yaml strictly and collects every problem with its line and column.</summary>
internal static class ConfigurationReader
{
    /// <summary>Largest file that is read.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Reads a text; pure. <paramref name="source"/> names it in problems.</summary>
    public static ConfigurationResult Read(string text, string source)
    {
        if (text.Length > MaxBytes)
        {
            return TooLarge(source);
        }

        var problems = new List<Problem>();
        YamlNode? root = YamlText.Check(text, source, problems) ? YamlTree.Parse(text, source, problems) : null;
        return problems.Count > 0 ? new ConfigurationResult { Problems = [.. problems] } : Read(root, source);
    }

    /// <summary>Reads bytes as they lie on disk: strict UTF-8 without NUL, at most <see cref="MaxBytes"/>.</summary>
    public static ConfigurationResult Read(ReadOnlySpan<byte> utf8, string source)
    {
        if (utf8.Length > MaxBytes)
        {
            return TooLarge(source);
        }

        var problems = new List<Problem>();
        return YamlText.Decode(utf8, source, problems) is string text
            ? Read(text, source)
            : new ConfigurationResult { Problems = [.. problems] };
    }

    private static ConfigurationResult Read(YamlNode? root, string source)
    {
        var reading = new Reading.Reading(source);
        root ??= new YamlScalar("", YamlScalarStyle.Plain, new YamlSpan(0, 0, 1, 1));
        NodeConfiguration draft = Sections.Node.Read(reading, root, "", new NodeConfiguration());
        return new ConfigurationResult
        {
            Value = reading.Problems.Count == 0 ? draft : null,
            Draft = draft,
            Problems = [.. reading.Problems],
            Marks = reading.Marks,
        };
    }

    private static ConfigurationResult TooLarge(string source) => new()
    {
        Problems = [ConfigurationProblems.TooLarge.Because($"larger than {Quantities.WriteSize(MaxBytes)}", new ProblemLocation(source))],
    };
}
