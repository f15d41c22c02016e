using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>Words of a file of arguments as <c>erlexec</c> splits them: quotes of both kinds, a backslash before any sign.</summary>
internal static class VmArgsParser
{
    public static ImmutableArray<VmFlag> Parse(SourceText source)
    {
        var flags = ImmutableArray.CreateBuilder<VmFlag>();
        var values = ImmutableArray.CreateBuilder<VmWord>();
        VmWord? open = null;
        int count = 0;
        foreach (VmWord word in Words(source))
        {
            if (++count > TextLimits.MaxNodes)
            {
                throw source.Limit(word.Span.Start, $"the file holds more than {TextLimits.MaxNodes} words");
            }

            if (!word.IsFlag || open?.Value == "-extra")
            {
                values.Add(open is null ? throw source.Syntax(word.Span.Start, "a flag that begins with `-` or `+` is expected first") : word);
                continue;
            }

            Close(flags, values, open);
            open = word;
        }

        Close(flags, values, open);
        return flags.ToImmutable();
    }

    private static void Close(ImmutableArray<VmFlag>.Builder flags, ImmutableArray<VmWord>.Builder values, VmWord? open)
    {
        if (open is not null)
        {
            flags.Add(new VmFlag(open.Value, open.Origin, values.ToImmutable()) { Span = open.Span });
            values.Clear();
        }
    }

    private static IEnumerable<VmWord> Words(SourceText source)
    {
        string text = source.Text;
        int at = 0;
        while (at < text.Length)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
            }
            else if (text[at] == '#')
            {
                at = source.NextLine(at);
            }
            else
            {
                int start = at;
                string value = Word(source, ref at);
                var span = TextSpan.Between(start, at);
                bool isFlag = text[start] is '-' or '+' && value.Length > 1 && (char.IsAsciiLetter(value[1]) || value == "--");
                yield return new VmWord(value, source.Origin(span)) { Span = span, IsFlag = isFlag };
            }
        }
    }

    private static string Word(SourceText source, ref int at)
    {
        string text = source.Text;
        int start = at;
        char quote = '\0';
        var value = new StringBuilder();
        for (; at < text.Length && (quote != '\0' || !char.IsWhiteSpace(text[at])); at++)
        {
            char c = text[at];
            if (c == '\\' && quote != '\'' && at + 1 < text.Length)
            {
                value.Append(text[++at]);
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else
            {
                value.Append(c);
            }
        }

        return quote == '\0' ? value.ToString() : throw source.Syntax(start, "a quote in the word that begins here is not closed");
    }
}
