using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Yaml;

/// <summary>YAML as the Elastic family and the security plugin have it.</summary>
public class Yaml_files
{
    [Theory]
    [InlineData("", "{}")]
    [InlineData("# nothing\n---\n", "{}")]
    [InlineData("a.b.c: true", "{a: {b: {c: true}}}")]
    [InlineData("a.b: 1\na:\n  c: 2\na.d.e: 3", "{a: {b: 1, c: 2, d: {e: 3}}}")]
    [InlineData("a:\n  b.c: 1\n  b:\n    d: 2", "{a: {b: {c: 1, d: 2}}}")]
    [InlineData("a: [1, \"x\", y]", "{a: [1, 'x', 'y']}")]
    [InlineData("a:\n- 1\n- b.c: 2", "{a: [1, {b: {c: 2}}]}")]
    [InlineData("a: ~\nb:\nc: null\nd: \"\"\ne: 'x''y'", "{a: null, b: null, c: null, d: '', e: 'x'y'}")]
    [InlineData("a: yes\nb: off\nc: 0x1f\nd: 1.5\ne: 1_000", "{a: 'yes', b: 'off', c: '0x1f', d: 1.5, e: '1_000'}")]
    [InlineData("a: \"true\"\nb: !!str true\nc: True", "{a: 'true', b: 'true', c: True}")]
    [InlineData("a: |\n  x\n  y\nb: >-\n  x\n  y", "{a: 'x\ny\n', b: 'x y'}")]
    [InlineData("a: 1\na: 2", "{a: 2}")]
    [InlineData("a: &x [1, 2]\nb: *x", "{a: [1, 2], b: [1, 2]}")]
    [InlineData("x: &x {a: 1, b: 2}\ny:\n  <<: *x\n  b: 3", "{x: {a: 1, b: 2}, y: {b: 3, a: 1}}")]
    [InlineData("a: 1\r\nb: 2\r\n", "{a: 1, b: 2}")]
    [InlineData("{a.b: 1, c: [x]}", "{a: {b: 1}, c: ['x']}")]
    [InlineData("\"a.b\": 1", "{a: {b: 1}}")]
    public void A_text_says(string text, string meant) => YamlOf(text).Settings.Root.Shown().ShouldBe(meant);

    [Fact]
    public void Dots_are_letters_where_the_system_does_not_split_them() =>
        YamlOf("a.b:\n  c.d: ${X}", YamlOptions.Plain).Settings.Root.Shown().ShouldBe("{a.b: {c.d: '${X}'}}");

    [Fact]
    public void A_name_that_has_a_value_and_names_below_it_has_both()
    {
        SettingTree tree = YamlOf("xpack.security: true\nxpack.security.enabled: false\nhttp.type.default: a\nhttp.type: b").Settings;

        tree["xpack.security"].AsBoolean().ShouldBe(true);
        tree["xpack.security.enabled"].AsBoolean().ShouldBe(false);
        tree["http.type"].Text.ShouldBe("b");
        tree["http.type.default"].Text.ShouldBe("a");
    }

    [Fact]
    public void Places_are_those_of_the_values()
    {
        SettingTree tree = YamlOf("# c\nxpack.security:\r\n  enabled:   false   # no\n  list:\n    - \"a\"\n    - 'b'\né: [x , 'y']\nlast: end").Settings;

        tree["xpack.security.enabled"].Place().ShouldBe("3:14+5");
        tree["xpack.security.list.0"].Place().ShouldBe("5:7+3");
        tree["xpack.security.list.1"].Raw.ShouldBe("'b'");
        tree["é.0"].Place().ShouldBe("7:5+1");
        tree["é.1"].Place().ShouldBe("7:9+3");
        tree["last"].Place().ShouldBe("8:7+3");
    }

    [Fact]
    public void A_name_twice_is_remarked_and_the_last_one_counts()
    {
        SettingTree tree = YamlOf("a.b: 1\na:\n  b: 2").Settings;

        tree["a.b"].Text.ShouldBe("2");
        tree["a.b"].Overridden.Single().Place().ShouldBe("1:6+1");
        tree.Remarks.Single().Kind.ShouldBe(RemarkKind.DuplicateKey);
    }

    [Fact]
    public void Placeholders_are_unknown_until_an_environment_is()
    {
        YamlFile file = YamlOf("a: ${A}\nb: \"x-${B:def}\"\nc: ${C}\nd: plain");

        file.Settings["a"].Kind.ShouldBe(SettingKind.Unknown);
        file.Settings["a"].Reason.ShouldBe("the variable `A` is not known");
        file.Settings["b"].IsUnknown.ShouldBeTrue();
        file.Settings["d"].Text.ShouldBe("plain");
        SettingTree tree = file.Resolve(Environment(("A", "true")));
        tree["a"].AsBoolean().ShouldBe(true);
        tree["a"].Origins.Select(static o => o.Variable).ShouldBe([null, "A"]);
        tree["b"].Text.ShouldBe("x-def");
        tree["c"].IsUnknown.ShouldBeTrue();
        tree.Remarks.Count(static r => r.Kind == RemarkKind.Substitution).ShouldBe(3);
    }

    [Fact]
    public void Only_the_first_document_counts()
    {
        SettingTree tree = YamlOf("a: 1\n---\na: 2\n").Settings;

        tree["a"].Text.ShouldBe("1");
        tree.Remarks.Single().ShouldBe(new Remark(RemarkKind.Ignored, "a second document", tree.Remarks[0].Origin));
        tree.Remarks[0].Origin.Line.ShouldBe(2);
    }

    [Theory]
    [InlineData("a: [1", 1)]
    [InlineData("a: 1\n b: 2", 2)]
    [InlineData("a: 1\n\tb: 2", 1)]
    [InlineData("a: \"x", 1)]
    [InlineData("a: *nowhere", 1)]
    [InlineData("- a", 1)]
    [InlineData("just a text", 1)]
    [InlineData("a: {b: 1", 1)]
    [InlineData("? [a, b]\n: 1", 1)]
    [InlineData("a: &a [*a]", 1)]
    [InlineData("<<: 1", 1)]
    [InlineData("a: \"\\xzz\"", 1)]
    [InlineData("a: !<x", 1)]
    public void A_broken_text_is_refused_with_its_place(string text, int line)
    {
        Problem problem = Refused(() => YamlOf(text));

        problem.Id.ShouldBe("GH8102");
        problem.Location!.Source.ShouldBe(Source);
        problem.Location.Line.ShouldBeGreaterThanOrEqualTo(line);
        problem.Location.Column.ShouldBeGreaterThan(0);
        problem.Text.ShouldNotBeEmpty();
    }

    [Fact]
    public void What_is_too_much_is_refused()
    {
        string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 30).Select(static i => $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        string merges = "a0: &a0 {x: 1}\n" + string.Concat(Enumerable.Range(1, 3000).Select(static i => $"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: 1}}\n"));
        string nested = "a0: &a0 {x: 1}\n" + string.Concat(Enumerable.Range(1, 3000).Select(static i => $"a{i}: &a{i} {{y: *a{i - 1}}}\n"));
        string deep = "a: " + new string('[', 101) + new string(']', 101);
        string dotted = string.Join('.', Enumerable.Repeat("a", 101)) + ": 1";

        foreach (string text in new[] { laughs, merges, nested, deep, dotted })
        {
            Refused(() => YamlOf(text)).Id.ShouldBe("GH8103", text[..20]);
        }
    }
}
