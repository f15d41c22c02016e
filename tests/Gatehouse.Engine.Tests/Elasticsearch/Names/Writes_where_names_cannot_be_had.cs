using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

/// <summary>Whether a document makes an index can only be told with the names that there are.</summary>
public sealed class Writes_where_names_cannot_be_had
{
    private const string Bulk = """{"create":{"_index":"logs-1"}}""" + "\n{}\n";
    private const string Answer = """{"took":1,"errors":false,"items":[{"create":{"status":201}}]}""";

    [Theory]
    [InlineData("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", true)]
    [InlineData("""{"indices":[],"aliases":[],"data_streams":[]}""", false)]
    [InlineData("""{"indices":[{"name":"logs-1"}],"aliases":[],"data_streams":[]}""", true)]
    public async Task They_pass_only_where_the_name_is_there_or_the_upstream_has_no_names_to_tell(string names, bool passes)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (line, _) => line.Contains("_bulk", StringComparison.Ordinal) ? Answer : """{"result":"created"}""");
        gate.Names = names;

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_bulk", Bulk);
        (int document, _) = await gate.AskAsync("bert", "PUT", "/logs-1/_doc/1", "{}");

        status.ShouldBe(200);
        body.Contains("\"status\":201", StringComparison.Ordinal).ShouldBe(passes, body);
        document.ShouldBe(passes ? 200 : 403);
    }

    [Fact]
    public async Task They_never_pass_to_a_name_that_is_not_granted()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => Answer);
        gate.Names = "{}";

        (await gate.AskAsync("bert", "POST", "/_bulk", Bulk.Replace("logs-1", "orders", StringComparison.Ordinal))).Body.ShouldContain("\"status\":403");
        (await gate.AskAsync("bert", "PUT", "/orders/_doc/1", "{}")).Status.ShouldBe(403);
        gate.Seen.ShouldBeEmpty();
    }
}
