using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Hocon;

/// <summary>Edits change the setting that was meant and not one sign more.</summary>
public class Hocon_edits
{
    [Theory]
    [InlineData("a = 1 # one\nb = 2\n", "a", "a = 7 # one\nb = 2\n")]
    [InlineData("a.b = 1\r\nc = 2\r\n", "a.b", "a.b = 7\r\nc = 2\r\n")]
    [InlineData("a {\n  b = 1\n}\n", "a.b", "a {\n  b = 7\n}\n")]
    [InlineData("a {\n  b = 1 // x\n}\n", "a.c", "a {\n  b = 1 // x\n  c = 7\n}\n")]
    [InlineData("a {\r\n\tb = 1\r\n}\r\n", "a.c.d", "a {\r\n\tb = 1\r\n\tc.d = 7\r\n}\r\n")]
    [InlineData("a { b = 1 }", "a.c", "a { b = 1, c = 7 }")]
    [InlineData("a {}", "a.c", "a { c = 7 }")]
    [InlineData("a {\n}\n", "a.c", "a {\n  c = 7\n}\n")]
    [InlineData("a {\n  # nothing\n}\n", "a.c", "a {\n  # nothing\n  c = 7\n}\n")]
    [InlineData("a = 1", "b.c", "a = 1\nb.c = 7")]
    [InlineData("a = 1\n", "b.c", "a = 1\nb.c = 7\n")]
    [InlineData("", "b.c", "b.c = 7\n")]
    [InlineData("{\n  \"a\": 1\n}\n", "b", "{\n  \"a\": 1\n  b = 7\n}\n")]
    [InlineData("a = [1, 2]", "a", "a = 7")]
    [InlineData("a += 1", "a", "a = 7")]
    [InlineData("a { b = 1 }", "a", "a = 7")]
    [InlineData("a = ${b} tail\nb = 1\n", "a", "a = 7\nb = 1\n")]
    [InlineData("a = 1\na = 2\n", "a", "a = 1\na = 7\n")]
    [InlineData("a = [{b = 1}, {b = 2}]", "a.1.b", "a = [{b = 1}, {b = 7}]")]
    [InlineData("a = [{b = 1}, {b = 2}]", "a.0.c", "a = [{b = 1, c = 7}, {b = 2}]")]
    [InlineData("a = [1, 2]", "a.2", "a = [1, 2, 7]")]
    [InlineData("a = 1", "\"x.y\".z", "a = 1\n\"x.y\".z = 7")]
    [InlineData("a { b = 1 }\na = {c = 2}\n", "a.b", "a { b = 7 }\na = {c = 2}\n")]
    [InlineData("a { b = 1 }\na = off\n", "a.b", "a { b = 1 }\na = { b = 7 }\n")]
    public void Setting_seven_gives(string text, string path, string expected)
    {
        ConfigDocument edited = HoconOf(text).Set(path, Literal.Number(7));

        edited.Text.ShouldBe(expected);
        edited.Settings[path].Text.ShouldBe("7");
    }

    [Fact]
    public void A_value_that_an_included_file_sets_later_is_set_after_it()
    {
        HoconFile file = HoconOf("a = 1\ninclude \"f\"\n", new HoconOptions().With(("f", "a = 2")));

        file.Set("a", Literal.Text("mine")).Text.ShouldBe("a = 1\ninclude \"f\"\na = \"mine\"\n");
    }

    [Fact]
    public void A_value_that_an_included_file_sets_earlier_is_changed_where_it_is()
    {
        HoconFile file = HoconOf("include \"f\"\na = 1\n", new HoconOptions().With(("f", "a = 2")));

        file.Set("a", Literal.Boolean(true)).Text.ShouldBe("include \"f\"\na = true\n");
    }

    [Fact]
    public void Texts_words_lists_and_objects_are_written_so_that_they_read_the_same()
    {
        ConfigDocument file = HoconOf("x = 1\n", HoconOptions.Emqx);
        string hard = "q\" \\ $ {#} \t \u007f é 😀 // ${x}";

        file.Set("a", Literal.Text(hard)).Settings["a"].Text.ShouldBe(hard);
        file.Set("a", Literal.Text("true")).Text.ShouldBe("x = 1\na = \"true\"\n");
        file.Set("a", Literal.Word("verify_peer")).Text.ShouldBe("x = 1\na = verify_peer\n");
        file.Set("a", Literal.Word("15s")).Text.ShouldBe("x = 1\na = \"15s\"\n");
        file.Set("a", Literal.Texts("tlsv1.3", "tlsv1.2")).Text.ShouldBe("x = 1\na = [\"tlsv1.3\", \"tlsv1.2\"]\n");
        file.Set("a", Literal.Map(("b", Literal.Null), ("c d", Literal.List()))).Text.ShouldBe("x = 1\na = { b = null, \"c d\" = [] }\n");
        file.Set("a", Literal.Raw("[1] [2]")).Settings["a"].Shown().ShouldBe("[1, 2]");
    }

    [Theory]
    [InlineData("a = 1\nb = 2 # two\nc = 3\n", "b", "a = 1\n # two\nc = 3\n")]
    [InlineData("a = 1\nb = 2\nc = 3\n", "b", "a = 1\nc = 3\n")]
    [InlineData("a { b = 1, c = 2 }\n", "a.b", "a { c = 2 }\n")]
    [InlineData("a { b = 1, c = 2 }\n", "a.c", "a { b = 1,  }\n")]
    [InlineData("a {\n  b = 1\n}\nx = 1\n", "a", "x = 1\n")]
    [InlineData("a.b = 1\na.c = 2\nx = 1\n", "a", "x = 1\n")]
    [InlineData("a = 1\na = 2\nb = 1", "a", "b = 1")]
    [InlineData("a = 1\n", "b", "a = 1\n")]
    [InlineData("a = [1, {b = 2}, 3]\n", "a.1", "a = [1, 3]\n")]
    [InlineData("a = [1]\n", "a.0", "a = []\n")]
    public void Removing_gives(string text, string path, string expected) => HoconOf(text).Remove(path).Text.ShouldBe(expected);

    [Fact]
    public void What_an_included_file_sets_cannot_be_removed()
    {
        HoconFile file = HoconOf("include \"f\"\na = 1\n", new HoconOptions().With(("f", "a = 2")));

        Refused(() => file.Remove("a")).Text.ShouldBe("`a` cannot be changed: something else sets it too");
        Refused(() => file.Remove("a")).Id.ShouldBe("GH8105");
    }

    [Theory]
    [InlineData("a = 1 }{")]
    [InlineData("")]
    [InlineData("1\nb = 2")]
    public void A_raw_value_that_is_more_than_a_value_is_refused(string raw) =>
        Refused(() => HoconOf("a = 0\n").Set("a", Literal.Raw(raw))).Id.ShouldBe("GH8105");

    [Fact]
    public void A_comment_stands_above_its_setting_and_changes_nothing()
    {
        HoconFile file = HoconOf("a {\n  b = 1\n}\n");

        file.AddComment("a.b", "one\ntwo").Text.ShouldBe("a {\n  # one\n  # two\n  b = 1\n}\n");
        file.AddComment("", "made by harden").Text.ShouldBe("# made by harden\na {\n  b = 1\n}\n");
        Refused(() => file.AddComment("c", "x")).Id.ShouldBe("GH8105");
        Refused(() => HoconOf("a = \"\"\"x\n\"\"\", b = 1").AddComment("b", "x")).Id.ShouldBe("GH8105");
    }

    [Fact]
    public void Bytes_stay_what_they_were()
    {
        byte[] bytes = [0xef, 0xbb, 0xbf, .. "a = 1\r\n\r\n\t# é\r\nb = \"x\""u8];
        ConfigDocument file = HoconFile.Read(bytes, Source, new HoconOptions());

        file.ToBytes().ShouldBe(bytes);
        file.Set("b", Literal.Text("y")).ToBytes().ShouldBe((byte[])[0xef, 0xbb, 0xbf, .. "a = 1\r\n\r\n\t# é\r\nb = \"y\""u8]);
    }
}
