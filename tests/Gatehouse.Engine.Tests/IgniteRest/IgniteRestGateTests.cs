using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.IgniteRest;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Policy;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.IgniteRest;

/// <summary>A gate for Ignite's REST API in front of a server that notes every byte: anna may everything, bert may deploy one unit, carl nothing.</summary>
public sealed class IgniteRestGateTests
{
    private const string Multipart = "Content-Type: multipart/form-data; boundary=B\r\n";
    private const string Deploy = "/management/v1/deployment/units/orders/1.0.0?deployMode=MAJORITY";

    [Fact]
    public async Task An_upload_reaches_the_node_with_the_gates_own_boundary()
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string answer = await gate.SendAsync(Upload("bert", Deploy, Form("a.jar", "code")));

        answer.ShouldStartWith("HTTP/1.1 200");
        string sent = node.Received;
        sent.ShouldStartWith($"POST {Deploy} HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=gatehouse-");
        sent.ShouldContain("filename=\"a.jar\"\r\nContent-Type: application/octet-stream\r\n\r\ncode\r\n--gatehouse-");
        sent.ShouldNotContain("boundary=B");
        sent.ShouldNotContain("Authorization", Case.Insensitive);
        sent.ShouldNotContain("Cookie", Case.Insensitive);
        string record = gate.Trail.Lines.Single(static l => l.Contains("AccessGranted", StringComparison.Ordinal));
        record.ShouldContain("Success");
    }

    [Theory]
    [InlineData("carl", "/management/v1/deployment/units/orders/1.0.0", 403)]
    [InlineData("bert", "/management/v1/deployment/units/other/1.0.0", 403)]
    [InlineData("bert", "/management/v1/deployment/units/orders/..", 400)]
    [InlineData("anna", "/management/v1/deployment/units/..%2f..%2fetc/1.0.0", 400)]
    [InlineData("anna", "/management/v1/deployment/units/a%5cb/1.0.0", 400)]
    [InlineData("anna", "/management/v1/deployment/units/a%20b/1.0.0", 400)]
    [InlineData("anna", "/management/v1/deployment/units/a/1;x=1", 400)]
    [InlineData("anna", "/management/v1/deployment/units/a/1.0.0?other=1", 400)]
    [InlineData("anna", "/management/v1/deployment/unknown/a/1.0.0", 403)]
    public async Task Who_may_not_or_asks_for_nonsense_reaches_nothing(string user, string target, int status)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string answer = await gate.SendAsync(Upload(user, target, Form("a.jar", "code")));

        IsProblem(answer, status);
        node.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("../a.jar", "GH5421", "file_name")]
    [InlineData("a/b.jar", "GH5421", "file_name")]
    [InlineData("a\\b.jar", "GH5420", "multipart_disposition")]
    public async Task A_bad_name_never_reaches_the_node(string name, string problem, string reason)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        JsonElement error = IsProblem(await gate.SendAsync(Upload("anna", Deploy, Form(name, "code"))), 400);

        error.GetProperty("code").GetString().ShouldBe(problem);
        error.GetProperty("reason").GetString().ShouldBe(reason);
        node.Connections.ShouldBe(0);
        gate.Trail.Lines.ShouldContain(l => l.Contains("AccessDenied", StringComparison.Ordinal) && l.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_turns_out_wrong_late_is_cut_and_has_no_end()
    {
        var hasFirst = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isCut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedUpstream node = ScriptedUpstream.Start(async peer =>
        {
            try
            {
                while (await peer.ReceiveAsync())
                {
                    if (peer.Received.Contains("xxx", StringComparison.Ordinal))
                    {
                        hasFirst.TrySetResult();
                    }
                }
            }
            finally
            {
                isCut.SetResult();
            }
        });
        await using GateHarness gate = await StartAsync(node);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        string first = "--B\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"a.jar\"\r\n\r\n" + new string('x', 5000);
        string second = "\r\n--B\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"../b.jar\"\r\n\r\nevil\r\n--B--\r\n";
        await client.SendAsync(GateHarness.Request("anna", "POST", Deploy, $"{Multipart}Content-Length: {first.Length + second.Length}\r\n", first));
        await hasFirst.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        await client.SendAsync(second);
        JsonElement error = IsProblem(await client.ReadResponseAsync(), 400);
        error.GetProperty("code").GetString().ShouldBe("GH5421");
        await isCut.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        node.Received.ShouldNotContain("b.jar");
        node.Received.ShouldNotContain("evil");
        node.Received.ShouldNotContain("\r\n0\r\n\r\n");
        node.Received.Split("--gatehouse-").Length.ShouldBe(2); // before the first file only
    }

    [Theory]
    [InlineData("Content-Type: application/zip\r\n", 415)]
    [InlineData("Content-Type: multipart/mixed; boundary=B\r\n", 415)]
    [InlineData("", 415)]
    [InlineData(Multipart + "Content-Encoding: gzip\r\n", 415)]
    public async Task Other_media_types_are_refused(string headers, int status)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string form = Form("a.jar", "code");
        IsProblem(await gate.SendAsync(GateHarness.Request("anna", "POST", Deploy, $"{headers}Content-Length: {form.Length}\r\n", form)), status);
        IsProblem(await gate.SendAsync(GateHarness.Request("anna", "POST", Deploy, Multipart)), 400);
        node.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Uploads_stay_below_the_gates_limit(bool isAnnounced)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node, new IgniteRestConfiguration { MaxUnitSize = 1024 });
        string form = Form("a.jar", new string('x', 1024));
        string body = isAnnounced ? form : $"{form.Length:x}\r\n{form}\r\n0\r\n\r\n";
        string length = isAnnounced ? $"Content-Length: {form.Length}\r\n" : "Transfer-Encoding: chunked\r\n";
        JsonElement error = IsProblem(await gate.SendAsync(GateHarness.Request("anna", "POST", Deploy, Multipart + length, body)), 413);
        error.GetProperty("code").GetString().ShouldBe("GH5422");
        node.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("ignite.security.enabled=false", 403)]
    [InlineData("ignite { \"security\" { enabled = false } }", 403)]
    [InlineData("{\"ignite\":{\"sql\":{\"planner\":{\"maxPlanningTimeMillis\":1}}}}", 200)]
    [InlineData("include \"x\"", 400)]
    [InlineData("ignite.sql=${HOME}", 400)]
    [InlineData("ignite.sql.a=1, ignite.sql.a=2", 400)]
    [InlineData("ignite.sql {", 400)]
    public async Task A_change_of_the_configuration_needs_the_right_that_its_body_says(string body, int status)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string request = GateHarness.Request("bert", "PATCH", "/management/v1/configuration/cluster", $"Content-Type: text/plain\r\nContent-Length: {body.Length}\r\n", body);
        string answer = await gate.SendAsync(request);
        if (status == 200)
        {
            answer.ShouldStartWith("HTTP/1.1 200");
            node.Received.ShouldEndWith(body);
            return;
        }

        IsProblem(answer, status);
        node.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Secrets_of_a_body_are_in_no_record()
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node, change: static c => c with { AuditBody = 4096 });
        const string hocon = "ignite.security.authentication.providers.default.users.bob.password=hunter2secret";
        string init = JsonSerializer.Serialize(new { metaStorageNodes = new[] { "n" }, clusterName = "c", clusterConfiguration = hocon });
        foreach (string request in (string[])[
            GateHarness.Request("anna", "PATCH", "/management/v1/configuration/cluster", $"Content-Type: text/plain\r\nContent-Length: {hocon.Length}\r\n", hocon),
            GateHarness.Request("carl", "PATCH", "/management/v1/configuration/cluster", $"Content-Type: text/plain\r\nContent-Length: {hocon.Length}\r\n", hocon),
            GateHarness.Request("anna", "POST", "/management/v1/cluster/init", $"Content-Type: application/json\r\nContent-Length: {init.Length}\r\n", init),
            GateHarness.Request("anna", "PATCH", "/management/v1/configuration/cluster", $"Content-Type: text/plain\r\nContent-Length: {hocon.Length + 1}\r\n", hocon + "}")])
        {
            (await gate.SendAsync(request)).ShouldNotContain("hunter2secret");
        }

        gate.Trail.Lines.Count.ShouldBe(4);
        gate.Trail.Lines.Count(static l => l.Contains("body={", StringComparison.Ordinal)).ShouldBe(3); // masked, of those that were understood
        gate.Trail.Lines.ShouldAllBe(static l => !l.Contains("hunter2secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text/plain", "GET", "/management/v1/cluster/state", 401)]
    [InlineData("application/json", "POST", "/management/v1/cluster/init", 401)]
    [InlineData("text/plain", "GET", "/health", 401)]
    public async Task Nothing_is_open_without_a_login(string type, string method, string target, int status)
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string answer = await gate.SendAsync($"{method} {target} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {type}\r\nContent-Length: 0\r\n\r\n");
        IsProblem(answer, status);
        answer.ShouldContain("WWW-Authenticate: Basic");
        node.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Health_is_open_where_the_gate_says_so()
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node, new IgniteRestConfiguration { OpenHealth = true });
        foreach (string target in (string[])["/health", "/health/liveness", "/health/readiness"])
        {
            string answer = await gate.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\n\r\n");
            answer.ShouldStartWith("HTTP/1.1 200");
            answer.ShouldEndWith("{\"status\":\"UP\"}");
            node.Received.ShouldContain($"GET {target} HTTP/1.1\r\n");
        }

        node.Received.ShouldNotContain("Cookie", Case.Insensitive);
        foreach (string target in (string[])["/health?a=b", "/health/", "/health/other", "/health/../management/v1/node/state", "/management/v1/node/state"])
        {
            (await gate.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n")).ShouldStartWith("HTTP/1.1 401");
        }
    }

    [Fact]
    public async Task Pages_of_elsewhere_are_refused_and_no_origin_is_told()
    {
        await using ScriptedUpstream node = Node();
        await using GateHarness gate = await StartAsync(node);
        string answer = await gate.SendAsync(GateHarness.Request("anna", "DELETE", "/management/v1/deployment/units/orders/1.0.0", "Origin: http://evil.example\r\n"));
        IsProblem(answer, 403);
        answer.ShouldNotContain("Access-Control-Allow-Origin", Case.Insensitive);
        node.Connections.ShouldBe(0);
    }

    private static JsonElement IsProblem(string answer, int status)
    {
        answer.ShouldStartWith($"HTTP/1.1 {status}");
        answer.ShouldContain("Content-Type: application/problem+json\r\n");
        using var json = JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        JsonElement error = json.RootElement.Clone();
        error.GetProperty("status").GetInt32().ShouldBe(status);
        error.GetProperty("code").GetString()!.ShouldStartWith("GH");
        error.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("detail").GetString().ShouldNotBeNullOrEmpty();
        error.GetProperty("traceId").GetGuid().ShouldNotBe(Guid.Empty);
        return error;
    }

    /// <summary>Answers every request with 200 once its body is whole.</summary>
    private static ScriptedUpstream Node() => ScriptedUpstream.Start(static async peer =>
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            if (head.Contains("chunked", StringComparison.Ordinal))
            {
                await peer.ReadUntilAsync("0\r\n\r\n");
            }
            else if (head.IndexOf("Content-Length: ", StringComparison.Ordinal) is >= 0 and int at)
            {
                await peer.ReadAsync(int.Parse(head.AsSpan(at + 16, head.IndexOf('\r', at) - at - 16), System.Globalization.CultureInfo.InvariantCulture));
            }

            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\nAccess-Control-Allow-Origin: *\r\n\r\ntrue");
        }
    });

    private static string Form(string name, string content) =>
        $"--B\r\nContent-Disposition: form-data; name=\"unitContent\"; filename=\"{name}\"\r\n\r\n{content}\r\n--B--\r\n";

    private static string Upload(string user, string target, string form) =>
        GateHarness.Request(user, "POST", target, $"{Multipart}Cookie: a=b\r\nContent-Length: {Encoding.Latin1.GetByteCount(form)}\r\n", form);

    private static async Task<GateHarness> StartAsync(
        ScriptedUpstream node, IgniteRestConfiguration? settings = null, Func<GateConfiguration, GateConfiguration>? change = null)
    {
        GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{node.Port}",
            c => (change ?? (static same => same))(c with { System = "ignite-rest", IgniteRest = settings }),
            systems: static (model, environment) => new IgniteRestSteps(model, environment));
        gate.Change(static d => d with
        {
            Roles = d.Roles.SetItem("reader", new RoleDocument
            {
                Name = "reader",
                Grants =
                [
                    new Grant { System = "ignite-rest", Actions = ["code.deploy"], Resources = ["orders:1.0.0"] },
                    new Grant { System = "ignite-rest", Actions = ["config.write"] },
                ],
            }),
        });
        return gate;
    }
}
