using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>The whole policy as a file, exported, looked at, applied and taken back, against a real daemon.</summary>
public sealed class Policy_as_a_file
{
    [Fact]
    public async Task An_export_applied_changes_nothing_and_lies_there_for_its_owner_only()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "http:*:**");
        Fine(await daemon.CliAsync(["user", "add", "anna", "--role", "reader", "--password-file", "-"], "a long way home"));
        string file = daemon.Folder["policy.yaml"];

        Fine(await daemon.CliAsync(["policy", "export", "-f", file]));
        string first = await ReadAsync(file);
        (await daemon.CliAsync(["policy", "check", "-f", file])).Output.ShouldContain("is fine: 2 users, 1 roles");
        Fine(await daemon.CliAsync(["policy", "diff", "-f", file]));
        (await daemon.CliAsync(["policy", "apply", "-f", file])).Output.ShouldContain("nothing to change");
        ShellResult again = await daemon.CliAsync(["policy", "export"]);
        ShellResult hashes = await daemon.CliAsync(["policy", "export", "--with-hashes"]);

        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        again.Output.ShouldBe(first);
        first.ShouldNotContain("pbkdf2");
        hashes.Output.ShouldContain("password_hash: \"$pbkdf2");
    }

    [Fact]
    public async Task A_change_is_shown_first_refused_by_its_tests_applied_and_taken_back()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "etcd:kv.range:app/**");
        Fine(await daemon.CliAsync(["user", "add", "anna", "--role", "reader", "--password-file", "-"], "a long way home"));
        const string Policy = """
            version: 1
            roles:
              reader:
                grants:
                - {system: etcd, actions: kv.range, resources: ["app/**", "more/*/data"]}
                - {system: gatehouse, actions: user.list}
            tests:
            - user: anna
              may: ["etcd:kv.range:more/a/data", "gatehouse:user.list"]
              may_not: ["etcd:kv.put:app/a", "etcd:kv.range:more/a/b"]
            """;
        string wrong = Policy.Replace("kv.put:app/a", "kv.range:app/a", StringComparison.Ordinal);

        ShellResult diff = await daemon.CliAsync(["policy", "diff", "-f", "-"], Policy);
        ShellResult tests = await daemon.CliAsync(["policy", "test", "-f", "-"], Policy);
        ShellResult failing = await daemon.CliAsync(["policy", "test", "-f", "-"], wrong);
        ShellResult refused = await daemon.CliAsync(["policy", "apply", "-f", "-"], wrong);
        (await AskAsync(daemon)).ShouldBe(HttpStatusCode.Forbidden);
        ShellResult moved = await daemon.CliAsync(["policy", "apply", "-f", "-", "--revision", "1"], Policy);
        ShellResult applied = await daemon.CliAsync(["policy", "apply", "-f", "-"], Policy);
        (await AskAsync(daemon)).ShouldBe(HttpStatusCode.OK);
        ShellResult back = await daemon.CliAsync(["policy", "rollback"]);
        (await AskAsync(daemon)).ShouldBe(HttpStatusCode.Forbidden);

        diff.ExitCode.ShouldBe(1);
        diff.Output.ShouldContain("! gains gatehouse:user.list:**");
        diff.Output.ShouldContain("gains etcd:kv.range:more/*/data");
        diff.Output.ShouldContain("user anna");
        diff.Output.ShouldContain("~ roles reader: grants");
        Fine(tests);
        failing.ExitCode.ShouldBe(1);
        failing.Output.ShouldContain("anna may not etcd:kv.range:app/a");
        refused.ShouldBeRefused("GH6023");
        refused.Error.ShouldContain("standard input:8:");
        moved.ShouldBeRefused("GH6022");
        Fine(applied);
        applied.Output.ShouldContain("1 test holds");
        Fine(back);
        await daemon.StopAsync();
        JsonElement[] changes = [.. daemon.Trail().Where(static record => record.GetRawText().Contains("security_config_change", StringComparison.Ordinal))];
        string.Concat(changes.Select(static record => record.GetRawText())).ShouldContain("apply a policy: roles +0 ~1 -0");
    }

    [Fact]
    public async Task A_policy_goes_over_https_and_the_last_administrator_stays()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        string[] remote = ["--url", $"https://127.0.0.1:{daemon.AdminPort}", "--ca", daemon.CaFile, "--login-password-file", daemon.Folder["admin.txt"]];
        await File.WriteAllTextAsync(daemon.Folder["admin.txt"], daemon.Password, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(daemon.Folder["admin.txt"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        Fine(await daemon.CliAsync(["policy", "import", "-f", "-", .. remote], "version: 1\nusers:\n  bob: {full_name: Bob}\n"));
        (await daemon.CliAsync(["policy", "apply", "-f", "-", .. remote], "version: 1\nusers:\n  bob: {full_name: Bob}\n")).ShouldBeRefused("GH9013");
        (await daemon.CliAsync(["user", "list", .. remote])).Output.ShouldContain("bob");

        // More than the 1 MiB that other bodies have.
        string many = string.Concat(Enumerable.Range(0, 20_000).Select(static i => $"  user{i}: {{full_name: one of very many people that a directory never knew}}\n"));
        Fine(await daemon.CliAsync(["policy", "import", "-f", "-", .. remote], "version: 1\nusers:\n" + many, seconds: 60));
        (await daemon.CliAsync(["policy", "diff", "-f", "-", "--import"], "version: 1\nusers:\n" + many, seconds: 60)).Output.ShouldContain("nothing differs");
        ShellResult typo = await daemon.CliAsync(["policy", "apply", "-f", "-", .. remote], "version: 1\nusres: {}\n");
        typo.ExitCode.ShouldBe(2);
        typo.Error.ShouldContain("GH1006 standard input:2:1: unknown key `usres`, did you mean `users`?");
    }

    private static async Task<HttpStatusCode> AskAsync(Daemon daemon)
    {
        using HttpClient client = daemon.Client(daemon.AdminPort, "anna", "a long way home");
        using HttpResponseMessage answer = await client.GetAsync("v1/users", TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static Task<string> ReadAsync(string path) => File.ReadAllTextAsync(path, TestContext.Current.CancellationToken);

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.Error + result.Output);
}
