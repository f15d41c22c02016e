using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Yaml;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Yaml;

/// <summary>Edits change the setting that was meant and not one sign more.</summary>
public class Yaml_edits
{
    [Theory]
    [InlineData("a.b: 1 # one\nc: 2\n", "a.b", "a.b: 7 # one\nc: 2\n")]
    [InlineData("a:\n  b:   1\n", "a.b", "a:\n  b:   7\n")]
    [InlineData("a:\r\n  b: \"x\" # c\r\n", "a.b", "a:\r\n  b: 7 # c\r\n")]
    [InlineData("a: 1\n# end\n", "b.c", "a: 1\n# end\nb.c: 7\n")]
    [InlineData("a: 1", "b.c", "a: 1\nb.c: 7")]
    [InlineData("# only\n", "b.c", "# only\nb.c: 7\n")]
    [InlineData("", "b.c", "b.c: 7\n")]
    [InlineData("a:\nb: 1\n", "a", "a: 7\nb: 1\n")]
    [InlineData("a: # note\nb: 1\n", "a", "a: 7 # note\nb: 1\n")]
    [InlineData("a:\n  - x\n  - y\n# c\nb: 1\n", "a", "a: 7\n# c\nb: 1\n")]
    [InlineData("a:\n- x\n- y\nb: 1\n", "a", "a: 7\nb: 1\n")]
    [InlineData("a: [x,\n  y]\nb: 1\n", "a", "a: 7\nb: 1\n")]
    [InlineData("a: |\n  x\n  y\n\nb: 1\n", "a", "a: 7\n\nb: 1\n")]
    [InlineData("a: [x, y]\n", "a.1", "a: [x, 7]\n")]
    [InlineData("a: 1\na: 2\n", "a", "a: 1\na: 7\n")]
    [InlineData("a.b: 1\na:\n  b: 2\n", "a.b", "a.b: 1\na:\n  b: 7\n")]
    [InlineData("{a: 1}\n", "b.c", "{a: 1, b.c: 7}\n")]
    [InlineData("---\na: 1\n...\n", "b", "---\na: 1\nb: 7\n...\n")]
    [InlineData("---\na: 1\n", "b", "---\na: 1\nb: 7\n")]
    [InlineData("a: ${X}\nb: 1\n", "a", "a: 7\nb: 1\n")]
    [InlineData("  a: 1\n", "b", "  a: 1\n  b: 7\n")]
    public void Setting_seven_in_dotted_files_gives(string text, string path, string expected)
    {
        ConfigDocument edited = YamlOf(text).Set(path, Literal.Number(7));

        edited.Text.ShouldBe(expected);
        edited.Settings[path].Text.ShouldBe("7");
    }

    [Theory]
    [InlineData("a:\n  b: 1\nc: 2\n", "a.x", "a:\n  b: 1\n  x: 7\nc: 2\n")]
    [InlineData("a:\n  b: 1 # one\n\n# about c\nc: 2\n", "a.x.z", "a:\n  b: 1 # one\n  x:\n    z: 7\n\n# about c\nc: 2\n")]
    [InlineData("a:\n  b: 1", "a.x", "a:\n  b: 1\n  x: 7")]
    [InlineData("a: {b: 1}\n", "a.x.z", "a: {b: 1, x: {z: 7}}\n")]
    [InlineData("a: {}\n", "a.x", "a: {x: 7}\n")]
    [InlineData("a:\nb: 1\n", "a.x", "a: {x: 7}\nb: 1\n")]
    [InlineData("a:\n  - x\n  - y\nb: 1\n", "a.2", "a:\n  - x\n  - y\n  - 7\nb: 1\n")]
    [InlineData("a: []\n", "a.0", "a: [7]\n")]
    [InlineData("a:\n  - b: 1\n    c: 2\n", "a.0.d", "a:\n  - b: 1\n    c: 2\n    d: 7\n")]
    [InlineData("a: 1\n", "x.\"y.z\"", "a: 1\nx:\n  y.z: 7\n")]
    public void Setting_seven_in_plain_files_gives(string text, string path, string expected)
    {
        ConfigDocument edited = YamlOf(text, YamlOptions.Plain).Set(path, Literal.Number(7));

        edited.Text.ShouldBe(expected);
        edited.Settings[path].Text.ShouldBe("7");
    }

    [Fact]
    public void Values_are_written_so_that_every_reader_takes_them_for_the_same()
    {
        YamlFile file = YamlOf("x: 1\n");
        string hard = "q\" \\ ' : # {} [] \t \u0085 é 😀 - ${x";

        file.Set("a", Literal.Text(hard)).Settings["a"].Text.ShouldBe(hard);
        file.Set("a", Literal.Text("_local_")).Text.ShouldBe("x: 1\na: \"_local_\"\n");
        file.Set("a", Literal.Text("127.0.0.1")).Text.ShouldBe("x: 1\na: \"127.0.0.1\"\n");
        file.Set("a", Literal.Text("full")).Text.ShouldBe("x: 1\na: full\n");
        file.Set("a", Literal.Text("no")).Text.ShouldBe("x: 1\na: \"no\"\n");
        file.Set("a", Literal.Text("")).Text.ShouldBe("x: 1\na: \"\"\n");
        file.Set("a", Literal.Word("100mb")).Text.ShouldBe("x: 1\na: 100mb\n");
        file.Set("a", Literal.Boolean(true)).Text.ShouldBe("x: 1\na: true\n");
        file.Set("a", Literal.Texts("TLSv1.3", "TLSv1.2")).Text.ShouldBe("x: 1\na: [TLSv1.3, TLSv1.2]\n");
        file.Set("a", Literal.Null).Text.ShouldBe("x: 1\na: null\n");
        file.Set("a", Literal.List()).Text.ShouldBe("x: 1\na: []\n");
    }

    [Theory]
    [InlineData("a.b: 1\nc: 2\n", "a.b", "c: 2\n")]
    [InlineData("a.b: 1\na:\n  b: 2\n  c: 3\n", "a.b", "a:\n  c: 3\n")]
    [InlineData("a:\n  - x\n  - y\n# c\nb: 1\n", "a", "# c\nb: 1\n")]
    [InlineData("a: |\n  x\n  y\nb: 1\n", "a", "b: 1\n")]
    [InlineData("a.b: 1\na.c: 2\nx: 1", "a", "x: 1")]
    [InlineData("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n")]
    [InlineData("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n")]
    [InlineData("a: {b: 1}\n", "a.b", "a: {}\n")]
    [InlineData("a: [x, y, z]\n", "a.1", "a: [x, z]\n")]
    [InlineData("a:\n  - x\n  - y\n", "a.0", "a:\n  - y\n")]
    [InlineData("a: 1\n", "b", "a: 1\n")]
    public void Removing_gives(string text, string path, string expected) => YamlOf(text).Remove(path).Text.ShouldBe(expected);

    [Fact]
    public void What_others_refer_to_or_a_raw_text_that_is_more_is_refused()
    {
        Refused(static () => YamlOf("a: &x 1\nb: *x\n").Set("a", Literal.Number(2))).Id.ShouldBe("GH8105");
        Refused(static () => YamlOf("a: &x 1\nb: *x\n").Remove("a")).Id.ShouldBe("GH8105");
        Refused(static () => YamlOf("a: 1\n").Set("a", Literal.Raw("1\nb: 2"))).Id.ShouldBe("GH8105");
        YamlOf("a: &x 1\nb: *x\n").Set("b", Literal.Number(2)).Text.ShouldBe("a: &x 1\nb: 2\n");
    }

    [Fact]
    public void A_comment_stands_above_its_setting()
    {
        YamlFile file = YamlOf("a:\n  b: 1\n");

        file.AddComment("a.b", "one\ntwo").Text.ShouldBe("a:\n  # one\n  # two\n  b: 1\n");
        file.AddComment("", "top").Text.ShouldBe("# top\na:\n  b: 1\n");
        Refused(() => file.AddComment("x", "no")).Id.ShouldBe("GH8105");
    }
}
