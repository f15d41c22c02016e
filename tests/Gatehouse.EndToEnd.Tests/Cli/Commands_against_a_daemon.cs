using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Commands as a person types them, against a real daemon.</summary>
public sealed class Commands_against_a_daemon
{
    private const string Password = "a long way home";

    [Fact]
    public async Task Users_and_roles_come_and_go_and_the_last_administrator_stays()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "etcd:kv.range,watch:app/**");
        await daemon.AddUserAsync("anna", Password, "reader");

        ShellResult list = await daemon.CliAsync(["user", "list"]);
        list.Output.Split('\n')[0].ShouldStartWith("NAME   ROLES      STATE");
        list.Output.ShouldContain("anna   reader     enabled");
        list.Output.ShouldNotContain("\e");

        (await daemon.CliAsync(["role", "rm", "reader"])).ShouldBeRefused("GH9014");
        (await daemon.CliAsync(["user", "rm", "admin"])).ShouldBeRefused("GH9013");
        (await daemon.CliAsync(["user", "add", "anna", "--no-password"])).ShouldBeRefused("GH9010");
        (await daemon.CliAsync(["user", "add", "bert", "--password-file", "-"], "short\n")).ShouldBeRefused("GH9012");
        (await daemon.CliAsync(["user", "add", "../x", "--no-password"])).ShouldBeRefused("GH9011");
        (await daemon.CliAsync(["user", "show", "../x"])).ExitCode.ShouldBe(1);

        JsonElement made = await daemon.JsonAsync("user", "add", "carl", "--generate");
        made.GetProperty("password").GetString()!.Length.ShouldBe(23);
        JsonElement shown = await daemon.JsonAsync("user", "show", "anna");
        shown.GetProperty("has_password").GetBoolean().ShouldBeTrue();
        shown.ToString().ShouldNotContain("pbkdf2");
        (await daemon.CliAsync(["user", "rm", "anna"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["role", "rm", "reader"])).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_role_goes_out_as_JSON_and_comes_back_from_stdin()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "etcd:kv.range:app/**", "elasticsearch:index:read events-*");
        ShellResult role = await daemon.CliAsync(["role", "show", "reader", "--json"]);

        (await daemon.CliAsync(["role", "set", "reader", "-f", "-"], role.Output)).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["role", "show", "reader", "--json"])).Output.ShouldBe(role.Output);
        (await daemon.CliAsync(["role", "set", "reader", "-f", "-"], role.Output.Replace("\"grants\"", "\"grnats\"", StringComparison.Ordinal))).ExitCode.ShouldBe(2);
        (await daemon.CliAsync(["role", "set", "reader", "--grant", "etcd"])).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_role_comes_as_YAML_and_what_is_wrong_has_its_line_and_column()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        string file = daemon.Folder["reader.yaml"];
        await File.WriteAllTextAsync(file, "grants:\n  - system: etcd\n    actions: [kv.range, watch]\n    resources: app/**\n", TestContext.Current.CancellationToken);

        (await daemon.CliAsync(["role", "set", "reader", "-f", file])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["role", "set", "writer", "-f", "-"], "grants:\n- {system: etcd, actions: kv.put}\n")).ExitCode.ShouldBe(0);
        ShellResult wrong = await daemon.CliAsync(["role", "set", "reader", "-f", "-"], "grants:\n- system: etcd\n  action: get\n");

        (await daemon.JsonAsync("role", "show", "reader")).GetProperty("grants")[0].GetProperty("actions")[1].GetString().ShouldBe("watch");
        (await daemon.JsonAsync("role", "show", "writer")).GetProperty("grants")[0].GetProperty("actions")[0].GetString().ShouldBe("kv.put");
        wrong.ExitCode.ShouldBe(2);
        wrong.Error.ShouldStartWith("GH1006 standard input:3:3: unknown key `action` in a grant, did you mean `actions`?");
        wrong.Error.ShouldContain("GH1009 standard input:2:3: a grant has no `actions`");
    }

    [Fact]
    public async Task A_denial_over_HTTPS_is_explained_and_the_smallest_grant_allows_it()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.AddUserAsync("anna", Password);
        string[] remote = ["--url", $"https://127.0.0.1:{daemon.AdminPort}", "--login", "anna", "--login-password-file", "-"];
        ShellResult denied = await daemon.CliAsync(["user", "list", "--json", .. remote], Password);
        denied.ShouldBeRefused("GH9004");
        string receipt = JsonDocument.Parse(denied.Output).RootElement.GetProperty("error").GetProperty("receipt").GetString()!;

        JsonElement why = await daemon.JsonAsync("explain", receipt);
        why.GetProperty("user").GetString().ShouldBe("native/anna");
        JsonElement grant = why.GetProperty("smallest_grants").EnumerateArray().ShouldHaveSingleItem();
        (await daemon.CliAsync(["explain", receipt])).Output.ShouldContain("smallest grant  gatehouse:user.list:**");

        (await daemon.CliAsync(["role", "set", "lister", "-f", "-"], $$"""{"grants":[{{grant}}]}""")).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["can-i", "--user", "anna", "gatehouse", "user.list"])).ExitCode.ShouldBe(1);
        (await daemon.CliAsync(["user", "set", "anna", "--add-role", "lister"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["can-i", "--user", "anna", "gatehouse", "user.list"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["user", "list", .. remote], Password)).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["user", "list", .. remote], "another password")).ShouldBeRefused("GH9003");
    }

    [Fact]
    public async Task A_stranger_on_the_same_host_gets_nowhere_on_the_socket()
    {
        if (Environment.UserName != "root")
        {
            Assert.Skip("only root can become somebody else");
        }

        await using Daemon daemon = await new Daemon().StartAsync();
        string socket = Path.Combine(daemon.Data, "gatehouse.sock");
        File.GetUnixFileMode(socket).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        // Even where folder and socket are open to all, the kernel's word decides.
        for (DirectoryInfo? folder = new(daemon.Data); folder is not null && folder.FullName.StartsWith(Path.GetTempPath(), StringComparison.Ordinal); folder = folder.Parent)
        {
            if (folder.FullName != Path.GetTempPath().TrimEnd('/'))
            {
                File.SetUnixFileMode(folder.FullName, File.GetUnixFileMode(folder.FullName) | UnixFileMode.OtherExecute);
            }
        }

        File.SetUnixFileMode(socket, File.GetUnixFileMode(socket) | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        ShellResult mine = await Shell.BashAsync($"curl -sS -w '%{{http_code}}' --unix-socket {socket} http://localhost/v1/whoami");
        mine.Output.ShouldEndWith("200", customMessage: mine.ToString());
        ShellResult theirs = await Shell.BashAsync($"setpriv --reuid=65534 --regid=65534 --clear-groups curl -sS -w '%{{http_code}}' --unix-socket {socket} http://localhost/v1/whoami");
        theirs.Output.ShouldEndWith("401", customMessage: theirs.ToString());
    }

    [Fact]
    public async Task A_tail_follows_and_verify_works_with_the_daemon_up_and_down()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        (await daemon.CliAsync(["ip", "deny", "10.6.6.6"])).ExitCode.ShouldBe(0);
        (await FirstOfTailAsync(daemon)).ShouldNotBeNull().ShouldContain("deny 10.7.7.7");

        (await daemon.CliAsync(["audit", "search", "--since", "1h", "--action", "security_config_change"])).Output.ShouldContain("deny 10.6.6.6");
        (await daemon.CliAsync(["audit", "verify"])).Output.ShouldStartWith("whole");
        ShellResult page = await daemon.CliAsync(["audit", "search", "--limit", "1", "--json"]);
        long next = JsonDocument.Parse(page.Output).RootElement.GetProperty("next").GetInt64();
        JsonElement older = await daemon.JsonAsync("audit", "search", "--limit", "1", "--before", $"{next}");
        older.GetProperty("records")[0].GetProperty("gatehouse.seq").GetInt64().ShouldBeLessThan(next);
        (await daemon.CliAsync(["audit", "reindex"])).Output.ShouldContain("segments indexed");
        await daemon.StopAsync();
        (await daemon.CliAsync(["audit", "verify"])).Output.ShouldStartWith("whole");

        string segment = Directory.GetFiles(Path.Combine(daemon.Data, "audit"), "audit-*.jsonl").Order(StringComparer.Ordinal).First();
        string[] lines = await File.ReadAllLinesAsync(segment, TestContext.Current.CancellationToken);
        lines[3] = lines[3].Replace("\"event.outcome\":\"success\"", "\"event.outcome\":\"failure\"", StringComparison.Ordinal);
        await File.WriteAllTextAsync(segment, string.Join('\n', lines) + "\n", TestContext.Current.CancellationToken);
        ShellResult broken = await daemon.CliAsync(["audit", "verify", "--json"]);
        broken.ExitCode.ShouldBe(1, broken.ToString());
        JsonElement found = JsonDocument.Parse(broken.Output).RootElement;
        found.GetProperty("passed").GetBoolean().ShouldBeFalse();
        found.GetProperty("break").GetProperty("line").GetInt32().ShouldBeInRange(4, 5);
    }

    private static async Task<string?> FirstOfTailAsync(Daemon daemon)
    {
        var start = new ProcessStartInfo(Repository.Launcher, ["audit", "tail", "--text", "10.7.7.7", "--data", daemon.Data])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process tail = Process.Start(start)!;
        try
        {
            // The call is in the trail once it follows.
            while ((await daemon.CliAsync(["audit", "search", "--text", "/v1/audit/tail"])).Output.Length == 0)
            {
                tail.HasExited.ShouldBeFalse();
            }

            (await daemon.CliAsync(["ip", "deny", "10.7.7.7"])).ExitCode.ShouldBe(0);
            return await tail.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }
        finally
        {
            tail.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task Bash_completes_commands_and_options()
    {
        ShellResult completed = await Shell.BashAsync($$"""
            set -e
            gatehouse() { {{Repository.Launcher}} "$@"; }
            source <({{Repository.Launcher}} completion bash)
            try() { COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gatehouse; echo "${COMPREPLY[*]}"; }
            try {{Repository.Launcher}} us
            try {{Repository.Launcher}} user p
            try {{Repository.Launcher}} user add anna --gen
            """);
        completed.Output.Split('\n').ShouldBe(["user", "passwd", "--generate", ""], completed.ToString());
    }

    [Fact]
    public async Task Zsh_completes_commands_and_options()
    {
        // compadd belongs to zsh's line editor, which is not there without a terminal.
        ShellResult completed = await Shell.RunAsync("zsh", ["-f", "-c", $$$"""
            compdef() { : }
            compadd() { print -l -- "${(@P)${@[-1]}}" }
            _files() { print files }
            source <({{{Repository.Launcher}}} completion zsh)
            try() { words=({{{Repository.Launcher}}} "$@"); CURRENT=${#words}; _gatehouse }
            try us
            try user p
            try user add anna --gen
            try nothing-like-it
            """]);

        // All that is offered; zsh's own compadd leaves out what does not begin with the word.
        string[] offered = completed.Output.Split('\n');
        foreach (string word in (string[])["user", "passwd", "--generate"])
        {
            offered.ShouldContain(word, completed.ToString());
        }

        offered[^2].ShouldBe("files", completed.ToString());
        offered.ShouldNotContain("/h");
    }

    [Fact]
    public async Task Fish_completes_commands_and_options()
    {
        await using var daemon = new Daemon();
        Dictionary<string, string> environment = new() { ["HOME"] = daemon.Folder.Path, ["PATH"] = $"{Repository.Root}:{Environment.GetEnvironmentVariable("PATH")}" };
        ShellResult completed = await Shell.RunAsync(
            "fish", ["-N", "-c", "gatehouse completion fish | source; complete -C 'gatehouse us'; complete -C 'gatehouse user p'; complete -C 'gatehouse user add anna --gen'"],
            environment: environment, directory: daemon.Folder.Path);
        completed.Output.Split('\n').ShouldBe(["user", "passwd", "--generate", ""], completed.ToString());
    }
}

/// <summary>How commands are refused.</summary>
internal static class CommandAssertions
{
    public static void ShouldBeRefused(this ShellResult result, string id)
    {
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Error.ShouldStartWith(id + " ");
        result.Error.TrimEnd('\n').ShouldNotContain('\n');
    }
}
