namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>
/// Changes one HOCON file. Several ways are tried, the smallest first; a way counts when the file read again says what was meant and nothing else
/// differs.
/// </summary>
internal sealed class HoconEditor(HoconFile file)
{
    private readonly SourceText _text = file.SourceText;
    private readonly List<Place> _places = Places(file.Unit.Root);

    public HoconFile Set(SettingPath path, Literal value) => path.IsRoot
        ? throw EditCheck.Refuse(file, path, "the root is no setting")
        : EditCheck.First(file, Read, path, value, Ways(path, HoconWriter.Write(value)));

    public HoconFile Remove(SettingPath path)
    {
        TextEdit[] gone = [.. Outer(_places.Where(p => p.Path.StartsWith(path))).Select(p => new TextEdit(Whole(p), ""))];
        return gone.Length == 0 && !file.Settings.Find(path).IsSet ? file : EditCheck.Made(file, Read, path, null, gone);
    }

    public HoconFile AddComment(SettingPath path, string comment)
    {
        Place? place = _places.FindLast(p => p.Path.Equals(path));
        return place is null && !path.IsRoot
            ? throw EditCheck.Refuse(file, path, "it is not set in this file")
            : EditCheck.Commented(file, Read, path, place?.Start ?? 0, ("#", comment));
    }

    private HoconFile Read(SourceText text) => HoconFile.Of(text, file.Options);

    // Without those that lie inside of another one; they come in the order of the text.
    private static Place[] Outer(IEnumerable<Place> places)
    {
        var outer = new List<Place>();
        foreach (Place place in places)
        {
            if (outer.Count == 0 || place.Start >= outer[^1].Value.Span.End)
            {
                outer.Add(place);
            }
        }

        return [.. outer];
    }

    private IEnumerable<TextEdit> Ways(SettingPath path, string value)
    {
        foreach (Place place in _places.Where(p => p.Path.Equals(path)).Reverse())
        {
            yield return place.Field is { } field && (field.IsAppend || field.Separator.Length == 0)
                ? new TextEdit(TextSpan.Between(field.Key.End, field.Value.Span.End), $" = {value}")
                : new TextEdit(place.Value.Span, value);
        }

        for (SettingPath owner = path.Parent; !owner.IsRoot; owner = owner.Parent)
        {
            string line = $"{HoconWriter.Names(path.Segments.AsSpan()[owner.Depth..])} = {value}";
            foreach (Place place in _places.Where(p => p.Path.Equals(owner)).Reverse())
            {
                if (place.Value.Object is { } inner)
                {
                    yield return Into(inner, line);
                }
                else if (place.Value.Parts is [HoconList list] && owner.Depth == path.Depth - 1 && path.Name == SettingPath.Root.Add(list.Items.Length).Name)
                {
                    yield return Into(list, value);
                }
                else if (place.Field is { IsAppend: false } && place.Value.Parts is [HoconWord])
                {
                    yield return new TextEdit(place.Value.Span, $"{{ {line} }}");
                }
            }
        }

        string added = $"{HoconWriter.Names(path.Segments.AsSpan())} = {value}";
        yield return file.Unit.Root.IsBraced ? Into(file.Unit.Root, added) : _text.AtEnd(added);
    }

    private TextEdit Into(HoconObject written, string line)
    {
        int close = written.Span.End - 1;
        if (written.Entries.IsEmpty)
        {
            bool isAlone = _text.Indent(close).Length == close - _text.LineStart(close) && _text.LineStart(close) > written.Span.Start;
            return isAlone
                ? new TextEdit(new TextSpan(_text.LineStart(close), 0), _text.Indent(close) + "  " + line + _text.NewLine)
                : new TextEdit(new TextSpan(close, 0), $" {line} ");
        }

        int end = written.Entries[^1].Span.End;
        int lineEnd = _text.LineEnd(end);
        bool isOneLine = _text.Text.IndexOf('\n', written.Span.Start, written.Span.Length) < 0;
        string indented = _text.NewLine + _text.Indent(written.Entries[^1].Span.Start) + line;
        return lineEnd < close ? new TextEdit(new TextSpan(lineEnd, 0), indented)
            : new TextEdit(new TextSpan(end, 0), isOneLine ? ", " + line : indented);
    }

    private static TextEdit Into(HoconList list, string value) => list.Items.IsEmpty
        ? new TextEdit(new TextSpan(list.Span.Start + 1, 0), value)
        : new TextEdit(new TextSpan(list.Items[^1].Span.End, 0), ", " + value);

    // With the comma behind it, and the line where nothing else stands on it.
    private TextSpan Whole(Place place)
    {
        string text = _text.Text;
        int start = place.Start;
        int end = Spaces(place.Value.Span.End);
        end = end < text.Length && text[end] == ',' ? Spaces(end + 1) : place.Value.Span.End;
        return _text.Lines(TextSpan.Between(start, end));
    }

    private int Spaces(int at)
    {
        while (at < _text.Text.Length && _text.Text[at] is ' ' or '\t')
        {
            at++;
        }

        return at;
    }

    private static List<Place> Places(HoconObject root)
    {
        var places = new List<Place>();
        Walk(root, SettingPath.Root, places);
        return places;
    }

    private static void Walk(HoconObject written, SettingPath path, List<Place> places)
    {
        foreach (HoconField field in written.Entries.OfType<HoconField>())
        {
            SettingPath own = path.Add(SettingPath.Of(field.Path.AsSpan()));
            places.Add(new Place(own, field, field.Value));
            Walk(field.Value, field.IsAppend ? null : own, places);
        }
    }

    private static void Walk(HoconValue value, SettingPath? path, List<Place> places)
    {
        if (path is null)
        {
            return; // the number of an added item is not told by its place
        }

        if (value.Object is { } inner)
        {
            Walk(inner, path, places);
        }

        if (value.Parts is [HoconList list])
        {
            for (int i = 0; i < list.Items.Length; i++)
            {
                places.Add(new Place(path.Add(i), null, list.Items[i]));
                Walk(list.Items[i], path.Add(i), places);
            }
        }
    }

    /// <summary>A field, or an item of a list.</summary>
    private sealed record Place(SettingPath Path, HoconField? Field, HoconValue Value)
    {
        public int Start => Field?.Span.Start ?? Value.Span.Start;
    }
}
