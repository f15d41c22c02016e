using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Who is refused before the endpoint is asked, and what is not understood.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData(1, 0u, 200)]
    [InlineData(1, AdminBench.OwnUser, 200)]
    [InlineData(1, 1000u, 401)]
    [InlineData(AdminBench.OwnProcess, 0u, 401)]
    [InlineData(AdminBench.OwnProcess, AdminBench.OwnUser, 401)]
    public async Task On_the_socket_root_and_the_daemons_user_administrate_but_never_the_daemon_itself(int process, uint uid, int status)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallLocallyAsync(process, uid, "GET", "/v1/users");
        reply.Status.ShouldBe(status);
        if (status == 401)
        {
            bench.Last(AuditAction.AuthenticationFailed).User.ShouldBe($"uid {uid}");
        }
    }

    [Fact]
    public async Task Clear_text_listeners_let_nobody_in()
    {
        using var bench = new AdminBench();
        bench.Connection.IsSecured = false;
        (await bench.CallAsync("admin", "GET", "/v1/status")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task Wrong_passwords_and_unknown_users_look_alike_and_limits_say_when()
    {
        using var bench = new AdminBench();
        Reply wrong = await bench.CallAsync("admin", "GET", "/v1/status", password: "wrong");
        Reply unknown = await bench.CallAsync("ghost", "GET", "/v1/status", password: "wrong");
        unknown.ShouldBe(wrong with { Headers = unknown.Headers });
        Reply limited = await bench.CallAsync("admin", "GET", "/v1/status", password: "limited");
        limited.Status.ShouldBe(429);
        limited.Headers.RetryAfter.ToString().ShouldBe("7");
    }

    public static TheoryData<string, Action<HttpContext>> Tricks => new()
    {
        { "two_lengths", static http => http.Request.Headers["X-Content-Length"] = "3" },
        { "run_as", static http => http.Request.Headers["X-Gatehouse-Run-As"] = "reader" },
        { "run_as", static http => http.Request.Headers["es-security-runas-user"] = "reader" },
        { "transfer_encoding", static http => http.Request.Headers.TransferEncoding = "gzip, chunked" },
        { "transfer_encoding", static http => http.Request.Headers.TransferEncoding = new(["chunked", "chunked"]) },
        { "repeated_header", static http => http.Request.Headers.Authorization = new(["Basic a", "Basic b"]) },
        { "repeated_header", static http => http.Request.Headers.Host = new(["gate.test:7443", "evil.test"]) },
        { "upgrade", static http => http.Request.Headers.Upgrade = "websocket" },
        { "foreign_host", static http => http.Request.Headers.Host = "evil.test" },
        { "cross_site", static http => http.Request.Headers.Origin = "https://evil.test" },
        { "cross_site", static http => http.Request.Headers.Origin = "null" },
        { "cross_site", static http => http.Request.Headers["Sec-Fetch-Site"] = "cross-site" },
        { "cross_site", static http => http.Request.Headers["Sec-Fetch-Site"] = "same-site" },
        { "method_case", static http => http.Request.Method = "get" },
    };

    [Theory, MemberData(nameof(Tricks))]
    public async Task Requests_that_could_mean_two_things_or_come_from_elsewhere_are_refused(string word, Action<HttpContext> trick)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "GET", "/v1/status", change: trick);
        reply.Status.ShouldBe(400);
        reply.ErrorId.ShouldBe(AdministrationProblems.RequestRefused.Id);
        bench.Trail.Records.ShouldHaveSingleItem().Reason.ShouldBe(word);
    }

    [Theory]
    [InlineData("/v1/users/..")]
    [InlineData("/v1/users/%2e%2e")]
    [InlineData("/v1//users")]
    [InlineData("/v1/users/a%2Fb")]
    [InlineData("/v1/users/a%00b")]
    [InlineData("/v1/users/a%0Ab")]
    [InlineData("/v1/users/a%ff")]
    [InlineData("/v1/users;x=1")]
    [InlineData("http://gate.test/v1/users")]
    [InlineData("/v1/users/")]
    [InlineData("/V1/users")]
    public async Task Odd_targets_reach_nothing(string target)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "DELETE", target);
        reply.Status.ShouldBeOneOf(400, 404);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"name":"anna","nmae":"x"}""")]
    [InlineData("""{"name":"anna","name":"bert"}""")]
    [InlineData("""{"Name":"anna"}""")]
    [InlineData("""{"name":1}""")]
    [InlineData("""{"name":null}""")]
    [InlineData("""{}""")]
    [InlineData("""null""")]
    [InlineData("""[]""")]
    [InlineData("""{"name":"anna",}""")]
    [InlineData("""{"name":"anna"} x""")]
    [InlineData("""/* c */{"name":"anna"}""")]
    [InlineData("""{"name":"anna","enabled":"true"}""")]
    [InlineData("""{"name":"anna","roles":[null]}""")]
    [InlineData("""{"name":"anna","roles":null}""")]
    [InlineData("""{"name":"an\ud800na"}""")]
    [InlineData("""{"name":"anna","roles":[1]}""")]
    [InlineData("")]
    public async Task Bodies_are_strict_JSON(string body)
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", body);
        reply.Status.ShouldBe(400, reply.Body);
        reply.ErrorId.ShouldBe(AdministrationProblems.RequestMalformed.Id);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Refused_bodies_are_not_quoted()
    {
        using var bench = new AdminBench();
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"anna","password":["my secret phrase"]}""");
        reply.Status.ShouldBe(400);
        reply.Body.ShouldNotContain("secret phrase");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData(null)]
    public async Task Bodies_say_that_they_are_JSON(string? type)
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "POST", "/v1/users", """{"name":"anna"}""", http => http.Request.ContentType = type)).Status.ShouldBe(400);
    }

    [Fact]
    public async Task Bodies_end_at_one_mebibyte()
    {
        using var bench = new AdminBench();
        string body = "{\"name\":\"" + new string('a', AdminRequestReader.MaxBody) + "\"}";
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", body, static http =>
        {
            http.Request.ContentLength = null;
            http.Request.Headers.TransferEncoding = "chunked";
        });
        reply.Status.ShouldBe(400);
        reply.Body.ShouldContain("1 MiB");
    }

    [Theory]
    [InlineData("/v1/status?x=1")]
    [InlineData("/v1/audit?limit=0")]
    [InlineData("/v1/audit?limit=1&limit=2")]
    [InlineData("/v1/audit?since=yesterday")]
    [InlineData("/v1/audit?action=ACCESS_DENIED")]
    [InlineData("/v1/audit?source=10.0.0.0/33")]
    [InlineData("/v1/audit?receipt=GH-1")]
    [InlineData("/v1/audit?user")]
    public async Task Queries_are_strict(string target)
    {
        using var bench = new AdminBench();
        (await bench.CallAsync("admin", "GET", target)).Status.ShouldBe(400);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a b")]
    [InlineData("\u001b[2J")]
    [InlineData("anna\n")]
    [InlineData("-anna")]
    [InlineData("änna")]
    [InlineData("аnna")]
    [InlineData("Kernel")]
    [InlineData("..")]
    [InlineData("LONG")]
    public async Task Hostile_names_are_refused_and_not_echoed_raw(string name)
    {
        using var bench = new AdminBench();
        string hostile = name == "LONG" ? new string('x', 10_240) : name;
        Reply reply = await bench.CallAsync("admin", "POST", "/v1/users", $$"""{"name":{{System.Text.Json.JsonSerializer.Serialize(hostile)}}}""");
        reply.Status.ShouldBe(422, reply.Body);
        reply.ErrorId.ShouldBe(AdministrationProblems.InvalidName.Id);
        reply.Json.GetProperty("error").GetProperty("text").GetString()!.ShouldAllBe(static c => !char.IsControl(c));
        reply.Body.Length.ShouldBeLessThan(1000);
        bench.Changes.Generation.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_place_in_the_trail_nothing_changes()
    {
        using var bench = new AdminBench();
        bench.Trail.HasSlots = false;
        Reply reply = await bench.CallAsync("admin", "DELETE", "/v1/users/reader");
        reply.Status.ShouldBe(503);
        reply.ErrorId.ShouldBe(AdministrationProblems.NotRecorded.Id);
        bench.Changes.Current.Users.ShouldContainKey("reader");
    }

    [Fact]
    public async Task A_change_whose_record_fails_is_not_answered_as_done()
    {
        using var bench = new AdminBench();
        bench.Trail.CanFlush = false;
        Reply reply = await bench.CallAsync("admin", "DELETE", "/v1/users/reader");
        reply.Status.ShouldBe(503);
        reply.Body.ShouldContain("in force");
    }
}
