using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary><c>gatehouse store backup</c> beside a daemon that is changed all the while, and a new daemon from what came out of it.</summary>
public sealed class Backup_of_a_running_daemon
{
    [Fact]
    public async Task It_is_of_one_moment_and_a_daemon_starts_from_it()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "http:get:**");
        using var enough = new CancellationTokenSource();
        var made = new ConcurrentDictionary<string, Change>(StringComparer.Ordinal);
        Task writing = WriteAsync(daemon, made, enough.Token);
        while (made.Count < 5)
        {
            writing.IsFaulted.ShouldBeFalse(writing.Exception?.Message);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        string file = daemon.Folder["a.backup"];
        long began = Stopwatch.GetTimestamp();
        ShellResult backup = await daemon.CliAsync(["store", "backup", file, "--json"]);
        long ended = Stopwatch.GetTimestamp();
        await enough.CancelAsync();
        await writing;
        backup.ExitCode.ShouldBe(0, backup.ToString());
        long generation = JsonDocument.Parse(backup.Output).RootElement.GetProperty("generation").GetInt64();
        int meanwhile = made.Values.Count(change => change.At > began && change.At < ended);
        TestContext.Current.SendDiagnosticMessage($"{meanwhile} changes during {Stopwatch.GetElapsedTime(began, ended).TotalMilliseconds:0} ms of backup");
        meanwhile.ShouldBeGreaterThan(5, "the daemon goes on");
        (await daemon.CliAsync(["store", "restore", file])).Error.ShouldContain("GH2001", Case.Sensitive, "not beside the daemon");

        // Another host, with the node's key and nothing else.
        var folder = new TemporaryFolder();
        await CopyKeyAsync(daemon, folder);
        await using var other = new Daemon(null, folder);
        ShellResult restored = await other.CliAsync(["store", "restore", file, "--json"]);
        restored.ExitCode.ShouldBe(0, restored.ToString());
        await other.StartAsync();
        JsonElement status = await other.StatusAsync();
        status.GetProperty("generation").GetInt64().ShouldBe(generation);
        status.GetProperty("problems").EnumerateArray().Select(static one => one.GetProperty("id").GetString()).ShouldBe(["GH8004"], "the trail is no part of a backup");
        string[] users = [.. (await other.JsonAsync("user", "list")).GetProperty("users").EnumerateArray().Select(static user => user.GetProperty("name").GetString()!)];
        users.Order(StringComparer.Ordinal).ShouldBe(made.Where(one => one.Value.Generation <= generation).Select(static one => one.Key).Append("admin").Order(StringComparer.Ordinal));
        made.Values.Count(change => change.Generation > generation).ShouldBeGreaterThan(0, "what came after that moment is not in it");
        (await other.JsonAsync("role", "show", "reader")).GetRawText().ShouldBe((await daemon.JsonAsync("role", "show", "reader")).GetRawText());
        using HttpClient admin = other.Client(other.AdminPort, "admin", daemon.Password);
        (await admin.GetAsync("/v1/users", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue("with the password of the moment");
        (await other.JsonAsync("user", "rm", users.First(static name => name != "admin"))).GetProperty("generation").GetInt64().ShouldBe(generation + 1);
    }

    // As fast as they come, by the admin API; each answer has the generation that the change became.
    private static async Task WriteAsync(Daemon daemon, ConcurrentDictionary<string, Change> made, CancellationToken enough)
    {
        using HttpClient admin = daemon.Client(daemon.AdminPort, "admin", daemon.Password);
        for (int i = 0; !enough.IsCancellationRequested; i++)
        {
            string name = $"service-{i}";
            using HttpResponseMessage answer = await admin.PostAsJsonAsync("/v1/users", new { name, service = true, roles = new[] { "reader" } }, CancellationToken.None);
            JsonElement body = await answer.Content.ReadFromJsonAsync<JsonElement>(CancellationToken.None);
            answer.IsSuccessStatusCode.ShouldBeTrue(body.ToString());
            made[name] = new Change(body.GetProperty("generation").GetInt64(), Stopwatch.GetTimestamp());
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static async Task CopyKeyAsync(Daemon daemon, TemporaryFolder to)
    {
        string key = Directory.GetFiles(Path.Combine(daemon.Folder["config"], "gatehouse"), "*.key").Single();
        ShellResult copied = await Shell.BashAsync($"umask 077 && mkdir -p '{to["config"]}/gatehouse' && cp '{key}' '{to["config"]}/gatehouse/'");
        copied.ExitCode.ShouldBe(0, copied.ToString());
    }

    private sealed record Change(long Generation, long At);
}
