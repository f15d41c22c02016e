using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cluster;

/// <summary>The commands on a daemon that is a cluster of one.</summary>
public sealed class Rotation_by_command
{
    [Fact]
    public async Task Everything_rotates_goes_back_and_outlives_a_restart()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        string before = await File.ReadAllTextAsync(daemon.CaFile, TestContext.Current.CancellationToken);
        ShellResult plan = await daemon.CliAsync(["ca", "rotate", "--plan"]);
        plan.ExitCode.ShouldBe(0, plan.ToString());
        plan.Output.ShouldContain("by hand: give the new ca.crt");
        (await daemon.CliAsync(["ca", "rotate"])).ExitCode.ShouldBe(2);

        // Back from the middle: the old CA alone, as if nothing had been.
        (await StepAsync(daemon, "ca")).ShouldBe("prepare");
        (await daemon.CliAsync(["secret", "rotate", "--step"])).Error.ShouldContain("GH3300");
        (await StepAsync(daemon, "ca")).ShouldBe("distribute");
        await WaitAsync(daemon, "ca", static s => s.TryGetProperty("next", out JsonElement next) && next.GetString() == "activate");
        (await File.ReadAllTextAsync(daemon.CaFile, TestContext.Current.CancellationToken)).Length.ShouldBeGreaterThan(before.Length, "both are in it");
        (await StepAsync(daemon, "ca")).ShouldBe("activate");
        (await daemon.CliAsync(["ca", "rotate", "--rollback"])).ExitCode.ShouldBe(0);
        await WaitAsync(daemon, "ca", static s => !s.TryGetProperty("step", out _));
        (await File.ReadAllTextAsync(daemon.CaFile, TestContext.Current.CancellationToken)).ShouldBe(before);
        await ReachAsync(daemon);

        // Forward, each kind.
        foreach (string kind in (string[])["ca", "secret", "data-key"])
        {
            string old = ActiveOf(await daemon.JsonAsync(kind, "status"));
            ShellResult all = await daemon.CliAsync([kind, "rotate", "--all"], seconds: 60);
            all.ExitCode.ShouldBe(0, all.ToString());
            all.Output.ShouldContain("retire: ");
            ActiveOf(await daemon.JsonAsync(kind, "status")).ShouldNotBe(old);
            await ReachAsync(daemon);
        }

        (await File.ReadAllTextAsync(daemon.CaFile, TestContext.Current.CancellationToken)).ShouldNotContain(before);
        await daemon.StopAsync();
        ShellResult recovered = await daemon.CliAsync(["recover", "--certificates"]);
        recovered.ExitCode.ShouldBe(0, recovered.ToString());
        recovered.Output.ShouldContain("the CA is good");
        await daemon.StartAsync();
        await ReachAsync(daemon);
        (await daemon.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);
        string[] messages = [.. daemon.Trail().Select(static r => r.TryGetProperty("message", out JsonElement message) ? message.GetString() ?? "" : "")];
        messages.Count(static m => m.EndsWith("of secret: activate", StringComparison.Ordinal)).ShouldBe(1);
        messages.ShouldContain("rotation of ca rolled back");
    }

    private static async Task<string?> StepAsync(Daemon daemon, string kind)
    {
        await WaitAsync(daemon, kind, static s => s.TryGetProperty("next", out _));
        return (await daemon.JsonAsync(kind, "rotate", "--step")).GetProperty("step").GetString();
    }

    private static async Task WaitAsync(Daemon daemon, string kind, Func<JsonElement, bool> isThere)
    {
        for (int i = 0; !isThere(await daemon.JsonAsync(kind, "status")); i++)
        {
            i.ShouldBeLessThan(60);
        }
    }

    private static string ActiveOf(JsonElement status) =>
        status.GetProperty("material").EnumerateArray().Single(static m => m.GetProperty("phase").GetString() == "active").GetProperty("id").GetString()!;

    private static async Task ReachAsync(Daemon daemon)
    {
        using HttpClient client = daemon.Client(daemon.WhoamiPort, "admin", daemon.Password);
        (await client.GetAsync("/", TestContext.Current.CancellationToken)).IsSuccessStatusCode.ShouldBeTrue();
    }
}
