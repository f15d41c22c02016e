using System.Collections.Immutable;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>One assignment of a unit: <see cref="Value"/> with continued lines joined, without what surrounds it.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Key">Its name.</param>
/// <param name="Value">Its value; empty takes back what was assigned before.</param>
/// <param name="Origin">Where the value is.</param>
public sealed record UnitEntry(string Section, string Key, string Value, Origin Origin)
{
    internal TextSpan Name { get; init; }

    internal TextSpan Written { get; init; }

    /// <summary>Its name and place; never the value.</summary>
    public override string ToString() => $"{Section}.{Key} {Origin}";
}

/// <summary>
/// A systemd unit or a drop-in: <c>Service.User</c> is a setting. Names that add up (<c>ExecStart</c>, <c>Environment</c>, <c>ReadWritePaths</c> ...) are lists;
/// of others the last assignment counts, and an empty one is null.
/// </summary>
public sealed class UnitFile : ConfigDocument
{
    private UnitFile(SourceText text)
        : base(text)
    {
        Entries = UnitParser.Parse(text, out ImmutableArray<(string, TextSpan)> sections, out ImmutableArray<Remark> remarks);
        Sections = sections;
        Remarks = remarks;
        Settings = UnitSettings.Tree([this]);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>Every assignment in order.</summary>
    public ImmutableArray<UnitEntry> Entries { get; }

    internal ImmutableArray<(string Name, TextSpan Header)> Sections { get; }

    internal ImmutableArray<Remark> Remarks { get; }

    /// <summary>Reads a unit or one of its drop-ins.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static UnitFile Read(ReadOnlySpan<byte> bytes, string source) => new(SourceText.Read(bytes, source));

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value)
    {
        if (path.Depth != 2)
        {
            throw EditCheck.Refuse(this, path, "a section and a name are expected");
        }

        (string section, string key) = (path.Segments[0], path.Name);
        string[] values = value is Literal.ListLiteral list ? [.. list.Items.Select(i => Checked(path, i))] : [Checked(path, value)];
        UnitEntry[] before = [.. Entries.Where(e => e.Section == section && e.Key == key)];
        string lines = string.Join(SourceText.NewLine, values.Select(v => $"{key}={v}"));
        var edits = new List<TextEdit>();
        if (before.Length > 0)
        {
            edits.AddRange(before.SkipLast(1).Where(_ => UnitSettings.IsList(key)).Select(e => new TextEdit(SourceText.Lines(Whole(e)), "")));
            edits.Add(new TextEdit(Whole(before[^1]), lines));
        }
        else if (Entries.LastOrDefault(e => e.Section == section) is { } last)
        {
            edits.Add(new TextEdit(new TextSpan(last.Written.End, 0), SourceText.NewLine + lines));
        }
        else
        {
            TextSpan header = Sections.LastOrDefault(s => s.Name == section).Header;
            edits.Add(header.Length > 0 ? new TextEdit(new TextSpan(header.End, 0), SourceText.NewLine + lines) : SourceText.AtEnd($"[{section}]{SourceText.NewLine}{lines}"));
        }

        Literal meant = UnitSettings.IsList(key) ? Literal.Texts(values[(Array.LastIndexOf(values, "") + 1)..]) : value;
        return EditCheck.Made(this, Of, path, meant, [.. edits]);
    }

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path)
    {
        TextEdit[] gone = path.Depth == 2
            ? [.. Entries.Where(e => e.Section == path.Segments[0] && e.Key == path.Name).Select(e => new TextEdit(SourceText.Lines(Whole(e)), ""))]
            : throw EditCheck.Refuse(this, path, "a section and a name are expected");
        return gone.Length == 0 ? this : EditCheck.Made(this, Of, path, null, gone);
    }

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment)
    {
        int at = path.IsRoot ? 0
            : Entries.LastOrDefault(e => path.Depth == 2 && e.Section == path.Segments[0] && e.Key == path.Name)?.Name.Start ?? throw EditCheck.Refuse(this, path, "it is not set in this file");
        return EditCheck.Commented(this, Of, path, at, ("#", comment));
    }

    private static UnitFile Of(SourceText text) => new(text);

    private static TextSpan Whole(UnitEntry entry) => TextSpan.Between(entry.Name.Start, entry.Written.End);

    private string Checked(SettingPath path, Literal value)
    {
        string? text = value is Literal.NullLiteral ? "" : LiteralText.Of(value);
        bool isLine = text is not null && text.Trim() == text && !text.EndsWith('\\') && text.AsSpan().IndexOfAny('\n', '\r') < 0;
        return isLine ? text! : throw EditCheck.Refuse(this, path, "a text on one line is expected"); // isLine says that it is there
    }
}
