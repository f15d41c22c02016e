using Gatehouse.Engine.Configuration;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>CORS is the gate's own: preflights never reach the upstream, changes by foreign pages nobody.</summary>
public sealed class CrossSiteTests : IAsyncLifetime
{
    private static readonly CorsConfiguration Cors = new()
    {
        Origins = ["https://ui.example", "http://[::1]:3000", "https://xn--bcher-kva.example"],
        Methods = ["GET", "POST", "DELETE"],
        Expose = ["x-stream-error"],
        Credentials = true,
    };

    private ScriptedUpstream _upstream = null!;
    private GateHarness _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\nAccess-Control-Expose-Headers: *\r\nContent-Length: 2\r\n\r\nok");
        _gate = await GateHarness.StartAsync(_upstream.Port, c => c with { Cors = Cors });
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("Origin: https://evil.example\r\n", 403)]
    [InlineData("Origin: null\r\n", 403)]
    [InlineData("Origin: null\r\nSec-Fetch-Site: same-origin\r\n", 403)]
    [InlineData("Origin: \r\n", 403)]
    [InlineData("Origin: *\r\n", 403)]
    [InlineData("Origin: https://UI.example\r\n", 403)]
    [InlineData("Origin: https://ui.example:443\r\n", 403)]
    [InlineData("Origin: https://ui.example:8443\r\n", 403)]
    [InlineData("Origin: http://ui.example\r\n", 403)]
    [InlineData("Origin: https://ui.example.evil.example\r\n", 403)]
    [InlineData("Origin: https://sub.ui.example\r\n", 403)]
    [InlineData("Origin: https://ui.example, https://evil.example\r\n", 403)]
    [InlineData("Origin: https://ui.example https://evil.example\r\n", 403)]
    [InlineData("Origin: http://[::2]:3000\r\n", 403)]
    [InlineData("Origin: https://localhost\r\n", 403)]
    [InlineData("Origin: http://localhost:81\r\n", 403)]
    [InlineData("Origin: https://ui.example\r\nOrigin: https://ui.example\r\n", 400)]
    [InlineData("Sec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("Sec-Fetch-Site: same-site\r\n", 403)]
    [InlineData("Sec-Fetch-Site: something-new\r\n", 403)]
    [InlineData("Sec-Fetch-Site: same-origin\r\n", 200)]
    [InlineData("Sec-Fetch-Site: none\r\n", 200)]
    [InlineData("Origin: https://ui.example\r\nSec-Fetch-Site: cross-site\r\n", 200)]
    [InlineData("Origin: http://[::1]:3000\r\n", 200)]
    [InlineData("Origin: https://xn--bcher-kva.example\r\n", 200)]
    [InlineData("Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n", 200)]
    [InlineData("", 200)]
    public async Task Changes(string headers, int status)
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "DELETE", "/items/1", headers));

        response.ShouldStartWith($"HTTP/1.1 {status} ");
        (_upstream.Connections == 0).ShouldBe(status != 200);
    }

    [Theory]
    [InlineData("text/plain", "https://evil.example", 403)]
    [InlineData("multipart/form-data; boundary=x", "https://evil.example", 403)]
    [InlineData("application/x-www-form-urlencoded", "null", 403)]
    [InlineData("text/plain", "https://ui.example", 200)]
    [InlineData("multipart/form-data; boundary=x", "https://ui.example", 200)]
    public async Task What_needs_no_preflight_is_refused_all_the_same(string type, string origin, int status)
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "POST", "/echo", $"Origin: {origin}\r\nContent-Type: {type}\r\nContent-Length: 0\r\n"));

        response.ShouldStartWith($"HTTP/1.1 {status} ");
        (_upstream.Connections == 0).ShouldBe(status != 200);
    }

    [Fact]
    public async Task A_foreign_page_is_refused_before_its_login()
    {
        string response = await _gate.SendAsync("DELETE /items/1 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n");

        response.ShouldStartWith("HTTP/1.1 403 ");
        response.ShouldNotContain("WWW-Authenticate");
        response.ShouldNotContain("Access-Control-");
    }

    [Theory]
    [InlineData("PUT", 403)]
    [InlineData("DELETE", 200)]
    public async Task An_allowed_page_is_held_to_the_methods_even_without_a_preflight(string method, int status)
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", method, "/items/1", "Origin: https://ui.example\r\n" + (method == "PUT" ? "Content-Length: 0\r\n" : "")));

        response.ShouldStartWith($"HTTP/1.1 {status} ");
        response.Contains("Access-Control-Allow-Origin", StringComparison.Ordinal).ShouldBe(status == 200);
    }

    [Fact]
    public async Task A_foreign_page_may_ask_but_not_read()
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "GET", "/read", "Origin: https://evil.example\r\n"));

        response.ShouldStartWith("HTTP/1.1 200 ");
        response.ShouldNotContain("Access-Control-Allow-Origin");
        response.ShouldContain("Vary: Origin");
    }

    [Fact]
    public async Task An_allowed_page_may_read()
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "GET", "/read", "Origin: https://ui.example\r\n"));

        response.ShouldContain("Access-Control-Allow-Origin: https://ui.example\r\n");
        response.ShouldContain("Access-Control-Allow-Credentials: true");
        response.ShouldContain("Access-Control-Expose-Headers: x-stream-error\r\n");
        response.Split("Access-Control-").Length.ShouldBe(4, "the upstream's own do not pass");
        response.ShouldContain("Vary: Origin");
    }

    [Fact]
    public async Task An_allowed_page_may_read_why_it_was_refused()
    {
        string response = await _gate.SendAsync(GateHarness.Request("bert", "DELETE", "/items/1", "Origin: https://ui.example\r\n"));

        response.ShouldStartWith("HTTP/1.1 403 ");
        response.ShouldContain("Access-Control-Allow-Origin: https://ui.example\r\n");
    }

    [Fact]
    public async Task Without_cors_no_page_of_another_origin_reads_or_changes_anything()
    {
        await using GateHarness gate = await GateHarness.StartAsync(_upstream.Port);

        (await gate.SendAsync(GateHarness.Request("anna", "GET", "/read", "Origin: https://ui.example\r\n"))).ShouldNotContain("Access-Control-");
        (await gate.SendAsync(GateHarness.Request("anna", "DELETE", "/items/1", "Origin: https://ui.example\r\n"))).ShouldStartWith("HTTP/1.1 403 ");
        (await gate.SendAsync("OPTIONS /read HTTP/1.1\r\nHost: localhost\r\nOrigin: https://ui.example\r\nAccess-Control-Request-Method: GET\r\n\r\n"))
            .ShouldNotContain("Access-Control-");
    }

    [Theory]
    [InlineData("https://ui.example", "DELETE", null, true)]
    [InlineData("https://ui.example", "POST", "authorization,content-type", true)]
    [InlineData("https://ui.example", "POST", "Authorization, If-Match", true)]
    [InlineData("https://ui.example", "GET", "", true)]
    [InlineData("http://[::1]:3000", "GET", null, true)]
    [InlineData("https://evil.example", "GET", null, false)]
    [InlineData("null", "GET", null, false)]
    [InlineData("https://ui.example", "PUT", null, false)]
    [InlineData("https://ui.example", "delete", null, false)]
    [InlineData("https://ui.example", "TRACE", null, false)]
    [InlineData("https://ui.example", "DELETE", "x-other", false)]
    [InlineData("https://ui.example", "DELETE", "authorization,x-gatehouse-run-as", false)]
    [InlineData("https://ui.example", "DELETE", "authorization x", false)]
    public async Task Preflights_are_answered_by_the_gate_without_a_login(string origin, string method, string? asked, bool allowed)
    {
        string headers = $"Origin: {origin}\r\nAccess-Control-Request-Method: {method}\r\n" + (asked is null ? "" : $"Access-Control-Request-Headers: {asked}\r\n");
        string response = await _gate.SendAsync($"OPTIONS {(method == "POST" ? "/echo" : "/items/1")} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

        response.ShouldStartWith("HTTP/1.1 204 ");
        response.ShouldContain("Vary: Origin");
        string[] cors = [.. response.Split("\r\n").Where(static l => l.StartsWith("Access-Control-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        cors.ShouldBe(allowed
            ?
            [
                "Access-Control-Allow-Credentials: true",
                "Access-Control-Allow-Headers: authorization, content-type, accept, if-match, if-none-match",
                "Access-Control-Allow-Methods: GET, POST, DELETE",
                $"Access-Control-Allow-Origin: {origin}",
                "Access-Control-Max-Age: 600",
            ]
            : []);
        _upstream.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Plain_options_names_the_methods()
    {
        string response = await _gate.SendAsync("OPTIONS /read HTTP/1.1\r\nHost: localhost\r\n\r\n");

        response.ShouldStartWith("HTTP/1.1 204 ");
        response.ShouldContain("Allow: GET");
        _upstream.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("/nothing", "GET", false)]
    [InlineData("/read", "DELETE", false)]
    [InlineData("/read//", "GET", false)]
    [InlineData("/read?other=1", "GET", false)]
    [InlineData("/read", "GET", true)]
    [InlineData("/items/1", "DELETE", true)]
    public async Task Preflights_for_what_the_gate_does_not_know_allow_nothing(string target, string method, bool allowed)
    {
        string response = await _gate.SendAsync($"OPTIONS {target} HTTP/1.1\r\nHost: localhost\r\nOrigin: https://ui.example\r\nAccess-Control-Request-Method: {method}\r\n\r\n");

        response.ShouldStartWith("HTTP/1.1 204 ");
        response.Contains("Access-Control-", StringComparison.Ordinal).ShouldBe(allowed);
        response.ShouldContain("Vary: Origin");
    }

    [Fact]
    public async Task One_source_is_answered_so_many_preflights_and_no_more()
    {
        const string Preflight = "OPTIONS /read HTTP/1.1\r\nHost: localhost\r\nOrigin: https://ui.example\r\nAccess-Control-Request-Method: GET\r\n";
        using RawClient client = await RawClient.ConnectAsync(_gate.Port);
        await client.SendAsync(string.Concat(Enumerable.Repeat(Preflight + "\r\n", 3000)));
        string last;
        int served = 0;
        while ((last = await client.ReadResponseAsync()).StartsWith("HTTP/1.1 204 ", StringComparison.Ordinal) && served < 3000)
        {
            served++;
        }

        served.ShouldBeGreaterThanOrEqualTo(300);
        last.ShouldStartWith("HTTP/1.1 429 ");
        last.ShouldContain("Retry-After: 1\r\n");
        last.ShouldContain("Connection: close\r\n");
        (await _gate.Trail.WaitForAsync("LimitReached")).ShouldContain("reason=preflights_per_source");
        (await _gate.SendAsync(GateHarness.Request("anna", "GET", "/read"))).ShouldStartWith("HTTP/1.1 200 ");
    }

    [Theory]
    [InlineData("", "Origin")]
    [InlineData("Vary: Accept-Encoding\r\n", "Accept-Encoding, Origin")]
    [InlineData("vary: origin\r\n", "origin")]
    [InlineData("Vary: Accept-Encoding, Origin\r\nVary: Accept,accept-encoding\r\n", "Accept-Encoding, Origin, Accept")]
    [InlineData("Vary: Accept\r\nVary: *\r\n", "*")]
    public async Task One_Vary_has_the_upstreams_and_the_gates(string upstream, string expected)
    {
        await using ScriptedUpstream varying = ScriptedUpstream.Answering($"HTTP/1.1 200 OK\r\n{upstream}Content-Length: 2\r\n\r\nok");
        await using GateHarness gate = await GateHarness.StartAsync(varying.Port, c => c with { Cors = Cors });
        string response = await gate.SendAsync(GateHarness.Request("anna", "GET", "/read", ""));

        response.Split("\r\n").Where(static l => l.StartsWith("Vary:", StringComparison.OrdinalIgnoreCase)).ShouldBe([$"Vary: {expected}"]);
    }
}
