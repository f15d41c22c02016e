using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Locked out, and the accounts that are kept for such a day.</summary>
public sealed class Getting_back_in
{
    private const string Password = "a long way home";

    [Fact]
    public async Task An_administrator_that_is_locked_out_is_reset_on_the_host_and_nowhere_else()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        const string Lock = "grants:\n  - system: gatehouse\n    effect: deny\n    actions: ['*']\n    resources: '**'\n";
        Fine(await daemon.CliAsync(["role", "set", "lock", "-f", "-"], Lock));

        // The last one cannot be locked out, neither by a role nor by what a role comes to say.
        (await daemon.CliAsync(["user", "set", "admin", "--add-role", "lock"])).ShouldBeRefused("GH9013");
        await daemon.SetRoleAsync("harmless", "http:get:**");
        Fine(await daemon.CliAsync(["user", "set", "admin", "--add-role", "harmless"]));
        (await daemon.CliAsync(["role", "set", "harmless", "-f", "-"], Lock)).ShouldBeRefused("GH9013");

        await daemon.AddUserAsync("anna", Password, "superuser");
        Fine(await daemon.CliAsync(["user", "set", "admin", "--add-role", "lock", "--disable"]));
        (await AskAsync(daemon, "admin", daemon.Password, HttpMethod.Get, "/v1/users")).Status.ShouldBe(HttpStatusCode.Unauthorized);

        // Over the network nobody resets anybody, an administrator neither.
        (HttpStatusCode status, string body) = await AskAsync(daemon, "anna", Password, HttpMethod.Post, "/v1/users/admin/reset", $"{{\"password\":\"{Password}\"}}");
        status.ShouldBe(HttpStatusCode.Forbidden);
        body.ShouldContain("GH9070");

        JsonElement reset = await daemon.JsonAsync("admin", "reset");
        string password = reset.GetProperty("password").GetString()!;
        (await AskAsync(daemon, "admin", password, HttpMethod.Get, "/v1/users")).Status.ShouldBe(HttpStatusCode.OK);
        (await AskAsync(daemon, "admin", daemon.Password, HttpMethod.Get, "/v1/users")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        (await daemon.JsonAsync("user", "show", "admin")).GetProperty("roles").ToString().ShouldBe("[\"superuser\"]");

        // One that was not there is made; what is no name or too weak is refused.
        Fine(await daemon.CliAsync(["admin", "reset", "dora", "--password-file", "-"], Password + "\n"));
        (await AskAsync(daemon, "dora", Password, HttpMethod.Get, "/v1/users")).Status.ShouldBe(HttpStatusCode.OK);
        (await daemon.CliAsync(["admin", "reset", "emil", "--password-file", "-"], "short\n")).ShouldBeRefused("GH9012");
        (await daemon.CliAsync(["admin", "reset", "DORA"])).ShouldBeRefused("GH9010");

        await daemon.StopAsync();
        daemon.Trail().Count(static r => Action(r) == "alarm" && r.GetRawText().Contains("an administrator was reset from the host", StringComparison.Ordinal)).ShouldBe(2);
        string.Concat(daemon.Trail().Select(static r => r.GetRawText())).ShouldNotContain(password);
    }

    [Fact]
    public async Task A_break_glass_account_rings_each_time_and_nothing_goes_past_it()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        Fine(await daemon.CliAsync(["user", "add", "glass", "--break-glass", "--role", "superuser", "--password-file", "-"], Password + "\n"));
        (await daemon.CliAsync(["user", "list"])).Output.ShouldContain("enabled, break-glass");

        for (int connection = 0; connection < 2; connection++)
        {
            using HttpClient client = daemon.Client(daemon.WhoamiPort, "glass", Password);
            for (int request = 0; request < 2; request++)
            {
                (await client.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
            }
        }

        (await AskAsync(daemon, "glass", Password, HttpMethod.Get, "/v1/users")).Status.ShouldBe(HttpStatusCode.OK);
        (await daemon.CliAsync(["apikey", "create", "way-round", "--owner", "glass"])).ShouldBeRefused("GH5032");
        (await daemon.CliAsync(["user", "add", "both", "--break-glass", "--service"])).ShouldBeRefused("GH5032");

        // Acting as it: even who may act as everybody does not go past the alarm.
        await daemon.SetRoleAsync("actor", "gatehouse:run-as:**");
        await daemon.AddUserAsync("anna", Password, "actor", "superuser");
        using HttpClient actor = daemon.Client(daemon.WhoamiPort, "anna", Password);
        actor.DefaultRequestHeaders.Add("X-Gatehouse-Run-As", "glass");
        (await actor.GetAsync("/", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        await daemon.StopAsync();
        JsonElement[] alarms = [.. daemon.Trail().Where(static r => Action(r) == "alarm")];
        alarms.Length.ShouldBe(3);
        foreach (JsonElement alarm in alarms)
        {
            alarm.GetRawText().ShouldContain("GH5031");
            alarm.GetRawText().ShouldContain("\"glass\"");
        }

        daemon.Error.ShouldContain("GH5031 break-glass account `glass` logged in");
    }

    private static string? Action(JsonElement record) =>
        record.TryGetProperty("event.action", out JsonElement flat) ? flat.GetString()
        : record.TryGetProperty("event", out JsonElement nested) && nested.TryGetProperty("action", out JsonElement action) ? action.GetString() : null;

    private static async Task<(HttpStatusCode Status, string Body)> AskAsync(
        Daemon daemon, string user, string password, HttpMethod method, string path, string? json = null)
    {
        using HttpClient client = daemon.Client(daemon.AdminPort, user, password);
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(json));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static void Fine(ShellResult result) => result.ExitCode.ShouldBe(0, result.ToString());
}
