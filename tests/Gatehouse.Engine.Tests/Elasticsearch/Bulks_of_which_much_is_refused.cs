using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Tests.Elasticsearch.Handles;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch;

/// <summary>The answer to a bulk is larger than the bulk where items are refused: it is sent while it is made.</summary>
public sealed class Bulks_of_which_much_is_refused
{
    private const int Many = 3000;

    private static readonly string Foreign = new('o', 250);

    [Fact]
    public async Task All_of_it_is_answered_by_the_gate_item_by_item()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => throw new InvalidOperationException("nobody asks"));

        (int status, string body) = await gate.AskAsync("bert", "POST", $"/{Foreign}/_bulk", Refused(Many));

        status.ShouldBe(200);
        Items(body).ShouldBe(Enumerable.Repeat(403, Many));
        gate.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Refused_items_take_their_places_in_the_upstreams_answer(bool isChunked)
    {
        const string answer = """{"took":1,"errors":false,"items":[{"create":{"status":201}},{"create":{"status":201}}]}""";
        string chunks = string.Concat(Enumerable.Range(0, answer.Length).Select(i => $"1\r\n{answer[i]}\r\n"));
        await using HandleGate gate = await HandleGate.StartAsync((_, _) => isChunked
            ? $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
            : answer);

        const string mine = """{"create":{"_index":"logs-1"}}""" + "\n{}\n";
        (int status, string body) = await gate.AskAsync("bert", "POST", $"/{Foreign}/_bulk", mine + Refused(Many) + mine + Refused(Many));

        status.ShouldBe(200);
        Items(body).ShouldBe([201, .. Enumerable.Repeat(403, Many), 201, .. Enumerable.Repeat(403, Many)]);
        JsonDocument.Parse(body).RootElement.GetProperty("errors").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_turns_out_malformed_never_reaches_its_end()
    {
        await using HandleGate gate = await HandleGate.StartAsync(static (_, _) => """{"took":1,"errors":false,"items":[]}""");
        string item = """{"create":{"_index":"logs-1"}}""" + "\n{\"text\":\"" + new string('x', 1000) + "\"}\n";

        (int status, string body) = await gate.AskAsync("bert", "POST", "/_bulk", new StringBuilder().Insert(0, item, 2000).Append("no action\n{}\n").ToString());

        status.ShouldBe(400);
        body.ShouldContain("GH7015");
        (await gate.Trail.WaitForAsync("forward=partial")).ShouldContain("POST /_bulk 400");
    }

    private static string Refused(int count) => new StringBuilder().Insert(0, "{\"index\":{}}\n{}\n", count).ToString();

    private static IEnumerable<int> Items(string body) => JsonDocument.Parse(body).RootElement.GetProperty("items").EnumerateArray()
        .Select(static item => item.EnumerateObject().Single().Value.GetProperty("status").GetInt32());
}
