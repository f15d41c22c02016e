using System.Text;
using Gatehouse.Doctor.Hardening;
using Gatehouse.Doctor.Hardening.Diffs;
using Gatehouse.Doctor.Texts;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Hardening;

/// <summary>What people see of a file, and of its change.</summary>
public class Harden_masks
{
    [Fact]
    public void Secrets_are_masked_wherever_they_stand()
    {
        Mask(JsonOf("""{"secret": "s3cr3t-one", "a": "about s3cr3t-one", "basic_auth_credentials": {"bob": "pw-of-bob"}, "n": 5, "SECRET": "later-one"}"""))
            .ShouldBe("""{"secret": "****", "a": "about ****", "basic_auth_credentials": {"bob": "****"}, "n": 5, "SECRET": "****"}""");
        Mask(YamlOf("# password: old-one\n#plain remark\na.password: \"p-1234\"\nurl: http://me:p4ss@host/\nssl.key: node.key\nssl.keystore.secure_password: abcd\nenabled.password: true\n"))
            .ShouldBe("# password: ****\n#plain remark\na.password: \"****\"\nurl: http://****@host/\nssl.key: node.key\nssl.keystore.secure_password: ****\nenabled.password: true\n");
        Mask(HoconOf("node { cookie = abcdefgh, name = \"a@b\" }\nx = \"\"\"\nabcdefgh\n\"\"\"\napi_key = \"\"\"one\ntwo\"\"\"\n"))
            .ShouldSatisfyAllConditions(
                static text => text.ShouldNotContain("abcdefgh"),
                static text => text.ShouldNotContain("two"),
                static text => text.ShouldContain("name = \"a@b\""),
                static text => text.Count(static c => c == '\n').ShouldBe(6));
    }

    [Fact]
    public void An_empty_secret_is_shown_as_empty() => Mask(JsonOf("""{"secret": ""}""")).ShouldBe("""{"secret": ""}""");

    [Fact]
    public void A_comment_of_any_length_and_shape_is_masked_in_the_time_of_its_length()
    {
        string[] texts = [new string('a', 8_000_000), string.Concat(Enumerable.Repeat("a: ", 2_700_000)), string.Concat(Enumerable.Repeat("://", 2_700_000)), new string(' ', 8_000_000) + "password: x"];

        foreach (string text in texts)
        {
            SecretMask.Lines("# " + text).ShouldBe(["# ****"]);
            SecretMask.Lines("x: " + text).Single().Length.ShouldBeGreaterThan(1_000_000, "it is no comment");
        }
    }

    [Fact]
    public void A_comment_may_name_other_things_before_a_secret() =>
        SecretMask.Lines("  # see docs: here, user = me, password = hunter2 and more\n// note: nothing\n# password:").ShouldBe(["  # see docs: here, user = me, password = ****", "// note: nothing", "# password:"]);

    [Fact]
    public void A_new_secret_is_a_change_of_masks()
    {
        JsonDocumentPair pair = new("{\n  \"a\": 1,\n  \"secret\": \"old-secret\"\n}\n", "{\n  \"a\": 1,\n  \"secret\": \"new-secret\"\n}\n");

        pair.Diff().ShouldBe("--- f\n+++ f\n@@ -1,4 +1,4 @@\n {\n   \"a\": 1,\n-  \"secret\": \"****\"\n+  \"secret\": \"****\"\n }");
    }

    [Fact]
    public void Hunks_have_three_lines_around_and_numbers_from_one()
    {
        string before = string.Join('\n', Enumerable.Range(1, 30).Select(static i => $"line {i}")) + "\n";
        string after = before.Replace("line 5\n", "line five\n").Replace("line 25\n", "").Replace("line 8\n", "line 8\nline 8b\n");

        string diff = Text(before, after);
        diff.ShouldBe("""
            --- f
            +++ f
            @@ -2,10 +2,11 @@
             line 2
             line 3
             line 4
            -line 5
            +line five
             line 6
             line 7
             line 8
            +line 8b
             line 9
             line 10
             line 11
            @@ -22,7 +23,6 @@
             line 22
             line 23
             line 24
            -line 25
             line 26
             line 27
             line 28
            """.ReplaceLineEndings("\n"));
        Text(null, "a\nb\n").ShouldBe("--- /dev/null\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b");
    }

    private static string Mask(ConfigDocument document) => string.Join('\n', SecretMask.Lines(document));

    private static string Text(string? before, string after) => string.Join('\n', UnifiedDiff.Of(new FileChange
    {
        Path = "f",
        Old = before is null ? null : Encoding.UTF8.GetBytes(before),
        New = Encoding.UTF8.GetBytes(after),
        Rights = default,
        OldLines = before is null ? null : SecretMask.Lines(before),
        NewLines = SecretMask.Lines(after),
    }));

    private sealed record JsonDocumentPair(string Before, string After)
    {
        public string Diff() => string.Join('\n', UnifiedDiff.Of(new FileChange
        {
            Path = "f",
            Old = Encoding.UTF8.GetBytes(Before),
            New = Encoding.UTF8.GetBytes(After),
            Rights = default,
            OldLines = SecretMask.Lines(JsonOf(Before)),
            NewLines = SecretMask.Lines(JsonOf(After)),
        }));
    }
}
