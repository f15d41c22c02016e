using System.Collections.Immutable;
using Gatehouse.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Gatehouse.Engine.Configuration.Yaml;

/// <summary>
/// Builds a tree from the parser's events. Anchors, aliases, tags, directives and further documents are refused as they
/// appear, so nothing can be expanded; depth and nodes are bounded before anything is built.
/// </summary>
internal sealed class YamlTree
{
    /// <summary>Deepest nesting that is read; the configuration needs five.</summary>
    public const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly string _source;
    private int _depth;

    private YamlTree(string text, string source)
    {
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        _source = source;
    }

    /// <summary>Parses one document. A text without content gives null and no problem.</summary>
    public static YamlNode? Parse(string text, string source, ICollection<Problem> problems)
    {
        try
        {
            return new YamlTree(text, source).Document();
        }
        catch (Refusal refusal)
        {
            problems.Add(refusal.Problem);
        }
        catch (YamlException e)
        {
            problems.Add(ConfigurationProblems.Malformed.Because(Lower(e.Message), At(source, e.Start)));
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            // The scanner answers some malformed escapes and indicators with an exception of its own making.
            problems.Add(ConfigurationProblems.Malformed.Because("the text cannot be read as YAML", new ProblemLocation(source)));
        }

        return null;
    }

    private YamlNode? Document()
    {
        Next<StreamStart>();
        if (_parser.Current is StreamEnd)
        {
            return null;
        }

        var start = Next<DocumentStart>();
        if (start.Version is not null || start.Tags?.Any(static t => t.Prefix is not ("!" or "tag:yaml.org,2002:")) == true)
        {
            throw Refuse(ConfigurationProblems.Feature, "directives (`%YAML`, `%TAG`) are not supported", start.Start);
        }

        YamlNode root = Node();
        Next<DocumentEnd>();
        if (_parser.Current is DocumentStart second)
        {
            throw Refuse(ConfigurationProblems.Feature, "a second document begins here; the configuration is one document", second.Start);
        }

        return root is YamlScalar { IsEmpty: true } ? null : root;
    }

    private YamlNode Node()
    {
        if (_parser.Current is NodeEvent node)
        {
            RefuseFeatures(node);
        }

        switch (_parser.Current)
        {
            case Scalar scalar:
                _parser.MoveNext();
                return Of(scalar);
            case MappingStart mapping:
                return Mapping(mapping);
            case SequenceStart sequence:
                return Sequence(sequence);
            case AnchorAlias alias:
                throw Refuse(ConfigurationProblems.Feature, "aliases (`*name`) are not supported; write the value again", alias.Start);
            case var other:
                throw Refuse(ConfigurationProblems.Malformed, "a value is expected here", other?.Start ?? Mark.Empty);
        }
    }

    private YamlMapping Mapping(MappingStart start)
    {
        Enter(start.Start);
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        while (_parser.Current is not MappingEnd)
        {
            if (Node() is not YamlScalar key)
            {
                throw Refuse(ConfigurationProblems.WrongType, "a key is a plain word, not a list or mapping", _parser.Current?.Start ?? start.Start);
            }

            if (key is { Text: "<<", Style: YamlScalarStyle.Plain })
            {
                throw new Refusal(ConfigurationProblems.Feature.Because(
                    "merge keys (`<<`) are not supported; write the keys again", new ProblemLocation(_source, key.Span.Line, key.Span.Column)));
            }

            entries.Add(new YamlEntry(key, Node()));
        }

        var end = Next<MappingEnd>();
        _depth--;
        return new YamlMapping(entries.ToImmutable(), start.Style is MappingStyle.Flow, Span(start.Start, end.End));
    }

    private YamlSequence Sequence(SequenceStart start)
    {
        Enter(start.Start);
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(Node());
        }

        var end = Next<SequenceEnd>();
        _depth--;
        return new YamlSequence(items.ToImmutable(), Span(start.Start, end.End));
    }

    private void Enter(Mark at)
    {
        if (++_depth > MaxDepth)
        {
            throw Refuse(ConfigurationProblems.TooLarge, $"nested deeper than {MaxDepth} levels", at);
        }

        _parser.MoveNext();
    }

    private void RefuseFeatures(NodeEvent node)
    {
        if (!node.Anchor.IsEmpty)
        {
            throw Refuse(ConfigurationProblems.Feature, "anchors (`&name`) are not supported; write the value again", node.Start);
        }

        if (!node.Tag.IsEmpty)
        {
            throw Refuse(ConfigurationProblems.Feature, "tags (`!name`) are not supported; write the plain value", node.Start);
        }
    }

    private T Next<T>()
        where T : ParsingEvent
    {
        if (_parser.Current is null)
        {
            _parser.MoveNext();
        }

        if (_parser.Current is not T found)
        {
            throw Refuse(ConfigurationProblems.Malformed, "the text ends or goes on unexpectedly", _parser.Current?.Start ?? Mark.Empty);
        }

        _parser.MoveNext();
        return found;
    }

    private static YamlScalar Of(Scalar scalar) => new(
        scalar.Value,
        scalar.Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => YamlScalarStyle.Quoted,
            ScalarStyle.Literal or ScalarStyle.Folded => YamlScalarStyle.Block,
            _ => YamlScalarStyle.Plain,
        },
        Span(scalar.Start, scalar.End));

    private static YamlSpan Span(Mark start, Mark end) => new((int)start.Index, (int)end.Index, (int)start.Line, (int)start.Column);

    private static ProblemLocation At(string source, Mark mark) => new(source, (int)mark.Line, (int)mark.Column);

    private static string Lower(string message)
    {
        // The parser puts marks into some messages; the location says it already.
        int colon = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        string text = string.Concat((colon < 0 ? message : message[(colon + 3)..]).TrimEnd('.').Select(static c => char.IsControl(c) ? '?' : c));
        return text.Length == 0 ? "not understood" : char.ToLowerInvariant(text[0]) + text[1..];
    }

    private Refusal Refuse(ProblemDefinition definition, string text, Mark mark) => new(definition.Because(text, At(_source, mark)));

    private sealed class Refusal(Problem problem) : FormatException(problem.Text)
    {
        public Problem Problem { get; } = problem;
    }
}
