using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Protocols.Erlang;

namespace Gatehouse.Doctor.Texts.Erlang;

/// <summary>
/// A file of Erlang terms: <c>ssl_dist.conf</c>, <c>acl.conf</c>, <c>app.config</c>. A file of one list is that list, one of several terms a list
/// of them. A list of pairs is an object (<c>[{server, [{verify, verify_peer}]}]</c> is <c>server.verify</c>), of names that are twice the first one
/// counts, as it does to Erlang; other tuples are lists.
/// </summary>
public sealed class ErlangFile : ConfigDocument
{
    private ErlangFile(SourceText text)
        : base(text)
    {
        if (!ErlangTerms.TryParse(text.Text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error))
        {
            throw new ProblemException((error.IsLimit ? TextProblems.Limit : TextProblems.Syntax).Because(error.Text, new ProblemLocation(text.Source, error.Line, error.Column)));
        }

        Terms = terms;
        var remarks = new List<Remark>();
        Draft root = Single is { } single ? Built(single, SettingPath.Root, remarks) : new Draft(SettingKind.List);
        if (Single is null)
        {
            root.Items.AddRange(terms.Select((t, i) => Built(t, SettingPath.Root.Add(i), remarks)));
        }

        Settings = root.ToTree(text.Source, remarks);
    }

    /// <inheritdoc/>
    public override SettingTree Settings { get; }

    /// <summary>The terms themselves, each with its place and length.</summary>
    public ImmutableArray<ErlangTerm> Terms { get; }

    /// <summary>The list that is the whole file, or null.</summary>
    internal ErlangList? Single => Terms is [ErlangList only] ? only : null;

    /// <summary>Reads a file.</summary>
    /// <exception cref="ProblemException"><c>GH8100</c> to <c>GH8103</c>: why it cannot be read, with the place.</exception>
    public static ErlangFile Read(ReadOnlySpan<byte> bytes, string source) => new(SourceText.Read(bytes, source));

    /// <summary>Where a term is written.</summary>
    public Origin OriginOf(ErlangTerm term) => SourceText.Origin(Span(term));

    /// <inheritdoc/>
    public override ConfigDocument Set(SettingPath path, Literal value) => new ErlangEditor(this).Set(path, value);

    /// <inheritdoc/>
    public override ConfigDocument Remove(SettingPath path) => new ErlangEditor(this).Remove(path);

    /// <inheritdoc/>
    public override ConfigDocument AddComment(SettingPath path, string comment) => new ErlangEditor(this).AddComment(path, comment);

    internal static ErlangFile Of(SourceText text) => new(text);

    internal static TextSpan Span(ErlangTerm term) => new(term.Offset, term.Length);

    /// <summary>The name of a pair, or null.</summary>
    internal static string? NameOf(ErlangTerm item) => item switch
    {
        ErlangTuple { Items: [ErlangAtom name, _] } => name.Name,
        ErlangTuple { Items: [ErlangString name, _] } => name.Value,
        ErlangTuple { Items: [ErlangBinary name, _] } => name.Text,
        _ => null,
    };

    /// <summary>Whether a list is read as an object: pairs, and atoms that stand for true.</summary>
    internal static bool IsMap(ErlangList list) =>
        list.Items.Any(static i => i is ErlangTuple) && list.Items.All(static i => i is ErlangAtom || NameOf(i) is not null);

    private Draft Built(ErlangTerm term, SettingPath path, List<Remark> remarks)
    {
        Origin origin = OriginOf(term);
        string raw = SourceText.Slice(Span(term));
        switch (term)
        {
            case ErlangAtom { Name: "true" or "false" } atom:
                return Draft.Scalar(SettingKind.Boolean, atom.Name, origin, raw, isQuoted: false);
            case ErlangAtom { Name: "undefined" }:
                return Draft.Scalar(SettingKind.Null, null, origin, raw, isQuoted: false);
            case ErlangAtom atom:
                return Draft.Scalar(SettingKind.Text, atom.Name, origin, raw, raw.StartsWith('\''));
            case ErlangInteger integer:
                return Draft.Scalar(SettingKind.Number, integer.Value.ToString(CultureInfo.InvariantCulture), origin, raw, isQuoted: false);
            case ErlangFloat real:
                return Draft.Scalar(SettingKind.Number, real.Value.ToString("R", CultureInfo.InvariantCulture), origin, raw, isQuoted: false);
            case ErlangString or ErlangBinary:
                return term.Text is { } text
                    ? Draft.Scalar(SettingKind.Text, text, origin, raw, isQuoted: true)
                    : new Draft(SettingKind.Unknown) { Reason = "a binary is no text", Raw = raw, Origins = [origin] };
            case ErlangList list when IsMap(list):
                return Map(list, origin, path, remarks);
            default:
                var items = new Draft(SettingKind.List) { Origins = [origin] };
                items.Items.AddRange((term is ErlangTuple tuple ? tuple.Items : ((ErlangList)term).Items).Select((t, i) => Built(t, path.Add(i), remarks)));
                return items;
        }
    }

    private Draft Map(ErlangList list, Origin origin, SettingPath path, List<Remark> remarks)
    {
        var map = new Draft(SettingKind.Map) { Origins = [origin] };
        foreach (ErlangTerm item in list.Items)
        {
            string name = NameOf(item) ?? ((ErlangAtom)item).Name;
            Draft value = item is ErlangTuple pair
                ? Built(pair.Items[1], path.Add(name), remarks)
                : Draft.Scalar(SettingKind.Boolean, "true", OriginOf(item), name, isQuoted: false);
            if (map.Member(name) is { } first)
            {
                remarks.Add(new Remark(RemarkKind.DuplicateKey, path.Add(name).ToString(), OriginOf(item)));
                value = first.Over(value);
            }

            map.Put(name, value);
        }

        return map;
    }
}
