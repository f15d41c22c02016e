using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>Formats of date math can spell any name, a restricted one too.</summary>
public sealed class Names_made_by_date_math
{
    [Theory]
    [InlineData("GET", "/%3C%7Bnow%2Fd%7B'.security'%7D%7D%3E/_search", null, 403)]
    [InlineData("POST", "/_mget", """{"docs":[{"_index":"<{now/d{'.security'}}>","_id":"1"}]}""", 200)]
    [InlineData("POST", "/_search", """{"query":{"terms":{"user":{"index":"<{now/d{'.security'}}>","id":"1","path":"p"}}}}""", 403)]
    [InlineData("POST", "/_msearch", "{\"index\":\"<{now/d{'.security'}}>\"}\n{}\n", 200)]
    [InlineData("POST", "/_bulk", "{\"delete\":{\"_index\":\"<{now/d{'.security'}}>\",\"_id\":\"1\"}}\n", 200)]
    [InlineData("POST", "/_msearch", "{\"index\":\"<*{now/d{'security'}}>\",\"expand_wildcards\":\"all\"}\n{}\n", 200)]
    public async Task What_can_become_any_name_needs_every_name(string method, string target, string? body, int status)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");
        gate.Change(static d => d with { Roles = d.Roles.SetItem("logs", HandleGate.Role("logs", ["index:read", "index:write"], "*")) });

        (int got, string answer) = await gate.AskAsync("bert", method, target, body);

        got.ShouldBe(status);
        answer.ShouldContain("security_exception");
        gate.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_begins_as_a_grant_says_is_allowed()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (await gate.AskAsync("bert", "GET", "/%3Clogs-%7Bnow%2Fd%7D%3E/_search")).Status.ShouldBe(200);
        (await gate.AskAsync("bert", "POST", "/_mget", """{"docs":[{"_index":"<logs-{now/d}>","_id":"1"}]}""")).Status.ShouldBe(200);
        (await gate.AskAsync("bert", "GET", "/%3Clog%7Bnow%2Fd%7D%3E/_search")).Status.ShouldBe(403);
        gate.Seen.Count.ShouldBe(2);
    }
}
