using System.Net;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>A policy as a person writes it, against a real daemon: what it ignores is gone, the change is not, and the trail is whole.</summary>
public sealed class Audit_policy_from_the_command_line
{
    private const string Password = "a long way home";

    [Fact]
    public async Task A_policy_is_set_tried_survives_a_restart_and_is_reset()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.SetRoleAsync("reader", "http:*:**");
        await daemon.AddUserAsync("anna", Password, "reader");
        await daemon.AddUserAsync("bert", Password, "reader");
        const string Policy = """
            # The probe asks every second.
            revision: 0
            level: standard
            ignore:
              probe:
                users: [an*]
                realms: [native]
            gates:
              whoami:
                exclude: [connection_denied]
              whoamy: {}
            """;

        ShellResult set = await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], Policy);
        set.ExitCode.ShouldBe(0, set.ToString());
        set.Output.ShouldContain("the audit policy is in force");
        set.Error.ShouldContain("this node has no gate `whoamy`");
        (await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], Policy)).ShouldBeRefused("GH8032");
        (await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], "levle: full\n")).ExitCode.ShouldBe(2);
        ShellResult forgotten = await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], "ignore:\n  p:\n    users: [a]\n    resources:\n");
        forgotten.ExitCode.ShouldBe(2);
        forgotten.Error.ShouldContain("standard input:4:");
        (await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], "")).ExitCode.ShouldBe(2);
        ShellResult wrong = await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], "{\"exclude\":[\"security_config_change\"]}");
        wrong.ShouldBeRefused("GH8030");
        ShellResult ignored = await daemon.CliAsync(["audit", "policy", "test", "access_granted", "--gate", "whoami", "--user", "anna"]);
        ignored.ExitCode.ShouldBe(1);
        ignored.Output.ShouldContain("ignore policy `probe` of every gate matches it");
        (await daemon.CliAsync(["audit", "policy", "test", "access_granted", "--gate", "whoami", "--user", "bert"])).ExitCode.ShouldBe(0);

        await daemon.StopAsync();
        await daemon.StartAsync();
        (await daemon.CliAsync(["audit", "policy", "show"])).Output.ShouldContain("an*");
        (await AskAsync(daemon, "anna")).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(daemon, "bert")).ShouldBe(HttpStatusCode.OK);
        ShellResult shown = await daemon.CliAsync(["audit", "policy", "show", "--json"]);
        (await daemon.CliAsync(["audit", "policy", "set", "-f", "-"], shown.Output)).ExitCode.ShouldBe(0);
        (await daemon.CliAsync(["audit", "policy", "reset"])).ExitCode.ShouldBe(0);
        (await AskAsync(daemon, "anna")).ShouldBe(HttpStatusCode.OK);
        await daemon.StopAsync();

        JsonElement[] trail = daemon.Trail();
        Actions(trail, "access_granted", "whoami").ShouldBe(["bert", "anna"]);
        Actions(trail, "security_config_change", null).Length.ShouldBeGreaterThanOrEqualTo(6);
        trail.Count(static record => Text(record, "message").Contains("the audit policy", StringComparison.Ordinal)).ShouldBe(3);
        (await daemon.CliAsync(["audit", "verify"])).Output.ShouldStartWith("whole");
    }

    private static async Task<HttpStatusCode> AskAsync(Daemon daemon, string user)
    {
        using HttpClient client = daemon.Client(daemon.WhoamiPort, user, Password);
        using HttpResponseMessage response = await client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static string[] Actions(JsonElement[] trail, string action, string? gate) =>
    [
        .. trail.Where(record => Text(record, "event.action") == action && (gate is null || Text(record, "gatehouse.gate") == gate))
            .Select(static record => Text(record, "user.name")),
    ];

    private static string Text(JsonElement record, string field) =>
        record.TryGetProperty(field, out JsonElement value) ? value.GetString() ?? "" : "";
}
