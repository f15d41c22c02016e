using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>Directories that are killed, restarted, silent or overrun: nobody is let in by one, and nobody waits longer than the limits.</summary>
public sealed class Directory_servers_that_fail
{
    private readonly Steps _steps = new();
    private readonly ManualTime _time = new();

    [Fact(Timeout = 30_000)]
    public async Task A_restarted_server_is_asked_over_a_new_connection()
    {
        using var authority = new DirectoryAuthority("Root");
        await using SlapdServer server = await new SlapdServer(authority, "127.0.0.1").StartAsync();
        using DirectoryRealm realm = Realm(server.Url);

        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        await server.KillAsync();
        await server.StartAsync();
        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        _steps.ToString().ShouldContain("- connection:");

        await server.KillAsync();
        (await LoginAsync(realm, "anna-password-1")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "connect_failed"), _steps.ToString());
        (await LoginAsync(realm, "anna-password-1")).Reason.ShouldBe("servers_down");
        await server.StartAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task The_next_server_is_asked_and_the_dead_one_remembered()
    {
        using var authority = new DirectoryAuthority("Root");
        await using SlapdServer first = await new SlapdServer(authority, "127.0.0.1").StartAsync();
        await using SlapdServer second = await new SlapdServer(authority, "127.0.0.1").StartAsync();
        using DirectoryRealm realm = Realm(first.Url, second.Url);

        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        _steps.ToString().ShouldNotContain(second.Url);
        await first.KillAsync();
        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        _steps.ToString().ShouldContain($"+ connect: {second.Url}");
        _steps.All.Clear();
        using (new Timer(_ => _time.Advance(TimeSpan.FromMilliseconds(50)), null, 20, 20))
        {
            // A refusal takes its time.
            (await LoginAsync(realm, "wrong")).Verdict.ShouldBe(RealmVerdict.Refused, _steps.ToString());
        }

        _steps.ToString().ShouldNotContain(first.Url);

        await first.StartAsync();
        _time.Advance(TimeSpan.FromSeconds(40));
        _steps.All.Clear();
        (await LoginAsync(realm, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        _steps.ToString().ShouldContain($"+ connect: {first.Url}");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_silent_server_costs_no_more_than_the_limits()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        int port = ((IPEndPoint)silent.LocalEndpoint).Port;
        using var authority = new DirectoryAuthority("Root");
        DirectorySettings clear = Settings($"ldap://127.0.0.1:{port}") with { ConnectSeconds = 1, AnswerSeconds = 1 };
        using var answering = new DirectoryRealm(Document(clear), TimeProvider.System);
        using var connecting = new DirectoryRealm(Document(clear with { Urls = [$"ldaps://127.0.0.1:{port}"], Authorities = authority.Pem }), TimeProvider.System);
        var watch = Stopwatch.StartNew();

        (await LoginAsync(answering, "x")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "answer_timeout"), _steps.ToString());
        (await LoginAsync(connecting, "x")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "connect_timeout"), _steps.ToString());
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Fact(Timeout = 30_000)]
    public async Task Too_many_at_once_are_told_so()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using DirectoryRealm realm = Realm($"ldap://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var presented = new PresentedCredentials(IPAddress.Loopback) { Name = "anna", Password = "x" };

        // Four places, each with sixteen that wait; the clock stands still, so that none of them goes.
        Task<RealmAnswer>[] logins = [.. Enumerable.Range(0, 100).Select(_ => realm.VerifyAsync(presented, null, stop.Token).AsTask())];
        Task<RealmAnswer>[] answered = [.. logins.Where(static l => l.IsCompleted)];

        answered.Length.ShouldBe(100 - 4 - (4 * 16));
        foreach (Task<RealmAnswer> login in answered)
        {
            (await login).ShouldBe(new RealmAnswer(RealmVerdict.Busy, Reason: "pool_full"));
        }

        await stop.CancelAsync();
        foreach (Task<RealmAnswer> login in logins.Except(answered))
        {
            await Should.ThrowAsync<OperationCanceledException>(login);
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("0\u0084\u007f\u007f\u007f\u007f")] // a message of two thousand million bytes
    [InlineData("0\u0080aaaa")] // a length without end
    [InlineData("0\u0003\u0002\u0001\u0001")] // nothing in it
    [InlineData("0\u000c\u0002\u0001\u0002a\u0007\n\u0001\u0000\u0004\u0000\u0004\u0000")] // success, for another request
    [InlineData("0\u000c\u0002\u0001\u0001e\u0007\n\u0001\u0000\u0004\u0000\u0004\u0000")] // success, of a search
    public async Task An_answer_that_is_none_lets_nobody_in(string bytes)
    {
        await using var odd = new OddServer(Encoding.Latin1.GetBytes(bytes));
        using var realm = new DirectoryRealm(
            Document(new DirectorySettings { Urls = [odd.Url], AllowClearText = true, UserDnTemplates = ["uid={0},ou=people,dc=example"] }), TimeProvider.System);

        (await LoginAsync(realm, "x")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "malformed_answer"), _steps.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task What_comes_in_clear_text_before_TLS_is_refused()
    {
        // StartTLS granted, and in the same packet the success of a bind that is still to come.
        await using var odd = new OddServer([0x30, 0x0c, 2, 1, 1, 0x78, 7, 10, 1, 0, 4, 0, 4, 0, 0x30, 0x0c, 2, 1, 2, 0x61, 7, 10, 1, 0, 4, 0, 4, 0]);
        using var authority = new DirectoryAuthority("Root");
        using var realm = new DirectoryRealm(Document(Settings(odd.Url) with { StartTls = true, Authorities = authority.Pem }), TimeProvider.System);

        (await LoginAsync(realm, "x")).ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "malformed_answer"), _steps.ToString());
    }

    private DirectoryRealm Realm(params string[] urls) => new(Document(Settings(urls)), _time);

    private static DirectorySettings Settings(params string[] urls) => new()
    {
        Urls = [.. urls],
        AllowClearText = true,
        BindDn = SlapdServer.Searcher,
        BindPassword = SlapdServer.SearcherPassword,
        UserBase = "ou=people,dc=example",
    };

    private static RealmDocument Document(DirectorySettings settings) => new() { Name = "directory", Kind = RealmKind.Ldap, Directory = settings };

    private async Task<RealmAnswer> LoginAsync(DirectoryRealm realm, string password) => await realm.VerifyAsync(
        new PresentedCredentials(IPAddress.Loopback) { Name = "anna", Password = password }, _steps, TestContext.Current.CancellationToken);
}
