using System.Collections.Immutable;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;

namespace Gatehouse.Doctor.Texts;

/// <summary>Whether an edited text says what was meant: the value at its path, and nothing else changed.</summary>
internal static class EditCheck
{
    private const int MaxTries = 12;

    /// <summary>The refusal of an edit.</summary>
    public static ProblemException Refuse(ConfigDocument document, SettingPath path, string why) => new(TextProblems.Edit.Because(
        $"`{Printable(path)}` cannot be changed: {why}", document.Settings.Find(path).Origin?.Location ?? new ProblemLocation(document.Source), "change it by hand"));

    /// <summary>The document that one edit makes, or the refusal.</summary>
    public static T Made<T>(T document, Func<SourceText, T> read, SettingPath path, Literal? value, params ReadOnlySpan<TextEdit> edits)
        where T : ConfigDocument =>
        Try(document, read, [.. edits], tree => Fault(document.Settings, tree, path, value), out string? fault) ?? throw Refuse(document, path, fault!); // there is a fault where there is no document

    /// <summary>The document of the first edit that makes what was meant, or the refusal of the last one.</summary>
    public static T First<T>(T document, Func<SourceText, T> read, SettingPath path, Literal value, IEnumerable<TextEdit> ways)
        where T : ConfigDocument
    {
        string? why = "there is no place for it";
        foreach (TextEdit edit in ways.Take(MaxTries))
        {
            if (Try(document, read, [edit], tree => Fault(document.Settings, tree, path, value), out why) is { } edited)
            {
                return edited;
            }
        }

        throw Refuse(document, path, why!); // the last way had a fault
    }

    /// <summary>The document with lines of a comment above a place.</summary>
    public static T Commented<T>(T document, Func<SourceText, T> read, SettingPath path, int place, (string Sign, string Text) comment)
        where T : ConfigDocument
    {
        SourceText text = document.SourceText;
        int at = text.LineStart(place);
        var edit = new TextEdit(new TextSpan(at, 0), text.Comment(comment.Text, text.Indent(at), comment.Sign));
        return Try(document, read, [edit], tree => IsSame(document.Settings, tree) ? null : "a comment there would change what is set", out string? fault)
            ?? throw Refuse(document, path, fault!); // there is a fault where there is no document
    }

    /// <summary>What is wrong with an edit, or null; <paramref name="value"/> null means that the setting goes.</summary>
    private static string? Fault(SettingTree before, SettingTree after, SettingPath path, Literal? value)
    {
        Setting found = after.Find(path);
        Setting owner = before.Find(path.Parent);
        bool isGoneItem = value is null && owner.Kind == SettingKind.List && !path.IsRoot;
        if (isGoneItem ? after.Find(path.Parent).Children.Length != owner.Children.Length - 1 : value is null && Stands(after, path))
        {
            return "something else sets it too";
        }

        if (value is not null && !Matches(found, value))
        {
            return "the file would not say that value";
        }

        if (Twice(after) > Twice(before))
        {
            return "a name would stand in the file twice";
        }

        // Behind an item that goes the others have other numbers.
        SettingPath scope = isGoneItem ? path.Parent : path;
        return Others(before, scope).SetEquals(Others(after, scope)) ? null : "something else would change with it";
    }

    private static bool IsSame(SettingTree one, SettingTree other) => All(one).SequenceEqual(All(other));

    /// <summary>Whether a setting has a value; a text is a text, quotes and all, and no number that looks like it.</summary>
    public static bool Matches(Setting setting, Literal value) => value switch
    {
        Literal.NullLiteral => setting.Kind == SettingKind.Null,
        Literal.TextLiteral text => setting.Kind == SettingKind.Text && setting.Text == text.Value,
        Literal.WordLiteral word => setting.Text == word.Value,
        Literal.NumberLiteral number => setting.Kind is SettingKind.Number or SettingKind.Text && setting.AsInteger() == number.Value,
        Literal.BooleanLiteral boolean => setting.AsBoolean() == boolean.Value,
        Literal.ListLiteral list => setting.Kind == SettingKind.List && setting.Children.Length == list.Items.Length
            && setting.Children.Zip(list.Items).All(static p => Matches(p.First, p.Second)),
        Literal.MapLiteral map => setting.Kind == SettingKind.Map && setting.Children.Length == map.Members.DistinctBy(static m => m.Name).Count()
            && map.Members.All(m => setting.Child(m.Name) is { } child && Matches(child, m.Value)),
        _ => setting.IsSet && !setting.IsUnknown,
    };

    private static T? Try<T>(T document, Func<SourceText, T> read, TextEdit[] edits, Func<SettingTree, string?> check, out string? fault)
        where T : ConfigDocument
    {
        try
        {
            T edited = read(document.SourceText.With(edits));
            fault = check(edited.Settings);
            return fault is null ? edited : null;
        }
        catch (ProblemException refused)
        {
            fault = "the file would not be read: " + refused.Problem.Text;
            return null;
        }
    }

    // What lies in something that is not known wholly is unknown to Find, and not set for that.
    private static bool Stands(SettingTree tree, SettingPath path)
    {
        Setting? here = tree.Root;
        foreach (string name in path.Segments)
        {
            here = here?.Child(name);
        }

        return here is not null;
    }

    private static int Twice(SettingTree tree) => tree.Remarks.Count(static r => r.Kind == RemarkKind.DuplicateKey);

    // Not what lies on the way to the setting, not what is made of other settings.
    private static HashSet<(string Path, SettingKind Kind, string? Text)> Others(SettingTree tree, SettingPath path) =>
        [.. tree.Leaves().Where(s => !s.Path.StartsWith(path) && !path.StartsWith(s.Path) && s.Origins.Length <= 1).Select(static s => (s.Path.ToString(), s.Kind, s.Text))];

    private static IEnumerable<(string Path, SettingKind Kind, string? Text)> All(SettingTree tree) =>
        tree.Leaves().Select(static s => (s.Path.ToString(), s.Kind, s.Text));

    private static string Printable(SettingPath path) => string.Concat(path.ToString().Take(200).Select(static c => char.IsControl(c) ? '?' : c));
}
