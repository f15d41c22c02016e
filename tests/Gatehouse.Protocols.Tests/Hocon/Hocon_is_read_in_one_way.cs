using System.Text;
using Gatehouse.Protocols.Hocon;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Hocon;

public sealed class Hocon_is_read_in_one_way
{
    [Theory]
    [InlineData("{}", "={}")]
    [InlineData(" { } ", "={}")]
    [InlineData("{ # nothing\n}", "={}")]
    [InlineData("a=1", "a=n")]
    [InlineData("a:1", "a=n")]
    [InlineData("a 1", "! hocon_key")]
    [InlineData("{a:1}", "a=n")]
    [InlineData("{\"a\":1}", "a=n")]
    [InlineData("{\"a\":1,}", "a=n")]
    [InlineData("a=1\n", "a=n")]
    [InlineData("a=1\r\nb=2\r\n", "a=n b=n")]
    [InlineData("a=1,b=2", "a=n b=n")]
    [InlineData("a=1,\nb=2", "a=n b=n")]
    [InlineData("a=1\n,b=2", "a=n b=n")]
    [InlineData("a = true", "a=b")]
    [InlineData("a = false # no", "a=b")]
    [InlineData("a = null // none", "a=-")]
    [InlineData("a = nullx", "a=s")]
    [InlineData("a = true false", "a=s")]
    [InlineData("a = \"true\"", "a=s")]
    [InlineData("a = -1", "a=n")]
    [InlineData("a = 1.5e+3", "a=n")]
    [InlineData("a = 007", "a=n")]
    [InlineData("a = 1.2.3", "a=s")]
    [InlineData("a = 10 seconds", "a=s")]
    [InlineData("a = one two\tthree", "a=s")]
    [InlineData("a = \"x\" y \"z\"", "a=s")]
    [InlineData("a = \"\"", "a=s")]
    [InlineData("a = \"\" \"\"", "a=s")]
    [InlineData("a = \"\"\"raw \\n \" text\"\"\"", "a=s")]
    [InlineData("a = \"\"\"two\nlines\"\"\"\nb = 1", "a=s b=n")]
    [InlineData("a = \"\"\"\"quoted\"\"\"\"\nb=1", "a=s b=n")]
    [InlineData("a = \"\"\"\"\"\"\nb=1", "a=s b=n")]
    [InlineData("a = /opt/x-y_z", "a=s")]
    [InlineData("a = http//x", "a=s")]
    [InlineData("a = \"http://x\"", "a=s")]
    [InlineData("a = \"${x}\"", "a=s")]
    [InlineData("a = \"# no comment\"", "a=s")]
    [InlineData("a = \"ä€😀\"", "a=s")]
    [InlineData("a = \"\\u00e4 \\ud83d\\ude00 \\\" \\\\ \\/ \\b\\f\\n\\r\\t\"", "a=s")]
    [InlineData("a.b.c = 1", "a.b.c=n")]
    [InlineData("a.\"b.c\".d = 1", "a.\"b.c\".d=n")]
    [InlineData("\"a\".\"b\" = 1", "a.b=n")]
    [InlineData("\"a b\" = 1", "\"a b\"=n")]
    [InlineData("\"a\\u0062\" = 1", "ab=n")]
    [InlineData("\"q\\\"\" = 1", "\"q\\\"\"=n")]
    [InlineData("1.5 = x", "1.5=s")]
    [InlineData("a-b_C9 = 1", "a-b_C9=n")]
    [InlineData("a { b = 1 }", "a.b=n")]
    [InlineData("a{b=1}", "a.b=n")]
    [InlineData("a = { b = 1 }", "a.b=n")]
    [InlineData("a : {\n b : 1\n c { d : 2 }\n}", "a.b=n a.c.d=n")]
    [InlineData("a =\n{ b = 1 }", "a.b=n")]
    [InlineData("a = # said later\n 1", "a=n")]
    [InlineData("a.b = 1\na.c = 2", "a.b=n a.c=n")]
    [InlineData("a { b = 1 }\na.c = 2", "a.b=n a.c=n")]
    [InlineData("a.c = 2\na { b = 1 }", "a.c=n a.b=n")]
    [InlineData("a {}", "a={}")]
    [InlineData("a = {}", "a={}")]
    [InlineData("a { b {} }", "a.b={}")]
    [InlineData("a = []", "a=[]")]
    [InlineData("a = [1,2]", "a=[] a.0=n a.1=n")]
    [InlineData("a = [1\n2]", "a=[] a.0=n a.1=n")]
    [InlineData("a = [1,2,]", "a=[] a.0=n a.1=n")]
    [InlineData("a = [ {name=x, b=1}\n {name=y} ]", "a=[] a.0.name=s a.0.b=n a.1.name=s")]
    [InlineData("a = [[1],[]]", "a=[] a.0=[] a.0.0=n a.1=[]")]
    [InlineData("a = [x y, \"z\"]", "a=[] a.0=s a.1=s")]
    [InlineData("a = [{}]", "a=[] a.0={}")]
    [InlineData("a += 1", "a=[]+ a.0=n")]
    [InlineData("a+=1", "a=[]+ a.0=n")]
    [InlineData("a.b += {c=1}", "a.b=[]+ a.b.0.c=n")]
    [InlineData("a += [1]", "a=[]+ a.0=[] a.0.0=n")]
    [InlineData("# c1\n// c2\na=1 // c3\n# c4", "a=n")]
    [InlineData("a = x//y", "a=s")]
    [InlineData("a = x#y", "a=s")]
    [InlineData("a = x//include \"b\"\nc = 1", "a=s c=n")]
    [InlineData("a = include", "a=s")]
    [InlineData("a = [include, b]", "a=[] a.0=s a.1=s")]
    [InlineData("a.include = 1", "a.include=n")]
    [InlineData("includes = 1", "includes=n")]
    [InlineData("\"include\" = 1", "include=n")]
    [InlineData("a = (x)", "a=s")]
    [InlineData("a = ~;'<>|%x", "a=s")]
    [InlineData("a = - -", "a=s")]
    [InlineData("\ta\t=\t1\t", "a=n")]
    [InlineData("a = 1 }", "! hocon_syntax")]
    [InlineData("{ a = 1 } }", "! hocon_syntax")]
    [InlineData("{ a = 1 } b = 2", "! hocon_syntax")]
    [InlineData("{ a = 1 } { b = 2 }", "! hocon_syntax")]
    [InlineData("", "! hocon_empty")]
    [InlineData(" \n\t\r\n", "! hocon_empty")]
    [InlineData("# only a comment", "! hocon_empty")]
    [InlineData("[]", "! hocon_syntax")]
    [InlineData("[{a:1}]", "! hocon_syntax")]
    [InlineData("{", "! hocon_key")]
    [InlineData("{ a = 1", "! hocon_syntax")]
    [InlineData("}", "! hocon_key")]
    [InlineData("a", "! hocon_key")]
    [InlineData("a =", "! hocon_syntax")]
    [InlineData("a = ,", "! hocon_syntax")]
    [InlineData("{ a = }", "! hocon_syntax")]
    [InlineData("a = [1", "! hocon_syntax")]
    [InlineData("a = [1,,2]", "! hocon_syntax")]
    [InlineData("a = [,1]", "! hocon_syntax")]
    [InlineData("a = [1}", "! hocon_syntax")]
    [InlineData("a=1,,b=2", "! hocon_key")]
    [InlineData(",a=1", "! hocon_key")]
    [InlineData("a=1 b=2", "! hocon_character")]
    [InlineData("a == 1", "! hocon_character")]
    [InlineData("a := 1", "! hocon_character")]
    [InlineData("a + = 1", "! hocon_key")]
    [InlineData("a -= 1", "! hocon_key")]
    [InlineData("a\n= 1", "! hocon_key")]
    [InlineData("a\n{ b = 1 }", "! hocon_key")]
    [InlineData("a b = 1", "! hocon_key")]
    [InlineData("a b { c = 1 }", "! hocon_key")]
    [InlineData("a . b = 1", "! hocon_key")]
    [InlineData("a .b = 1", "! hocon_key")]
    [InlineData("a. b = 1", "! hocon_key")]
    [InlineData("a..b = 1", "! hocon_key")]
    [InlineData(".a = 1", "! hocon_key")]
    [InlineData("a. = 1", "! hocon_key")]
    [InlineData("\"\" = 1", "! hocon_key")]
    [InlineData("a.\"\" = 1", "! hocon_key")]
    [InlineData("a\"b\" = 1", "! hocon_key")]
    [InlineData("\"a\"b = 1", "! hocon_key")]
    [InlineData("\"a\"\"b\" = 1", "! hocon_key")]
    [InlineData("\"\"\"a\"\"\" = 1", "! hocon_key")]
    [InlineData("a/b = 1", "! hocon_key")]
    [InlineData("a@b = 1", "! hocon_key")]
    [InlineData("ä = 1", "! hocon_key")]
    [InlineData("ıgnite = 1", "! hocon_key")]
    [InlineData("a\u00a0= 1", "! hocon_key")]
    [InlineData("\u2028a = 1", "! hocon_key")]
    [InlineData("\"a\\u0000\" = 1", "! hocon_character")]
    [InlineData("\"a\\n\" = 1", "! hocon_key")]
    [InlineData("a = 1\na = 2", "! hocon_duplicate_key")]
    [InlineData("a = 1\n\"a\" = 2", "! hocon_duplicate_key")]
    [InlineData("a = 1\n\"\\u0061\" = 2", "! hocon_duplicate_key")]
    [InlineData("a = 1\nA = 2", "! hocon_duplicate_key")]
    [InlineData("a.b = 1\nA.c = 2", "! hocon_duplicate_key")]
    [InlineData("a.b = 1\na.b = 2", "! hocon_duplicate_key")]
    [InlineData("a.b = 1\na { b = 2 }", "! hocon_duplicate_key")]
    [InlineData("a { b = 1 }\na { c = 2 }", "! hocon_duplicate_key")]
    [InlineData("a { b = 1 }\na = 2", "! hocon_duplicate_key")]
    [InlineData("a.b = 1\na = null", "! hocon_duplicate_key")]
    [InlineData("a = 1\na.b = 2", "! hocon_duplicate_key")]
    [InlineData("a = 1\na { b = 2 }", "! hocon_duplicate_key")]
    [InlineData("a.b = 1\nA { c = 2 }", "! hocon_duplicate_key")]
    [InlineData("a = [1]\na += 2", "! hocon_duplicate_key")]
    [InlineData("a += 1\na += 2", "! hocon_duplicate_key")]
    [InlineData("a += 1\na.b = 2", "! hocon_duplicate_key")]
    [InlineData("x = [{a=1,a=2}]", "! hocon_duplicate_key")]
    [InlineData("include \"x\"", "! hocon_include")]
    [InlineData("include file(\"x\")", "! hocon_include")]
    [InlineData("include\"x\"", "! hocon_key")]
    [InlineData("INCLUDE url(\"http://x\")", "! hocon_include")]
    [InlineData("a { include \"x\" }", "! hocon_include")]
    [InlineData("include = 1", "! hocon_include")]
    [InlineData("include.x = 1", "! hocon_include")]
    [InlineData("a = [{include \"x\"}]", "! hocon_include")]
    [InlineData("a = ${b}", "! hocon_substitution")]
    [InlineData("a = ${?b}", "! hocon_substitution")]
    [InlineData("a = x ${b}", "! hocon_substitution")]
    [InlineData("a = x${b}", "! hocon_substitution")]
    [InlineData("a = \"x\"${b}", "! hocon_substitution")]
    [InlineData("a = [${b}]", "! hocon_substitution")]
    [InlineData("a += ${b}", "! hocon_substitution")]
    [InlineData("${a} = 1", "! hocon_substitution")]
    [InlineData("a = $b", "! hocon_character")]
    [InlineData("a = {b=1} {c=2}", "! hocon_concatenation")]
    [InlineData("a {b=1} {c=2}", "! hocon_concatenation")]
    [InlineData("a = [1] [2]", "! hocon_concatenation")]
    [InlineData("a = [1][2]", "! hocon_concatenation")]
    [InlineData("a = x {b=1}", "! hocon_concatenation")]
    [InlineData("a = x [1]", "! hocon_concatenation")]
    [InlineData("a = {b=1} x", "! hocon_concatenation")]
    [InlineData("a = {b=1} ${x}", "! hocon_concatenation")]
    [InlineData("a = {b=1} c=2", "! hocon_concatenation")]
    [InlineData("a = x:y", "! hocon_character")]
    [InlineData("a = *", "! hocon_character")]
    [InlineData("a = x\\y", "! hocon_character")]
    [InlineData("a = `x`", "! hocon_character")]
    [InlineData("a = x?", "! hocon_character")]
    [InlineData("a = 1+2", "! hocon_character")]
    [InlineData("a = e+2", "! hocon_character")]
    [InlineData("a = ä", "! hocon_character")]
    [InlineData("a = x\u00a0y", "! hocon_character")]
    [InlineData("a = x\u2028b = 1", "! hocon_character")]
    [InlineData("a = \"x", "! hocon_string")]
    [InlineData("a = \"x\ny\"", "! hocon_string")]
    [InlineData("a = \"x\ty\"", "! hocon_string")]
    [InlineData("a = \"\\x41\"", "! hocon_string")]
    [InlineData("a = \"\\", "! hocon_string")]
    [InlineData("a = \"\\u12\"", "! hocon_string")]
    [InlineData("a = \"\\ud800\"", "! hocon_string")]
    [InlineData("a = \"\\udc00\"", "! hocon_string")]
    [InlineData("a = \"\\ud800\\u0041\"", "! hocon_string")]
    [InlineData("a = \"\"\"x\"\"", "! hocon_string")]
    [InlineData("a = \"\\u0000\"", "! hocon_character")]
    [InlineData("a = 1\rb = 2", "! hocon_character")]
    [InlineData("# x\rb = 2", "! hocon_character")]
    [InlineData("a = 1\0", "! hocon_character")]
    [InlineData("a = \"\u0085\"", "! hocon_character")]
    [InlineData("a = \"\u007f\"", "! hocon_character")]
    [InlineData("a\f=1", "! hocon_character")]
    [InlineData("\ufeffa = 1", "! hocon_encoding")]
    public void Table(string text, string expected) => Shown(Encoding.UTF8.GetBytes(text)).ShouldBe(expected);

    [Theory]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0xff }, "! hocon_encoding")]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0xc0, 0xaf }, "! hocon_encoding")]
    [InlineData(new byte[] { (byte)'a', (byte)'=', 0xed, 0xa0, 0x80 }, "! hocon_encoding")]
    [InlineData(new byte[] { 0xfe, 0xff, 0, (byte)'a' }, "! hocon_encoding")]
    public void Bytes_that_are_no_text(byte[] text, string expected) => Shown(text).ShouldBe(expected);

    [Theory]
    [InlineData(31, true)]
    [InlineData(32, false)]
    public void Depth_counts_keys_braces_and_brackets(int depth, bool isRead)
    {
        string[] nested =
        [
            string.Join('.', Enumerable.Repeat("a", depth)) + "=1",
            string.Concat(Enumerable.Repeat("a{", depth - 1)) + "a=1" + new string('}', depth - 1),
            "a=" + new string('[', depth - 1) + "1" + new string(']', depth - 1),
        ];
        foreach (string text in nested)
        {
            (HoconDocument.TryParse(Encoding.ASCII.GetBytes(text), out _, out HoconError? error) == isRead).ShouldBeTrue(text);
            (error?.Reason).ShouldBe(isRead ? null : HoconReasons.TooDeep, text);
        }
    }

    [Fact]
    public void What_is_too_large_is_refused_early()
    {
        Shown(new byte[HoconDocument.MaxLength + 1]).ShouldBe("! hocon_too_long");
        Shown(Encoding.ASCII.GetBytes("a=[" + string.Join(',', Enumerable.Repeat("1", HoconDocument.MaxValues)) + "]")).ShouldBe("! hocon_too_many");
        Shown(Encoding.ASCII.GetBytes(string.Join('\n', Enumerable.Range(0, HoconDocument.MaxValues).Select(static i => $"a{i}.b=1")))).ShouldBe("! hocon_too_many");
        Shown(Encoding.ASCII.GetBytes(new string('[', 100_000))).ShouldBe("! hocon_syntax");
        Shown(Encoding.ASCII.GetBytes("a=" + new string('[', 100_000))).ShouldBe("! hocon_too_deep");
        Shown(Encoding.ASCII.GetBytes(new string('a', 257) + "=1")).ShouldBe("! hocon_key");
    }

    [Fact]
    public void Errors_have_a_place_and_say_nothing_of_the_text()
    {
        HoconDocument.TryParse("a = 1\nusers {\n  password = s3cr3t ${x}\n}"u8, out _, out HoconError? error).ShouldBeFalse();
        error.Line.ShouldBe(3);
        error.Column.ShouldBe(21);
        error.Detail.ShouldNotContain("s3cr3t");
    }

    [Fact]
    public void Entries_have_their_places()
    {
        HoconDocument.TryParse("a {\n  b = [1,\n    2]\n}"u8, out HoconDocument? document, out _).ShouldBeTrue();
        document.Entries.Select(static e => $"{e.Path}@{e.Line}:{e.Column}").ShouldBe(["a.b@2:7", "a.b.0@2:8", "a.b.1@3:5"]);
    }

    [Fact]
    public void Secrets_are_masked_wherever_they_stand()
    {
        string text = """
            # password = of-a-comment
            ignite {
              security.authentication.providers = [{ name: default, type: basic, users: [{ username: bob, password: hush1 }] }]
              "security2".authentication.providers.default.users.alice.password = hush2
              network.ssl.keyStore { path: "/etc/k.p12", password = "hush" 3 }
              metrics.exporters.otlp { headers = "hush4", endpoint = "http://u:hush5@h/" }
              sql.timeout = 10
              more.headers { x-any = hush6 }
              appended.password += hush7
            }
            """;
        HoconDocument.TryParse(Encoding.UTF8.GetBytes(text), out HoconDocument? document, out HoconError? error).ShouldBeTrue(error?.Detail);
        string shown = document.ToRedactedJson();
        shown.ShouldNotContain("hush");
        shown.ShouldNotContain("of-a-comment");
        shown.ShouldContain("\"timeout\":10");
        shown.ShouldContain("\"username\":\"bob\"");
        shown.ShouldContain("\"path\":\"/etc/k.p12\"");
    }

    [Theory]
    [InlineData("ignite.sql", "ignite.sql")]
    [InlineData("\"ignite\".sql", "ignite.sql")]
    [InlineData("a.\"b.c\"", "a.\"b.c\"")]
    [InlineData("a b", "! hocon_key")]
    [InlineData("", "! hocon_key")]
    [InlineData("a.", "! hocon_key")]
    [InlineData("a.b ", "! hocon_key")]
    [InlineData("a=1", "! hocon_key")]
    [InlineData("a.\"b", "! hocon_string")]
    public void Paths_alone(string text, string expected) =>
        (HoconPath.TryParse(text, out System.Collections.Immutable.ImmutableArray<string> path, out HoconError? error) ? HoconPath.Write(path) : "! " + error.Reason)
            .ShouldBe(expected);

    [Fact]
    public void Twenty_thousand_mutations_are_read_or_refused()
    {
        string[] seeds =
        [
            "ignite { security { enabled = true, authentication.providers = [{name=default,type=basic,users=[{username=a,password=\"b\"}]}] } }",
            "{\"ignite\":{\"sql\":{\"a\":[1,2.5,\"x\\u00e4\"]},\"gc\":null}}\n# end",
            "a.b.\"c d\" += \"\"\"x\ny\"\"\" // z\n b = one two \"three\"\n",
        ];
        string[] words = ["${x}", "include ", "\"\"\"", "\\u", "{", "}", "[", "]", "+=", "//", "#", "\n", "\r", ",", ".", "\"", "ignite", "\u00a0", "="];
        var random = new Random(11);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(seeds[i % seeds.Length]).ToList();
            for (int change = random.Next(1, 4); change > 0 && bytes.Count > 0; change--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 8)));
                        break;
                    case 2:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, random.Next(1, 12))));
                        break;
                    default:
                        bytes.InsertRange(at, Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
                        break;
                }
            }

            bool isRead = HoconDocument.TryParse(bytes.ToArray(), out HoconDocument? document, out HoconError? error);
            isRead.ShouldBe(document is not null);
            isRead.ShouldBe(error is null);
            read += isRead ? 1 : 0;
            if (document is not null && i % 16 == 0)
            {
                // What it is read as is read the same as JSON.
                HoconDocument.TryParse(Encoding.UTF8.GetBytes(document.ToRedactedJson()), out HoconDocument? again, out error).ShouldBeTrue(error?.Reason);
                again.Entries[0].Segments.Take(1).ShouldBe(document.Entries[0].Segments.Take(1));
            }
        }

        read.ShouldBeInRange(500, 19_500);
    }

    private static string Shown(byte[] text) =>
        HoconDocument.TryParse(text, out HoconDocument? document, out HoconError? error)
            ? string.Join(' ', document.Entries.Select(static e => $"{e.Path}={Sign(e)}"))
            : "! " + error.Reason;

    private static string Sign(HoconEntry entry) => entry.Kind switch
    {
        HoconKind.Null => "-",
        HoconKind.Boolean => "b",
        HoconKind.Number => "n",
        HoconKind.String => "s",
        HoconKind.Array => "[]",
        _ => "{}",
    } + (entry.IsAppended ? "+" : "");
}
