using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests;

/// <summary>An old copy of the data folder is refused until somebody accepts it on purpose, and the trail says who.</summary>
public sealed class Recover_after_a_rollback
{
    private const string Password = "a long way home";

    [Fact]
    public async Task An_old_copy_is_refused_accepted_by_its_number_and_recorded()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.AddUserAsync("anna", Password);
        await daemon.StopAsync();
        (await Shell.BashAsync($"cp -a {daemon.Data} {daemon.Folder["old"]}")).ExitCode.ShouldBe(0);
        await daemon.StartAsync();
        (await daemon.CliAsync(["user", "rm", "anna"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["recover", "--accept-rollback"], "2\n")).Error.ShouldContain("GH2001");
        await daemon.StopAsync();
        (await Shell.BashAsync($"rm -r {daemon.Data} && mv {daemon.Folder["old"]} {daemon.Data}")).ExitCode.ShouldBe(0);

        ShellResult refused = await daemon.CliAsync(["up"]);
        refused.ExitCode.ShouldBe(2);
        refused.Error.ShouldContain("GH2030");
        refused.Error.ShouldContain("gatehouse recover");
        (await daemon.CliAsync(["recover"])).ExitCode.ShouldBe(2);
        ShellResult mistyped = await daemon.CliAsync(["recover", "--accept-rollback"], "3\n");
        mistyped.ExitCode.ShouldBe(1);
        mistyped.Error.ShouldContain("users in it: admin, anna");
        (await daemon.CliAsync(["recover", "--accept-rollback"], "")).ExitCode.ShouldBe(1);
        (await daemon.CliAsync(["up"])).Error.ShouldContain("GH2030");

        ShellResult accepted = await daemon.CliAsync(["recover", "--accept-rollback", "--json"], "2\n");
        accepted.ExitCode.ShouldBe(0, accepted.ToString());
        JsonElement answer = JsonDocument.Parse(accepted.Output).RootElement;
        answer.GetProperty("seen").GetInt64().ShouldBe(3);
        answer.GetProperty("generation").GetInt64().ShouldBe(2);
        answer.GetProperty("accepted").GetBoolean().ShouldBeTrue();
        Messages(daemon).Count(static m => m == "rollback accepted: from generation 3 to generation 2").ShouldBe(1);
        (await daemon.CliAsync(["audit", "verify"])).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["recover", "--accept-rollback"])).Output.ShouldContain("nothing to accept");

        await daemon.StartAsync();
        using HttpClient anna = daemon.Client(daemon.WhoamiPort, "anna", Password);
        (await anna.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldNotBe(HttpStatusCode.Unauthorized);
        (await daemon.JsonAsync("user", "rm", "anna")).GetProperty("generation").GetInt64().ShouldBe(3);
    }

    [Fact]
    public async Task A_damaged_record_of_what_was_seen_is_made_anew()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        string seen = Directory.GetFiles(daemon.Folder["config"], "*.seen", SearchOption.AllDirectories).Single();
        await File.WriteAllBytesAsync(seen, [1, 2, 3], TestContext.Current.CancellationToken);
        (await daemon.CliAsync(["up"])).Error.ShouldContain("GH2031");

        ShellResult accepted = await daemon.CliAsync(["recover", "--accept-rollback", "--yes"]);

        accepted.ExitCode.ShouldBe(0, accepted.ToString());
        accepted.Output.ShouldContain("generation 1 is accepted");
        Messages(daemon).ShouldContain("rollback accepted: from a record that does not open to generation 1");
        await daemon.StartAsync();
    }

    [Fact]
    public async Task A_folder_without_a_node_or_without_a_state_has_nothing_to_accept()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.StopAsync();
        (await Shell.BashAsync($"rm {daemon.Data}/gatehouse.db*")).ExitCode.ShouldBe(0);

        (await daemon.CliAsync(["recover", "--accept-rollback", "--yes"])).Error.ShouldContain("GH0011");
        (await Shell.RunAsync(Repository.Launcher, ["recover", "--accept-rollback", "--yes", "--data", daemon.Folder["none"]])).Error.ShouldContain("GH9009");

        Directory.Exists(daemon.Folder["none"]).ShouldBeFalse();
        (await daemon.CliAsync(["up"])).Error.ShouldContain("GH0011");
    }

    private static IEnumerable<string?> Messages(Daemon daemon) =>
        daemon.Trail().Select(static r => r.TryGetProperty("message", out JsonElement message) ? message.GetString() : null);
}
