using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class ItemAnswerTests
{
    private const string Item = "{\"took\":1,\"hits\":{\"total\":2,\"hits\":[{\"_id\":\"\\\"]}\"}]},\"responses\":[],\"status\":200}";
    private const string Cause = "\"type\":\"security_exception\",\"reason\":\"no\"";
    private const string Forbidden = "{\"error\":{\"root_cause\":[{" + Cause + "}]," + Cause + "},\"status\":403}";
    private const string Document = "{\"_index\":\"i\",\"_id\":\"1\",\"error\":{\"root_cause\":[{" + Cause + "}]," + Cause + "}}";

    [Theory]
    [InlineData("yn", "{\"took\":3,\"responses\":[I]}", "{\"took\":3,\"responses\":[I,F]}")]
    [InlineData("ny", "{\"responses\":[I],\"took\":3,\"_shards\":{\"responses\":[1]}}", "{\"responses\":[F,I],\"took\":3,\"_shards\":{\"responses\":[1]}}")]
    [InlineData("nynny", "{ \"took\" : 3 , \"responses\" : [ I , I ] }\n", "{ \"took\" : 3 , \"responses\" : [ F,I , F,F,I ] }\n")]
    [InlineData("ynynn", "{\"responses\":[I,I]}", "{\"responses\":[I,F,I,F,F]}")]
    [InlineData("nn", "{\"took\":3,\"responses\":[]}", "{\"took\":3,\"responses\":[F,F]}")]
    [InlineData("ny", "{\"took\":1}", "{\"took\":1,\"responses\":[F]}")]
    [InlineData("ny", "{}", "{\"responses\":[F]}")]
    [InlineData("ynyyn", "{\"responses\":[I]}", "{\"responses\":[I,F,F]}")]
    [InlineData("ny", "{\"error\":{\"type\":\"x\"},\"status\":429}", "{\"error\":{\"type\":\"x\"},\"status\":429}")]
    public void Refused_searches_stand_at_their_places_wherever_the_answer_is_cut(string allowed, string answer, string expected) =>
        Check("/_msearch", allowed, answer, expected.Replace("F", Forbidden, StringComparison.Ordinal));

    [Theory]
    [InlineData("yn", "{\"docs\":[I]}", "{\"docs\":[I,F]}")]
    [InlineData("nyn", "{\"docs\":[I]}", "{\"docs\":[F,I,F]}")]
    [InlineData("ny", "{\"docs\":[ I ]}", "{\"docs\":[ F,I ]}")]
    [InlineData("ny", "{}", "{\"docs\":[F]}")]
    public void Refused_documents_too(string allowed, string answer, string expected)
    {
        Check("/_mget", allowed, answer, expected.Replace("F", Document, StringComparison.Ordinal));
        Check("/_mtermvectors", allowed, answer, expected.Replace("F", Document, StringComparison.Ordinal));
    }

    [Fact]
    public void Many_refused_items_are_written_in_batches()
    {
        ItemRefusals refused = Refused("/_msearch", new string('n', 1000));
        string whole = $"{{\"took\":0,\"responses\":[{string.Join(',', Enumerable.Repeat(Forbidden, 1000))}]}}";
        var output = new ArrayBufferWriter<byte>();
        int next = 0;
        int calls = 1;
        while (!ItemAnswer.WriteAllRefused(refused, ref next, output))
        {
            calls++;
        }

        calls.ShouldBe(8);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(whole);

        foreach (string text in (string[])["{\"took\":0,\"responses\":[]}", "{\"took\":0}"])
        {
            byte[] answer = Encoding.UTF8.GetBytes(text);
            var merge = new ItemAnswer(refused);
            var merged = new ArrayBufferWriter<byte>();
            for (int at = 0; at < answer.Length;)
            {
                int before = merged.WrittenCount;
                merge.Push(answer.AsSpan(at), merged, out int consumed).ShouldBe(JsonStreamError.None);
                (merged.WrittenCount - before).ShouldBeLessThan(64 * 1024);
                at += consumed;
            }

            merge.Finish().ShouldBe(JsonStreamError.None);
            Encoding.UTF8.GetString(merged.WrittenSpan).ShouldBe(whole);
        }
    }

    [Theory]
    [InlineData("{\"responses\":[")]
    [InlineData("{\"responses\":[}")]
    [InlineData("")]
    public void What_is_no_whole_answer_gets_no_end(string answer)
    {
        var merge = new ItemAnswer(Refused("/_msearch", "ny"));
        merge.Push(Encoding.UTF8.GetBytes(answer), new ArrayBufferWriter<byte>());
        merge.Finish().ShouldNotBe(JsonStreamError.None);
    }

    private static void Check(string template, string allowed, string answer, string expected)
    {
        ItemRefusals refused = Refused(template, allowed);
        byte[] upstream = Encoding.UTF8.GetBytes(answer.Replace("I", Item, StringComparison.Ordinal));
        string wanted = expected.Replace("I", Item, StringComparison.Ordinal);
        for (int cut = 0; cut <= upstream.Length; cut++)
        {
            var output = new ArrayBufferWriter<byte>();
            var merge = new ItemAnswer(refused);
            merge.Push(upstream.AsSpan(0, cut), output);
            merge.Push(upstream.AsSpan(cut), output);
            merge.Finish().ShouldBe(JsonStreamError.None);
            Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(wanted);
        }
    }

    private static ItemRefusals Refused(string template, string allowed)
    {
        string body = template == "/_msearch" ? string.Concat(Enumerable.Repeat("{}\n{}\n", allowed.Length))
            : $"{{\"docs\":[{string.Join(',', Enumerable.Repeat("{\"_index\":\"i\",\"_id\":\"1\"}", allowed.Length))}]}}";
        var refused = new ItemRefusals(RequestItems.Find(template, Encoding.UTF8.GetBytes(body), null)!);
        for (int item = 0; item < allowed.Length; item++)
        {
            if (allowed[item] == 'n')
            {
                refused.Add(item, "no");
            }
        }

        return refused;
    }
}
