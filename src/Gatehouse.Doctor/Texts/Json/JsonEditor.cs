namespace Gatehouse.Doctor.Texts.Json;

/// <summary>Changes one JSON file in the style that it has.</summary>
internal sealed class JsonEditor
{
    private readonly JsonFile _file;
    private readonly SourceText _text;
    private readonly string? _unit;
    private readonly JsonWriter _writer;

    public JsonEditor(JsonFile file)
    {
        _file = file;
        _text = file.SourceText;
        bool isIndented = _text.Text.IndexOf('\n', file.Root.Span.Start, file.Root.Span.Length) >= 0;
        string first = file.Root.Members.IsEmpty ? "" : _text.Indent(file.Root.Members[0].Key.Start);
        _unit = isIndented ? first.Length > 0 ? first : "  " : null;
        _writer = new JsonWriter(_unit, _text.NewLine);
    }

    public JsonFile Set(SettingPath path, Literal value)
    {
        if (path.IsRoot)
        {
            throw EditCheck.Refuse(_file, path, "the root is no setting");
        }

        JsonNode here = _file.Root;
        SettingPath written = SettingPath.Root; // in the letters that the file has
        for (int depth = 0; depth < path.Depth; depth++)
        {
            string name = path.Take(depth + 1).Name;
            if (Child(here, name) is not { } child)
            {
                SettingPath whole = written.Add(SettingPath.Of(path.Segments.AsSpan()[depth..]));
                return EditCheck.Made(_file, JsonFile.Of, whole, value, Add(here, whole, depth, value));
            }

            written = written.Add((here as JsonMap)?.Find(name)?.Name ?? name);
            here = child;
        }

        return EditCheck.Made(_file, JsonFile.Of, written, value, new TextEdit(here.Span, _writer.Write(value, _text.Indent(here.Span.Start))));
    }

    public JsonFile Remove(SettingPath path)
    {
        JsonNode? owner = Find(path.Parent);
        int[] gone = owner switch
        {
            JsonMap map when !path.IsRoot => [.. Enumerable.Range(0, map.Members.Length).Where(i => map.Members[i].Name.Equals(path.Name, StringComparison.OrdinalIgnoreCase))],
            JsonList list when Index(list, path.Name) is >= 0 and int at => [at],
            _ => [],
        };
        if (gone.Length == 0)
        {
            return path.IsRoot ? throw EditCheck.Refuse(_file, path, "the root is no setting") : _file;
        }

        // One after the other, so that commas stay right. There is an owner: members were found in it.
        return gone.Length > 1
            ? new JsonEditor(Removed(owner!, gone[^1], path, isLast: false)).Remove(path)
            : Removed(owner!, gone[0], path, isLast: true);
    }

    private static JsonNode? Child(JsonNode node, string name) => node switch
    {
        JsonMap map => map.Find(name)?.Value,
        JsonList list when Index(list, name) is >= 0 and int at => list.Items[at],
        _ => null,
    };

    private static int Index(JsonList list, string name) => int.TryParse(name, out int at) && at >= 0 && at < list.Items.Length ? at : -1;

    private JsonNode? Find(SettingPath path)
    {
        JsonNode? here = _file.Root;
        for (int depth = 1; depth <= path.Depth && here is not null; depth++)
        {
            here = Child(here, path.Take(depth).Name);
        }

        return here;
    }

    private JsonFile Removed(JsonNode owner, int at, SettingPath path, bool isLast)
    {
        TextSpan[] spans = owner is JsonMap map
            ? [.. map.Members.Select(static m => TextSpan.Between(m.Key.Start, m.Value.Span.End))]
            : [.. ((JsonList)owner).Items.Select(static i => i.Span)];
        TextSpan gone = (at, spans.Length) switch
        {
            (_, 1) => TextSpan.Between(owner.Span.Start + 1, owner.Span.End - 1),
            _ when at < spans.Length - 1 => TextSpan.Between(spans[at].Start, spans[at + 1].Start),
            _ => TextSpan.Between(spans[at - 1].End, spans[at].End),
        };
        var edit = new TextEdit(gone, "");
        return !isLast ? JsonFile.Of(_text.With(edit))
            : EditCheck.Made(_file, JsonFile.Of, owner is JsonMap { Members: var members } ? path.Parent.Add(members[at].Name) : path, null, edit);
    }

    private TextEdit Add(JsonNode owner, SettingPath path, int depth, Literal value)
    {
        for (int i = path.Depth; i > depth + 1; i--)
        {
            value = Literal.Map((path.Take(i).Name, value));
        }

        string name = path.Take(depth + 1).Name;
        switch (owner)
        {
            case JsonMap map:
                return Into(map.Span, map.Members.IsEmpty ? null : TextSpan.Between(map.Members[^1].Key.Start, map.Members[^1].Value.Span.End), indent => $"{QuotedText.Write(name)}: {_writer.Write(value, indent)}");
            case JsonList list when name == SettingPath.Root.Add(list.Items.Length).Name:
                return Into(list.Span, list.Items.IsEmpty ? null : list.Items[^1].Span, indent => _writer.Write(value, indent));
            case JsonList:
                throw EditCheck.Refuse(_file, path, "the list has no such item");
            default:
                return new TextEdit(owner.Span, _writer.Write(Literal.Map((name, value)), _text.Indent(owner.Span.Start)));
        }
    }

    private TextEdit Into(TextSpan owner, TextSpan? last, Func<string, string> write)
    {
        if (last is { } before)
        {
            bool isOwnLine = _text.Indent(before.Start).Length == before.Start - _text.LineStart(before.Start);
            string indent = _text.Indent(before.Start);
            return new TextEdit(new TextSpan(before.End, 0), isOwnLine && _unit is not null ? $",{_text.NewLine}{indent}{write(indent)}" : ", " + write(indent));
        }

        string outer = _text.Indent(owner.Start);
        var inside = TextSpan.Between(owner.Start + 1, owner.End - 1);
        return new TextEdit(inside, _unit is null ? write("") : $"{_text.NewLine}{outer}{_unit}{write(outer + _unit)}{_text.NewLine}{outer}");
    }
}
