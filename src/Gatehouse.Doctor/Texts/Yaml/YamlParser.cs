using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Problems;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Core.Tokens;
using Scalar = YamlDotNet.Core.Events.Scalar;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>The first document of a YAML text as nodes with spans; aliases keep pointing, nothing is copied.</summary>
internal sealed class YamlParser
{
    private static readonly SearchValues<char> OfNumbers = SearchValues.Create("0123456789.+-eE");

    private readonly Parser _parser;
    private readonly SourceText _source;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private int _depth;
    private int _nodes;

    private YamlParser(SourceText source)
    {
        _parser = new Parser(new Scanner(new StringReader(source.Text), skipComments: true));
        _source = source;
    }

    /// <summary>Where a second document begins, which no system reads; or null.</summary>
    public TextSpan? Rest { get; private set; }

    /// <summary>Reads a text; null where nothing stands in it.</summary>
    public static YamlNode? Parse(SourceText source, out TextSpan? rest)
    {
        var parser = new YamlParser(source);
        try
        {
            YamlNode? root = parser.Document();
            rest = parser.Rest;
            return root;
        }
        catch (YamlException wrong)
        {
            // Where it stopped: what it was about to read began earlier, where a mapping is broken at its first line.
            throw source.Syntax((int)Math.Max(wrong.Start.Index, wrong.End.Index), Lower(wrong.Message));
        }
        catch (Exception wrong) when (wrong is ArgumentException or InvalidOperationException or FormatException or OverflowException or IndexOutOfRangeException)
        {
            // The scanner answers some malformed escapes and indicators with an exception of its own making.
            throw source.Syntax((int)(parser._parser.Current?.End.Index ?? 0), "the text cannot be read as YAML");
        }
    }

    private YamlNode? Document()
    {
        Next<YamlDotNet.Core.Events.StreamStart>();
        if (_parser.Current is YamlDotNet.Core.Events.StreamEnd)
        {
            return null;
        }

        Next<YamlDotNet.Core.Events.DocumentStart>();
        YamlNode root = Node();
        Next<YamlDotNet.Core.Events.DocumentEnd>();
        if (_parser.Current is YamlDotNet.Core.Events.DocumentStart second)
        {
            Rest = Span(second);
        }

        return root is YamlScalar { Span.Length: 0, Style: YamlStyle.Plain } ? null : root;
    }

    private YamlNode Node()
    {
        if (++_nodes > TextLimits.MaxNodes)
        {
            throw _source.Limit(At(_parser.Current), $"the file holds more than {TextLimits.MaxNodes} values");
        }

        string? anchor = _parser.Current is NodeEvent { Anchor.IsEmpty: false } node ? node.Anchor.Value : null;
        YamlNode read = _parser.Current switch
        {
            Scalar scalar => Of(scalar),
            MappingStart mapping => Map(mapping),
            SequenceStart sequence => List(sequence),
            YamlDotNet.Core.Events.AnchorAlias alias => Of(alias),
            var other => throw _source.Syntax(At(other), "a value is expected here"),
        };
        if (anchor is not null)
        {
            _anchors[anchor] = read;
        }

        return read;
    }

    private YamlAlias Of(YamlDotNet.Core.Events.AnchorAlias alias)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out YamlNode? target))
        {
            throw _source.Syntax(At(alias), "an alias refers to an anchor that does not stand before it");
        }

        _parser.MoveNext();
        return new YamlAlias(Span(alias), target);
    }

    private YamlMap Map(MappingStart start)
    {
        Enter(start);
        var entries = ImmutableArray.CreateBuilder<YamlEntry>();
        while (_parser.Current is not MappingEnd)
        {
            int at = At(_parser.Current);
            YamlNode key = Node();
            YamlScalar name = (key is YamlAlias alias ? alias.Target : key) as YamlScalar ?? throw _source.Syntax(at, "a name is expected, and no list or object");
            entries.Add(new YamlEntry(key.Span, name.Value, Node()));
        }

        MappingEnd end = Next<MappingEnd>();
        _depth--;
        bool isFlow = start.Style is MappingStyle.Flow;
        int inner = entries is [.., var last] ? Math.Max(last.Key.End, last.Value.Span.Length == 0 ? 0 : last.Value.End) : At(start) + 1;
        return new YamlMap(isFlow ? TextSpan.Between(At(start), Closed(inner, '}', end)) : Span(start, end), entries.ToImmutable(), isFlow);
    }

    private YamlList List(SequenceStart start)
    {
        Enter(start);
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(Node());
        }

        SequenceEnd end = Next<SequenceEnd>();
        _depth--;
        bool isFlow = start.Style is SequenceStyle.Flow;
        int inner = items is [.., var last] ? last.End : At(start) + 1;
        return new YamlList(isFlow ? TextSpan.Between(At(start), Closed(inner, ']', end)) : Span(start, end), items.ToImmutable(), isFlow);
    }

    // The parser's own mark stands somewhere before the bracket.
    private int Closed(int at, char close, ParsingEvent end)
    {
        string text = _source.Text;
        while (at < text.Length && text[at] != close)
        {
            if (text[at] == '#')
            {
                at = _source.LineEnd(at);
            }
            else if (char.IsWhiteSpace(text[at]) || text[at] is ',' or ':')
            {
                at++;
            }
            else
            {
                return Math.Max(at, At(end));
            }
        }

        return Math.Min(at + 1, text.Length);
    }

    private YamlScalar Of(Scalar scalar)
    {
        _parser.MoveNext();
        YamlStyle style = scalar.Style switch
        {
            ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted => YamlStyle.Quoted,
            ScalarStyle.Literal or ScalarStyle.Folded => YamlStyle.Block,
            _ => YamlStyle.Plain,
        };
        bool isText = style != YamlStyle.Plain || (!scalar.Tag.IsEmpty && (scalar.Tag.IsNonSpecific || scalar.Tag.Value.EndsWith(":str", StringComparison.Ordinal)));
        TextSpan span = Span(scalar);
        if (style == YamlStyle.Block)
        {
            // It ends where the next line begins, or with the text.
            span = TextSpan.Between(span.Start, span.Start + _source.Slice(span).TrimEnd().Length);
        }

        return new YamlScalar(span, scalar.Value, style, isText ? SettingKind.Text : Kind(scalar.Value));
    }

    /// <summary>What a plain scalar is (YAML 1.2, core schema).</summary>
    public static SettingKind Kind(string value) => value switch
    {
        "" or "~" or "null" or "Null" or "NULL" => SettingKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => SettingKind.Boolean,
        _ when char.IsAsciiDigit(value[^1]) && value.AsSpan().IndexOfAnyExcept(OfNumbers) < 0
            && double.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out _) => SettingKind.Number,
        _ => SettingKind.Text,
    };

    private void Enter(ParsingEvent at)
    {
        if (++_depth > TextLimits.MaxDepth)
        {
            throw _source.Limit(At(at), $"objects and lists lie deeper than {TextLimits.MaxDepth} levels");
        }

        _parser.MoveNext();
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
            throw _source.Syntax(At(_parser.Current), "the text ends or goes on unexpectedly");
        }

        _parser.MoveNext();
        return found;
    }

    private int At(ParsingEvent? at) => Math.Clamp((int)(at?.Start.Index ?? 0), 0, _source.Text.Length);

    private TextSpan Span(ParsingEvent node) => Span(node, node);

    private TextSpan Span(ParsingEvent start, ParsingEvent end)
    {
        int from = At(start);
        return TextSpan.Between(from, Math.Clamp((int)end.End.Index, from, _source.Text.Length));
    }

    private static string Lower(string message)
    {
        // The parser puts marks into some messages; the place says it already.
        int colon = message.StartsWith('(') ? message.IndexOf("): ", StringComparison.Ordinal) : -1;
        string text = string.Concat((colon < 0 ? message : message[(colon + 3)..]).TrimEnd('.').Take(200).Select(static c => char.IsControl(c) ? '?' : c));
        return text.Length == 0 ? "the text cannot be read as YAML" : char.ToLowerInvariant(text[0]) + text[1..];
    }
}
