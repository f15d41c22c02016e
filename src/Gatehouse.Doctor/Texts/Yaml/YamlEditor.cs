namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>Changes one YAML file. Several ways are tried; a way counts when the file read again says what was meant and nothing else differs.</summary>
internal sealed class YamlEditor
{
    private readonly YamlFile _file;
    private readonly SourceText _text;
    private readonly List<Place> _places = [];

    public YamlEditor(YamlFile file)
    {
        _file = file;
        _text = file.SourceText;
        if (file.Root is not null)
        {
            Walk(file.Root, SettingPath.Root);
        }
    }

    public YamlFile Set(SettingPath path, Literal value) => path.IsRoot
        ? throw EditCheck.Refuse(_file, path, "the root is no setting")
        : EditCheck.First(_file, Read, path, value, Ways(path, YamlWriter.Write(_file.Options.IsCompose ? Escaped(value) : value)));

    public YamlFile Remove(SettingPath path)
    {
        TextEdit[] gone = [.. Outer(_places.Where(p => p.Path.StartsWith(path))).Select(p => new TextEdit(Whole(p), ""))];
        return gone.Length == 0 && !_file.Settings.Find(path).IsSet ? _file : EditCheck.Made(_file, Read, path, null, gone);
    }

    public YamlFile AddComment(SettingPath path, string comment)
    {
        Place? place = _places.FindLast(p => p.Path.Equals(path));
        return place is null && !path.IsRoot
            ? throw EditCheck.Refuse(_file, path, "it is not set in this file")
            : EditCheck.Commented(_file, Read, path, place?.Start ?? 0, ("#", comment));
    }

    // A dollar of a value is no variable; of a raw one it is.
    private static Literal Escaped(Literal value) => value switch
    {
        Literal.TextLiteral text => Literal.Text(text.Value.Replace("$", "$$", StringComparison.Ordinal)),
        Literal.WordLiteral word => Literal.Word(word.Value.Replace("$", "$$", StringComparison.Ordinal)),
        Literal.ListLiteral list => Literal.List([.. list.Items.Select(Escaped)]),
        Literal.MapLiteral map => Literal.Map([.. map.Members.Select(static m => (m.Name, Escaped(m.Value)))]),
        _ => value,
    };

    private YamlFile Read(SourceText text) => YamlFile.Of(text, _file.Options);

    // Without those that lie inside of another one; they come in the order of the text.
    private static Place[] Outer(IEnumerable<Place> places)
    {
        var outer = new List<Place>();
        foreach (Place place in places)
        {
            if (outer.Count == 0 || place.Start >= outer[^1].End)
            {
                outer.Add(place);
            }
        }

        return [.. outer];
    }

    // The last one first.
    private IEnumerable<Place> Set(SettingPath path) => _places.Where(p => p.Path.Equals(path)).Reverse();

    private IEnumerable<TextEdit> Ways(SettingPath path, string value)
    {
        foreach (Place place in Set(path))
        {
            yield return Replaced(place, value);
        }

        for (SettingPath owner = path.Parent; !owner.IsRoot && !_file.Options.SplitsDots; owner = owner.Parent)
        {
            foreach (Place place in Set(owner))
            {
                if (place.Value is YamlMap map)
                {
                    yield return Into(map, [.. path.Segments[owner.Depth..]], value);
                }
                else if (place.Value is YamlList list && owner.Depth == path.Depth - 1 && path.Name == SettingPath.Root.Add(list.Items.Length).Name)
                {
                    yield return Into(list, value);
                }
                else if (place.Value is YamlScalar { Kind: SettingKind.Null })
                {
                    yield return Replaced(place, Flow([.. path.Segments[owner.Depth..]], value));
                }
            }
        }

        string[] names = _file.Options.SplitsDots ? [string.Join('.', path.Segments)] : [.. path.Segments];
        if (_file.Root is YamlMap { IsFlow: true } flow)
        {
            yield return Into(flow, names, value);
        }
        else
        {
            string indent = _file.Root is YamlMap { Entries: [var first, ..] } ? _text.Indent(first.Key.Start) : "";
            yield return AtLineEnd(_text.Text.Length, Lines(names, value, indent));
            yield return _file.Root is null ? AtLineEnd(0, Lines(names, value, indent)) : AtLineEnd(_file.Root.End, Lines(names, value, indent));
        }
    }

    private TextEdit Replaced(Place place, string value)
    {
        bool isBelow = place.Entry is not null && _text.LineStart(place.Value.Span.Start) > place.Entry.Key.Start;
        if (place.Entry is { } entry && (entry.IsBare || isBelow || place.Value is YamlScalar { Style: YamlStyle.Block }))
        {
            int colon = _text.Text.IndexOf(':', entry.Key.End);
            return new TextEdit(TextSpan.Between(colon + 1, entry.IsBare ? colon + 1 : Math.Max(colon + 1, entry.End)), " " + value);
        }

        return new TextEdit(TextSpan.Between(place.Value.Span.Start, place.Value.End), value);
    }

    private TextEdit Into(YamlMap map, string[] names, string value)
    {
        if (map.IsFlow)
        {
            int close = _text.Text.LastIndexOf('}', Math.Max(0, map.Span.End - 1));
            int at = map.Entries.IsEmpty ? close : map.Entries[^1].End;
            return new TextEdit(new TextSpan(Math.Max(at, 0), 0), (map.Entries.IsEmpty ? "" : ", ") + $"{YamlWriter.Name(names[0])}: {Flow(names[1..], value)}");
        }

        int column = map.Entries[0].Key.Start - _text.LineStart(map.Entries[0].Key.Start);
        return AtLineEnd(map.End, Lines(names, value, new string(' ', column)));
    }

    private TextEdit Into(YamlList list, string value)
    {
        if (list.IsFlow)
        {
            int close = _text.Text.LastIndexOf(']', Math.Max(0, list.Span.End - 1));
            return new TextEdit(new TextSpan(list.Items.IsEmpty ? Math.Max(close, 0) : list.Items[^1].End, 0), (list.Items.IsEmpty ? "" : ", ") + value);
        }

        int dash = _text.Text.IndexOf('-', list.Span.Start);
        return AtLineEnd(list.End, new string(' ', Math.Max(0, dash - _text.LineStart(Math.Max(0, dash)))) + "- " + value);
    }

    private static string Flow(string[] names, string value)
    {
        for (int i = names.Length - 1; i >= 0; i--)
        {
            value = $"{{{YamlWriter.Name(names[i])}: {value}}}";
        }

        return value;
    }

    private string Lines(string[] names, string value, string indent)
    {
        string lines = "";
        for (int i = 0; i < names.Length; i++)
        {
            string name = $"{indent}{new string(' ', 2 * i)}{YamlWriter.Name(names[i])}:";
            lines += i == names.Length - 1 ? $"{name} {value}" : name + _text.NewLine;
        }

        return lines;
    }

    // Behind the line of a place; a text that does not end with a break goes on doing so.
    private TextEdit AtLineEnd(int at, string lines)
    {
        int next = at >= _text.Text.Length ? _text.Text.Length : _text.NextLine(at);
        bool isBroken = next == 0 || _text.Text[next - 1] == '\n';
        return new TextEdit(new TextSpan(next, 0), isBroken ? lines + _text.NewLine : _text.NewLine + lines);
    }

    private TextSpan Whole(Place place)
    {
        if (place.Owner is YamlMap { IsFlow: true } or YamlList { IsFlow: true })
        {
            return InFlow(place);
        }

        int end = _text.NextLine(Math.Max(place.Start, place.End - 1));
        return TextSpan.Between(_text.LineStart(place.Start), end);
    }

    private static TextSpan InFlow(Place place)
    {
        TextSpan[] all = place.Owner is YamlMap map
            ? [.. map.Entries.Select(static e => TextSpan.Between(e.Key.Start, e.End))]
            : [.. ((YamlList)place.Owner).Items.Select(static i => TextSpan.Between(i.Span.Start, i.End))];
        int at = Array.FindIndex(all, s => s.Start == place.Start);
        return at < all.Length - 1 ? TextSpan.Between(all[at].Start, all[at + 1].Start)
            : at > 0 ? TextSpan.Between(all[at - 1].End, all[at].End)
            : all[at];
    }

    private void Walk(YamlNode node, SettingPath path)
    {
        if (node is YamlMap map)
        {
            foreach (YamlEntry entry in map.Entries)
            {
                SettingPath own = _file.Options.SplitsDots ? path.Add(SettingPath.Of(entry.Name.Split('.'))) : path.Add(entry.Name);
                _places.Add(new Place(own, map, entry, entry.Value));
                Walk(entry.Value, own);
            }
        }
        else if (node is YamlList list)
        {
            for (int i = 0; i < list.Items.Length; i++)
            {
                _places.Add(new Place(path.Add(i), list, null, list.Items[i]));
                Walk(list.Items[i], path.Add(i));
            }
        }
    }

    /// <summary>An entry of an object, or an item of a list.</summary>
    private sealed record Place(SettingPath Path, YamlNode Owner, YamlEntry? Entry, YamlNode Value)
    {
        public int Start => Entry?.Key.Start ?? Value.Span.Start;

        public int End => Entry?.End ?? Value.End;
    }
}
