using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>CORS is the gate's own: preflights never reach the upstream, changes by foreign pages nobody.</summary>
public sealed class CrossSiteTests : IAsyncLifetime
{
    private ScriptedUpstream _upstream = null!;
    private GateHarness _gate = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Length: 2\r\n\r\nok");
        _gate = await GateHarness.StartAsync(_upstream.Port, c => c with { CorsOrigins = ["https://ui.example"], CorsCredentials = true });
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("Origin: https://evil.example\r\n", 403)]
    [InlineData("Origin: null\r\n", 403)]
    [InlineData("Sec-Fetch-Site: cross-site\r\n", 403)]
    [InlineData("Origin: https://ui.example\r\nSec-Fetch-Site: cross-site\r\n", 200)]
    [InlineData("Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n", 200)]
    [InlineData("", 200)]
    public async Task Changes(string headers, int status)
    {
        string response = await _gate.SendAsync(GateHarness.Request("anna", "DELETE", "/items/1", headers));

        response.ShouldStartWith($"HTTP/1.1 {status} ");
        (_upstream.Connections == 0).ShouldBe(status == 403);
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
    }

    [Theory]
    [InlineData("Origin: https://ui.example\r\nAccess-Control-Request-Method: DELETE\r\nAccess-Control-Request-Headers: authorization\r\n", true)]
    [InlineData("Origin: https://evil.example\r\nAccess-Control-Request-Method: DELETE\r\n", false)]
    public async Task Preflights_are_answered_by_the_gate_without_a_login(string headers, bool allowed)
    {
        string response = await _gate.SendAsync($"OPTIONS /items/1 HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");

        response.ShouldStartWith("HTTP/1.1 204 ");
        response.Contains("Access-Control-Allow-Methods: DELETE", StringComparison.Ordinal).ShouldBe(allowed);
        response.Contains("Access-Control-Allow-Origin", StringComparison.Ordinal).ShouldBe(allowed);
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
}
