using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Hocon;

/// <summary>Files on top of each other, resolved as one.</summary>
internal static class HoconSettings
{
    /// <summary>The tree of files, the weakest first.</summary>
    public static SettingTree Of(ImmutableArray<HoconUnit> units, HoconOptions options, IEnumerable<Remark> remarks)
    {
        Draft root = Merge(units, options, out IReadOnlyList<Remark> own);
        return root.ToTree(units.IsEmpty ? "" : units[^1].Text.Source, [.. own, .. remarks]);
    }

    /// <summary>The same before it is a tree.</summary>
    public static Draft Merge(ImmutableArray<HoconUnit> units, HoconOptions options, out IReadOnlyList<Remark> remarks)
    {
        var assembly = new HoconAssembly();
        foreach (HoconUnit unit in units)
        {
            assembly.Add(unit);
        }

        remarks = assembly.Remarks;
        return new HoconResolver(assembly.Root, options).Resolve();
    }

    /// <summary>A text as the value that it is to EMQX's environment: HOCON, or itself.</summary>
    public static Draft Value(string text, Origin origin, HoconOptions options)
    {
        SourceText source = SourceText.Of(text, origin.Source);
        if (HoconParser.Value(source, options) is not { HasSubstitution: false } value)
        {
            return Draft.Scalar(SettingKind.Text, text, origin, text, isQuoted: false);
        }

        var fields = new HoconFields();
        var unit = new HoconUnit(source, new HoconObject(default, IsBraced: false, []));
        fields.Get("value").Add(new HoconWritten(value, new HoconScope(unit, []), appendedTo: null));
        Draft? read = new HoconResolver(fields, options).Resolve().Member("value");
        return read is null ? Draft.Scalar(SettingKind.Null, null, origin, text, isQuoted: false) : At(read, origin);
    }

    // All of it stands in the variable, so the variable is the place.
    private static Draft At(Draft value, Origin origin)
    {
        var moved = new Draft(value.Kind)
        {
            Text = value.Text,
            Raw = value.Raw,
            IsQuoted = value.IsQuoted,
            Reason = value.Reason,
            IsPartial = value.IsPartial,
            Origins = [origin],
            Items = [.. value.Items.Select(i => At(i, origin))],
        };
        foreach ((string name, Draft member) in value.Members)
        {
            moved.Put(name, At(member, origin));
        }

        return moved;
    }
}
