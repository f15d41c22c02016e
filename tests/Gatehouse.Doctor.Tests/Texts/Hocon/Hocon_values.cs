using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Hocon;

/// <summary>What HOCON says, after its specification and the traps of Typesafe's and EMQX's readers.</summary>
public class Hocon_values
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("# only a comment", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("a = 1", "{a: 1}")]
    [InlineData("a : 1, b = -2.5e3", "{a: 1, b: -2.5e3}")]
    [InlineData("a = true\nb = false\nc = null", "{a: true, b: false, c: null}")]
    [InlineData("a = \"true\"", "{a: 'true'}")]
    [InlineData("a = yes", "{a: 'yes'}")]
    [InlineData("a = 15s\nb = 64MB\nc = 80%\nd = infinity", "{a: '15s', b: '64MB', c: '80%', d: 'infinity'}")]
    [InlineData("a.b.c = 1\na.b.d = 2", "{a: {b: {c: 1, d: 2}}}")]
    [InlineData("a { b = 1 }\na { c = 2 }", "{a: {b: 1, c: 2}}")]
    [InlineData("a { b = 1 }\na = 5\na { c = 2 }", "{a: {c: 2}}")]
    [InlineData("\"a.b\" = 1\n\"c d\".e = 2", "{a.b: 1, c d: {e: 2}}")]
    [InlineData("a b c = 1", "{a b c: 1}")]
    [InlineData("a = one two  three # four", "{a: 'one two  three'}")]
    [InlineData("a = \"x\" y\"z\"", "{a: 'x yz'}")]
    [InlineData("a = x//y", "{a: 'x'}")]
    [InlineData("a = abc#def", "{a: 'abc'}")]
    [InlineData("a = emqx@127.0.0.1", "{a: 'emqx@127.0.0.1'}")]
    [InlineData("a = 0.0.0.0:1883", "{a: '0.0.0.0:1883'}")]
    [InlineData("a = [1, 2\n3,\n]", "{a: [1, 2, 3]}")]
    [InlineData("a = [1] [2, 3]", "{a: [1, 2, 3]}")]
    [InlineData("a = {b: 1} {c: 2}", "{a: {b: 1, c: 2}}")]
    [InlineData("a = []\na += 1\na += {b: 2}", "{a: [1, {b: 2}]}")]
    [InlineData("a += 1", "{a: [1]}")]
    [InlineData("a =\n  1\nb\n{ c = 2 }", "{a: 1, b: {c: 2}}")]
    [InlineData("a = \"\"\"x \"quoted\" \\n \"\"\"\"", "{a: 'x \"quoted\" \\n \"'}")]
    [InlineData("a = \"tab\\tquote\\\" \\u00e9 \\/\"", "{a: 'tab\tquote\" é /'}")]
    [InlineData("include = 1\nincluded = 2\ninclude.x = 3", "{include: {x: 3}, included: 2}")]
    [InlineData("{a = 1}  // end", "{a: 1}")]
    [InlineData("a = 1\r\nb = 2\r\n", "{a: 1, b: 2}")]
    public void A_text_says(string text, string meant) => HoconOf(text).Settings.Root.Shown().ShouldBe(meant);

    [Theory]
    [InlineData("a = 1\nb = ${a}", "{a: 1, b: 1}")]
    [InlineData("b = ${a}\na = 1", "{b: 1, a: 1}")]
    [InlineData("a = 1\nb = ${a}\na = 2", "{a: 2, b: 2}")]
    [InlineData("a.b = x\nc = \"${a.b}\"", "{a: {b: 'x'}, c: '${a.b}'}")]
    [InlineData("a.b = x\nc = ${a.b}-y", "{a: {b: 'x'}, c: 'x-y'}")]
    [InlineData("a = {b: 1}\nc = ${a} {d: 2}", "{a: {b: 1}, c: {b: 1, d: 2}}")]
    [InlineData("a = {b: 1}\nc = ${a}\nc.b = 2", "{a: {b: 1}, c: {b: 2}}")]
    [InlineData("p = [1]\np = ${p} [2]", "{p: [1, 2]}")]
    [InlineData("p = x\np = ${p}-y\np = ${p}-z", "{p: 'x-y-z'}")]
    [InlineData("a = 1\na = ${?b}", "{a: 1}")]
    [InlineData("a = ${?b}", "{}")]
    [InlineData("a = x ${?b} y", "{a: 'x  y'}")]
    [InlineData("a = [1, ${?b}, 2]", "{a: [1, 2]}")]
    [InlineData("a = ${b}", "{a: unknown}")]
    [InlineData("a = x${b}", "{a: unknown}")]
    [InlineData("a = ${a}", "{a: unknown}")]
    [InlineData("a = ${b}\nb = ${a}", "{a: unknown, b: unknown}")]
    [InlineData("a = {b: ${a.c}, c: 1}", "{a: {b: 1, c: 1}}")]
    [InlineData("a = {b: ${a}}", "{a: {b: unknown}}")]
    [InlineData("a = ${b} [1]", "{a: unknown}")]
    [InlineData("bar : { foo : 42, baz : ${bar.foo} }\nbar : { foo : 43 }", "{bar: {foo: 43, baz: 43}}")]
    [InlineData("a : { a : { c : 1 } }\na : ${a.a}\na : { a : 2 }", "{a: {a: 2, c: 1}}")]
    public void A_substitution_is(string text, string meant) => HoconOf(text).Settings.Root.Shown().ShouldBe(meant);

    [Fact]
    public void What_cannot_be_told_is_unknown_and_not_missing()
    {
        SettingTree tree = HoconOf("a = ${nowhere}\nb = ${?nowhere}\nc = {d: 1} ${nowhere}").Settings;

        tree["a"].Kind.ShouldBe(SettingKind.Unknown);
        tree["a"].Reason.ShouldBe("nothing that is known here sets `nowhere`");
        tree["a.x.y"].Kind.ShouldBe(SettingKind.Unknown);
        tree["b"].Kind.ShouldBe(SettingKind.Missing);
        tree["c.d"].Kind.ShouldBe(SettingKind.Unknown);
        tree["d"].Kind.ShouldBe(SettingKind.Missing);
        tree["d"].Origin.ShouldBeNull();
        tree.Remarks.Count(static r => r.Kind == RemarkKind.Substitution).ShouldBe(3);
    }

    [Fact]
    public void A_known_member_on_top_of_an_unknown_object_is_known()
    {
        SettingTree tree = HoconOf("c = ${nowhere} {d: 1}").Settings;

        tree["c.d"].Text.ShouldBe("1");
        tree["c.e"].IsUnknown.ShouldBeTrue();
    }

    [Fact]
    public void The_environment_is_where_substitutions_end_if_the_system_looks_there()
    {
        var options = new HoconOptions { Environment = Environment(("HOME", "/root")) };
        SettingTree tree = HoconOf("a = ${HOME}/x\nb = ${?NOT_SET}\nc = ${NOT_SET}", options).Settings;

        tree["a"].Text.ShouldBe("/root/x");
        tree["a"].Origins[^1].Variable.ShouldBe("HOME");
        tree["b"].IsSet.ShouldBeFalse();
        tree["c"].IsUnknown.ShouldBeTrue();
        HoconOf("b = ${?NOT_SET}", new HoconOptions { Environment = EnvironmentVariables.Unknown }).Settings["b"].IsUnknown.ShouldBeTrue();
    }

    [Fact]
    public void Ignite_resolves_no_substitution_even_where_the_name_is_set()
    {
        SettingTree tree = HoconOf("ignite { a = secret\n b = ${ignite.a}\n c = ${?X} }", HoconOptions.Ignite).Settings;

        tree["ignite.b"].Reason.ShouldBe("the system leaves substitutions as they are");
        tree["ignite.c"].IsUnknown.ShouldBeTrue();
        tree["ignite.a"].Text.ShouldBe("secret");
    }

    [Fact]
    public void Places_are_those_of_the_values()
    {
        SettingTree tree = HoconOf("# comment\nlisteners.ssl {\n  default.bind = \"0.0.0.0:8883\" # all\n  é = 15s , list = [ a,\n b ]\n}\n").Settings;

        tree["listeners.ssl.default.bind"].Place().ShouldBe("3:18+14");
        tree["listeners.ssl.default.bind"].Raw.ShouldBe("\"0.0.0.0:8883\"");
        tree["listeners.ssl.é"].Place().ShouldBe("4:7+3");
        tree["listeners.ssl.list"].Place().ShouldBe("4:20+9");
        tree["listeners.ssl.list.1"].Place().ShouldBe("5:2+1");
        tree["listeners.ssl"].Place().ShouldBe("2:15+70");
        tree["listeners"].Place().ShouldBe("2:1+13");
    }

    [Fact]
    public void A_later_value_wins_and_knows_what_lost()
    {
        SettingTree tree = HoconOf("a = 1\nb = 5\na = 2\na = 3").Settings;

        tree["a"].Text.ShouldBe("3");
        tree["a"].Place().ShouldBe("4:5+1");
        tree["a"].Overridden.Select(static s => s.Text).ShouldBe(["2", "1"]);
        tree["a"].Overridden[0].Place().ShouldBe("3:5+1");
        tree.Remarks.Count(static r => r is { Kind: RemarkKind.DuplicateKey, Subject: "a" }).ShouldBe(2);
        tree["b"].Overridden.ShouldBeEmpty();
    }

    [Fact]
    public void A_substituted_value_names_its_place_first_and_then_the_other()
    {
        Setting setting = HoconOf("a = 1\nb = ${a}").Settings["b"];

        setting.Origins.Select(static o => (o.Line, o.Column)).ShouldBe([(2, 5), (1, 5)]);
    }

    [Fact]
    public void Emqx_indents_blocks_and_keeps_escapes_that_are_none()
    {
        const string Text = "a = \"\"\"~\n    one\n      two\n    ~\"\"\"\nb = \"^\\d+$\"";

        HoconOf(Text, HoconOptions.Emqx).Settings["a"].Text.ShouldBe("one\n  two\n");
        HoconOf(Text, HoconOptions.Emqx).Settings["b"].Text.ShouldBe("^\\d+$");
        Refused(() => HoconOf(Text)).Id.ShouldBe("GH8102");
    }
}
