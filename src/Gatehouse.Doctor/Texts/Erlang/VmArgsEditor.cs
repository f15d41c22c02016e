using System.Globalization;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>Changes one file of arguments.</summary>
internal sealed class VmArgsEditor(VmArgsFile file)
{
    private readonly SourceText _text = file.SourceText;

    public VmArgsFile Set(SettingPath path, Literal value)
    {
        string written = Written(path, value);
        if (path.Depth is not (1 or 2) || path.Segments[0] is not ['-' or '+', _, ..])
        {
            throw EditCheck.Refuse(file, path, "a flag, or a flag and a name, is expected");
        }

        string name = path.Segments[0];
        VmFlag? flag = file.Flags.LastOrDefault(f => f.Name == name && (path.Depth == 1 ? !f.IsPairs : f.IsPairs && Pair(f, path.Name) >= 0));
        TextEdit edit = flag switch
        {
            null => _text.AtEnd(path.Depth == 1 ? $"{name} {written}".TrimEnd() : $"{name} {Quoted(path.Name)} {written}"),
            _ when path.Depth == 2 => new TextEdit(flag.Values[Pair(flag, path.Name) + 1].Span, written),
            { Values.IsEmpty: true } => new TextEdit(new TextSpan(flag.Span.End, 0), " " + written),
            _ => new TextEdit(TextSpan.Between(flag.Values[0].Span.Start, flag.Values[^1].Span.End), written),
        };
        return EditCheck.Made(file, VmArgsFile.Of, path, value, edit);
    }

    public VmArgsFile Remove(SettingPath path)
    {
        TextEdit[] gone = [.. file.Flags.SelectMany(f => Gone(f, path)).Select(static s => new TextEdit(s, ""))];
        if (gone.Length == 0)
        {
            return file.Settings.Find(path).Kind != SettingKind.Missing ? throw EditCheck.Refuse(file, path, "it is no flag, and no name of one") : file;
        }

        return EditCheck.Made(file, VmArgsFile.Of, path, null, gone);
    }

    public VmArgsFile AddComment(SettingPath path, string comment)
    {
        int at = path.IsRoot ? 0 : file.Flags.LastOrDefault(f => f.Name == path.Segments[0])?.Span.Start ?? throw EditCheck.Refuse(file, path, "it is not set in this file");
        return EditCheck.Commented(file, VmArgsFile.Of, path, at, ("##", comment));
    }

    private static int Pair(VmFlag flag, string name)
    {
        for (int i = flag.Values.Length - 2; i >= 0; i -= 2)
        {
            if (flag.Values[i].Value == name)
            {
                return i;
            }
        }

        return -1;
    }

    private IEnumerable<TextSpan> Gone(VmFlag flag, SettingPath path)
    {
        if (path.Depth is 0 or > 2 || flag.Name != path.Segments[0])
        {
            yield break;
        }

        if (path.Depth == 1 || (flag.IsPairs && flag.Values.Length == 2 && flag.Values[0].Value == path.Name))
        {
            yield return _text.Lines(TextSpan.Between(flag.Span.Start, flag.Values.IsEmpty ? flag.Span.End : flag.Values[^1].Span.End));
        }
        else if (flag.IsPairs)
        {
            for (int i = 0; i < flag.Values.Length; i += 2)
            {
                if (flag.Values[i].Value == path.Name)
                {
                    int before = i == 0 ? flag.Span.End : flag.Values[i - 1].Span.End;
                    yield return TextSpan.Between(before, flag.Values[i + 1].Span.End);
                }
            }
        }
    }

    private string Written(SettingPath path, Literal value) => value switch
    {
        Literal.NullLiteral => "",
        Literal.TextLiteral text => Quoted(text.Value),
        Literal.WordLiteral word => Quoted(word.Value),
        Literal.NumberLiteral number => number.Value.ToString(CultureInfo.InvariantCulture),
        Literal.BooleanLiteral boolean => boolean.Value ? "true" : "false",
        Literal.ListLiteral list => string.Join(' ', list.Items.Select(i => Written(path, i))),
        Literal.RawLiteral raw => raw.Value,
        _ => throw EditCheck.Refuse(file, path, "a file of arguments has no objects"),
    };

    private static string Quoted(string word) =>
        word.Length > 0 && !word.Any(static c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\' or '#') ? word
        : "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
