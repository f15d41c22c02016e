using System.Text.Json;
using Gatehouse.Engine.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Handles;

/// <summary>Scrolls, points in time, cursors, asynchronous searches and tasks through a gate.</summary>
public sealed class Handles_belong_to_who_made_them
{
    private const string Raw = "RAW/up+id==";

    [Fact]
    public async Task A_scroll_goes_on_page_by_page_for_its_owner()
    {
        int page = 0;
        await using HandleGate gate = await HandleGate.StartAsync((_, _) => $$"""{"_scroll_id":"{{Raw}}{{++page}}","hits":{"hits":[{"_scroll_id":"mine"}]} }""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", """{"query":{"match_all":{}}}""", "_scroll_id");
        id.ShouldStartWith(HandleSeal.Prefix);
        string second = await gate.GetAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{id}}"}""", "_scroll_id");
        string third = await gate.GetAsync("bert", "GET", $"/_search/scroll?scroll=1m&scroll_id={second}", null, "_scroll_id");
        (await gate.AskAsync("bert", "POST", $"/_search/scroll/{third}?scroll=1m")).Body.ShouldContain("\"mine\"");
        (await gate.AskAsync("bert", "DELETE", "/_search/scroll", $$"""{"scroll_id":["{{id}}","{{third}}"]}""")).Status.ShouldBe(200);

        gate.Seen.ShouldBe(
        [
            "POST /logs-1/_search?scroll=1m\n{\"query\":{\"match_all\":{}}}",
            "POST /_search/scroll\n{\"scroll\":\"1m\",\"scroll_id\":\"RAW/up+id==1\"}",
            "GET /_search/scroll?scroll=1m&scroll_id=RAW%2Fup%2Bid%3D%3D2\n",
            gate.Seen.ElementAt(3),
            "DELETE /_search/scroll\n{\"scroll_id\":[\"RAW/up+id==1\",\"RAW/up+id==3\"]}",
        ]);
    }

    [Fact]
    public async Task Another_user_a_random_id_and_the_upstreams_own_are_all_not_found_and_the_upstream_hears_nothing()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");
        string altered = id[..20] + (id[20] == 'A' ? 'B' : 'A') + id[21..];
        string? first = null;
        foreach ((string user, string shown, string reason) in new[]
        {
            ("carl", id, "handle_foreign"), ("anna", id, "handle_foreign"), ("bert", "FGluY2x1ZGVfY29udGV4dA==", "handle_unknown"),
            ("bert", Raw, "handle_unknown"), ("bert", altered, "handle_altered"),
        })
        {
            foreach (string method in new[] { "POST", "DELETE" })
            {
                (int status, string body) = await gate.AskAsync(user, method, "/_search/scroll", $$"""{"scroll_id":"{{shown}}"}""");
                status.ShouldBe(404);
                JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("type").GetString().ShouldBe("search_context_missing_exception");
                body.ShouldBe(first ??= body, "nobody learns which it was");
                body.ShouldNotContain("receipt");
                string line = await gate.Trail.WaitForAsync(reason);
                line.ShouldStartWith(reason == "handle_altered" ? "TamperedRequest" : "AccessDenied");
            }
        }

        gate.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task One_foreign_handle_among_own_ones_refuses_all()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string mine = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");
        string other = await gate.GetAsync("carl", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");

        (await gate.AskAsync("bert", "DELETE", "/_search/scroll", $$"""{"scroll_id":["{{mine}}","{{other}}"]}""")).Status.ShouldBe(404);
        (await gate.AskAsync("bert", "DELETE", $"/_search/scroll/{mine},{other}")).Status.ShouldBe(404);
        gate.Seen.Count.ShouldBe(2);

        (await gate.AskAsync("bert", "DELETE", "/_search/scroll/_all")).Status.ShouldBe(403);
        (await gate.AskAsync("anna", "DELETE", "/_search/scroll/_all")).Status.ShouldBe(200);
        gate.Seen.ElementAt(2).ShouldStartWith("DELETE /_search/scroll/_all");
    }

    [Fact]
    public async Task An_expired_scroll_is_gone_and_each_use_prolongs_it()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");
        gate.Time.Advance(TimeSpan.FromSeconds(50));
        string second = await gate.GetAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{id}}"}""", "_scroll_id");
        gate.Time.Advance(TimeSpan.FromSeconds(50));
        (await gate.AskAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{id}}"}""")).Status.ShouldBe(200, "the first id goes on too");
        gate.Time.Advance(TimeSpan.FromSeconds(50));
        (await gate.AskAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{second}}"}""")).Status.ShouldBe(200);
        gate.Time.Advance(TimeSpan.FromSeconds(60));
        foreach (string gone in new[] { id, second })
        {
            (await gate.AskAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{gone}}"}""")).Status.ShouldBe(404);
        }

        (await gate.Trail.WaitForAsync("handle_expired")).ShouldStartWith("AccessDenied");
        gate.Seen.Count.ShouldBe(4);
    }

    [Fact]
    public async Task A_role_that_changes_mid_scroll_ends_it()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:read"], "logs-2")) });

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_search/scroll", $$"""{"scroll":"1m","scroll_id":"{{id}}"}""");

        status.ShouldBe(403);
        body.ShouldContain("logs-1");
        gate.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("/logs-1/_pit?keep_alive=1m", "id", "DELETE", "/_pit", """{"id":"@"}""")]
    [InlineData("/logs-1/_search/point_in_time?keep_alive=1m", "pit_id", "DELETE", "/_search/point_in_time", """{"pit_id":["@"]}""")]
    [InlineData("/logs-1/_search/point_in_time?keep_alive=1m", "pit_id", "GET", "/_cat/pit_segments", """{"pit_id":"@"}""")]
    public async Task A_point_in_time_is_searched_and_closed_by_its_owner(string open, string member, string method, string target, string body)
    {
        await using HandleGate gate = await HandleGate.StartAsync((line, _) => line.Contains("_search/", StringComparison.Ordinal) || line.Contains("_pit", StringComparison.Ordinal)
            ? $$"""{"{{member}}":"{{Raw}}"}""" : $$"""{"pit_id":"{{Raw}}2","hits":{} }""");
        string id = await gate.GetAsync("bert", "POST", open, null, member);
        string search = $$"""{"pit":{"id":"{{id}}","keep_alive":"1m"},"size":3}""";
        string next = await gate.GetAsync("bert", "POST", "/_search", search, "pit_id");
        next.ShouldStartWith(HandleSeal.Prefix);
        (await gate.AskAsync("carl", "POST", "/_search", search)).Status.ShouldBe(404);
        (await gate.AskAsync("carl", method, target, body.Replace("@", id))).Status.ShouldBe(404);
        (await gate.AskAsync("bert", method, target, body.Replace("@", next))).Status.ShouldBe(200);

        gate.Seen.Count.ShouldBe(3);
        gate.Seen.ElementAt(1).ShouldBe("POST /_search\n" + search.Replace(id, Raw));
        gate.Seen.ElementAt(2).ShouldBe($"{method} {target}\n" + body.Replace("@", Raw + "2"));
    }

    [Fact]
    public async Task Searches_with_points_in_time_of_two_owners_are_refused()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (line, _) => line.Contains("_pit", StringComparison.Ordinal)
            ? $$"""{"id":"{{Raw}}"}""" : $$"""{"responses":[{"pit_id":"{{Raw}}"},{"hits":3},{"pit_id":"{{Raw}}"}]}""");
        string berts = await gate.GetAsync("bert", "POST", "/logs-1/_pit?keep_alive=1m", null, "id");
        string carls = await gate.GetAsync("carl", "POST", "/logs-2/_pit?keep_alive=1m", null, "id");
        (await gate.AskAsync("bert", "POST", "/_msearch", Lines(berts, carls))).Status.ShouldBe(404);
        gate.Seen.Count.ShouldBe(2);

        string again = await gate.GetAsync("bert", "POST", "/_msearch", Lines(berts, berts), "responses.2.pit_id");
        again.ShouldStartWith(HandleSeal.Prefix);
        gate.Seen.ElementAt(2).ShouldBe("POST /_msearch\n" + Lines(Raw, Raw));

        static string Lines(string one, string two) =>
            $$$"""
            {}
            {"pit":{"id":"{{{one}}}"}}
            {"index":"logs-3"}
            {"size":1}
            {}
            {"size":2,"pit":{"id":"{{{two}}}"}}

            """;
    }

    [Theory]
    [InlineData("/logs-1/_async_search", "{}", "/_async_search/@", "/_async_search/status/@")]
    [InlineData("/logs-1/_eql/search", """{"query":"any where true"}""", "/_eql/search/@", "/_eql/search/status/@")]
    [InlineData("/_query/async", """{"query":"FROM logs-1"}""", "/_query/async/@", null)]
    [InlineData("/_sql", """{"query":"SELECT * FROM \"logs-1\"","wait_for_completion_timeout":"1s"}""", "/_sql/async/@", "/_sql/async/status/@")]
    [InlineData("/_plugins/_asynchronous_search?index=logs-1", "{}", "/_plugins/_asynchronous_search/@", null)]
    public async Task An_asynchronous_search_is_its_owners(string submit, string body, string get, string? status)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (line, _) => """{"id":"FmRldE8zREVEUzA2ZVpUeGs2ejJFUFEaMkZ5QTVrSTZSaVN3WlNFVmtlWHJsdzoxMDc=","is_running":true}""");
        string id = await gate.GetAsync("bert", "POST", submit, body, "id");
        id.ShouldStartWith("FmRld");
        string target = get.Replace("@", Uri.EscapeDataString(id));
        (await gate.AskAsync("bert", "GET", target)).Status.ShouldBe(200);
        foreach (string other in new[] { "carl", "anna", "emil" })
        {
            (int refused, string text) = await gate.AskAsync(other, "GET", target);
            refused.ShouldBe(404);
            text.ShouldBe((await gate.AskAsync(other, "GET", get.Replace("@", "FmRldRandom"))).Body);
        }

        int seen = gate.Seen.Count;
        if (status is not null)
        {
            string asked = status.Replace("@", Uri.EscapeDataString(id));
            (await gate.AskAsync("bert", "GET", asked)).Status.ShouldBe(200);
            (await gate.AskAsync("emil", "GET", asked)).Status.ShouldBe(200);
            (await gate.AskAsync("carl", "GET", asked)).Status.ShouldBe(403);
            gate.Seen.Count.ShouldBe(seen + 2);
        }

        gate.Time.Advance(TimeSpan.FromDays(6));
        (await gate.AskAsync("bert", "GET", target)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Who_may_cancel_tasks_may_end_the_searches_of_others()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"id":"FmRld"}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_async_search", "{}", "id");
        (await gate.AskAsync("carl", "DELETE", $"/_async_search/{id}")).Status.ShouldBe(404);
        (await gate.AskAsync("emil", "DELETE", $"/_async_search/{id}")).Status.ShouldBe(200);
        (await gate.AskAsync("bert", "DELETE", $"/_async_search/{id}")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_task_is_seen_and_cancelled_by_its_owner_and_by_who_may_look_at_all()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (line, _) => line.Contains("_update_by_query", StringComparison.Ordinal)
            ? """{"task":"oTUltX4IQMOUUVeiohTt8A:124"}""" : """{"completed":false}""");
        string task = await gate.GetAsync("bert", "POST", "/logs-1/_update_by_query?wait_for_completion=false", "{}", "task");
        task.ShouldBe("oTUltX4IQMOUUVeiohTt8A:124");
        (await gate.AskAsync("bert", "GET", $"/_tasks/{task}")).Status.ShouldBe(200);
        (await gate.AskAsync("bert", "POST", $"/_tasks/{task}/_cancel")).Status.ShouldBe(200);
        (await gate.AskAsync("emil", "GET", $"/_tasks/{task}")).Status.ShouldBe(200);
        (await gate.AskAsync("carl", "GET", $"/_tasks/{task}")).Status.ShouldBe(403);
        (await gate.AskAsync("carl", "POST", $"/_tasks/{task}/_cancel")).Status.ShouldBe(403);
        (await gate.AskAsync("bert", "GET", "/_tasks/oTUltX4IQMOUUVeiohTt8A:125")).Status.ShouldBe(403);
        (await gate.AskAsync("bert", "GET", "/_tasks")).Status.ShouldBe(403);

        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:read"], "logs-2")) });
        (await gate.AskAsync("bert", "GET", $"/_tasks/{task}")).Status.ShouldBe(403);
        gate.Seen.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData("/_sql", "/_sql", "/_sql/close")]
    [InlineData("/_plugins/_sql", "/_plugins/_sql", "/_plugins/_sql/close")]
    public async Task A_cursor_goes_on_for_its_owner(string first, string next, string close)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"columns":[],"rows":[["x"]],"cursor":"{{Raw}}"}""");
        string cursor = await gate.GetAsync("bert", "POST", first, """{"query":"SELECT * FROM `logs-1`","fetch_size":1}""".Replace('`', first == "/_sql" ? '"' : '`').Replace("\"logs-1\"", "\\\"logs-1\\\""), "cursor");
        string body = $$"""{"cursor":"{{cursor}}"}""";
        (await gate.AskAsync("dora", "POST", next, body)).Status.ShouldBe(404);
        (await gate.AskAsync("dora", "POST", close, body)).Status.ShouldBe(404);
        string second = await gate.GetAsync("bert", "POST", next, body, "cursor");
        (await gate.AskAsync("bert", "POST", close, $$"""{"cursor":"{{second}}"}""")).Status.ShouldBe(200);
        gate.Seen.Count.ShouldBe(3);
        gate.Seen.ElementAt(1).ShouldBe($$"""POST {{next}}{{"\n"}}{"cursor":"{{Raw}}"}""");
    }

    [Theory]
    [InlineData("/logs-1/_search?scroll=1m&format=yaml", null, 406)]
    [InlineData("/logs-1/_search?scroll=1m&format=cbor", null, 406)]
    [InlineData("/logs-1/_search?scroll=1m", "application/yaml", 406)]
    [InlineData("/logs-1/_search?scroll=1m", "application/smile", 406)]
    [InlineData("/logs-1/_search?scroll=1m&format=json", "application/json", 200)]
    [InlineData("/logs-1/_search?scroll=1m", "application/vnd.elasticsearch+json; compatible-with=8", 200)]
    public async Task A_form_that_cannot_be_looked_into_is_refused_before_anything_is_opened(string target, string? accept, int status)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");

        (await gate.AskAsync("bert", "POST", target, "{}", accept)).Status.ShouldBe(status);

        gate.Seen.Count.ShouldBe(status == 200 ? 1 : 0);
    }

    [Theory]
    [InlineData("Content-Type: application/yaml\r\n", "_scroll_id: RAW")]
    [InlineData("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", "{\"_scroll_id\":\"RAW\"}")]
    [InlineData("", "{\"_scroll_id\":\"RAW\"}")]
    [InlineData("Content-Type: application/json\r\n", "{\"_scroll_id\":\"RAW\"")]
    public async Task An_answer_that_cannot_be_looked_into_gives_nothing_away(string headers, string answer)
    {
        await using HandleGate gate = await HandleGate.StartAsync((_, _) => $"HTTP/1.1 200 OK\r\n{headers}Content-Length: {answer.Length}\r\n\r\n{answer}");
        try
        {
            (int status, string body) = await gate.AskAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}");
            status.ShouldBe(502);
            body.ShouldNotContain("RAW");
        }
        catch (HttpRequestException)
        {
            // Its end was missing: the answer was cut off, and what was sent of it held no handle of the upstream.
            answer.ShouldNotEndWith("}");
        }
    }

    [Fact]
    public async Task Text_of_sql_passes_unless_it_goes_on()
    {
        string cursor = "";
        await using HandleGate gate = await HandleGate.StartAsync((_, _) => $"HTTP/1.1 200 OK\r\nContent-Type: text/csv; charset=utf-8; header=present\r\n{cursor}Content-Length: 3\r\n\r\na,b");
        const string Query = """{"query":"SELECT a,b FROM \"logs-1\""}""";
        (await gate.AskAsync("bert", "POST", "/_sql?format=csv", Query)).ShouldBe((200, "a,b"));
        cursor = "Cursor: RAW\r\n";
        (int status, string body) = await gate.AskAsync("bert", "POST", "/_sql?format=csv", Query);
        status.ShouldBe(502);
        body.ShouldNotContain("RAW");
    }

    [Fact]
    public async Task A_document_that_looks_like_an_answer_makes_nobody_an_owner()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"task":"node:7","id":"FmRld","_scroll_id":"RAW","pit_id":"RAW"}""");
        foreach (string target in new[] { "/logs-1/_source/1?wait_for_completion=false", "/logs-1/_source/1?scroll=1m", "/logs-1/_doc/1?wait_for_completion=false" })
        {
            (await gate.AskAsync("bert", "GET", target)).Status.ShouldBe(200);
        }

        (await gate.AskAsync("bert", "GET", "/_tasks/node:7")).Status.ShouldBe(403);
        (await gate.AskAsync("bert", "GET", "/_async_search/FmRld")).Status.ShouldBe(404);
        gate.Seen.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_scroll_over_everything_needs_everything_again()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("anna", "POST", "/_search/template?scroll=1m", """{"source":{"query":{"match_all":{}}}}""", "_scroll_id");
        string body = $$"""{"scroll_id":"{{id}}"}""";
        (await gate.AskAsync("anna", "POST", "/_search/scroll", body)).Status.ShouldBe(200);
        gate.Change(static d => d with { Users = d.Users.SetItem("anna", d.Users["anna"] with { Roles = ["logs"] }) });
        (await gate.AskAsync("anna", "POST", "/_search/scroll", body)).Status.ShouldBe(403);
        gate.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_search_without_index_scrolls_what_it_was_narrowed_to()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("bert", "POST", "/_search?scroll=1m", "{}", "_scroll_id");
        gate.Seen.Single().ShouldStartWith("POST /logs-*/_search?scroll=1m");
        string body = $$"""{"scroll_id":"{{id}}"}""";
        (await gate.AskAsync("bert", "POST", "/_search/scroll", body)).Status.ShouldBe(200);
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:read"], "logs-2")) });
        (await gate.AskAsync("bert", "POST", "/_search/scroll", body)).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_handle_hidden_in_the_query_or_beside_another_is_refused()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => $$"""{"_scroll_id":"{{Raw}}"}""");
        string id = await gate.GetAsync("bert", "POST", "/logs-1/_search?scroll=1m", "{}", "_scroll_id");
        string raw = Uri.EscapeDataString("""{"pit":{"id":"RAW"}}""");
        string scroll = Uri.EscapeDataString("""{"scroll_id":"RAW"}""");
        foreach ((string method, string target, string? body) in new[]
        {
            ("GET", $"/_search?source_content_type=application/json&source={raw}", null),
            ("GET", $"/_search/scroll?source_content_type=application/json&source={scroll}", null),
            ("GET", $"/_search/scroll?scroll_id={id}&source_content_type=application/json&source={scroll}", null),
            ("POST", $"/_search/scroll?scroll_id={id}", """{"scroll_id":"RAW"}"""),
            ("POST", $"/_search/scroll/{id}", """{"scroll_id":"RAW"}"""),
            ("POST", $"/_search/scroll/{id}?scroll_id=RAW", null),
            ("POST", "/_search/scroll", $$"""{"scroll_id":"{{id}}","scroll_id":"RAW"}"""),
            ("POST", "/_search/scroll", $$"""{"scroll_id":"{{id}}","scroll\u005fid":"RAW"}"""),
            ("POST", "/_search/scroll", """{"scroll_id":[["RAW"]]}"""),
            ("DELETE", "/_search/scroll", $$"""{"scroll_id":"{{id}},RAW"}"""),
            ("POST", "/_search", """{"pit":{"id":"RAW"}}"""),
            ("POST", "/_search", """{"p\u0069t":{"id":"RAW"}}"""),
            ("POST", "/_search", """{"pit":{"\u0069d":"RAW"}}"""),
            ("POST", "/_search", """{"pit":{"id":["RAW"]}}"""),
            ("POST", "/logs-1/_search", """{"pit":{"id":"RAW"}}"""),
            ("POST", "/_query", """{"cursor":"RAW"}"""),
        })
        {
            (int status, string answer) = await gate.AskAsync("bert", method, target, body);
            status.ShouldBeOneOf(400, 404);
            answer.ShouldNotContain(Raw);
        }

        gate.Seen.Count.ShouldBe(1);
    }
}
