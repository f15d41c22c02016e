using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>The first minutes: no configuration, no question, nothing open.</summary>
public sealed class First_start
{
    [Fact]
    public async Task The_printed_curl_line_says_who_I_am()
    {
        await using Daemon daemon = await new Daemon().StartAsync();

        string line = daemon.Output.Split('\n').Select(static l => l[(l.IndexOf("curl --cacert", StringComparison.Ordinal) is var at and >= 0 ? at : l.Length)..])
            .Single(static l => l.Length > 0);
        ShellResult answer = await Shell.BashAsync(line);

        answer.ExitCode.ShouldBe(0, answer.ToString());
        JsonElement who = JsonDocument.Parse(answer.Output).RootElement;
        who.GetProperty("user").GetString().ShouldBe("admin");
        who.GetProperty("realm").GetString().ShouldBe("native");
        daemon.Output.ShouldContain("SHA-256");
        daemon.Output.ShouldContain($"https://127.0.0.1:{daemon.AdminPort}");
    }

    [Fact]
    public async Task The_password_is_told_once_and_its_file_goes()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        daemon.Password.Length.ShouldBe(23);
        File.Exists(Path.Combine(daemon.Data, "initial-password")).ShouldBeFalse();
        await daemon.StopAsync();

        await daemon.StartAsync();

        daemon.Output.ShouldNotContain(daemon.Password);
        (await daemon.Client(daemon.WhoamiPort, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Under_a_service_manager_the_password_goes_to_a_file_until_it_is_changed()
    {
        await using var daemon = new Daemon();
        daemon.Environment["INVOCATION_ID"] = "1";
        daemon.Environment["JOURNAL_STREAM"] = "1:1";
        await daemon.StartAsync();
        string file = Path.Combine(daemon.Data, "initial-password");
        string password = (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).Trim();

        daemon.Output.ShouldNotContain(password);
        daemon.Error.ShouldNotContain(password);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await daemon.Client(daemon.WhoamiPort, "admin", password).GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();

        (await daemon.CliAsync(["user", "passwd", "admin", "--password-file", "-"], "a-new-password-1\n")).ExitCode.ShouldBe(0);

        File.Exists(file).ShouldBeFalse();
        ((int)(await daemon.Client(daemon.WhoamiPort, "admin", password).GetAsync("/", TestContext.Current.CancellationToken)).StatusCode).ShouldBe(401);
    }

    [Fact]
    public async Task What_is_secret_is_closed_to_everybody_else()
    {
        await using Daemon daemon = await new Daemon().StartAsync();

        File.GetUnixFileMode(daemon.Data).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (string file in Directory.EnumerateFiles(daemon.Data, "*", SearchOption.AllDirectories))
        {
            UnixFileMode mode = File.GetUnixFileMode(file);
            bool isPublic = Path.GetExtension(file) is ".crt" or ".cnf" || Path.GetFileName(file) is "node.json" or "gatehouse.lock";
            (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)).ShouldBe(UnixFileMode.None, file);
            if (!isPublic)
            {
                (mode & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)).ShouldBe(UnixFileMode.None, file);
            }
        }

        Directory.GetFiles(Path.Combine(daemon.Folder["config"], "gatehouse"), "*.key").Length.ShouldBe(1);
        Directory.EnumerateFiles(daemon.Data, "*.key", SearchOption.AllDirectories).Where(static f => Path.GetFileName(f).Length == 20).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_first_start_killed_anywhere_goes_on_at_the_next()
    {
        for (int i = 0; i < 8; i++)
        {
            await using var daemon = new Daemon();
            for (int kill = 0; kill < 3; kill++)
            {
                Task<Daemon> start = daemon.StartAsync();
                await Task.Delay(120 + (i * 60) + (kill * 90), TestContext.Current.CancellationToken);
                daemon.Signal(9);
                try
                {
                    await start;
                }
                catch (InvalidOperationException)
                {
                    // Killed before it was ready, as on most machines; a fast one may have been ready before.
                }

                await daemon.WaitForEndAsync();
            }

            await daemon.StartAsync();

            daemon.Password.Length.ShouldBe(23, daemon.Output + daemon.Error);
            using HttpResponseMessage answer = await daemon.Client(daemon.WhoamiPort, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken);
            answer.IsSuccessStatusCode.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task A_second_daemon_on_the_same_folder_is_refused_and_told_who_holds_it()
    {
        await using Daemon daemon = await new Daemon().StartAsync();

        ShellResult second = await daemon.CliAsync(["up"]);

        second.ExitCode.ShouldBe(2);
        second.Error.ShouldContain("GH2001");
        second.Error.ShouldContain(daemon.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task An_emptied_store_does_not_make_a_new_administrator()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        foreach (string file in Directory.GetFiles(daemon.Data, "gatehouse.db*"))
        {
            File.Delete(file);
        }

        ShellResult start = await daemon.CliAsync(["up"]);

        start.ExitCode.ShouldBe(2);
        start.Error.ShouldContain("GH0011");
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_owner_and_the_rest_runs()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        int port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;
        await using var daemon = new Daemon($"gates:\n  second:\n    protocol: http\n    listen: 127.0.0.1:{port}\n    upstream: http://127.0.0.1:9\n");
        await daemon.StartAsync();

        daemon.Output.ShouldContain("GH4010");
        daemon.Output.ShouldContain($"pid {Environment.ProcessId}");
        using HttpResponseMessage answer = await daemon.Client(daemon.WhoamiPort, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken);
        answer.IsSuccessStatusCode.ShouldBeTrue();
    }
}
