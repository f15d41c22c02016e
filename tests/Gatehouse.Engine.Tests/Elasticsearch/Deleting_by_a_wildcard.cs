using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>Indices are deleted by their names, whatever way they are deleted in, even by whom everything belongs to.</summary>
public sealed class Deleting_by_a_wildcard
{
    [Theory]
    [InlineData("DELETE", "/logs-*", null)]
    [InlineData("DELETE", "/_all", null)]
    [InlineData("DELETE", "/*::data", null)]
    [InlineData("DELETE", "/_data_stream/logs-*", null)]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"index":"logs-*"}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"index":"_all"}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"index":""}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"index":"logs-1,logs-2*"}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"indices":["logs-1","<logs-{now/d}>"]}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"add":{"index":"a","alias":"b"}},{"remove_index":{"\u0069ndices":["*"]}}]}""")]
    public async Task Is_refused(string method, string target, string? body)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (int status, string answer) = await gate.AskAsync("anna", method, target, body);

        status.ShouldBe(403);
        answer.ShouldContain("wildcard_delete");
        gate.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("DELETE", "/logs-1,logs-2", null)]
    [InlineData("POST", "/_aliases", """{"actions":[{"remove_index":{"indices":["logs-1","logs-2"]}}]}""")]
    [InlineData("POST", "/_aliases", """{"actions":[{"add":{"index":"logs-*","alias":"logs-all"}}]}""")]
    public async Task Names_are_not(string method, string target, string? body)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (await gate.AskAsync("anna", method, target, body)).Status.ShouldBe(200);

        gate.Seen.Count.ShouldBe(1);
    }
}
