using Gatehouse.Engine.Tests.Gates;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

/// <summary>What of a request depends on the names that the cluster has.</summary>
public sealed class Names_at_a_gate : IAsyncLifetime
{
    private NamesHarness _names = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _names = await NamesHarness.StartAsync();

    public ValueTask DisposeAsync() => _names.DisposeAsync();

    [Theory]
    [InlineData("/_cat/aliases")]
    [InlineData("/_cat/aliases?v=true")]
    [InlineData("/_cat/aliases?h=index,alias")]
    [InlineData("/_cat/aliases?format=json")]
    [InlineData("/_resolve/index/*")]
    [InlineData("/_resolve/index/*?expand_wildcards=all")]
    [InlineData("/_alias")]
    [InlineData("/logs-a/_alias")]
    [InlineData("/logs-a")]
    [InlineData("/_data_stream")]
    [InlineData("/_field_caps?fields=*")]
    [InlineData("/_search_shards")]
    public async Task Checklist_40_what_lists_names_leaves_out_what_the_caller_may_not_see(string target)
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read", "index:view_index_metadata"));

        string response = await _names.SendAsync("carl", "GET", target);

        response.ShouldStartWith("200");
        foreach (string hidden in (string[])["payroll", "pay-alias", "money", "metrics"])
        {
            response.ShouldNotContain(hidden);
        }

        string whole = await _names.SendAsync("anna", "GET", target);
        whole.ShouldStartWith("200");
        (whole.Contains("pay-alias") || whole.Contains("payroll") || whole.Contains("metrics")).ShouldBeTrue(whole);
    }

    [Theory]
    [InlineData("/_cat/aliases", "logs-front")]
    [InlineData("/_cat/aliases?v=true", "alias")]
    [InlineData("/_cat/aliases?format=json", "\"logs-front\"")]
    [InlineData("/logs-a/_alias", "logs-front")]
    [InlineData("/_resolve/index/logs-*", "logs-front")]
    public async Task And_shows_the_rest(string target, string shown)
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read", "index:view_index_metadata"));

        (await _names.SendAsync("carl", "GET", target)).ShouldContain(shown);
    }

    [Fact]
    public async Task Who_may_see_everything_costs_the_cluster_no_question()
    {
        await _names.SendAsync("anna", "GET", "/_cat/aliases");
        await _names.SendAsync("anna", "GET", "/_search");
        await _names.SendAsync("anna", "PUT", "/new/_doc/1", "{}");

        _names.Questions.ShouldBe(0);
    }

    [Fact]
    public async Task Checklist_36_a_write_to_a_missing_name_needs_the_right_to_make_an_index()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:write"));

        (await _names.SendAsync("carl", "PUT", "/logs-a/_doc/2", "{}")).ShouldStartWith("201");
        string refused = await _names.SendAsync("carl", "PUT", "/logs-new/_doc/2", "{}");
        refused.ShouldStartWith("403");
        refused.ShouldContain("auto_configure");
        _names.Cluster.Indices.Names.ShouldNotContain("logs-new");

        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:write", "index:create_index"));
        (await _names.SendAsync("carl", "PUT", "/logs-new/_doc/2", "{}")).ShouldStartWith("201");
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:write"));
        (await _names.SendAsync("carl", "PUT", "/logs-new/_doc/3", "{}")).ShouldStartWith("201", customMessage: "it is known at once");
    }

    [Fact]
    public async Task Checklist_36_in_a_bulk_item_by_item()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:write"), NamesHarness.Allow("logs-own-*", "index:auto_configure"));

        string response = await _names.SendAsync("carl", "POST", "/_bulk", """
            {"create":{"_index":"logs-a","_id":"7"}}
            {}
            {"create":{"_index":"logs-new","_id":"7"}}
            {}
            {"create":{"_index":"logs-own-1","_id":"7"}}
            {}

            """.Replace("\r", ""), "application/x-ndjson");

        response.ShouldStartWith("200");
        _names.Cluster.Indices.Names.ShouldNotContain("logs-new");
        _names.Cluster.Indices.Names.ShouldContain("logs-own-1");
        _names.Cluster.Indices.Documents("logs-a").Keys.ShouldContain("7");
        response.ShouldContain("security_exception");
    }

    [Fact]
    public async Task A_backing_index_is_read_by_the_streams_grant_and_one_only_called_so_is_not()
    {
        _names.Grant("carl", NamesHarness.Allow("metrics", "index:read"));
        string backing = _names.Cluster.Indices.DataStreams["metrics"][0];
        _names.Cluster.Indices.Put(".ds-metrics-2020.01.01-000001", "1", """{"text":"made by somebody"}""");

        (await _names.SendAsync("carl", "GET", $"/{backing}/_search")).ShouldStartWith("200");
        (await _names.SendAsync("carl", "GET", "/.ds-metrics-2020.01.01-000001/_search")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "GET", "/.ds-metrics-2020.01.01-000001/_doc/1")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "GET", "/.ds-metrics-2030.01.01-000009/_doc/1")).ShouldStartWith("403");
    }

    [Fact]
    public async Task An_error_does_not_say_what_else_there_is()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*,many", "index:write", "index:read"));
        _names.Cluster.Indices.AddAlias("logs-a", "many");
        _names.Cluster.Indices.AddAlias("payroll", "many");

        string response = await _names.SendAsync("carl", "GET", "/many/_doc/1");

        response.ShouldStartWith("400");
        response.ShouldContain("[many]");
        response.ShouldNotContain("payroll");
        (await _names.SendAsync("anna", "GET", "/many/_doc/1")).ShouldContain("payroll");
    }

    [Fact]
    public async Task A_deny_narrows_to_names_that_do_not_lead_to_what_is_denied()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read"), NamesHarness.Deny("logs-secret", "index:read"));

        (await _names.SendAsync("carl", "GET", "/_search")).ShouldStartWith("200");
        string asked = _names.Asked.Last();
        asked.ShouldContain("logs-a");
        asked.ShouldContain("logs-b");
        asked.ShouldContain("logs-front");
        asked.ShouldNotContain("secret");
        asked.ShouldNotContain("logs-back");
        asked.ShouldNotContain("*");
        (await _names.SendAsync("carl", "GET", "/logs-*/_count")).ShouldContain("\"count\":2");
        (await _names.SendAsync("carl", "GET", "/logs-secret/_search")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "GET", "/logs-back/_search")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "GET", "/logs-a,logs-back/_search")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "GET", "/logs-front/_search")).ShouldStartWith("200");
        (await _names.SendAsync("carl", "POST", "/_mget", """{"docs":[{"_index":"logs-back","_id":"1"}]}""")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "POST", "/_msearch", "{\"index\":\"logs-*\"}\n{}\n", "application/x-ndjson")).ShouldNotContain("log secret");
        _names.Questions.ShouldBe(1);
    }

    [Fact]
    public async Task A_deny_elsewhere_holds_for_an_alias_that_leads_there()
    {
        _names.Cluster.Indices.AddAlias("payroll", "logs-pay");
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read", "index:write"), NamesHarness.Deny("payroll", "index:read", "index:write"));

        string found = await _names.SendAsync("carl", "GET", "/logs-*/_search");
        found.ShouldStartWith("200");
        found.ShouldContain("log a");
        found.ShouldNotContain("\"pay\"");
        (await _names.SendAsync("carl", "GET", "/logs-pay/_search")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "PUT", "/logs-pay/_doc/1", "{}")).ShouldStartWith("403");
        (await _names.SendAsync("carl", "POST", "/_bulk", "{\"index\":{\"_index\":\"logs-pay\",\"_id\":\"9\"}}\n{}\n", "application/x-ndjson")).ShouldContain("security_exception");
        _names.Cluster.Indices.Documents("payroll").Keys.ShouldBe(["1"]);
    }

    [Theory]
    [InlineData("/_search")]
    [InlineData("/*,-payroll/_search")]
    [InlineData("/*,-logs-secret/_search")]
    [InlineData("/_all/_search")]
    [InlineData("/logs-*,p*/_search?expand_wildcards=all")]
    public async Task An_exclusion_and_a_wildcard_give_nothing_that_was_not_granted(string target)
    {
        _names.Grant("carl", NamesHarness.Allow("logs-a,logs-b", "index:read"));

        string found = await _names.SendAsync("carl", "GET", target);

        found.ShouldNotContain("\"pay\"");
        found.ShouldNotContain("log secret");
        found.ShouldNotContain("metric");
        found.ShouldStartWith("200");
        found.ShouldContain("log a");
    }

    [Fact]
    public async Task Explicit_names_that_no_wildcard_says_are_put_in_by_name_and_those_that_are_not_there_are_left_out()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-a,logs-gone", "index:read"));

        (await _names.SendAsync("carl", "GET", "/_search")).ShouldStartWith("200");
        _names.Asked.Last().ShouldBe("GET /logs-a/_search");
    }

    [Fact]
    public async Task More_names_than_a_request_line_holds_are_refused_clearly()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read"), NamesHarness.Deny("logs-secret", "index:read"));
        for (int i = 0; i < 200; i++)
        {
            _names.Cluster.Indices.Create($"logs-with-a-long-name-{i:D4}");
        }

        string refused = await _names.SendAsync("carl", "GET", "/_search");

        refused.ShouldStartWith("400");
        refused.ShouldContain("too_many_indices");
        refused.ShouldContain("GH7071");
    }

    [Theory]
    [InlineData("index:read")]
    [InlineData("index:view_index_metadata")]
    public async Task Either_privilege_suffices_where_elasticsearch_takes_either(string privilege)
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", privilege));

        foreach (string target in (string[])["/_resolve/index/*", "/logs-a/_field_caps?fields=*", "/_field_caps?fields=*"])
        {
            string response = await _names.SendAsync("carl", "GET", target);
            response.ShouldStartWith("200", customMessage: target);
            response.ShouldContain("logs-a");
            response.ShouldNotContain("payroll");
        }
    }

    [Fact]
    public async Task Without_the_names_what_needs_them_is_refused_and_the_rest_goes_on()
    {
        _names.Grant("carl", NamesHarness.Allow("logs-*", "index:read", "index:write", "index:view_index_metadata"));
        await using Gatehouse.Testing.Upstreams.ScriptedUpstream upstream = Gatehouse.Testing.Upstreams.ScriptedUpstream.Start(static async peer =>
        {
            while (await peer.ReadHeadAsync() is { } head)
            {
                await peer.SendAsync(head.StartsWith("GET /_resolve/index/*?", StringComparison.Ordinal)
                    ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            }
        });
        await using GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{upstream.Port}", systems: NamesHarness.Steps(_names.Keeper));
        gate.Change(_ => _names.Gate.Snapshots.Current.Document);

        string refused = await gate.SendAsync(GateHarness.Request("carl", "GET", "/_cat/aliases"));
        refused.ShouldStartWith("HTTP/1.1 503");
        refused.ShouldContain("GH7070");
        (await gate.SendAsync(GateHarness.Request("carl", "GET", "/logs-a/_search"))).ShouldStartWith("HTTP/1.1 200");
        (await gate.SendAsync(GateHarness.Request("carl", "PUT", "/logs-a/_doc/1", "Content-Type: application/json\r\nContent-Length: 2\r\n", "{}"))).ShouldStartWith("HTTP/1.1 403");
    }
}
