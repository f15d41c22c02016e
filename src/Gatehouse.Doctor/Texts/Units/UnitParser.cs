using System.Collections.Immutable;
using System.Text;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>
/// Units as systemd reads them (systemd.syntax): sections, assignments, a backslash at the end of a line that goes on, comments between such lines.
/// What systemd ignores with a warning is remarked and not refused.
/// </summary>
internal static class UnitParser
{
    public static ImmutableArray<UnitEntry> Parse(SourceText source, out ImmutableArray<(string Name, TextSpan Header)> sections, out ImmutableArray<Remark> remarks)
    {
        var entries = ImmutableArray.CreateBuilder<UnitEntry>();
        var found = ImmutableArray.CreateBuilder<(string, TextSpan)>();
        var noted = ImmutableArray.CreateBuilder<Remark>();
        string? section = null;
        for (int at = 0; at < source.Text.Length;)
        {
            int start = at;
            int end = source.LineEnd(at);
            string line = source.Text[start..end].Trim();
            at = source.NextLine(end);
            if (line.Length == 0 || line[0] is '#' or ';')
            {
                continue;
            }

            if (entries.Count + noted.Count > TextLimits.MaxNodes)
            {
                throw source.Limit(start, $"the file holds more than {TextLimits.MaxNodes} lines");
            }

            if (line[0] == '[')
            {
                if (line[^1] != ']')
                {
                    throw source.Syntax(start, "the head of a section is not closed on its line, and systemd does not load such a unit");
                }

                section = line[1..^1];
                found.Add((section, TextSpan.Between(start, end)));
                continue;
            }

            if (Entry(source, section, start, ref at) is { } entry)
            {
                entries.Add(entry);
            }
            else
            {
                noted.Add(new Remark(RemarkKind.Ignored, "a line that is no assignment in a section", source.Origin(TextSpan.Between(start, end))));
            }
        }

        sections = found.ToImmutable();
        remarks = noted.ToImmutable();
        return entries.ToImmutable();
    }

    private static UnitEntry? Entry(SourceText source, string? section, int start, ref int at)
    {
        string text = source.Text;
        int end = source.LineEnd(start);
        int sign = text.AsSpan(start, end - start).IndexOf('=');
        int name = Skip(text, start, end);
        int value = sign < 0 ? end : Skip(text, start + sign + 1, end);
        var joined = new StringBuilder();
        int from = value;
        bool goesOn = end > start && text[end - 1] == '\\';
        while (goesOn)
        {
            joined.Append(text, from, Math.Max(0, end - 1 - from)).Append(' ');
            do
            {
                from = source.NextLine(end);
                end = source.LineEnd(from);
            }
            while (from < text.Length && Skip(text, from, end) is int first && first < end && text[first] is '#' or ';');
            goesOn = from < end && text[end - 1] == '\\';
        }

        joined.Append(text, Math.Min(from, end), Math.Max(0, end - from));
        at = source.NextLine(end);
        if (sign <= 0 || section is null)
        {
            return null;
        }

        string key = text[name..(start + sign)].TrimEnd();
        while (end > value && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        var written = TextSpan.Between(value, Math.Max(value, end));
        return new UnitEntry(section, key, joined.ToString().Trim(), source.Origin(written)) { Name = new TextSpan(name, key.Length), Written = written };
    }

    private static int Skip(string text, int at, int end)
    {
        while (at < end && text[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }
}
