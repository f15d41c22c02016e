using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Erlang;
using Gatehouse.Protocols.Erlang;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Erlang;

/// <summary>Files of terms: options as settings, rules as they are, edits inside of them.</summary>
public class Erlang_files
{
    private const string SslDist = """
        %% TLS for the distribution
        [{server,
          [
            {certfile, "etc/certs/cert.pem"},
            {verify, verify_none}, % nobody is checked
            {versions, ['tlsv1.2']}
          ]},
         {client, [{verify, verify_none}]}].

        """;

    private const string Acl = """
        %% rules
        {allow, {username, {re, "^dashboard$"}}, subscribe, ["$SYS/#"]}.

        {allow, {ipaddr, "127.0.0.1"}, all, ["$SYS/#", "#"]}.
        {deny, all, subscribe, ["$SYS/#", {eq, "#"}]}.
        {allow, all}.
        """;

    [Fact]
    public void Lists_of_pairs_are_objects()
    {
        SettingTree tree = ErlangOf(SslDist).Settings;

        tree.Root.Shown().ShouldBe("{server: {certfile: 'etc/certs/cert.pem', verify: 'verify_none', versions: ['tlsv1.2']}, client: {verify: 'verify_none'}}");
        tree["server.verify"].Place().ShouldBe("5:14+11");
        tree["server.versions.0"].IsQuoted.ShouldBeTrue();
        ErlangOf("[{a, true}, inet6, {b, [1, -2.5, <<\"x\">>]}, {c, {127,0,0,1}}, {d, []}].").Settings.Root.Shown()
            .ShouldBe("{a: true, inet6: true, b: [1, -2.5, 'x'], c: [127, 0, 0, 1], d: []}");
    }

    [Fact]
    public void Rules_are_lists_and_keep_their_terms()
    {
        ErlangFile file = ErlangOf(Acl);

        file.Settings.Root.Children.Length.ShouldBe(4);
        file.Settings["1.1.1"].Text.ShouldBe("127.0.0.1");
        file.Settings["3"].Shown().ShouldBe("['allow', 'all']");
        file.Terms[3].ShouldBeOfType<ErlangTuple>().Items[0].IsAtom("allow").ShouldBeTrue();
        file.OriginOf(file.Terms[3]).ShouldBe(new Origin(Source, 6, 1, 12));
    }

    [Fact]
    public void Of_pairs_of_the_same_name_the_first_one_counts()
    {
        SettingTree tree = ErlangOf("[{verify, verify_none}, {verify, verify_peer}].").Settings;

        tree["verify"].Text.ShouldBe("verify_none");
        tree["verify"].Overridden.Single().Text.ShouldBe("verify_peer");
        tree.Remarks.Single().Kind.ShouldBe(RemarkKind.DuplicateKey);
    }

    [Theory]
    [InlineData("[{a, 1}]", "GH8102", 1, 9)]
    [InlineData("[{a, 1}.", "GH8102", 1, 8)]
    [InlineData("[{a,\n X}].", "GH8102", 2, 2)]
    [InlineData("#{a => 1}.", "GH8102", 1, 1)]
    [InlineData("[\"x].", "GH8102", 1, 6)]
    public void A_broken_text_is_refused_with_its_place(string text, string id, int line, int column)
    {
        Gatehouse.Problems.Problem problem = Refused(() => ErlangOf(text));

        problem.Id.ShouldBe(id);
        problem.Location.ShouldBe(new Gatehouse.Problems.ProblemLocation(Source, line, column));
    }

    [Fact]
    public void What_is_too_much_is_refused() => Refused(static () => ErlangOf(new string('[', 70) + new string(']', 70) + ".")).Id.ShouldBe("GH8103");

    [Fact]
    public void Edits_change_a_pair_and_nothing_else()
    {
        ErlangFile file = ErlangOf(SslDist);

        file.Set("server.verify", Literal.Word("verify_peer")).Text.ShouldBe(SslDist.Replace("verify_none}, %", "verify_peer}, %", StringComparison.Ordinal));
        file.Set("server.fail_if_no_peer_cert", Literal.Boolean(true)).Text
            .ShouldBe(SslDist.Replace("['tlsv1.2']}\n", "['tlsv1.2']},\n    {fail_if_no_peer_cert, true}\n", StringComparison.Ordinal));
        file.Set("client.certfile", Literal.Text("a\"b\\c\u0001é")).Text.ShouldContain("[{verify, verify_none}, {certfile, \"a\\\"b\\\\c\\x{1}é\"}]}]");
        file.Set("server.versions", Literal.List(Literal.Word("tlsv1.3"))).Text.ShouldContain("{versions, ['tlsv1.3']}");
        file.Set("extra.a.b", Literal.Number(1)).Text.ShouldContain(" {client, [{verify, verify_none}]},\n {extra, [{a, [{b, 1}]}]}].");
        ErlangOf("[].").Set("a", Literal.Null).Text.ShouldBe("[{a, undefined}].");
        ErlangOf("[inet6, {a, 1}].").Set("inet6", Literal.Boolean(false)).Text.ShouldBe("[{inet6, false}, {a, 1}].");
        ErlangOf("[{a, []}].").Set("a.0", Literal.Text("x")).Text.ShouldBe("[{a, [\"x\"]}].");
    }

    [Fact]
    public void Edits_change_a_rule_and_nothing_else()
    {
        ErlangFile file = ErlangOf(Acl);

        file.Set("3", Literal.Raw("{deny, all}")).Text.ShouldBe(Acl.Replace("{allow, all}.", "{deny, all}.", StringComparison.Ordinal));
        file.Remove("1").Text.ShouldBe(Acl.Replace("{allow, {ipaddr, \"127.0.0.1\"}, all, [\"$SYS/#\", \"#\"]}.\n", "", StringComparison.Ordinal));
        file.Set("4", Literal.Raw("{deny, all}")).Text.ShouldBe(Acl + "\n{deny, all}.");
        file.AddComment("3", "the end").Text.ShouldContain("\n%% the end\n{allow, all}.");
        Refused(() => file.Set("9", Literal.Raw("{deny, all}"))).Id.ShouldBe("GH8105");
        Refused(() => file.Set("3", Literal.Raw("{deny, all}. {allow, all}"))).Id.ShouldBe("GH8105");
        Refused(() => file.Set("3", Literal.Raw("{deny"))).Id.ShouldBe("GH8105");
        Refused(() => file.Remove("3.1")).Id.ShouldBe("GH8105");
    }

    [Theory]
    [InlineData("[{a, 1}, {b, 2}, {c, 3}].", "b", "[{a, 1}, {c, 3}].")]
    [InlineData("[{a, 1}, {b, 2}].", "b", "[{a, 1}].")]
    [InlineData("[{a, 1}].", "a", "[].")]
    [InlineData("[{a, 1}, {b, 2}, {a, 3}].", "a", "[{b, 2}].")]
    [InlineData("[{b, 2}, {a, 1}, {a, 3}].", "a", "[{b, 2}].")]
    [InlineData("[{a, [x, y, z]}].", "a.1", "[{a, [x, z]}].")]
    [InlineData("[{a, 1}].", "b.c", "[{a, 1}].")]
    public void Removing_gives(string text, string path, string expected) => ErlangOf(text).Remove(path).Text.ShouldBe(expected);
}
