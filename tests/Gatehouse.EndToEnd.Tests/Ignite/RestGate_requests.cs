using Gatehouse.EndToEnd.Tests.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Paths, logins, pages of elsewhere, and what the node says when it says no.</summary>
[Collection(nameof(RestGate))]
public sealed class RestGate_requests(RestGate rest)
{
    [Theory]
    [InlineData("GET /management/v1/unknown")]
    [InlineData("GET /management/v2/node/state")]
    [InlineData("GET /node/state")]
    [InlineData("GET /")]
    [InlineData("GET /management/v1/node/state/")]
    [InlineData("GET /management/v1//node/state")]
    [InlineData("GET //management/v1/node/state")]
    [InlineData("GET /management/v1/node%2fstate")]
    [InlineData("GET /management/v1/node%5cstate")]
    [InlineData("GET /management/v1/node%252fstate")]
    [InlineData("GET /management/v1/node/%2e%2e/cluster/state")]
    [InlineData("GET /management/v1/node/../cluster/state")]
    [InlineData("GET /management/v1/node/..;/cluster/state")]
    [InlineData("GET /management/v1/node/state;a=b")]
    [InlineData("GET /management/v1/node/state%00")]
    [InlineData("GET /health/..;/management/v1/node/state")]
    [InlineData("GET /health/%2e%2e/management/v1/node/state")]
    [InlineData("GET /Management/v1/node/state")]
    [InlineData("GET /management/v1/node/state?a=b")]
    [InlineData("GET http://127.0.0.1/management/v1/node/state")]
    [InlineData("DELETE /management/v1/deployment/units/orders/..")]
    [InlineData("DELETE /management/v1/deployment/units/..%2forders/1")]
    [InlineData("DELETE /management/v1/deployment/units/orders%3aevil/1")]
    [InlineData("GET /management/v1/compute/jobs/not-a-uuid")]
    [InlineData("PUT /management/v1/node/state")]
    [InlineData("TRACE /management/v1/node/state")]
    [InlineData("CONNECT 127.0.0.1:10300")]
    public async Task What_is_not_in_the_table_is_refused_even_to_whoever_may_everything(string line)
    {
        rest.Node.Forget();
        WireAnswer answer = await rest.AskAsync("rest", "ignite_admin", line);
        answer.Status.ShouldBeInRange(400, 405, answer.ToString());
        rest.Node.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_GET_that_changes_something_needs_its_right()
    {
        rest.Node.Forget();
        foreach (string user in (string[])["ignite_monitor", "ignite_operator", "ignite_deployer", "ignite_security", "orders"])
        {
            RestGate.IsRefusal(await rest.AskAsync("rest", user, $"GET {RestGate.Root}/sql/plan/clear-cache?tableNames=ORDERS"), 403)["receipt"].ShouldNotBeNull();
        }

        rest.Node.Requests.ShouldBeEmpty();
        (await rest.AskAsync("rest", "ignite_admin", $"GET {RestGate.Root}/sql/plan/clear-cache?tableNames=ORDERS")).Status.ShouldBe(200);
        rest.Node.Requests.Single().Target.ShouldBe($"{RestGate.Root}/sql/plan/clear-cache?tableNames=ORDERS");
    }

    [Fact]
    public async Task Health_is_open_at_the_gate_that_says_so_alone()
    {
        foreach (string path in (string[])["/health", "/health/liveness", "/health/readiness"])
        {
            RestGate.IsRefusal(await rest.AskAsync("rest", null, $"GET {path}"), 401);
            WireAnswer open = await rest.AskAsync("tight", null, $"GET {path}");
            (open.Status, open.Body).ShouldBe((200, "{\"status\":\"UP\"}"));
        }

        foreach (string line in (string[])["GET /health/other", "GET /health?x=1", "POST /health", "GET /health/../management/v1/node/state", "GET /management/v1/node/state"])
        {
            RestGate.IsRefusal(await rest.AskAsync("tight", null, line), 401);
        }

        (await rest.AskAsync("rest", "ignite_monitor", "GET /health")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task The_gates_login_goes_to_the_node_and_the_clients_does_not()
    {
        rest.Node.Forget();
        (await rest.AskAsync("rest", "ignite_monitor", $"GET {RestGate.Root}/node/state", "Cookie: a=b", "Proxy-Authorization: Basic eDp5")).Status.ShouldBe(200);
        Testing.Ignite.Rest.RestRequest seen = rest.Node.Requests.Single();
        seen.User.ShouldBe("gate");
        seen.Headers["Authorization"].ShouldNotBe(RestGate.Basic("ignite_monitor"));
        seen.Headers.Keys.ShouldNotContain("Cookie");
        seen.Headers.Keys.ShouldNotContain("Proxy-Authorization");
        string.Concat(seen.Headers.Values).ShouldNotContain(RestGate.Basic("ignite_monitor")[6..]);
    }

    [Fact]
    public async Task A_page_of_elsewhere_is_told_nothing()
    {
        rest.Node.Forget();
        const string Origin = "Origin: https://evil.example";
        foreach ((string? user, string line) in new[]
        {
            (null, $"OPTIONS {RestGate.Root}/configuration/cluster"), ("ignite_admin", $"OPTIONS {RestGate.Root}/configuration/cluster"),
            ("ignite_admin", $"DELETE {RestGate.Root}/deployment/units/orders/1.0.0"), ((string?)null, $"GET {RestGate.Root}/node/state"),
        })
        {
            WireAnswer answer = await rest.AskAsync("rest", user, line, Origin, "Access-Control-Request-Method: PATCH", "Sec-Fetch-Site: cross-site");
            answer.Status.ShouldNotBe(200, answer.ToString());
            answer.Head.ShouldNotContain("Access-Control", Case.Insensitive);
        }

        rest.Node.Requests.ShouldBeEmpty();

        // Even where it is answered, no origin is told that it may read it, whatever the node says.
        (await rest.AskAsync("tight", null, "GET /health", Origin)).Head.ShouldNotContain("Access-Control", Case.Insensitive);
    }

    [Theory]
    [InlineData(404, 404)]
    [InlineData(409, 409)]
    [InlineData(500, 500)]
    [InlineData(401, 502)]
    public async Task What_the_node_says_is_passed_on_but_for_what_it_says_of_the_gates_login(int node, int expected)
    {
        rest.Node.Forget();
        rest.Node.Planned.Enqueue((node, $$"""{"title":"Of the node","status":{{node}},"code":"IGN-COMMON-65535","detail":"its detail","traceId":"t"}"""));
        WireAnswer answer = await rest.AskAsync("rest", "ignite_admin", $"GET {RestGate.Root}/node/state");
        if (node == expected)
        {
            answer.Status.ShouldBe(expected);
            answer.Header("Content-Type").ShouldBe("application/problem+json");
            answer.Body.ShouldContain("its detail");
            return;
        }

        RestGate.IsRefusal(answer, expected);
        answer.Header("WWW-Authenticate").ShouldBeNull();
        answer.Body.ShouldNotContain("its detail");
    }

    [Fact]
    public async Task A_node_that_is_gone_is_said_in_Ignites_form()
    {
        foreach (string line in (string[])[$"GET {RestGate.Root}/node/state", $"DELETE {RestGate.Root}/deployment/units/orders/1.0.0"])
        {
            WireAnswer answer = await rest.AskAsync("gone", "ignite_admin", line);
            answer.Status.ShouldBeOneOf(502, 503);
            RestGate.IsRefusal(answer, answer.Status).ToJsonString().ShouldNotContain("127.0.0.1", Case.Sensitive);
        }

        WireAnswer upload = await rest.SendAsync(
            "gone", "ignite_admin", $"POST {RestGate.Root}/deployment/units/orders/1.0.0", RestForms.ContentType, RestForms.Of(("a.jar", new byte[300_000])));
        upload.Status.ShouldBeOneOf(502, 503);
        RestGate.IsRefusal(upload, upload.Status);
    }
}
