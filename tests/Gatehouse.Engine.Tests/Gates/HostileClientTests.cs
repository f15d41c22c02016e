using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Whatever two parsers could read differently is refused with a clear status, and not one byte goes on.</summary>
public sealed class HostileClientTests : IAsyncLifetime
{
    private ScriptedUpstream _upstream = null!;
    private GateHarness _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        _gate = await GateHarness.StartAsync(_upstream.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("both lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("both lengths, other order", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("two content lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400)]
    [InlineData("two equal content lengths", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400)]
    [InlineData("negative content length", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: -1\r\n\r\n", 400)]
    [InlineData("gzip, chunked", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("two transfer encodings", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("transfer encoding identity", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nhi", 400)]
    [InlineData("http 1.0 chunked", "POST /echo HTTP/1.0\r\nHost: localhost\r\n{A}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("obs-fold", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}X-A: b\r\n c\r\n\r\n", 400)]
    [InlineData("bare LF", "GET /read HTTP/1.1\nHost: localhost\n{L}\n", 400)]
    [InlineData("bare CR in a value", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}X-A: b\rc\r\n\r\n", 400)]
    [InlineData("NUL in a value", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}X-A: b\0c\r\n\r\n", 400)]
    [InlineData("control in a value", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}X-A: b\u0001c\r\n\r\n", 400)]
    [InlineData("space before colon", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}X-A : b\r\n\r\n", 400)]
    [InlineData("no host", "GET /read HTTP/1.1\r\n{A}\r\n", 400)]
    [InlineData("two hosts", "GET /read HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("foreign host", "GET /read HTTP/1.1\r\nHost: rebind.invalid\r\n{A}\r\n", 421)]
    [InlineData("two authorizations", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}{A}\r\n", 400)]
    [InlineData("two content types", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 400)]
    [InlineData("lower-case method", "get /read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("unknown method", "FROB /read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("trace", "TRACE /read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("connect", "CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n{A}\r\n", 400)]
    [InlineData("absolute target", "GET http://localhost/read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("asterisk target", "GET * HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("dot dot", "GET /items/../read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("encoded dot dot", "GET /items/%2e%2e/read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("encoded slash", "GET /items/a%2fb HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("double slash", "GET //read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("semicolon", "GET /read;x=1 HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("backslash", "GET /items\\a HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("fragment", "GET /read#x HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("bad escape", "GET /items/%zz HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("overlong utf-8", "GET /items/%c0%af HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("encoded NUL", "GET /items/%00 HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("unknown parameter", "GET /items/1?c=1 HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("repeated parameter", "GET /items/1?a=1&a=2 HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 400)]
    [InlineData("connection names a header", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}Connection: X-Own\r\n\r\n", 400)]
    [InlineData("unasked upgrade", "GET /ws HTTP/1.1\r\nHost: localhost\r\n{A}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 403)]
    [InlineData("h2c upgrade", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 403)]
    [InlineData("expect something else", "POST /echo HTTP/1.1\r\nHost: localhost\r\n{A}Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi", 400)]
    [InlineData("http 0.9", "GET /read\r\n", 400)]
    [InlineData("http 3.0", "GET /read HTTP/3.0\r\nHost: localhost\r\n\r\n", 505)]
    [InlineData("body where none is", "GET /read HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: 2\r\n\r\nhi", 400)]
    [InlineData("unknown path", "GET /nothing HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 403)]
    [InlineData("unknown method on a path", "DELETE /read HTTP/1.1\r\nHost: localhost\r\n{A}\r\n", 405)]
    [InlineData("too large", "POST /small HTTP/1.1\r\nHost: localhost\r\n{A}Content-Length: 1025\r\n\r\n", 413)]
    [InlineData("json of another type", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415)]
    [InlineData("json packed", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", 415)]
    [InlineData("json twice the same", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: application/json\r\nContent-Length: 21\r\n\r\n{\"key\":\"a\",\"key\":\"b\"}", 400)]
    [InlineData("json too large", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n", 413)]
    [InlineData("json with bad chunk", "POST /json HTTP/1.1\r\nHost: localhost\r\n{A}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400)]
    public async Task Refused(string what, string request, int status)
    {
        string authorization = $"Authorization: {GateHarness.Basic("anna")}\r\n";
        request = request.Replace("{A}", authorization, StringComparison.Ordinal)
            .Replace("{L}", authorization.Replace("\r\n", "\n", StringComparison.Ordinal), StringComparison.Ordinal);

        string response = await _gate.SendAsync(request);

        response.ShouldStartWith($"HTTP/1.1 {status} ", Case.Sensitive, what);
        _upstream.Received.ShouldBe("", what);
        _upstream.Connections.ShouldBe(0, what);
    }

    [Theory]
    [InlineData("GET /read HTTP/1.1\nHost: localhost\r\n\r\n")]
    [InlineData("GET /read HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n")]
    [InlineData("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    public async Task What_the_server_itself_refuses_is_recorded_too(string request)
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port);

        (await gate.SendAsync(request)).ShouldStartWith("HTTP/1.1 400");

        await gate.Trail.WaitForAsync("TamperedRequest Failure - - - 0 forward=- reason=malformed_http");
        upstream.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_megabyte_of_headers_is_refused()
    {
        string response = await _gate.SendAsync(
            GateHarness.Request("anna", "GET", "/read", $"X-Long: {new string('a', 1 << 20)}\r\n"));

        response.ShouldStartWith("HTTP/1.1 431 ");
        _upstream.Received.ShouldBe("");
    }

    [Fact]
    public async Task A_long_target_is_refused()
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "GET", "/items/" + new string('a', 9000)));

        response[9..12].ShouldBeOneOf("400", "414");
        _upstream.Received.ShouldBe("");
    }

    [Fact]
    public async Task Pipelined_requests_are_decided_one_by_one()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(
            GateHarness.Request("anna", "GET", "/read") + GateHarness.Request("carl", "GET", "/read") + GateHarness.Request("anna", "GET", "/items/1"));

        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 403 ");
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 200 ");
        _upstream.Received.ShouldNotContain("Authorization");
        _upstream.Connections.ShouldBe(1);
    }

    [Fact]
    public async Task The_connection_ends_after_a_tampered_request()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "GET", "//read") + GateHarness.Request("anna", "GET", "/read"));

        string all = await client.ReadToEndAsync();

        all.ShouldStartWith("HTTP/1.1 400 ");
        all.LastIndexOf("HTTP/1.1", StringComparison.Ordinal).ShouldBe(0);
        _upstream.Received.ShouldBe("");
        (await _gate.Trail.WaitForAsync("TamperedRequest")).ShouldContain("reason=target_empty_segment");
    }

    [Fact]
    public async Task Answers_of_the_gate_tell_id_and_receipt_and_nothing_else()
    {
        string response = await _gate.SendAsync(GateHarness.Request("bert", "DELETE", "/items/secret-name"));

        response.ShouldStartWith("HTTP/1.1 403 ");
        response.ShouldContain("Cache-Control: no-store");
        response.ShouldContain("\"id\":\"GH7004\"");
        response.ShouldContain("gatehouse explain GH-TEST-");
        response.ShouldNotContain("secret-name");
        response.ShouldNotContain("bert");
        (await _gate.Trail.WaitForAsync("AccessDenied")).ShouldContain("bert DELETE /items/secret-name 403");
    }

    [Fact]
    public async Task A_denial_that_is_only_counted_has_no_receipt()
    {
        _gate.Trail.IsFlooded = true;

        string response = await _gate.SendAsync(GateHarness.Request("bert", "DELETE", "/items/a"));

        response.ShouldStartWith("HTTP/1.1 403 ");
        response.ShouldContain("\"id\":\"GH7004\"");
        response.ShouldNotContain("receipt");
        response.ShouldNotContain("explain");
    }

    [Theory]
    [InlineData("", 401, "GH7001")]
    [InlineData("Authorization: Basic bm86bm8=\r\n", 401, "GH7002")]
    [InlineData("Authorization: Bearer x\r\n", 401, "GH7002")]
    [InlineData("Authorization: Basic limited\r\n", 429, "GH7003")]
    public async Task Logins(string header, int status, string id)
    {
        string response = await _gate.SendAsync($"GET /read HTTP/1.1\r\nHost: localhost\r\n{header}\r\n");

        response.ShouldStartWith($"HTTP/1.1 {status} ");
        response.ShouldContain(id);
        response.Contains("WWW-Authenticate: Basic realm=\"gatehouse\", charset=\"UTF-8\"", StringComparison.Ordinal).ShouldBe(status == 401);
        response.Contains("Retry-After: 7", StringComparison.Ordinal).ShouldBe(status == 429);
        _upstream.Received.ShouldBe("");
    }

    [Fact]
    public async Task Without_a_slot_in_the_trail_nothing_is_forwarded()
    {
        _gate.Trail.IsFull = true;

        string response = await _gate.SendAsync(GateHarness.Request("anna", "GET", "/read"));

        response.ShouldStartWith("HTTP/1.1 503 ");
        _upstream.Received.ShouldBe("");
    }
}
