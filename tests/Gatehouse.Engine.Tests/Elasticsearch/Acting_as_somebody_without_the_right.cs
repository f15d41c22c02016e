using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>Whoever may not act as somebody gets one answer, whatever that one may and whether there is such a one.</summary>
public sealed class Acting_as_somebody_without_the_right
{
    [Theory]
    [InlineData("anna", "POST", "/_bulk", "no json\n")]
    [InlineData("bert", "POST", "/_bulk", "no json\n")]
    [InlineData("nobody", "POST", "/_bulk", "no json\n")]
    [InlineData("anna", "DELETE", "/*", null)]
    [InlineData("emil", "POST", "/_search", "no json")]
    public async Task Nothing_is_told_of_the_other_ones_rights(string other, string method, string target, string? body)
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => "{}");

        (int status, string answer) = await gate.AskAsync("dora", method, target, body, runAs: other);

        status.ShouldBe(403);
        answer.ShouldContain("[run_as]");
        gate.Seen.ShouldBeEmpty();
    }
}
