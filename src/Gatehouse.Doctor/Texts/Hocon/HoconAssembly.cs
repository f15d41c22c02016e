using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>Lays files on top of each other: names with their layers, nothing resolved yet.</summary>
internal sealed class HoconAssembly
{
    public HoconFields Root { get; } = new();

    public List<Remark> Remarks { get; } = [];

    // Inside of a list or a joined value no path leads to a name.
    private bool IsDetached { get; init; }

    /// <summary>Puts a file on top.</summary>
    public void Add(HoconUnit unit) => Add(Root, unit, []);

    /// <summary>The fields of an object that stands inside of a list or a joined value.</summary>
    public static HoconFields Fields(HoconObject written, HoconScope scope)
    {
        var fields = new HoconFields();
        new HoconAssembly { IsDetached = true }.Add(fields, written, scope, scope.Prefix);
        return fields;
    }

    private void Add(HoconFields fields, HoconUnit unit, ImmutableArray<string> path) =>
        Add(fields, unit.Root, new HoconScope(unit, path), path);

    private void Add(HoconFields fields, HoconObject written, HoconScope scope, ImmutableArray<string> path)
    {
        fields.Places.Add(scope.Text.Origin(written.Span));
        foreach (HoconEntry entry in written.Entries)
        {
            if (entry is HoconField field)
            {
                Add(fields, field, scope, path);
            }
            else if (entry is HoconIncludeEntry include)
            {
                Add(fields, include, scope, path);
            }
        }
    }

    private void Add(HoconFields fields, HoconField field, HoconScope scope, ImmutableArray<string> path)
    {
        if (path.Length + field.Path.Length > TextLimits.MaxDepth)
        {
            throw scope.Text.Limit(field.Span.Start, $"settings lie deeper than {TextLimits.MaxDepth} levels");
        }

        foreach (string name in field.Path[..^1])
        {
            fields = fields.Inner(name);
            if (fields.Places.Count == 0)
            {
                fields.Places.Add(scope.Text.Origin(field.Key));
            }
        }

        ImmutableArray<string> whole = path.AddRange(field.Path);
        List<HoconLayer> layers = fields.Get(field.Path[^1]);
        Remark(layers, field, scope, whole);
        if (field.Value.Object is { } inner && !field.IsAppend)
        {
            Add(fields.Inner(field.Path[^1]), inner, scope, whole);
        }
        else
        {
            layers.Add(new HoconWritten(field.Value, scope, !field.IsAppend ? null : IsDetached ? [] : whole));
        }
    }

    private void Add(HoconFields fields, HoconIncludeEntry include, HoconScope scope, ImmutableArray<string> path)
    {
        bool isKnown = scope.Unit.Included.TryGetValue(include, out HoconUnit? included);
        Origin origin = scope.Text.Origin(include.Span);
        Remarks.Add(new Remark(isKnown && included is null ? RemarkKind.MissingInclude : RemarkKind.Include, include.File, origin));
        if (included is not null)
        {
            Add(fields, included, path);
        }
        else if (!isKnown)
        {
            fields.Gap ??= "an included file was not read";
        }
    }

    private void Remark(List<HoconLayer> layers, HoconField field, HoconScope scope, ImmutableArray<string> path)
    {
        if (field.Value.HasSubstitution)
        {
            Remarks.Add(new Remark(RemarkKind.Substitution, SettingPath.Of(path.AsSpan()).ToString(), scope.Text.Origin(field.Value.Span)));
        }

        bool isFields = field.Value.Object is not null;
        if (layers.Count == 0 || field.IsAppend || (isFields && layers[^1] is HoconFields) || field.Value.HasSubstitution)
        {
            return;
        }

        bool isSame = layers[^1] switch
        {
            HoconWritten written => ReferenceEquals(written.Scope.Text, scope.Text),
            HoconFields fields => fields.Places is [.., var last] && last.Source == scope.Text.Source,
            _ => false,
        };
        Remarks.Add(new Remark(isSame ? RemarkKind.DuplicateKey : RemarkKind.Override, SettingPath.Of(path.AsSpan()).ToString(), scope.Text.Origin(field.Key)));
    }
}
