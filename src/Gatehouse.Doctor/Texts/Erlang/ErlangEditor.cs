using System.Collections.Immutable;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>Changes one file of terms.</summary>
internal sealed class ErlangEditor(ErlangFile file)
{
    private readonly SourceText _text = file.SourceText;

    public ErlangFile Set(SettingPath path, Literal value)
    {
        if (path.IsRoot)
        {
            throw EditCheck.Refuse(file, path, "the root is no setting");
        }

        string written = ErlangWriter.Write(value);
        if (Find(path) is { } term)
        {
            return Verified(new TextEdit(ErlangFile.Span(term), written), path, value);
        }

        ImmutableArray<string> names = path.Segments;
        for (int depth = path.Depth - 1; depth >= 0; depth--)
        {
            if (depth == 0 && file.Single is null)
            {
                return path.Depth == 1 && path.Name == SettingPath.Root.Add(file.Terms.Length).Name
                    ? Verified(_text.AtEnd(written + "."), path, value)
                    : throw EditCheck.Refuse(file, path, "the file has no such term");
            }

            if (Find(path.Take(depth)) is not { } owner)
            {
                continue;
            }

            string inner = written;
            for (int i = path.Depth - 1; i >= depth; i--)
            {
                inner = ErlangWriter.Pair(names[i], inner);
                inner = i > depth ? $"[{inner}]" : inner;
            }

            return owner switch
            {
                ErlangList list when path.Depth == depth + 1 && !ErlangFile.IsMap(list) && path.Name == SettingPath.Root.Add(list.Items.Length).Name
                    => Verified(Into(list, written), path, value),
                ErlangList list when list.Items.IsEmpty || ErlangFile.IsMap(list) => Verified(Into(list, inner), path, value),
                _ => throw EditCheck.Refuse(file, path, "what it lies in is no list of pairs"),
            };
        }

        throw EditCheck.Refuse(file, path, "there is no place for it");
    }

    public ErlangFile Remove(SettingPath path)
    {
        TextEdit[] gone = [.. Gone(path).Select(static s => new TextEdit(s, ""))];
        if (gone.Length == 0)
        {
            return file.Settings.Find(path).IsSet ? throw EditCheck.Refuse(file, path, "it is no item of a list") : file;
        }

        return EditCheck.Made(file, ErlangFile.Of, path, null, gone);
    }

    public ErlangFile AddComment(SettingPath path, string comment)
    {
        int at = path.IsRoot ? 0 : Find(path)?.Offset ?? throw EditCheck.Refuse(file, path, "it is not set in this file");
        return EditCheck.Commented(file, ErlangFile.Of, path, at, ("%%", comment));
    }

    private ErlangTerm? Find(SettingPath path)
    {
        ErlangTerm? here = file.Single;
        ImmutableArray<string> names = path.Segments;
        int first = 0;
        if (here is null && names.Length > 0)
        {
            here = Item(file.Terms, names[0]);
            first = 1;
        }

        for (int i = first; i < names.Length && here is not null; i++)
        {
            string name = names[i];
            here = here switch
            {
                ErlangList list when ErlangFile.IsMap(list) => Owner(list, name) is ErlangTuple pair ? pair.Items[1] : Owner(list, name),
                ErlangList list => Item(list.Items, name),
                ErlangTuple tuple => Item(tuple.Items, name),
                _ => null,
            };
        }

        return here;
    }

    // A pair, or an atom that stands for true: setting that makes a pair of it.
    private static ErlangTerm? Owner(ErlangList list, string name) =>
        list.Items.FirstOrDefault(i => IsNamed(i, name));

    private static bool IsNamed(ErlangTerm item, string name) => (ErlangFile.NameOf(item) ?? (item as ErlangAtom)?.Name) == name;

    private static ErlangTerm? Item(ImmutableArray<ErlangTerm> items, string name) =>
        int.TryParse(name, out int at) && at >= 0 && at < items.Length ? items[at] : null;

    private IEnumerable<TextSpan> Gone(SettingPath path)
    {
        if (path.Depth == 1 && file.Single is null)
        {
            return Item(file.Terms, path.Name) is { } term ? [_text.Lines(TextSpan.Between(term.Offset, _text.Text.IndexOf('.', term.Offset + term.Length) + 1))] : [];
        }

        if (path.IsRoot || Find(path.Parent) is not ErlangList list)
        {
            return [];
        }

        // Every item of the name, each with one comma: the one behind it, or where none is left there the one before it.
        ErlangTerm[] gone = ErlangFile.IsMap(list) ? [.. list.Items.Where(i => IsNamed(i, path.Name))] : Item(list.Items, path.Name) is { } item ? [item] : [];
        int kept = list.Items.Length - 1;
        while (kept >= 0 && gone.Contains(list.Items[kept]))
        {
            kept--;
        }

        return gone.Select(g => list.Items.IndexOf(g)).Select(at =>
            at < kept ? TextSpan.Between(list.Items[at].Offset, list.Items[at + 1].Offset)
            : TextSpan.Between(at > 0 ? End(list.Items[at - 1]) : list.Items[0].Offset, End(list.Items[at])));
    }

    private static int End(ErlangTerm term) => term.Offset + term.Length;

    private TextEdit Into(ErlangList list, string item)
    {
        if (list.Items.IsEmpty)
        {
            return new TextEdit(new TextSpan(list.Offset + 1, 0), item);
        }

        ErlangTerm last = list.Items[^1];
        bool isOwnLine = _text.Indent(last.Offset).Length == last.Offset - _text.LineStart(last.Offset);
        return new TextEdit(new TextSpan(last.Offset + last.Length, 0), isOwnLine ? $",{_text.NewLine}{_text.Indent(last.Offset)}{item}" : ", " + item);
    }

    private ErlangFile Verified(TextEdit edit, SettingPath path, Literal value)
    {
        // An atom that stands for true becomes a pair.
        bool isAtom = Find(path.Parent) is ErlangList list && ErlangFile.IsMap(list) && Owner(list, path.Name) is ErlangAtom atom && atom.Offset == edit.Span.Start;
        return EditCheck.Made(file, ErlangFile.Of, path, value, isAtom ? edit with { Text = ErlangWriter.Pair(path.Name, edit.Text) } : edit);
    }
}
