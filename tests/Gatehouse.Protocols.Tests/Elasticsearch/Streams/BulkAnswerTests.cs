using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class BulkAnswerTests
{
    private const string Item = "{\"index\":{\"_index\":\"a\",\"_id\":\"1\",\"status\":201,\"result\":\"created \\\"]}\"}}";
    private const string Forbidden =
        "{\"create\":{\"_index\":\"orders\",\"_id\":\"7\",\"status\":403,\"error\":{\"type\":\"security_exception\",\"reason\":" +
        "\"action [indices:data/write/bulk[s]] is unauthorized for user [kim\\\"] on indices [orders], this action is granted by the index privileges [create_doc,create,index,write,all]\"}}}";

    [Theory]
    [InlineData("yn", "{\"took\":3,\"errors\":false,\"items\":[I]}", "{\"took\":3,\"errors\":true,\"items\":[I,F]}")]
    [InlineData("ny", "{\"errors\":false,\"took\":3,\"ingest_took\":1,\"items\":[I]}", "{\"errors\":true,\"took\":3,\"ingest_took\":1,\"items\":[F,I]}")]
    [InlineData("nynny", "{ \"items\" : [ I , I ] , \"errors\" : true }\n", "{ \"items\" : [ F,I , F,F,I ] , \"errors\" : true }\n")]
    [InlineData("ynynn", "{\"items\":[I,I],\"errors\":true}", "{\"items\":[I,F,I,F,F],\"errors\":true}")]
    [InlineData("nn", "{\"took\":1,\"errors\":false,\"items\":[]}", "{\"took\":1,\"errors\":true,\"items\":[F,F]}")]
    [InlineData("yy", "{\"took\":1,\"errors\":false,\"items\":[I,I]}", "{\"took\":1,\"errors\":false,\"items\":[I,I]}")]
    [InlineData("ny", "{\"took\":1}", "{\"took\":1,\"errors\":true,\"items\":[F]}")]
    [InlineData("ny", "{}", "{\"errors\":true,\"items\":[F]}")]
    [InlineData("ny", "{\"errors\":false}", "{\"errors\":true,\"items\":[F]}")]
    [InlineData("ny", "{\"error\":{\"type\":\"x\"},\"status\":429}", "{\"error\":{\"type\":\"x\"},\"status\":429}")]
    public void Refused_items_stand_at_their_places_wherever_the_answer_is_cut(string allowed, string answer, string expected)
    {
        BulkRefusals refused = Refused(allowed);
        string upstream = answer.Replace("I", Item, StringComparison.Ordinal);
        string wanted = expected.Replace("I", Item, StringComparison.Ordinal).Replace("F", Forbidden, StringComparison.Ordinal);
        for (int cut = 0; cut <= upstream.Length; cut++)
        {
            var output = new ArrayBufferWriter<byte>();
            var merge = new BulkAnswer(refused, BulkAnswer.ReasonFor("kim\""));
            merge.Push(Encoding.UTF8.GetBytes(upstream[..cut]), output);
            merge.Push(Encoding.UTF8.GetBytes(upstream[cut..]), output);
            merge.Finish().ShouldBe(JsonStreamError.None);
            Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(wanted);
        }
    }

    [Fact]
    public void Many_refused_items_are_written_in_batches()
    {
        BulkRefusals refused = Refused(new string('n', 1000));
        var output = new ArrayBufferWriter<byte>();
        int next = 0;
        int calls = 1;
        while (!BulkAnswer.WriteAllRefused(refused, BulkAnswer.ReasonFor("kim\""), ref next, output))
        {
            calls++;
        }

        calls.ShouldBe(8);
        string whole = Encoding.UTF8.GetString(output.WrittenSpan);
        whole.ShouldBe($"{{\"took\":0,\"errors\":true,\"items\":[{string.Join(',', Enumerable.Repeat(Forbidden, 1000))}]}}");

        // Merged into an empty list: no more than a batch at a time either.
        byte[] answer = "{\"took\":0,\"errors\":false,\"items\":[]}"u8.ToArray();
        var merge = new BulkAnswer(refused, BulkAnswer.ReasonFor("kim\""));
        var merged = new ArrayBufferWriter<byte>();
        int at = 0;
        while (at < answer.Length)
        {
            int before = merged.WrittenCount;
            merge.Push(answer.AsSpan(at), merged, out int consumed).ShouldBe(JsonStreamError.None);
            (merged.WrittenCount - before).ShouldBeLessThan(64 * 1024);
            at += consumed;
        }

        merge.Finish().ShouldBe(JsonStreamError.None);
        Encoding.UTF8.GetString(merged.WrittenSpan).ShouldBe(whole);
    }

    [Fact]
    public void An_item_without_an_id_has_none_and_odd_names_stay_strings()
    {
        Bulk bulk = Bulk.Of("{\"index\":{\"_index\":\"aé\"}}\n{}\n{\"delete\":{\"_index\":\"orders\",\"_id\":\"\\\"\\\\\"}}\n", static (_, _) => true);
        var output = new ArrayBufferWriter<byte>();
        int next = 0;
        BulkAnswer.WriteAllRefused(bulk.Filter.Refused, static _ => "x\ty", ref next, output).ShouldBeTrue();
        using var document = JsonDocument.Parse(output.WrittenMemory);
        JsonElement items = document.RootElement.GetProperty("items");
        JsonElement first = items[0].GetProperty("index");
        first.GetProperty("_index").GetString().ShouldBe("aé");
        first.GetProperty("_id").ValueKind.ShouldBe(JsonValueKind.Null);
        first.GetProperty("error").GetProperty("reason").GetString().ShouldBe("x\ty");
        items[1].GetProperty("delete").GetProperty("_id").GetString().ShouldBe("\"\\");
    }

    [Theory]
    [InlineData("{\"items\":[", JsonStreamError.Incomplete)]
    [InlineData("", JsonStreamError.Incomplete)]
    [InlineData("---\ntook: 3", JsonStreamError.Syntax)]
    [InlineData("{\"items\":[]}}", JsonStreamError.Syntax)]
    [InlineData("{\"items\":[}", JsonStreamError.Syntax)]
    [InlineData("{\"items\" []}", JsonStreamError.Syntax)]
    public void What_is_no_JSON_is_an_error(string answer, JsonStreamError error)
    {
        var merge = new BulkAnswer(Refused("yn"), BulkAnswer.ReasonFor("kim"));
        merge.Push(Encoding.UTF8.GetBytes(answer), new ArrayBufferWriter<byte>());
        merge.Finish().ShouldBe(error);
    }

    private static BulkRefusals Refused(string allowed)
    {
        string body = string.Concat(allowed.Select(static c => c == 'y' ? "{\"index\":{\"_index\":\"a\"}}\n{}\n" : "{\"create\":{\"_index\":\"orders\",\"_id\":\"7\"}}\n{}\n"));
        return Bulk.Of(body, static (_, index) => index == "orders").Filter.Refused;
    }
}
