using System.Text;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>Files of environment variables, in the three ways in which they are read.</summary>
internal static class EnvParser
{
    public static IEnumerable<EnvEntry> Parse(SourceText source, EnvSyntax syntax, EnvironmentVariables? environment, out List<Remark> remarks)
    {
        remarks = [];
        var entries = new List<EnvEntry>();
        string text = source.Text;
        int at = 0;
        while (at < text.Length)
        {
            at = SkipSpace(text, at);
            if (at >= text.Length)
            {
                break;
            }

            if (text[at] == '#' || (text[at] == ';' && syntax == EnvSyntax.Systemd))
            {
                at = source.NextLine(at);
                continue;
            }

            if (entries.Count >= TextLimits.MaxNodes)
            {
                throw source.Limit(at, $"the file holds more than {TextLimits.MaxNodes} variables");
            }

            int start = at;
            EnvEntry? entry = Entry(source, syntax, new Known(environment, source, entries), ref at, remarks);
            if (entry is not null)
            {
                entries.Add(entry);
            }

            at = Math.Max(at, start + 1);
        }

        return entries;
    }

    /// <summary>A value as the syntax writes it.</summary>
    public static string Written(string value, EnvSyntax syntax)
    {
        bool isPlain = value.Length > 0 && value.All(static c => char.IsAsciiLetterOrDigit(c) || "_-.,:/@+=%".Contains(c, StringComparison.Ordinal));
        if (isPlain || syntax == EnvSyntax.Docker || value.Length == 0)
        {
            return value;
        }

        if (syntax == EnvSyntax.Compose && !value.Contains('\'', StringComparison.Ordinal))
        {
            return $"'{value}'";
        }

        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            text.Append(c is '"' or '\\' or '$' || (c == '`' && syntax == EnvSyntax.Systemd) ? "\\" : "").Append(c);
        }

        return text.Append('"').ToString();
    }

    private static EnvEntry? Entry(SourceText source, EnvSyntax syntax, Known known, ref int at, List<Remark> remarks)
    {
        string text = source.Text;
        int start = at;
        int end = source.LineEnd(at);
        if (syntax == EnvSyntax.Compose && Exported(text, at, end) is > 0 and int behind)
        {
            at = behind;
        }

        int key = at;
        int sign = text.AsSpan(key, end - key).IndexOf('=');
        if (syntax == EnvSyntax.Compose && text.AsSpan(key, end - key).IndexOf(':') is >= 0 and int colon && (sign < 0 || colon < sign))
        {
            sign = colon;
        }

        string name = text[key..(sign < 0 ? end : key + sign)].Trim();
        var keySpan = new TextSpan(key, name.Length);
        if (sign < 0 || !IsName(name))
        {
            at = source.NextLine(end);
            bool isPassed = sign < 0 && syntax != EnvSyntax.Systemd && IsName(name);
            if (!isPassed)
            {
                remarks.Add(new Remark(RemarkKind.Ignored, "a line that is no assignment", source.Origin(TextSpan.Between(start, end))));
                return null;
            }

            string? passed = known.Outside?.Find(name)?.Value;
            return new EnvEntry(name, passed, keySpan, new TextSpan(keySpan.End, 0), TextSpan.Between(start, end));
        }

        at = key + sign + 1;
        int value = at;
        string? read = syntax switch
        {
            EnvSyntax.Docker => Rest(source, ref at),
            EnvSyntax.Systemd => Systemd(source, ref at, ref value),
            _ => Compose(source, known, ref at, ref value),
        };
        var written = TextSpan.Between(value, Math.Max(value, syntax == EnvSyntax.Docker ? at : TrimEnd(text, value, at)));
        at = source.NextLine(at);
        return new EnvEntry(name, read, keySpan, written, TextSpan.Between(start, Math.Max(written.End, end)));
    }

    private static string Rest(SourceText source, ref int at)
    {
        int start = at;
        at = source.LineEnd(at);
        return source.Text[start..at];
    }

    // systemd, env-file.c: a quote counts at the beginning and behind another one, white space around the value goes, a backslash joins lines.
    private static string Systemd(SourceText source, ref int at, ref int start)
    {
        string text = source.Text;
        start = at = SkipBlank(text, at);
        var value = new StringBuilder();
        int solid = 0;
        bool isBefore = true;
        for (; at < text.Length && text[at] is not ('\n' or '\r'); at++)
        {
            char c = text[at];
            if (isBefore && c is '"' or '\'')
            {
                Quoted(source, ref at, value);
                solid = value.Length;
            }
            else if (c == '\\' && at + 1 < text.Length)
            {
                isBefore = false;
                Escaped(text, ref at, value, keeps: "");
                solid = value.Length;
            }
            else if (!isBefore || c is not (' ' or '\t'))
            {
                isBefore = false;
                value.Append(c);
                solid = char.IsWhiteSpace(c) ? solid : value.Length;
            }
        }

        return value.ToString(0, solid);
    }

    private static void Quoted(SourceText source, ref int at, StringBuilder value)
    {
        string text = source.Text;
        int open = at;
        char quote = text[at++];
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] == '\\' && quote == '"' && at + 1 < text.Length)
            {
                Escaped(text, ref at, value, keeps: "\"\\`$");
            }
            else
            {
                value.Append(text[at]);
            }
        }

        if (at >= text.Length)
        {
            throw source.Syntax(open, "the quote that begins here is not closed");
        }
    }

    // A break goes with its backslash; of other signs the backslash stays where only some are to be escaped.
    private static void Escaped(string text, ref int at, StringBuilder value, string keeps)
    {
        char next = text[++at];
        if (next is '\n' or '\r')
        {
            at += next == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 1 : 0;
            return;
        }

        value.Append(keeps.Length > 0 && !keeps.Contains(next, StringComparison.Ordinal) ? "\\" : "").Append(next);
    }

    private static string? Compose(SourceText source, Known known, ref int at, ref int start)
    {
        string text = source.Text;
        start = at = SkipBlank(text, at);
        if (at < text.Length && text[at] is '"' or '\'')
        {
            char quote = text[at];
            int end = at + 1;
            while (end < text.Length && text[end] != quote)
            {
                end += text[end] == '\\' && quote == '"' ? 2 : 1;
            }

            if (end >= text.Length)
            {
                throw source.Syntax(at, "the quote that begins here is not closed");
            }

            string inside = text[(at + 1)..end];
            at = end + 1;
            return quote == '\'' ? inside : known.Fill(Unescaped(inside));
        }

        int lineEnd = source.LineEnd(at);
        string line = text[at..lineEnd];
        int comment = line.StartsWith('#') ? 0 : line.IndexOf(" #", StringComparison.Ordinal);
        string plain = (comment < 0 ? line : line[..comment]).TrimEnd();
        at += plain.Length;
        return known.Fill(plain);
    }

    // A dollar that is escaped stays one; the others are left to the substitution.
    private static string Unescaped(string text)
    {
        var value = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                value.Append(text[i]);
                continue;
            }

            value.Append(text[++i] switch
            {
                'n' => "\n",
                'r' => "\r",
                't' => "\t",
                '$' => "$$",
                '"' => "\"",
                '\\' => "\\",
                char c => "\\" + c,
            });
        }

        return value.ToString();
    }

    private static int Exported(string text, int at, int end)
    {
        const string Word = "export";
        return end - at > Word.Length && string.CompareOrdinal(text, at, Word, 0, Word.Length) == 0 && text[at + Word.Length] is ' ' or '\t'
            ? SkipBlank(text, at + Word.Length)
            : 0;
    }

    private static int SkipBlank(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }

    private static int SkipSpace(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
        {
            at++;
        }

        return at;
    }

    private static int TrimEnd(string text, int start, int end)
    {
        end = Math.Min(end, text.Length);
        while (end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return end;
    }

    private static bool IsName(string name) => name.Length > 0 && !name.Any(static c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '"' or '\'');

    /// <summary>What a value may refer to: variables of the file that stand before it, and those of the outside, which win.</summary>
    private sealed record Known(EnvironmentVariables? Outside, SourceText Source, List<EnvEntry> Before)
    {
        public string? Fill(string text) => !text.Contains('$', StringComparison.Ordinal) ? text : Interpolation.Fill(text, All()).Value;

        private EnvironmentVariables All()
        {
            EnvironmentVariables outside = Outside ?? EnvironmentVariables.Unknown;
            return EnvironmentVariables.Of(Before.Select(e => new EnvironmentVariable(e.Name, e.Value, Source.Origin(e.Written) with { Variable = e.Name })), outside.IsComplete).With(outside);
        }
    }
}
