using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>What is wrong in gatehouse.yaml is said with id, place and the nearest word; a good configuration stays.</summary>
public sealed class Bad_configuration
{
    [Theory]
    [InlineData("gates:\n  a: [\n", "GH1")]
    [InlineData("gatez:\n  a: {}\n", "gates")]
    [InlineData("gates:\n  a:\n    protocol: http\n    lisen: 127.0.0.1:1\n    upstream: http://127.0.0.1:2\n", "listen")]
    [InlineData("gates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:99999\n    upstream: http://127.0.0.1:2\n", "99999")]
    [InlineData("gates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:8\n    upstream: http://127.0.0.1:2\n  a:\n    protocol: tcp\n", "`a`")]
    [InlineData("limits:\n  connections: many\n", "many")]
    [InlineData("gates:\n  a:\n    protocol: http\n    listen: 127.0.0.1:18999\n    upstream: http://localhost:18999\n", "GH1")]
    [InlineData("gates:\n  a:\n    protocol: http\n    listen: 0.0.0.0:18999\n    upstream: http://127.0.0.1:2\n    tls: false\n", "GH1")]
    public async Task Check_and_start_refuse_it_alike(string yaml, string named)
    {
        await using var daemon = new Daemon();
        await File.WriteAllTextAsync(daemon.ConfigurationFile, "version: 1\n" + yaml, TestContext.Current.CancellationToken);

        ShellResult check = await daemon.CliAsync(["check"]);
        check.ExitCode.ShouldBe(1, check.ToString());
        string said = check.Output + check.Error;
        said.ShouldContain("GH1");
        said.ShouldContain(named);
        said.ShouldContain("gatehouse.yaml:");

        ShellResult up = await daemon.CliAsync(["up"]);
        up.ExitCode.ShouldBe(2, up.ToString());
        up.Error.ShouldContain("GH1");
    }

    [Fact]
    public async Task Fips_without_the_module_is_refused_at_start_and_by_the_check()
    {
        await using var daemon = new Daemon();
        daemon.WriteConfiguration("tls:\n  profile: fips\n");

        foreach (string command in (string[])["up", "check"])
        {
            ShellResult refused = await daemon.CliAsync([command]);
            refused.ExitCode.ShouldBe(command == "up" ? 2 : 1, refused.ToString());
            (refused.Output + refused.Error).ShouldContain("GH1030");
            (refused.Output + refused.Error).ShouldContain("FIPS provider is not loaded");
        }

        Directory.Exists(Path.Combine(daemon.Data, "audit")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_others_may_write_is_refused()
    {
        await using var daemon = new Daemon();
        File.SetUnixFileMode(daemon.ConfigurationFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);

        ShellResult up = await daemon.CliAsync(["up"]);

        up.ExitCode.ShouldBe(2);
        up.Error.ShouldContain("chmod");
    }

    [Fact]
    public async Task A_node_key_that_others_may_read_is_refused()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        string key = Directory.GetFiles(Path.Combine(daemon.Folder["config"], "gatehouse"), "*.key").Single();
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        ShellResult up = await daemon.CliAsync(["up"]);

        up.ExitCode.ShouldBe(2);
        up.Error.ShouldContain("GH3");
        up.Error.ShouldContain("chmod 600");
    }

    [Fact]
    public async Task A_lost_node_key_ends_the_start_and_makes_no_new_CA()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        byte[] before = await File.ReadAllBytesAsync(daemon.CaFile, TestContext.Current.CancellationToken);
        Directory.Delete(Path.Combine(daemon.Folder["config"], "gatehouse"), recursive: true);

        ShellResult up = await daemon.CliAsync(["up"]);

        up.ExitCode.ShouldBe(2);
        up.Error.ShouldContain("GH3");
        (await File.ReadAllBytesAsync(daemon.CaFile, TestContext.Current.CancellationToken)).ShouldBe(before);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reload_takes_a_good_file_and_keeps_it_against_a_bad_one(bool bySignal)
    {
        int added = Ports.Free();
        await using Daemon daemon = await new Daemon().StartAsync();
        using HttpClient kept = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        (await kept.GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();

        daemon.WriteConfiguration($"gates:\n  second:\n    protocol: http\n    listen: 127.0.0.1:{added}\n    upstream: builtin:whoami\n");
        Reload(daemon, bySignal);
        await Ports.WaitForAsync(added);
        (await daemon.Client(added, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();

        await File.AppendAllTextAsync(daemon.ConfigurationFile, "nonsense: [\n", TestContext.Current.CancellationToken);
        Reload(daemon, bySignal);
        await WaitAsync(() => daemon.Error.Contains("GH1", StringComparison.Ordinal));
        (await kept.GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        (await daemon.Client(added, "admin", daemon.Password).GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
        ShellResult status = await daemon.CliAsync(["status"]);
        status.Output.ShouldContain("GH1");
    }

    private static void Reload(Daemon daemon, bool bySignal)
    {
        if (bySignal)
        {
            daemon.Signal(1);
        }
    }

    private static async Task WaitAsync(Func<bool> until)
    {
        for (int i = 0; i < 200 && !until(); i++)
        {
            await Task.Delay(50);
        }

        until().ShouldBeTrue();
    }
}
