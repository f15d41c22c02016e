using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts;

/// <summary>The text of a file: its bytes as UTF-16, whether a byte order mark stood before it, and where its lines begin.</summary>
internal sealed class SourceText
{
    private readonly Lazy<int[]> _lines;

    private SourceText(string source, string text, bool hasMark)
    {
        Source = source;
        Text = text;
        HasMark = hasMark;
        _lines = new Lazy<int[]>(Starts);
    }

    /// <summary>The file as the caller named it.</summary>
    public string Source { get; }

    /// <summary>Without the byte order mark.</summary>
    public string Text { get; }

    /// <summary>Whether the file begins with a byte order mark.</summary>
    public bool HasMark { get; }

    /// <summary>The line break that the file uses first; <c>\n</c> where it has none.</summary>
    public string NewLine => Text.IndexOf('\n', StringComparison.Ordinal) is > 0 and int at && Text[at - 1] == '\r' ? "\r\n" : "\n";

    /// <summary>Reads bytes: UTF-8 without NUL, 16 MiB at most.</summary>
    public static SourceText Read(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length > TextLimits.MaxBytes)
        {
            throw new ProblemException(TextProblems.TooLarge.Because($"the file is longer than {TextLimits.MaxBytes} bytes", new ProblemLocation(source)));
        }

        bool hasMark = bytes.StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]);
        ReadOnlySpan<byte> rest = hasMark ? bytes[3..] : bytes;
        if (rest.StartsWith((ReadOnlySpan<byte>)[0xff, 0xfe]) || rest.StartsWith((ReadOnlySpan<byte>)[0xfe, 0xff]))
        {
            throw new ProblemException(TextProblems.NotText.Because("the file is UTF-16", new ProblemLocation(source, 1, 1), "save it as UTF-8"));
        }

        var units = new char[rest.Length];
        OperationStatus status = Utf8.ToUtf16(rest, units, out _, out int written, replaceInvalidSequences: false);
        var text = new SourceText(source, new string(units, 0, written), hasMark);
        if (status != OperationStatus.Done)
        {
            throw new ProblemException(TextProblems.NotText.Because("bytes that are no UTF-8 stand here", text.At(written), "save it as UTF-8"));
        }

        int nul = text.Text.IndexOf('\0', StringComparison.Ordinal);
        return nul < 0 ? text : throw new ProblemException(TextProblems.NotText.Because("a NUL character stands here; this is no text", text.At(nul)));
    }

    /// <summary>Of a text that is no file.</summary>
    public static SourceText Of(string text, string source) => new(source, text, hasMark: false);

    /// <summary>As the file has it.</summary>
    public byte[] ToBytes() => HasMark ? [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Text)] : Encoding.UTF8.GetBytes(Text);

    /// <summary>The text of a span.</summary>
    public string Slice(TextSpan span) => Text.Substring(span.Start, span.Length);

    /// <summary>Line and column of a place, from 1.</summary>
    public (int Line, int Column) Place(int offset)
    {
        int[] lines = _lines.Value;
        int at = Array.BinarySearch(lines, offset);
        at = at < 0 ? ~at - 1 : at;
        return (at + 1, offset - lines[at] + 1);
    }

    /// <summary>A place as a problem has it.</summary>
    public ProblemLocation At(int offset)
    {
        (int line, int column) = Place(offset);
        return new ProblemLocation(Source, line, column);
    }

    /// <summary>A span as a setting has it.</summary>
    public Origin Origin(TextSpan span)
    {
        (int line, int column) = Place(span.Start);
        return new Origin(Source, line, column, span.Length);
    }

    /// <summary>What is wrong with the file's syntax.</summary>
    public ProblemException Syntax(int offset, string text, string? hint = null) =>
        new(TextProblems.Syntax.Because(text, At(Math.Clamp(offset, 0, Text.Length)), hint));

    /// <summary>What is too much.</summary>
    public ProblemException Limit(int offset, string text) => new(TextProblems.Limit.Because(text, At(Math.Clamp(offset, 0, Text.Length))));

    /// <summary>Where the line of a place begins.</summary>
    public int LineStart(int offset) => offset == 0 ? 0 : Text.LastIndexOf('\n', offset - 1) + 1;

    /// <summary>Where the line of a place ends, before its break.</summary>
    public int LineEnd(int offset)
    {
        int end = Text.IndexOf('\n', offset);
        return end < 0 ? Text.Length : end > offset && Text[end - 1] == '\r' ? end - 1 : end;
    }

    /// <summary>Where the line after the one of a place begins, or the end.</summary>
    public int NextLine(int offset)
    {
        int end = Text.IndexOf('\n', offset);
        return end < 0 ? Text.Length : end + 1;
    }

    /// <summary>Spaces and tabs that the line of a place begins with.</summary>
    public string Indent(int offset)
    {
        int start = LineStart(offset);
        int at = start;
        while (at < Text.Length && Text[at] is ' ' or '\t')
        {
            at++;
        }

        return Text[start..at];
    }

    /// <summary>A line more; a text that does not end with a break goes on doing so.</summary>
    public TextEdit AtEnd(string line)
    {
        bool isEnded = Text.Length == 0 || Text[^1] == '\n';
        return new TextEdit(new TextSpan(Text.Length, 0), isEnded ? line + NewLine : NewLine + line);
    }

    /// <summary>A span with its lines, where nothing else stands on them.</summary>
    public TextSpan Lines(TextSpan span)
    {
        int start = LineStart(span.Start);
        bool isAlone = Text.AsSpan(start, span.Start - start).IsWhiteSpace() && Text.AsSpan(span.End, LineEnd(span.End) - span.End).IsWhiteSpace();
        return isAlone ? TextSpan.Between(start, NextLine(span.End)) : span;
    }

    /// <summary>With replacements; of two that overlap the later one begins where the earlier one ends.</summary>
    public SourceText With(params IEnumerable<TextEdit> edits)
    {
        var text = new StringBuilder(Text.Length + 256);
        int done = 0;
        foreach (TextEdit edit in edits.OrderBy(static e => e.Span.Start))
        {
            int start = Math.Max(edit.Span.Start, done);
            text.Append(Text, done, start - done).Append(Whole(edit.Text));
            done = Math.Max(edit.Span.End, done);
        }

        return new SourceText(Source, text.Append(Text, done, Text.Length - done).ToString(), HasMark);
    }

    /// <summary>The lines of a comment, each with its sign and what stands before it.</summary>
    public string Comment(string comment, string indent, string sign) => string.Concat(
        comment.ReplaceLineEndings("\n").Split('\n')
            .Select(l => indent + $"{sign} {string.Concat(l.Select(static c => char.IsControl(c) ? ' ' : c))}".TrimEnd() + NewLine));

    // Half of a pair has no bytes.
    private static string Whole(string text) => string.Concat(text.EnumerateRunes().Select(static r => r.ToString()));

    private int[] Starts()
    {
        var lines = new List<int> { 0 };
        for (int at = Text.IndexOf('\n', StringComparison.Ordinal); at >= 0; at = Text.IndexOf('\n', at + 1))
        {
            lines.Add(at + 1);
        }

        return [.. lines];
    }
}
