using System.Text.Json;
using Gatehouse.Engine.Tests.Gates;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: handles, and what time changes.</summary>
public sealed class Bypass_checklist_handles_and_time : IAsyncLifetime
{
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync()
    {
        _gate = await ChecklistGate.StartAsync();
        _gate.Grant("carl", ChecklistGate.Allow("events*", "index:read"));
    }

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Line_37_a_scroll_belongs_to_who_began_it()
    {
        string id = await OpenAsync("POST /events*/_search?scroll=1m&size=1 {}", "_scroll_id");
        string next = $$$"""POST /_search/scroll {"scroll":"1m","scroll_id":"{{{id}}}"}""";

        await _gate.RefusesAsync("carl", 404, next, $"GET /_search/scroll?scroll_id={id}", $$$"""DELETE /_search/scroll {"scroll_id":["{{{id}}}"]}""");
        await _gate.RefusesAsync("anna", 404, next);
        await _gate.RefusesAsync("kandorra", 404, $$$"""POST /_search/scroll {"scroll_id":"{{{Altered(id)}}}"}""", """POST /_search/scroll {"scroll_id":"c2Nyb2xs"}""", """DELETE /_search/scroll {"scroll_id":"DXF1ZXJ5"}""");
        await _gate.RefusesAsync("carl", 403, "DELETE /_search/scroll/_all");
        (await _gate.SendAsync("kandorra", next)).Status.ShouldBe(200);
        _gate.Time.Advance(TimeSpan.FromMinutes(2));
        await _gate.RefusesAsync("kandorra", 404, next);
    }

    [Fact]
    public async Task Line_37_so_do_points_in_time_and_searches_that_go_on()
    {
        string pit = await OpenAsync("POST /events*/_pit?keep_alive=1m", "id");
        string search = $$$"""POST /_search {"pit":{"id":"{{{pit}}}"}}""";
        await _gate.RefusesAsync("carl", 404, search, $$$"""DELETE /_pit {"id":"{{{pit}}}"}""", "POST /_msearch {}\n{\"pit\":{\"id\":\"" + pit + "\"}}\n");
        await _gate.RefusesAsync("kandorra", null, $$$"""POST /_search {"pit":{"id":"{{{Altered(pit)}}}"}}""", $$$"""POST /orders/_search {"pit":{"id":"{{{pit}}}"}}""");
        (await _gate.SendAsync("kandorra", search)).Status.ShouldBe(200);

        string running = await OpenAsync("POST /events-1/_async_search?keep_on_completion=true&wait_for_completion_timeout=5s {}", "id");
        await _gate.RefusesAsync("carl", 404, $"GET /_async_search/{running}", $"DELETE /_async_search/{running}", "GET /_async_search/FjFmaWN0aW9u");

        // Its state is also for who may monitor; others learn as little of a foreign one as of one that is not there.
        await _gate.RefusesAsync("carl", 403, $"GET /_async_search/status/{running}", "GET /_async_search/status/FjFmaWN0aW9u");
        (await _gate.SendAsync("kandorra", $"GET /_async_search/{running}")).Status.ShouldBe(200);
        await _gate.RefusesAsync("carl", null, "GET /_tasks/node:1", "POST /_tasks/node:1/_cancel", "GET /_tasks", "POST /_tasks/_cancel");
    }

    [Fact]
    public async Task Line_38_a_role_that_changes_between_two_pages_counts_for_the_second()
    {
        string id = await OpenAsync("POST /events*/_search?scroll=1m&size=1 {}", "_scroll_id");
        string pit = await OpenAsync("POST /events*/_pit?keep_alive=1m", "id");
        _gate.Grant("kandorra", ChecklistGate.Allow("events-2", "index:read"));

        await _gate.RefusesAsync("kandorra", 403, $$$"""POST /_search/scroll {"scroll_id":"{{{id}}}"}""", $$$"""POST /_search {"pit":{"id":"{{{pit}}}"}}""");
    }

    [Fact]
    public async Task Line_38_a_login_that_ends_counts_for_the_next_request_of_its_connection()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Gate.Port);
        string request = GateHarness.Request("kandorra", "GET", "/events-1/_doc/1");
        await client.SendAsync(request);
        (await client.ReadUntilAsync("\"found\":true")).ShouldStartWith("HTTP/1.1 200");
        client.Forget();
        _gate.Gate.Change(static d => d with { Users = d.Users.Remove("kandorra") });
        await client.SendAsync(request);
        (await client.ReadResponseAsync()).ShouldStartWith("HTTP/1.1 401");

        _gate.Asked.Count.ShouldBe(1);
    }

    private async Task<string> OpenAsync(string request, string member)
    {
        Reply reply = await _gate.SendAsync("kandorra", request);
        reply.Status.ShouldBe(200, reply.Body);
        string id = JsonDocument.Parse(reply.Body).RootElement.GetProperty(member).GetString()!;
        _gate.Cluster.Requests.Clear();
        return id;
    }

    private static string Altered(string id) => id[..^3] + (id[^3] == 'A' ? 'B' : 'A') + id[^2..];
}
