using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;
using Gatehouse.Problems.Hints;

namespace Gatehouse.Engine.Configuration.Reading;

/// <summary>One reading of a file: takes typed values off nodes, and keeps every problem and every place on the way.</summary>
internal sealed class Reading(string source)
{
    /// <summary>More problems than a person reads; the rest is not looked for.</summary>
    public const int MaxProblems = 100;

    private readonly List<Problem> _problems = [];
    private readonly Dictionary<string, ProblemLocation> _places = new(StringComparer.Ordinal);

    public IReadOnlyList<Problem> Problems => _problems;

    public ConfigurationMarks Marks => new(source, _places);

    public IReadOnlyDictionary<string, ProblemLocation> Places => _places;

    public bool IsFull => _problems.Count >= MaxProblems;

    public void Report(ProblemDefinition definition, string text, YamlNode at, string? hint = null)
    {
        if (!IsFull)
        {
            _problems.Add(definition.Because(text, Place(at), hint));
        }
    }

    public void Mark(string path, YamlNode at) => _places[path] = Place(at);

    /// <summary>A text that is not empty, on one line; empty after a problem.</summary>
    public string Text(YamlNode node)
    {
        string text = Lines(node);
        string? why = text.Length > 4096 ? "the value is longer than 4096 characters"
            : text.AsSpan().IndexOfAnyInRange('\0', '\u001f') >= 0 ? "the value holds a control character or goes over several lines"
            : null;
        if (why is null)
        {
            return text;
        }

        Report(ConfigurationProblems.Characters, why, node);
        return "";
    }

    /// <summary>A text that is not empty, of any number of lines.</summary>
    public string Lines(YamlNode node)
    {
        if (node is not YamlScalar scalar)
        {
            Report(ConfigurationProblems.WrongType, "a text is expected here, not a list or mapping", node);
            return "";
        }

        if (scalar.IsEmpty || scalar.Text.Length == 0)
        {
            Report(ConfigurationProblems.WrongType, "the value is empty", node, "give it a value or remove the key");
            return "";
        }

        if (!YamlText.IsPlain(scalar.Text))
        {
            // Escapes in quotes can write what the file itself may not hold.
            Report(ConfigurationProblems.Characters, "the value holds a control character", node);
            return "";
        }

        return scalar.Text;
    }

    public bool Boolean(YamlNode node)
    {
        if (node is YamlScalar { Style: YamlScalarStyle.Plain, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        Report(ConfigurationProblems.WrongType, $"{Quoted(node)} is not `true` or `false`", node);
        return false;
    }

    public string Word(YamlNode node, ImmutableArray<string> known, string what)
    {
        string text = Text(node);
        if (text.Length > 0 && !known.Contains(text))
        {
            string list = string.Join(", ", known);
            Report(ConfigurationProblems.UnknownWord, $"unknown {what} {Shown(text)}{NearestWord.Hint(text, known)}", node, $"known: {list}");
        }

        return text;
    }

    public long Size(YamlNode node, long min, long max)
    {
        string text = Text(node);
        if (!Quantities.TryParseSize(text, out long bytes))
        {
            return Quantity(node, text, "a size is a whole number and B, KiB, MiB or GiB, such as 10MiB", 0L);
        }

        return bytes >= min && bytes <= max ? bytes
            : Quantity(node, text, $"it must lie between {Quantities.WriteSize(min)} and {Quantities.WriteSize(max)}", 0L);
    }

    public TimeSpan Duration(YamlNode node, TimeSpan min, TimeSpan max)
    {
        string text = Text(node);
        if (!Quantities.TryParseDuration(text, out TimeSpan duration))
        {
            return Quantity(node, text, "a duration is a whole number and ms, s, m, h or d, such as 60s", TimeSpan.Zero);
        }

        return duration >= min && duration <= max ? duration
            : Quantity(node, text, $"it must lie between {Quantities.WriteDuration(min)} and {Quantities.WriteDuration(max)}", TimeSpan.Zero);
    }

    public int Count(YamlNode node, int min, int max)
    {
        string text = Text(node);
        bool plain = node is YamlScalar { Style: YamlScalarStyle.Plain } && text.Length is > 0 and <= 10
            && text.All(char.IsAsciiDigit) && (text[0] != '0' || text.Length == 1);
        return plain && long.Parse(text) is long number && number >= min && number <= max ? (int)number
            : Quantity(node, text, $"a whole number between {min} and {max} is expected", 0);
    }

    public string Listen(YamlNode node)
    {
        string text = Text(node);
        if (text.Length > 0 && !ListenAddress.TryParse(text, out IPEndPoint? _, out string? why))
        {
            Report(ConfigurationProblems.Address, $"{Shown(text)} is no listen address: {why}", node);
            return "";
        }

        return text;
    }

    public string Upstream(YamlNode node)
    {
        string text = Text(node);
        if (text.Length > 0 && !UpstreamAddress.TryParse(text, out UpstreamAddress? _, out string? why))
        {
            Report(ConfigurationProblems.Upstream, $"{Shown(text)} is no upstream: {why}", node);
            return "";
        }

        return text;
    }

    /// <summary>A list of values, or a single one; each read by <paramref name="item"/>, none twice.</summary>
    public ImmutableArray<string> List(YamlNode node, Func<Reading, YamlNode, string> item)
    {
        IReadOnlyList<YamlNode> nodes = node is YamlSequence sequence ? sequence.Items : [node];
        var values = ImmutableArray.CreateBuilder<string>(nodes.Count);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (YamlNode one in nodes)
        {
            if (IsFull)
            {
                break;
            }

            string value = item(this, one);
            if (value.Length > 0 && !seen.Add(value))
            {
                Report(ConfigurationProblems.Duplicate, $"{Shown(value)} stands twice in the list", one);
            }

            values.Add(value);
        }

        return values.ToImmutable();
    }

    /// <summary>A value as problems show it: in backticks, shortened, nothing in it that moves a terminal's cursor.</summary>
    public static string Shown(string text)
    {
        string shown = text.Length <= 60 ? text : text[..60] + "…";
        return YamlText.IsPlain(shown) && !shown.Any(char.IsControl)
            ? $"`{shown}`"
            : $"`{string.Concat(shown.Select(static c => c is < ' ' or > '~' ? '?' : c))}`";
    }

    private static string Quoted(YamlNode node) => node is YamlScalar { Text.Length: > 0 } scalar ? Shown(scalar.Text) : "the value";

    private T Quantity<T>(YamlNode node, string text, string why, T fallback)
    {
        if (text.Length > 0)
        {
            Report(ConfigurationProblems.Quantity, $"{Shown(text)} is not accepted: {why}", node);
        }

        return fallback;
    }

    private ProblemLocation Place(YamlNode node) => new(source, node.Span.Line, node.Span.Column);
}
