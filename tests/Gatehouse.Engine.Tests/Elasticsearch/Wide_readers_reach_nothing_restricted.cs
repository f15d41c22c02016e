using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>
/// Who has a plain grant on <c>*</c> has no name of the cluster's own by it: what is not narrowed, and fenced in by that, is not
/// let through because its text is a <c>*</c>.
/// </summary>
public sealed class Wide_readers_reach_nothing_restricted
{
    private const string Hits = """{"responses":[],"hits":{"hits":[]}}""";

    [Theory]
    [InlineData("/*::data/_search")]
    [InlineData("/*kib*::data/_search")]
    [InlineData("/*:*/_search")]
    public async Task A_list_that_cannot_be_narrowed_needs_every_name(string target)
    {
        await using HandleGate gate = await StartAsync();

        (await gate.AskAsync("bert", "GET", target)).Status.ShouldBe(403);

        gate.Seen.ShouldBeEmpty();
        (await gate.AskAsync("anna", "GET", target)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("GET", "/*,-*,*/_search", null)]
    [InlineData("GET", "/*-1,-x,*/_search", null)]
    [InlineData("POST", "/_msearch", "{\"index\":\"*,-*,*\"}\n{}\n")]
    public async Task One_that_only_names_narrow_reaches_the_names_that_are_granted(string method, string target, string? body)
    {
        await using HandleGate gate = await StartAsync("""
            {"indices":[{"name":"logs-1"},{"name":"orders"},{"name":".kibana_1"},{"name":".security-7","aliases":[".security","front"]}],
             "aliases":[{"name":".security","indices":[".security-7"]},{"name":".kibana","indices":[".kibana_1"]}],"data_streams":[]}
            """);

        (await gate.AskAsync("bert", method, target, body)).Status.ShouldBe(200);

        string sent = gate.Seen.Last();
        sent.ShouldContain("orders");
        sent.ShouldNotContain("kibana");
        sent.ShouldNotContain("security");
        sent.Replace("-*", "").Replace("*/*", "").ShouldNotContain("*");
        (await gate.AskAsync("anna", method, target, body)).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("*,-*,*")]
    [InlineData("*-1,-x,*")]
    public async Task And_nothing_where_the_names_cannot_be_had(string list)
    {
        await using HandleGate gate = await StartAsync(names: "{}");

        (await gate.AskAsync("bert", "GET", $"/{list}/_search")).Status.ShouldBe(503);
        (await gate.AskAsync("bert", "POST", "/_msearch", $$"""{"index":"{{list}}"}""" + "\n{}\n")).Status.ShouldBe(503);

        gate.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_search_that_reads_everything_by_itself_gains_nothing_by_its_header()
    {
        await using HandleGate gate = await StartAsync();
        const string search = """{"suggest":{"s":{"text":"a","phrase":{"field":"f","collate":{"query":{"source":{"match":{"{{field_name}}":"{{suggestion}}"}}}}}}}}""";

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", "{}\n" + search + "\n");

        (status == 403 || body.Contains("\"status\":403", StringComparison.Ordinal)).ShouldBeTrue(body);
        gate.Seen.ShouldBeEmpty();
        (await gate.AskAsync("bert", "POST", "/_msearch", "{}\n{}\n")).Status.ShouldBe(200);
    }

    [Theory]
    [InlineData("*::data")]
    public async Task So_does_one_in_the_header_of_a_search_among_others(string list)
    {
        await using HandleGate gate = await StartAsync();

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", $$"""{"index":"{{list}}"}""" + "\n{}\n");

        (status == 403 || body.Contains("\"status\":403", StringComparison.Ordinal)).ShouldBeTrue(body);
        gate.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", "/_sql", """{"query":"SELECT * FROM \"*kibana*\""}""")]
    [InlineData("POST", "/_reindex", """{"source":{"index":"*kibana*"},"dest":{"index":"x"}}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"add":{"index":"*","alias":"mine"}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"add":{"index":"*ibana_1","alias":"mine"}}]}""")]
    [InlineData("PUT", "/_alias/mine", "{}")]
    public async Task So_does_one_in_a_body(string method, string target, string body)
    {
        await using HandleGate gate = await StartAsync();

        (await gate.AskAsync("bert", method, target, body)).Status.ShouldBe(403);

        gate.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_list_of_more_expressions_than_are_narrowed_is_decided_as_it_stands()
    {
        await using HandleGate gate = await StartAsync();
        string list = string.Join(',', Enumerable.Range(0, 50_000).Select(static i => $"*{i}*"));

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_msearch", $$"""{"index":"{{list}}"}""" + "\n{}\n");

        (status == 403 || body.Contains("\"status\":403", StringComparison.Ordinal)).ShouldBeTrue(body);
        gate.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_narrowed_goes_on_fenced_in()
    {
        await using HandleGate gate = await StartAsync();

        (await gate.AskAsync("bert", "GET", "/_search")).Status.ShouldBe(200);
        (await gate.AskAsync("bert", "POST", "/_msearch", "{}\n{}\n")).Status.ShouldBe(200);

        gate.Seen.Count.ShouldBe(2);
        gate.Seen.ShouldAllBe(seen => seen.Contains("-.*", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_stands_for_no_index_inside_the_gate_is_an_ordinary_one_outside()
    {
        await using HandleGate gate = await StartAsync();
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:all"], "logs-*")) });

        // An alias may have such a name.
        (await gate.AskAsync("bert", "GET", "/GATEHOUSE-NO-INDEX/_search")).Status.ShouldBe(403);
        (await gate.AskAsync("bert", "PUT", "/logs-1/_alias/GATEHOUSE-NO-INDEX")).Status.ShouldBe(403);

        gate.Seen.ShouldBeEmpty();
    }

    private static async Task<HandleGate> StartAsync(string? names = null)
    {
        HandleGate gate = await HandleGate.StartAsync(static (_, _) => Hits);
        gate.Names = names ?? gate.Names;
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:all"], "*")) });
        return gate;
    }
}
