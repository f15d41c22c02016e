using System.Collections.Immutable;
using System.Text;
using Gatehouse.Protocols.Erlang;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>Files of Erlang terms: read or refused with a place inside of the text, never thrown on.</summary>
public sealed class ErlangFuzz : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "erlang";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
        ["{allow, all}.", "[{eq, \"#\"}]", "<<\"a\"/utf8>>", "<<1,2>>", "'and'", "\\x{1F600}", "\\^a", "\\377", "16#ff", "1_0", "1.5e-3", "$\\n", "%", ".\n", "\"\"\"", "{", "}", "[", "]", "<<", ">>"];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        bool isRead = ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error);
        int lines = text.Count(static c => c == '\n') + 1;
        Require(isRead == (error is null), "an error is there where nothing is read");
        Require(isRead || (terms.IsEmpty && error!.Line >= 1 && error.Line <= lines && error.Column >= 1 && error.Column <= text.Length + 1), "a place lies in the text");
        if (isRead)
        {
            string again = string.Concat(terms.Select(static term => Write(term) + ".\n"));
            Require(ErlangTerms.TryParse(again, out ImmutableArray<ErlangTerm> second, out _), "what is written is read");
            Require(string.Concat(second.Select(static term => Write(term) + ".\n")) == again, "and is the same");
        }
    }

    private static string Write(ErlangTerm term) => term switch
    {
        ErlangAtom atom => $"'{Escape(atom.Name)}'",
        ErlangInteger integer => integer.Value.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ErlangFloat => "0.5",
        ErlangString value => $"\"{Escape(value.Value)}\"",
        ErlangBinary binary => $"<<{string.Join(',', binary.Bytes)}>>",
        ErlangTuple tuple => $"{{{string.Join(',', tuple.Items.Select(Write))}}}",
        ErlangList list => $"[{string.Join(',', list.Items.Select(Write))}]",
        _ => throw new OracleException("a term is of a known kind"),
    };

    private static string Escape(string text) => string.Concat(text.EnumerateRunes().Select(static rune => $"\\x{{{rune.Value:x}}}"));
}
