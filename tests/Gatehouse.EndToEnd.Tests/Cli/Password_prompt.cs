using System.Net;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Cli;

/// <summary>Passwords typed on a real terminal.</summary>
public sealed class Password_prompt
{
    private const string Password = "über den Bergen so weit";

    [Fact]
    public async Task A_password_is_asked_twice_shown_never_and_works()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.AddUserAsync("anna", "an older password");

        string shown = await ChangeAsync(daemon, 0, "wrong at first\u0015", Password + "\r", "über den Bergen so weix\u007ft\r");

        foreach (string secret in (string[])["wrong", "first", "über", "Bergen", "weit", "weix", "*"])
        {
            shown.ShouldNotContain(secret);
        }

        using HttpClient client = daemon.Client(daemon.WhoamiPort, "anna", Password);
        using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_that_differ_and_a_cancelled_prompt_change_nothing()
    {
        await using Daemon daemon = await new Daemon().StartAsync();
        await daemon.AddUserAsync("anna", "an older password");

        (await ChangeAsync(daemon, 1, Password + "\r", "another one entirely\r")).ShouldContain("GH9012");
        (await ChangeAsync(daemon, 1, "\u0004")).ShouldContain("GH9012");
        (await ChangeAsync(daemon, 130, "half of a pass\u0003")).ShouldNotContain("half");

        using HttpClient client = daemon.Client(daemon.WhoamiPort, "anna", "an older password");
        using HttpResponseMessage answer = await client.GetAsync("/", TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    // What is typed at the first prompt, and at the second; each prompt is waited for, as a person does.
    private static async Task<string> ChangeAsync(Daemon daemon, int exitCode, string first, params string[] more)
    {
        await using TerminalSession terminal = TerminalSession.Start(
            Repository.Launcher, ["user", "passwd", "anna", "--data", daemon.Data, "--config", daemon.ConfigurationFile], daemon.Environment);
        await terminal.WaitForAsync("Password for anna: ");
        await terminal.TypeAsync(first);
        if (more.Length == 2)
        {
            await terminal.TypeAsync(more[0]);
        }

        if (more.Length > 0)
        {
            await terminal.WaitForAsync("Again: ");
            await terminal.TypeAsync(more[^1]);
        }

        (await terminal.EndAsync()).ShouldBe(exitCode, terminal.Shown);
        return terminal.Shown;
    }
}
