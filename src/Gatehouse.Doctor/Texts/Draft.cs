using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts;

/// <summary>A value on its way into a <see cref="SettingTree"/>: without a path, so that substitutions may share it.</summary>
internal sealed class Draft(SettingKind kind)
{
    private readonly List<(string Name, Draft Value)> _members = [];
    private Dictionary<string, int>? _byName;

    public SettingKind Kind { get; } = kind;

    public string? Text { get; init; }

    public string Raw { get; init; } = "";

    public bool IsQuoted { get; init; }

    public string? Reason { get; init; }

    public bool IsPartial { get; set; }

    public bool IgnoresCase { get; init; }

    public ImmutableArray<Origin> Origins { get; init; } = [];

    public ImmutableArray<Draft> Overridden { get; init; } = [];

    public List<Draft> Items { get; init; } = [];

    public IReadOnlyList<(string Name, Draft Value)> Members => _members;

    public static Draft Scalar(SettingKind kind, string? text, Origin origin, string raw, bool isQuoted) =>
        new(kind) { Text = text, Origins = [origin], Raw = raw, IsQuoted = isQuoted };

    public static Draft Unknown(string reason, params ReadOnlySpan<Origin> origins) => new(SettingKind.Unknown) { Reason = reason, Origins = [.. origins] };

    /// <summary>The member of this name, the last one where names are twice.</summary>
    public Draft? Member(string name) => _byName is not null && _byName.TryGetValue(name, out int at) ? _members[at].Value : null;

    /// <summary>Puts a member in the place of one of the same name, or behind all.</summary>
    public void Put(string name, Draft value)
    {
        _byName ??= new Dictionary<string, int>(StringComparer.Ordinal);
        if (_byName.TryGetValue(name, out int at))
        {
            _members[at] = (name, value);
            return;
        }

        _byName.Add(name, _members.Count);
        _members.Add((name, value));
    }

    /// <summary>A copy that may be changed without the original.</summary>
    public Draft Copy(ImmutableArray<Origin>? origins = null, ImmutableArray<Draft>? overridden = null, string? text = null)
    {
        var copy = new Draft(Kind)
        {
            Text = text ?? Text,
            Raw = Raw,
            IsQuoted = IsQuoted,
            Reason = Reason,
            IsPartial = IsPartial,
            IgnoresCase = IgnoresCase,
            Origins = Bounded(origins ?? Origins),
            Overridden = Bounded(overridden ?? Overridden),
            Items = [.. Items],
        };
        foreach ((string name, Draft value) in _members)
        {
            copy.Put(name, value);
        }

        return copy;
    }

    /// <summary>This one with another as what lost against it.</summary>
    public Draft Over(Draft? loser) => loser is null ? this : Copy(overridden: [.. Overridden, loser, .. loser.Overridden]);

    /// <summary>Puts a value at a path, over what is there; objects on the way are copied, others are replaced by objects.</summary>
    public Draft With(ReadOnlySpan<string> path, Draft value)
    {
        if (path.IsEmpty)
        {
            return value.Over(this);
        }

        if (Kind == SettingKind.List && int.TryParse(path[0], out int at) && at >= 0 && at <= Items.Count)
        {
            Draft list = Copy();
            Draft item = at < Items.Count ? Items[at].With(path[1..], value) : Nested(path[1..], value);
            if (at < Items.Count)
            {
                list.Items[at] = item;
            }
            else
            {
                list.Items.Add(item);
            }

            return list;
        }

        Draft map = Kind == SettingKind.Map ? Copy() : new Draft(SettingKind.Map) { Origins = value.Origins, Overridden = [this, .. Overridden], IgnoresCase = IgnoresCase };
        map.Put(path[0], Member(path[0]) is { } inner ? inner.With(path[1..], value) : Nested(path[1..], value));
        return map;
    }

    /// <summary>The value at a path, or null.</summary>
    public Draft? Find(ReadOnlySpan<string> path)
    {
        Draft? here = this;
        foreach (string name in path)
        {
            here = here.Kind == SettingKind.List && int.TryParse(name, out int at) ? (at >= 0 && at < here.Items.Count ? here.Items[at] : null) : here.Member(name);
            if (here is null)
            {
                return null;
            }
        }

        return here;
    }

    /// <summary>The tree of it; more than is bounded is refused.</summary>
    public SettingTree ToTree(string source, IEnumerable<Remark> remarks)
    {
        int count = 0;
        return new SettingTree(Freeze(SettingPath.Root, source, ref count), [.. remarks]);
    }

    private static Draft Nested(ReadOnlySpan<string> path, Draft value)
    {
        for (int i = path.Length - 1; i >= 0; i--)
        {
            var map = new Draft(SettingKind.Map) { Origins = value.Origins };
            map.Put(path[i], value);
            value = map;
        }

        return value;
    }

    private static ImmutableArray<T> Bounded<T>(ImmutableArray<T> all) => all.Length <= TextLimits.MaxOrigins ? all : all[..TextLimits.MaxOrigins];

    private Setting Freeze(SettingPath path, string source, ref int count)
    {
        if (path.Depth > TextLimits.MaxDepth || (count += 1 + Overridden.Length) > TextLimits.MaxExpanded)
        {
            string what = path.Depth > TextLimits.MaxDepth ? $"values lie deeper than {TextLimits.MaxDepth} levels" : $"there are more than {TextLimits.MaxExpanded} values";
            Origin? at = Origins.IsEmpty ? null : Origins[0];
            throw new ProblemException(TextProblems.Limit.Because(what, at?.Location ?? new ProblemLocation(source)));
        }

        var children = ImmutableArray.CreateBuilder<Setting>(Kind == SettingKind.List ? Items.Count : _members.Count);
        if (Kind == SettingKind.List)
        {
            for (int i = 0; i < Items.Count; i++)
            {
                children.Add(Items[i].Freeze(path.Add(i), source, ref count));
            }
        }
        else
        {
            foreach ((string name, Draft value) in _members)
            {
                children.Add(value.Freeze(path.Add(name), source, ref count));
            }
        }

        return Made(path, children.ToImmutable(), [.. Overridden.Select(o => o.Made(path, [], []))]);
    }

    private Setting Made(SettingPath path, ImmutableArray<Setting> children, ImmutableArray<Setting> overridden) => new()
    {
        Path = path,
        Kind = Kind,
        Text = Text,
        Raw = Raw,
        IsQuoted = IsQuoted,
        Reason = Reason,
        IsPartial = IsPartial,
        IgnoresCase = IgnoresCase,
        Origins = Origins,
        Overridden = overridden,
        Children = children,
    };
}
