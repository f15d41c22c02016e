using System.Collections.Immutable;
using Gatehouse.Protocols.Erlang;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Erlang;

/// <summary>Files of Erlang terms: what <c>file:consult/1</c> takes of plain data is read, everything else has a place.</summary>
public sealed class ErlangTermsTests
{
    [Fact]
    public void Terms_of_every_kind_are_read_with_their_places()
    {
        ImmutableArray<ErlangTerm> terms = Read("%% rules\n{allow, 'and', \"a\\\"b\"}. % end\n\n[ 1, -2, 1.5, <<\"x\">>, [] ].");
        ErlangTuple tuple = terms[0].ShouldBeOfType<ErlangTuple>();
        (tuple.Line, tuple.Column).ShouldBe((2, 1));
        tuple.Items[0].IsAtom("allow").ShouldBeTrue();
        tuple.Items[1].ShouldBe(new ErlangAtom("and", 2, 9) { Offset = 17, Length = 5 });
        tuple.Items[2].Text.ShouldBe("a\"b");
        ErlangList list = terms[1].ShouldBeOfType<ErlangList>();
        list.Line.ShouldBe(4);
        list.Items[0].ShouldBe(new ErlangInteger(1, 4, 3) { Offset = 42, Length = 1 });
        list.Items[1].ShouldBe(new ErlangInteger(-2, 4, 6) { Offset = 45, Length = 2 });
        list.Items[2].ShouldBe(new ErlangFloat(1.5, 4, 10) { Offset = 49, Length = 3 });
        list.Items[3].Text.ShouldBe("x");
        list.Items[4].Text.ShouldBe("", "the empty list is the empty string");
        list.Items[0].Text.ShouldBeNull();
    }

    [Fact]
    public void Terms_know_what_they_are_written_as()
    {
        const string Text = "[ {a, \"x\" % one\n \"y\"  }, <<1>> , 'b c' ].";
        ErlangList list = Read(Text).Single().ShouldBeOfType<ErlangList>();
        ErlangTuple tuple = list.Items[0].ShouldBeOfType<ErlangTuple>();

        new[] { list, tuple, tuple.Items[1], list.Items[1], list.Items[2] }.Select(static t => Text.Substring(t.Offset, t.Length))
            .ShouldBe([Text[..^1], "{a, \"x\" % one\n \"y\"  }", "\"x\" % one\n \"y\"", "<<1>>", "'b c'"]);
        Read(string.Concat(Enumerable.Repeat("\"abc\" ", 300_000)) + ".").Single().Text!.Length.ShouldBe(900_000);
    }

    [Theory]
    [InlineData("\"\\n\\t\\s\\e\\d\\\\\\'\\q\".", "\n\t \u001b\u007f\\'q")]
    [InlineData("\"\\x41\\x{1F600}\\101\\0\\^A\".", "A😀A\0\u0001")]
    [InlineData("\"a\" \"b\"\n\"c\".", "abc")]
    [InlineData("\"é😀\".", "é😀")]
    [InlineData("\"\\😀\".", "😀")]
    [InlineData("\"two\nlines\".", "two\nlines")]
    [InlineData("<<\"é\"/utf8>>.", "é")]
    [InlineData("<<\"é\">>.", null)]
    [InlineData("<<104, \"i\", $!>>.", "hi!")]
    [InlineData("<<>>.", "")]
    [InlineData("<<255>>.", null)]
    public void Texts_are_read_as_Erlang_reads_them(string text, string? expected) => Read(text).Single().Text.ShouldBe(expected);

    [Theory]
    [InlineData("1_000.", 1000)]
    [InlineData("16#fF.", 255)]
    [InlineData("2#101.", 5)]
    [InlineData("$a.", 97)]
    [InlineData("$\\n.", 10)]
    [InlineData("-9223372036854775807.", -9223372036854775807)]
    public void Integers_are_read_in_every_spelling(string text, long expected) => Read(text).Single().ShouldBeOfType<ErlangInteger>().Value.ShouldBe(expected);

    [Theory]
    [InlineData("a@b_C1.", "a@b_C1")]
    [InlineData("'With space'.", "With space")]
    [InlineData("''.", "")]
    [InlineData("'\\'\\n'.", "'\n")]
    [InlineData("ärger.", "ärger")]
    public void Atoms_are_read_in_every_spelling(string text, string expected) => Read(text).Single().ShouldBeOfType<ErlangAtom>().Name.ShouldBe(expected);

    [Theory]
    [InlineData("{a", 1, 3)]
    [InlineData("{a}", 1, 4)]
    [InlineData("{a}.b.", 1, 4)]
    [InlineData("{a b}.", 1, 4)]
    [InlineData("{a,}.", 1, 4)]
    [InlineData("a.\n[b|c].", 2, 3)]
    [InlineData("\"open", 1, 6)]
    [InlineData("'open", 1, 6)]
    [InlineData("\"\\x{110000}\".", 1, 12)]
    [InlineData("\"\\xZ\".", 1, 4)]
    [InlineData("\"\"\"x\"\"\".", 1, 1)]
    [InlineData("Var.", 1, 1)]
    [InlineData("_.", 1, 1)]
    [InlineData("#{a => 1}.", 1, 1)]
    [InlineData("and.", 1, 4)]
    [InlineData("99999999999999999999.", 1, 21)]
    [InlineData("37#1.", 1, 5)]
    [InlineData("1__0.", 1, 2)]
    [InlineData("1.5e.", 1, 5)]
    [InlineData("1.0e999.", 1, 8)]
    [InlineData("$", 1, 2)]
    [InlineData("<<256>>.", 1, 6)]
    [InlineData("<<\"€\">>.", 1, 6)]
    [InlineData("<<a>>.", 1, 3)]
    [InlineData("<<1", 1, 4)]
    [InlineData("< a.", 1, 1)]
    [InlineData(")", 1, 1)]
    [InlineData("a.\0", 1, 2)]
    [InlineData("fun() -> ok end.", 1, 4)]
    public void Everything_else_is_refused_with_its_place(string text, int line, int column)
    {
        ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error).ShouldBeFalse();
        terms.ShouldBeEmpty();
        (error!.Line, error.Column).ShouldBe((line, column), error.Text);
    }

    [Fact]
    public void Depth_length_and_number_of_terms_are_bounded()
    {
        string deep = new string('[', ErlangTerms.MaxDepth) + new string(']', ErlangTerms.MaxDepth) + ".";
        ErlangTerms.TryParse(deep, out _, out _).ShouldBeTrue();
        ErlangTerms.TryParse(new string('[', 100_000), out _, out ErlangSyntaxError? error).ShouldBeFalse();
        error!.Column.ShouldBe(ErlangTerms.MaxDepth + 2);
        ErlangTerms.TryParse(string.Concat(Enumerable.Repeat("a. ", ErlangTerms.MaxTerms + 1)), out _, out _).ShouldBeFalse();
        ErlangTerms.TryParse(new string(' ', ErlangTerms.MaxLength + 1), out _, out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n % only a comment")]
    public void A_file_without_terms_is_read(string text) => Read(text).ShouldBeEmpty();

    private static ImmutableArray<ErlangTerm> Read(string text)
    {
        ErlangTerms.TryParse(text, out ImmutableArray<ErlangTerm> terms, out ErlangSyntaxError? error).ShouldBeTrue(error?.Text);
        return terms;
    }
}
