using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Hocon;
using Gatehouse.Problems;
using Shouldly;
using Xunit;
using static Gatehouse.Doctor.Tests.Texts.Reading;

namespace Gatehouse.Doctor.Tests.Texts.Hocon;

/// <summary>Files on files: includes, EMQX's three files and its environment; what is broken and what is too much.</summary>
public class Hocon_files
{
    [Fact]
    public void An_included_file_stands_where_it_is_included()
    {
        SettingTree tree = HoconOf(
            "a = 1\nsub { x = 1\n include \"f.conf\" }\nb = ${sub.z}",
            new HoconOptions().With(("f.conf", "x = 2\ny = ${x}\nz = ${a}"))).Settings;

        tree.Root.Shown().ShouldBe("{a: 1, sub: {x: 2, y: 2, z: 1}, b: 1}");
        tree["sub.x"].Origin!.ToString().ShouldBe("f.conf:1:5");
        tree["sub.x"].Overridden.Single().Origin!.Source.ShouldBe(Source);
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Include && r.Subject == "f.conf");
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Override && r.Subject == "sub.x");
    }

    [Theory]
    [InlineData("include \"f\"")]
    [InlineData("include file(\"f\")")]
    [InlineData("include required(\"f\")")]
    [InlineData("include required( file(\"f\") )")]
    public void An_include_has_several_forms(string line) => HoconOf(line, new HoconOptions().With(("f", "a = 1"))).Settings["a"].Text.ShouldBe("1");

    [Fact]
    public void A_file_that_is_not_there_is_fine_unless_it_is_required()
    {
        SettingTree tree = HoconOf("include \"gone\"\na = 1", new HoconOptions().With()).Settings;
        Problem problem = Refused(static () => HoconOf("a = 1\n  include required(\"gone\")", new HoconOptions().With()));

        tree["b"].Kind.ShouldBe(SettingKind.Missing);
        tree.Remarks.Single().Kind.ShouldBe(RemarkKind.MissingInclude);
        problem.Id.ShouldBe("GH8104");
        problem.Location.ShouldBe(new ProblemLocation(Source, 2, 3));
    }

    [Theory]
    [InlineData("include \"a\"")]
    [InlineData("include url(\"http://host/a\")")]
    [InlineData("include classpath(\"a\")")]
    public void What_an_include_that_nobody_reads_could_set_is_unknown(string line)
    {
        SettingTree tree = HoconOf(line + "\nb.c = 1", line.Contains('(') ? new HoconOptions().With(("a", "x = 1")) : null).Settings;

        tree["b.c"].Text.ShouldBe("1");
        tree["x"].Kind.ShouldBe(SettingKind.Unknown);
        tree["x"].Reason.ShouldBe("an included file was not read");
    }

    [Fact]
    public void A_file_that_includes_itself_is_refused()
    {
        var options = new HoconOptions().With(("a", "include \"b\""), ("b", "x { include \"a\" }"));

        Refused(() => HoconOf("include \"a\"", options)).ToString().ShouldBe("GH8104 b:1:5: the included file `a` includes itself");
    }

    [Fact]
    public void Includes_are_followed_to_a_depth()
    {
        (string, string)[] files = [.. Enumerable.Range(0, 40).Select(static i => ($"f{i}", $"include \"f{i + 1}\""))];

        Refused(() => HoconOf("include \"f0\"", new HoconOptions().With(files))).Id.ShouldBe("GH8104");
        Refused(() => HoconOf(string.Concat(Enumerable.Repeat("include \"f39\"\n", 300)), new HoconOptions().With(("f39", "")))).Id.ShouldBe("GH8104");
    }

    [Fact]
    public void Emqx_lays_its_files_and_the_environment_on_top_of_each_other()
    {
        HoconFile[] files =
        [
            HoconOf("node.cookie = base\nlisteners.tcp.default { bind = 1883 }\nmqtt.max_packet_size = 1MB", HoconOptions.Emqx),
            HoconOf("node.cookie = cluster\nauthentication = [{mechanism = password_based}, {mechanism = jwt}]", HoconOptions.Emqx),
            HoconOf("node { cookie = main, name = \"emqx@127.0.0.1\" }", HoconOptions.Emqx),
        ];
        SettingTree tree = EmqxSettings.Of(files, Environment(
            ("EMQX_NODE__COOKIE", "from#env"), ("EMQX_LISTENERS__TCP__DEFAULT__BIND", "127.0.0.1:1883"), ("EMQX_AUTHENTICATION__2__ENABLE", "false"),
            ("EMQX_AUTHENTICATION__3__MECHANISM", "scram"), ("EMQX_ALLOW_ANONYMOUS", "false"), ("EMQX_NODE_NAME", "emqx@host"), ("PATH", "/bin")));

        tree["node.cookie"].Text.ShouldBe("from#env");
        tree["node.cookie"].Origin!.ToString().ShouldBe("environment variable EMQX_NODE__COOKIE (process 1)");
        tree["node.cookie"].Overridden.Select(static s => s.Text).ShouldBe(["main", "cluster", "base"]);
        tree["node.name"].Text.ShouldBe("emqx@host");
        tree["listeners.tcp.default.bind"].Text.ShouldBe("127.0.0.1:1883");
        tree["authentication"].Shown().ShouldBe("[{mechanism: 'password_based'}, {mechanism: 'jwt', enable: false}, {mechanism: 'scram'}]");
        tree["mqtt.max_packet_size"].AsBytes().ShouldBe(1 << 20);
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.UnknownVariable && r.Subject == "EMQX_ALLOW_ANONYMOUS");
        tree.Remarks.ShouldContain(static r => r.Kind == RemarkKind.Override && r.Subject == "node.cookie");
    }

    [Theory]
    [InlineData("EMQX_NODE__COOKIE", "\"quoted\"", "{node: {cookie: 'quoted'}}")]
    [InlineData("EMQX_CLUSTER__STATIC__SEEDS", "[\"emqx@a\",\"emqx@b\"]", "{cluster: {static: {seeds: ['emqx@a', 'emqx@b']}}}")]
    [InlineData("EMQX_CLUSTER__STATIC__SEEDS", "emqx@a,emqx@b", "{cluster: {static: {seeds: 'emqx@a,emqx@b'}}}")]
    [InlineData("EMQX_RPC__SERVER_PORT", "5370", "{rpc: {server_port: 5370}}")]
    [InlineData("EMQX_LOG__CONSOLE", "{level = debug}", "{log: {console: {level: 'debug'}}}")]
    [InlineData("EMQX_NODE__COOKIE", "", "{node: {cookie: ''}}")]
    [InlineData("EMQX_AUTHENTICATION__1__ENABLE", "true", "{authentication: [{enable: true}]}")]
    [InlineData("EMQX_NODE____X", "1", "{}")]
    public void A_variable_of_emqx_says(string name, string value, string meant) =>
        EmqxSettings.Of([HoconOf("", HoconOptions.Emqx)], Environment((name, value))).Root.Shown().ShouldBe(meant);

    [Theory]
    [InlineData("a = 1\n}", 2, 1, "`}` closes nothing that is open")]
    [InlineData("a {\n b = 1", 1, 3, "`{` is never closed")]
    [InlineData("a = [1, 2", 1, 5, "`[` is never closed")]
    [InlineData("a =", 1, 4, "a value is expected")]
    [InlineData("a = 1 = 2", 1, 7, "this sign stands in a value only inside of quotes")]
    [InlineData("a", 1, 2, "`=`, `:` or `{` is expected after the name of a setting")]
    [InlineData("= 1", 1, 1, "the name of a setting is expected")]
    [InlineData("a..b = 1", 1, 3, "the name of a setting is expected")]
    [InlineData("a = \"x\ny\"", 1, 5, "the quote that begins here is not closed on its line")]
    [InlineData("a = \"\"\"x", 1, 5, "the three quotes that begin here are not closed")]
    [InlineData("a = ${x", 1, 5, "the substitution that begins here is not closed with `}`")]
    [InlineData("a = x {b: 1}", 1, 5, "a text, a list and an object cannot be joined")]
    [InlineData("[1]", 1, 1, "a list stands at the top; settings are expected")]
    [InlineData("{a: 1} b", 1, 8, "nothing more is expected after the last `}`")]
    [InlineData("a = {b: 1} c", 1, 5, "a text, a list and an object cannot be joined")]
    [InlineData("{a: \"\\q\"}", 1, 6, "an escape is none of")]
    public void A_broken_text_is_refused_with_its_place(string text, int line, int column, string expected)
    {
        Problem problem = Refused(() => HoconOf(text));

        problem.Id.ShouldBe("GH8102");
        problem.Location.ShouldBe(new ProblemLocation(Source, line, column));
        problem.Text.ShouldContain(expected);
    }

    [Fact]
    public void What_is_too_much_is_refused()
    {
        string deep = string.Concat(Enumerable.Repeat("a{", 101)) + string.Concat(Enumerable.Repeat("}", 101));
        string dotted = string.Join('.', Enumerable.Repeat("a", 101)) + " = 1";
        string laughs = "a0 = [1,1,1,1,1,1,1,1,1,1]\n" + string.Concat(Enumerable.Range(1, 30).Select(static i => $"a{i} = [{string.Join(',', Enumerable.Repeat($"${{a{i - 1}}}", 10))}]\n"));
        string doubled = "a0 = xxxxxxxxxx\n" + string.Concat(Enumerable.Range(1, 60).Select(static i => $"a{i} = ${{a{i - 1}}}${{a{i - 1}}}\n"));
        string chain = string.Concat(Enumerable.Range(0, 5000).Select(static i => $"a{i} = ${{a{i + 1}}}\n"));
        string nested = "a0 = {x: 1}\n" + string.Concat(Enumerable.Range(1, 5000).Select(static i => $"a{i} = {{x: ${{a{i - 1}}}}}\n"));
        string itself = string.Concat(Enumerable.Range(0, 300).Select(static i => $"a{i} = ${{a{i + 1}}}${{a{i + 2}}}${{a0}}\n")) + "a300 = ${a0}\na301 = ${a0}";

        foreach (string text in new[] { deep, dotted, laughs, doubled, chain, nested })
        {
            Refused(() => HoconOf(text)).Id.ShouldBe("GH8103", text[..20]);
        }

        Should.NotThrow(() => { try { HoconOf(itself); } catch (ProblemException e) when (e.Problem.Id == "GH8103") { /* too much is fine, for ever is not */ } });
        Refused(static () => HoconFile.Read(new byte[(16 * 1024 * 1024) + 1], Source, new HoconOptions())).Id.ShouldBe("GH8100");
        Refused(static () => HoconFile.Read("a = \"\xff\"\nb = 1"u8.ToArray().Select(static b => b == 0xc3 ? (byte)0xff : b).ToArray(), Source, new HoconOptions())).Id.ShouldBe("GH8101");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_place()
    {
        Refused(static () => HoconFile.Read([.. "a = 1\nbc"u8, 0xff, .. " = 2"u8], Source, new HoconOptions())).ToString().ShouldBe("GH8101 etc/file.conf:2:3: bytes that are no UTF-8 stand here (save it as UTF-8)");
        Refused(static () => HoconOf("a = 1\0")).ToString().ShouldStartWith("GH8101 etc/file.conf:1:6:");
        Refused(static () => HoconFile.Read([0xff, 0xfe, 0x61, 0], Source, new HoconOptions())).Text.ShouldBe("the file is UTF-16");
    }
}
