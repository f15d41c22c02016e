using Gatehouse.Doctor.Texts.Units;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>Makes values of nodes: dotted names become objects, aliases share what they point to, placeholders are looked up.</summary>
internal sealed class YamlTree(SourceText source, YamlOptions options, EnvironmentVariables? environment)
{
    private readonly Dictionary<YamlNode, Draft> _targets = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Draft> _own = new(ReferenceEqualityComparer.Instance);
    private int _made;

    public List<Remark> Remarks { get; } = [];

    public Draft Build(YamlNode? root) => root is null ? new Draft(SettingKind.Map) : Value(root);

    private Draft Value(YamlNode node)
    {
        switch (node)
        {
            case YamlAlias alias:
                Draft target = _targets.TryGetValue(alias.Target, out Draft? known) ? known : _targets[alias.Target] = Value(alias.Target);
                return target.Copy(origins: [source.Origin(alias.Span), .. target.Origins]);
            case YamlScalar scalar:
                return Scalar(scalar);
            case YamlList list:
                var items = new Draft(SettingKind.List) { Origins = [source.Origin(list.Span)] };
                items.Items.AddRange(list.Items.Select(Value));
                return items;
            default:
                return Map((YamlMap)node);
        }
    }

    private Draft Scalar(YamlScalar scalar)
    {
        Origin origin = source.Origin(scalar.Span);
        string raw = source.Slice(scalar.Span);
        bool isQuoted = scalar.Style != YamlStyle.Plain;
        bool isFilled = options.HasPlaceholders ? scalar.Value.Contains("${", StringComparison.Ordinal) : options.IsCompose && scalar.Value.Contains('$', StringComparison.Ordinal);
        if (!isFilled)
        {
            return Draft.Scalar(scalar.Kind, scalar.Kind == SettingKind.Null ? null : scalar.Value, origin, raw, isQuoted);
        }

        Placeholders text = options.IsCompose ? Interpolated(scalar.Value) : Placeholders.Fill(scalar.Value, environment);
        if (text.Names.Length > 0)
        {
            Remarks.Add(new Remark(RemarkKind.Substitution, text.Names, origin));
        }

        return text.Value is { } value
            ? Draft.Scalar(isQuoted ? SettingKind.Text : Kind(value), value, origin, raw, isQuoted).Copy(origins: [origin, .. text.Origins])
            : new Draft(SettingKind.Unknown) { Reason = text.Reason, Raw = raw, IsQuoted = isQuoted, Origins = [origin, .. text.Origins] };
    }

    private Placeholders Interpolated(string text)
    {
        Interpolation filled = Interpolation.Fill(text, environment);
        return new Placeholders(filled.Value, string.Join(' ', filled.Names), filled.Reason, filled.Origins);
    }

    // What a variable leaves is a text, even where nothing is left.
    private static SettingKind Kind(string value) => YamlParser.Kind(value) is var kind and not SettingKind.Null ? kind : SettingKind.Text;

    private Draft Map(YamlMap written)
    {
        var map = new Draft(SettingKind.Map) { Origins = [source.Origin(written.Span)] };
        _own.Add(map);
        foreach (YamlEntry entry in written.Entries.Where(static e => e.Name != "<<"))
        {
            string[] names = options.SplitsDots ? entry.Name.Split('.') : [entry.Name];
            if (names.Length > TextLimits.MaxDepth)
            {
                throw source.Limit(entry.Key.Start, $"settings lie deeper than {TextLimits.MaxDepth} levels");
            }

            Draft here = map;
            foreach (string name in names.AsSpan()[..^1])
            {
                here = Inner(here, name, source.Origin(entry.Key));
            }

            Put(here, names[^1], Value(entry.Value), entry, 0);
        }

        foreach (YamlEntry entry in written.Entries.Where(static e => e.Name == "<<"))
        {
            Merge(map, entry);
        }

        return map;
    }

    /// <summary>The object of a name, made where none is; one that others share is copied first.</summary>
    private Draft Inner(Draft map, string name, Origin origin)
    {
        Draft? member = map.Member(name);
        if (member is not null && member.Kind == SettingKind.Map && _own.Contains(member))
        {
            return member;
        }

        Draft made = member is { Kind: SettingKind.Map }
            ? member.Copy()
            : new Draft(SettingKind.Map) { Origins = [origin], Text = member?.Text, Overridden = member is null or { Kind: SettingKind.Null } ? [] : [member] };
        Charge(made.Members.Count, origin);
        _own.Add(made);
        map.Put(name, made);
        return made;
    }

    private void Put(Draft map, string name, Draft value, YamlEntry entry, int depth)
    {
        Draft? member = map.Member(name);
        if (member is null)
        {
            map.Put(name, value);
            return;
        }

        Origin origin = source.Origin(entry.Key);
        if (depth > TextLimits.MaxDepth)
        {
            throw source.Limit(entry.Key.Start, $"values lie deeper than {TextLimits.MaxDepth} levels");
        }

        if (options.SplitsDots && member.Kind == SettingKind.Map && value.Kind == SettingKind.Map)
        {
            Draft inner = Inner(map, name, origin);
            Charge(value.Members.Count, origin);
            foreach ((string below, Draft each) in value.Members)
            {
                Put(inner, below, each, entry, depth + 1);
            }

            return;
        }

        // `a: 1` beside `a.b: 2`: both are settings.
        if (options.SplitsDots && (member.Kind == SettingKind.Map) != (value.Kind == SettingKind.Map))
        {
            (Draft fields, Draft scalar) = member.Kind == SettingKind.Map ? (member, value) : (value, member);
            Draft both = scalar.Text is null ? fields : fields.Copy(text: scalar.Text);
            Charge(both.Members.Count, origin);
            map.Put(name, both);
            return;
        }

        Remarks.Add(new Remark(RemarkKind.DuplicateKey, entry.Name, origin));
        map.Put(name, value.Over(member));
    }

    // YAML 1.1, "Merge Key": what is written in the object itself wins, then what comes first.
    private void Merge(Draft map, YamlEntry entry)
    {
        IEnumerable<Draft> merged = entry.Value is YamlList list ? list.Items.Select(Value) : [Value(entry.Value)];
        foreach (Draft from in merged)
        {
            if (from.Kind != SettingKind.Map)
            {
                throw source.Syntax(entry.Value.Span.Start, "`<<` needs an object or a list of objects");
            }

            Charge(from.Members.Count, source.Origin(entry.Key));
            foreach ((string name, Draft value) in from.Members.Where(m => map.Member(m.Name) is null))
            {
                map.Put(name, value.Copy(origins: [source.Origin(entry.Value.Span), .. value.Origins]));
            }
        }
    }

    private void Charge(int count, Origin at)
    {
        _made += count;
        if (_made > TextLimits.MaxExpanded * 4)
        {
            throw new ProblemException(TextProblems.Limit.Because("anchors and merged objects make more than is read", at.Location));
        }
    }
}
