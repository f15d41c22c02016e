using System.Diagnostics;
using System.Globalization;
using Gatehouse.Engine.Connections;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Gates of realm <c>local</c>: whose process connects is the login, as the kernel says.</summary>
public sealed class LocalGateTests
{
    private const string Stranger = "54321";
    private static readonly string Own = LocalUsers.NameOf(LocalUsers.Own);

    [Fact]
    public async Task Who_runs_the_program_is_who_asks_and_no_header_is_looked_at()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await StartAsync(upstream.Port, Own);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        foreach (string headers in (string[])["", $"Authorization: {GateHarness.Basic("carl")}\r\n", "Authorization: nonsense\r\n"])
        {
            await client.SendAsync($"GET /read HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
            (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        }

        await client.SendAsync("DELETE /items/1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 403 ");
        upstream.Received.ShouldNotContain("uthorization");
        (await gate.Trail.WaitForAsync("AccessGranted")).ShouldStartWith($"AccessGranted Success {Own} GET /read 200 ");
    }

    [Fact]
    public async Task Other_users_are_refused_with_an_alarm_and_their_connection_ends()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await StartAsync(upstream.Port, Stranger);
        string answer = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        answer.ShouldStartWith("HTTP/1.1 401 ");
        answer.ShouldContain("WWW-Authenticate: Local ");
        answer.ShouldContain("Connection: close");
        _ = await gate.Trail.WaitForAsync("Alarm Failure");
        string failed = await gate.Trail.WaitForAsync("AuthenticationFailed");
        failed.ShouldStartWith($"AuthenticationFailed Failure {Own} ");
        failed.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"reason=local: uid {LocalUsers.Own} is not in allow_users"));
        upstream.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_program_of_the_user_who_is_named_gets_in_and_root_does_not()
    {
        Assert.SkipUnless(LocalUsers.Own == 0, "needs root to become another user");
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await StartAsync(upstream.Port, Stranger);
        (await AskAsAsync(Stranger, gate.Port)).ShouldBe("200");
        (await AskAsAsync("54322", gate.Port)).ShouldBe("401");
        (await gate.SendAsync("GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n")).ShouldStartWith("HTTP/1.1 401 ");
    }

    [Theory]
    [InlineData("POST /small", "Origin: http://localhost")]
    [InlineData("POST /small", "Origin: null")]
    [InlineData("POST /small", "Sec-Fetch-Site: same-origin")]
    [InlineData("GET /read", "Sec-Fetch-Site: none")]
    [InlineData("GET /read", "Origin: https://evil.example")]
    public async Task Pages_in_the_browser_of_that_user_are_not_let_in(string line, string header)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using GateHarness gate = await StartAsync(upstream.Port, Own);
        (await gate.SendAsync($"{line} HTTP/1.1\r\nHost: localhost\r\n{header}\r\nContent-Length: 0\r\n\r\n")).ShouldStartWith("HTTP/1.1 403 ");
        string options = await gate.SendAsync($"OPTIONS /read HTTP/1.1\r\nHost: localhost\r\n{header}\r\nAccess-Control-Request-Method: POST\r\n\r\n");
        options.ShouldStartWith("HTTP/1.1 204 ");
        options.ShouldNotContain("Access-Control");
        upstream.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_runs_is_cut_when_its_user_is_no_longer_named()
    {
        await using ScriptedUpstream streaming = ScriptedUpstream.Start(static async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            while (await peer.ReceiveAsync())
            {
            }
        });
        await using GateHarness gate = await StartAsync(streaming.Port, Own);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadUntilAsync("first");
        await gate.Gates.ApplyAsync([gate.Model($"http://127.0.0.1:{streaming.Port}", c => Local(c, Stranger))], CancellationToken.None);
        (await client.ReadToEndAsync()).ShouldNotContain("\r\n0\r\n");
        (await gate.SendAsync("GET /read HTTP/1.1\r\nHost: localhost\r\n\r\n")).ShouldStartWith("HTTP/1.1 401 ");
    }

    private static async Task<GateHarness> StartAsync(int upstream, string user)
    {
        GateHarness gate = await GateHarness.StartAsync(upstream, c => Local(c, user));
        gate.Change(static d => d with
        {
            Roles = d.Roles.Add("local.g", new RoleDocument { Name = "local.g", Grants = [new Grant { System = "test", Actions = ["read", "write"] }] }),
        });
        return gate;
    }

    private static Engine.Configuration.GateConfiguration Local(Engine.Configuration.GateConfiguration gate, string user) =>
        gate with { Realms = [RealmNames.Local], AllowUsers = [user] };

    private static async Task<string> AskAsAsync(string user, int port)
    {
        var start = new ProcessStartInfo("setpriv") { RedirectStandardOutput = true, WorkingDirectory = "/", UseShellExecute = false };
        foreach (string argument in (string[])[$"--reuid={user}", "--clear-groups", "curl", "-sS", "-m", "20", "-o", "/dev/null", "-w", "%{http_code}", $"http://127.0.0.1:{port}/read"])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!; // it is a program, not a document
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}
