using Gatehouse.Engine.Configuration.Yaml;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>A file of another system, YAML or JSON (which is YAML), read as strictly as our own: no anchors, no tags, no key twice.</summary>
/// <param name="Source">What problems call it.</param>
/// <param name="Root">Its members.</param>
internal sealed record ForeignFile(string Source, YamlMapping Root)
{
    /// <summary>Reads it; null with at least one problem. A list instead of a mapping is the member <paramref name="listAs"/>, where it may be one.</summary>
    public static ForeignFile? Read(ReadOnlySpan<byte> utf8, string source, ICollection<Problem> problems, string? listAs = null)
    {
        int before = problems.Count;
        YamlNode? root = YamlText.Decode(utf8, source, problems) is { } text && YamlText.Check(text, source, problems)
            ? YamlTree.Parse(text, source, problems)
            : null;
        if (problems.Count > before)
        {
            return null;
        }

        if (root is YamlSequence && listAs is not null)
        {
            root = new YamlMapping([new YamlEntry(new YamlScalar(listAs, YamlScalarStyle.Plain, root.Span), root)], IsFlow: true, root.Span);
        }

        if (root is not YamlMapping mapping)
        {
            problems.Add(ImportProblems.NotTheirs.Because("the file is no mapping of names", new ProblemLocation(source)));
            return null;
        }

        var file = new ForeignFile(source, mapping);
        file.CheckKeys(mapping, problems);
        return problems.Count > before ? null : file;
    }

    /// <summary>Where a node stands.</summary>
    public ProblemLocation At(YamlNode node) => new(Source, node.Span.Line, node.Span.Column);

    /// <summary>Whether nothing is said: not there, null, an empty text, list or mapping.</summary>
    public static bool IsNothing(YamlNode? node) => node switch
    {
        null => true,
        YamlScalar scalar => scalar.IsEmpty || scalar.Text.Length == 0,
        YamlSequence list => list.Items.IsEmpty,
        YamlMapping mapping => mapping.Entries.IsEmpty,
        _ => false,
    };

    /// <summary>Whether a text says yes.</summary>
    public static bool IsTrue(YamlNode? node) => node is YamlScalar { Text: "true" or "True" or "TRUE" };

    /// <summary>The texts of a list, or the one text; null where something else stands there.</summary>
    public static IReadOnlyList<YamlScalar>? Texts(YamlNode? node) => node switch
    {
        _ when IsNothing(node) => [],
        YamlScalar one => [one],
        YamlSequence list when list.Items.All(static item => item is YamlScalar { IsEmpty: false }) => [.. list.Items.Cast<YamlScalar>()],
        _ => null,
    };

    // Which of two would count is the other system's secret.
    private void CheckKeys(YamlNode node, ICollection<Problem> problems)
    {
        if (node is YamlSequence list)
        {
            foreach (YamlNode item in list.Items)
            {
                CheckKeys(item, problems);
            }
        }
        else if (node is YamlMapping mapping)
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach ((YamlScalar key, YamlNode value) in mapping.Entries)
            {
                if (!seen.Add(key.Text))
                {
                    problems.Add(ImportProblems.NotTheirs.Because("a key stands twice", At(key)));
                }

                CheckKeys(value, problems);
            }
        }
    }
}
