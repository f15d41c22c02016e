using System.Text.Json;
using System.Xml.Linq;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Examining;

/// <summary><c>gatehouse doctor</c> over files that were named, without a daemon.</summary>
public sealed class Doctor_from_the_command_line : IDisposable
{
    private const string Secret = "thecookieofthiscluster";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_open_broker_is_told_with_places_and_without_secrets()
    {
        string file = Write("emqx/emqx.conf", $$"""
            node {
              name = "emqx@10.0.0.5"
              cookie = "{{Secret}}"
              data_dir = "/var/lib/emqx"
            }
            listeners.tcp.default.bind = "0.0.0.0:1883"
            """);

        ShellResult table = await RunAsync("doctor", file);
        table.ExitCode.ShouldBe(1, table.ToString());
        table.Output.ShouldContain($"{file}:6:");
        table.Output.ShouldContain("CRITICAL  AUN-001");
        table.Output.ShouldContain("gatehouse explain ID");
        foreach (string format in new[] { "table", "json", "sarif", "junit", "html" })
        {
            ShellResult report = await RunAsync("doctor", file, "--all", "--format", format);
            report.Output.ShouldContain("AUN-001");
            report.Output.ShouldNotContain(Secret);
            report.Error.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task What_is_secured_is_fine_and_the_exit_code_says_so()
    {
        string file = Copy("kubo/rules-secured-private/var", "var");

        ShellResult fine = await RunAsync("doctor", file, "--json");
        fine.ExitCode.ShouldBe(0, fine.ToString());
        JsonElement look = JsonDocument.Parse(fine.Output).RootElement;
        look.GetProperty("systems").GetArrayLength().ShouldBe(1);
        look.GetProperty("checks").GetInt32().ShouldBeGreaterThan(5);
        look.GetProperty("findings").EnumerateArray().ShouldNotContain(static f => f.GetProperty("verdict").GetString() == "open" && f.GetProperty("severity").GetString() != "info");
    }

    [Fact]
    public async Task Severities_and_accepted_risks_decide_on_the_exit_code()
    {
        string file = Write("es/elasticsearch.yml", "xpack.security.enabled: true\nxpack.security.transport.ssl.enabled: true\nhttp.max_content_length: 500mb\n");
        (await RunAsync("doctor", file, "--fail-on", "critical")).ExitCode.ShouldBe(0);
        (await RunAsync("doctor", file)).ExitCode.ShouldBe(1);

        string all = string.Join('\n', Ids(await RunAsync("doctor", file, "--json")).Select(static id => $"  - {{check: {id}, reason: a gate stands before it, until: {DateTime.UtcNow.AddDays(30):yyyy-MM-dd}}}"));
        string accepted = Write("accepted.yaml", $"accepted:\n{all}\n");
        ShellResult quiet = await RunAsync("doctor", file, "--accept", accepted);
        quiet.ExitCode.ShouldBe(0, quiet.ToString());
        quiet.Output.ShouldContain("accepted");

        // Behind its end a risk is a finding again, and a check that there is not is refused.
        string over = Write("over.yaml", $"accepted:\n  - {{check: ES-052, reason: for now, until: 2020-01-01}}\n");
        Ids(await RunAsync("doctor", file, "--accept", over, "--json")).ShouldContain("ES-052");
        string typo = Write("typo.yaml", $"accepted:\n  - {{check: ES-999, reason: for now, until: {DateTime.UtcNow.AddDays(30):yyyy-MM-dd}}}\n");
        ShellResult refused = await RunAsync("doctor", file, "--accept", typo);
        refused.ExitCode.ShouldBe(2, refused.ToString());
        refused.Error.ShouldContain("GH8150");
    }

    [Fact]
    public async Task The_next_look_says_what_is_new_and_what_is_gone()
    {
        string file = Write("es/elasticsearch.yml", "xpack.security.enabled: true\nhttp.max_content_length: 500mb\n");
        string history = _folder["history.json"];
        await RunAsync("doctor", file, "--history", history);
        File.GetUnixFileMode(history).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Write("es/elasticsearch.yml", "xpack.security.enabled: true\nhttp.cors.enabled: true\nhttp.cors.allow-origin: \"*\"\n");
        ShellResult next = await RunAsync("doctor", file, "--history", history);
        next.Output.ShouldContain("(new)");
        next.Output.ShouldContain("gone since");
        next.Output.ShouldContain("ES-052");
        (await RunAsync("doctor", file, "--history", history)).Output.ShouldNotContain("(new)");
    }

    [Fact]
    public async Task Reports_are_files_of_their_formats_that_nobody_else_reads()
    {
        string file = Write("emqx/emqx.conf", "node.cookie = emqxsecretcookie\n");
        foreach (string format in new[] { "sarif", "junit", "html" })
        {
            string path = _folder[$"report.{format}"];
            (await RunAsync("doctor", file, "--format", format, "--out", path)).ExitCode.ShouldBe(1);
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        JsonElement sarif = JsonDocument.Parse(await File.ReadAllTextAsync(_folder["report.sarif"], TestContext.Current.CancellationToken)).RootElement;
        sarif.GetProperty("version").GetString().ShouldBe("2.1.0");
        sarif.GetProperty("runs")[0].GetProperty("results").EnumerateArray().ShouldContain(static r => r.GetProperty("ruleId").GetString() == "ERL-001");
        XDocument.Load(_folder["report.junit"]).Root!.Elements("testsuite").ShouldHaveSingleItem().Elements("testcase").ShouldContain(static t => t.Element("failure") != null);
        (await File.ReadAllTextAsync(_folder["report.html"], TestContext.Current.CancellationToken)).ShouldNotContain("<script");
    }

    [Fact]
    public async Task What_is_nobodys_and_what_is_not_there_is_an_error_and_not_fine()
    {
        ShellResult nobodys = await RunAsync("doctor", Write("notes.txt", "hello\n"));
        nobodys.ExitCode.ShouldBe(2, nobodys.ToString());
        nobodys.Error.ShouldContain("GH8151");
        ShellResult missing = await RunAsync("doctor", _folder["missing.yml"]);
        missing.ExitCode.ShouldBe(2, missing.ToString());
        (await RunAsync("doctor", "--format", "xml")).ExitCode.ShouldBe(2);
        (await RunAsync("doctor", "--out", _folder["x"])).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_and_is_not_fine()
    {
        string file = Write("es/elasticsearch.yml", "a:\n\tb: 1\n");

        foreach (string format in new[] { "table", "json", "sarif" })
        {
            ShellResult look = await RunAsync("doctor", file, "--format", format);
            look.ExitCode.ShouldBe(2, look.ToString());
            look.Error.ShouldContain("GH8152");
            look.Error.ShouldContain($"{file}:");
            look.Error.ShouldContain("GH8102");
        }
    }

    [Fact]
    public async Task What_was_used_is_nobody_elses_and_a_longer_name_is_another()
    {
        string file = Write("es2/emqx.conf", "node.cookie = emqxsecretcookie\n"), unit = Write("units/emqx.service", "[Service]\nUser=emqx\nEnvironment=A=b\n");
        (await RunAsync("doctor", file, unit)).Error.ShouldBeEmpty();
        Write("es/notes.txt", "hello\n");
        (await RunAsync("doctor", file, _folder["es"])).Error.ShouldContain("GH8151");
    }

    [Fact]
    public async Task Words_that_cannot_be_meant_are_one_line_and_exit_code_2()
    {
        string file = Write("kubo/config", "{\"Addresses\": {}}");
        string[][] lines =
        [
            ["doctor", ""], ["doctor", file, "--out", ""], ["doctor", "--bogus"], ["doctor", file, "--format", "json", "--out", file], ["doctor", file, "--history", file],
            ["harden", "kubo", "--file", ""], ["harden", "kubo", "--file", file, "--backup", ""], ["harden", "kubo", "--file", file, "--keep", "gatway"],
            ["harden", "kubo", "--file", file, "--gate-password", _folder["p"]], ["harden", "emqx", "--file", file, "--cert", file], ["harden", "ignite", "--file", file, "--nodes", "a b"],
            ["explain", "ES-999"], ["explain", "NOPE-1"], ["explain", "GH8166"], ["doctor", "--format", "xml"],
        ];
        foreach (string[] line in lines)
        {
            ShellResult refused = await RunAsync(line);
            refused.ExitCode.ShouldBe(2, refused.ToString());
            refused.Error.ShouldStartWith("GH90");
            refused.Error.TrimEnd('\n').ShouldNotContain('\n');
            refused.Error.ShouldNotContain('\ufffd');
        }

        (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ShouldBe("{\"Addresses\": {}}");
    }

    [Fact]
    public async Task A_check_is_explained_by_its_id()
    {
        ShellResult page = await RunAsync("explain", "IC001");
        page.ExitCode.ShouldBe(0, page.ToString());
        page.Output.ShouldContain("What to do");
        JsonDocument.Parse((await RunAsync("explain", "erl-001", "--json")).Output).RootElement.GetProperty("check").GetString().ShouldBe("ERL-001");
    }

    private static string[] Ids(ShellResult look) =>
        [.. JsonDocument.Parse(look.Output).RootElement.GetProperty("findings").EnumerateArray().Where(static f => f.GetProperty("verdict").GetString() == "open").Select(static f => f.GetProperty("check").GetString()!).Distinct()];

    private string Write(string name, string text)
    {
        string path = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    private string Copy(string fixture, string name)
    {
        string from = Path.Combine(Repository.Root, "tests", "Gatehouse.Doctor.Tests", "Fixtures", fixture);
        string to = _folder[name];
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return to;
    }

    private static Task<ShellResult> RunAsync(params string[] arguments) =>
        Shell.RunAsync(Repository.Launcher, arguments, environment: new Dictionary<string, string> { ["NO_COLOR"] = "1" });
}
