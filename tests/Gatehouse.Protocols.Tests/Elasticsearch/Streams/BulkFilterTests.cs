using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class BulkFilterTests
{
    private const string Mixed =
        "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n{\"create\":{\"_index\":\"secret\",\"_id\":\"q\\u0022\"}}\r\n{\"y\":2}\r\n" +
        "{\"delete\":{\"_index\":\"secret\",\"_id\":7}}\n{\"update\":{\"_id\":\"3\"}}\n{\"doc\":{}}\n{\"index\":{\"_index\":\"\\u0073ecret\"}}\n{}\n{\"delete\":{\"_index\":\"a\",\"_id\":\"2\"}}\n";

    private const string Passed =
        "{\"index\":{\"_index\":\"a\",\"_id\":\"1\"}}\n{\"x\":1}\n{\"update\":{\"_id\":\"3\"}}\n{\"doc\":{}}\n{\"delete\":{\"_index\":\"a\",\"_id\":\"2\"}}\n";

    [Fact]
    public void What_is_refused_is_left_out_and_remembered_wherever_the_body_is_cut()
    {
        for (int first = 0; first <= Mixed.Length; first++)
        {
            for (int second = first; second <= Mixed.Length; second += 7)
            {
                Bulk bulk = Bulk.Of(Mixed, static (_, index) => index == "secret", "dflt", cuts: [first, second]);
                bulk.Error.ShouldBe(BulkError.None);
                bulk.Output.ShouldBe(Passed);
                bulk.Filter.Items.ShouldBe(6);
                bulk.Filter.Forwarded.ShouldBe(3);
                Refusals(bulk).ShouldBe("1 Create index:create_doc secret q\"; 2 Delete index:delete secret 7; 4 Index index:create secret -");
            }
        }
    }

    [Fact]
    public void All_that_is_allowed_passes_byte_by_byte()
    {
        Bulk bulk = Bulk.Of(Mixed, pathIndex: "dflt");
        bulk.Output.ShouldBe(Mixed);
        bulk.Filter.Forwarded.ShouldBe(6);
        bulk.Filter.Refused.Count.ShouldBe(0);
    }

    [Fact]
    public void The_same_is_asked_once_and_a_refresh_needs_maintenance()
    {
        string body = string.Concat(Enumerable.Repeat("{\"index\":{\"_index\":\"a\"}}\n{}\n{\"index\":{\"_index\":\"b\"}}\n{}\n", 50));
        Bulk.Of(body).Asked.ShouldBe(["index:create a", "index:create b"]);
        Bulk refreshing = Bulk.Of(body, static (action, index) => action == "index:maintenance" && index == "b", refreshes: true);
        refreshing.Asked.ShouldBe(["index:create a", "index:maintenance a", "index:create b", "index:maintenance b"]);
        refreshing.Filter.Refused.Count.ShouldBe(50);
        refreshing.Filter.Refused[0].Action.ShouldBe("index:maintenance");
        refreshing.Output.ShouldNotContain("\"b\"");
    }

    [Theory]
    [InlineData("", BulkError.MalformedLines, 1)]
    [InlineData("{\"index\":{}}\n{}\n{\"index\":{}}\n{}", BulkError.MalformedLines, 4)]
    [InlineData("{\"index\":{}}\n{}\n{\"index\":{}}\n", BulkError.MalformedLines, 4)]
    [InlineData("{\"index\":{}}\n{}\n{\"index\":{}}", BulkError.MalformedLines, 3)]
    [InlineData("{\"index\":{}}\n{}\n\n", BulkError.MalformedLines, 3)]
    [InlineData("{\"index\":{}}\n\n", BulkError.MalformedLines, 2)]
    [InlineData("{\"index\":{}}\n\r\n", BulkError.MalformedLines, 2)]
    [InlineData("\r\n", BulkError.MalformedLines, 1)]
    [InlineData("{\"index\":{}}\r{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{},\"create\":{}}\n{}\n", BulkError.MalformedLines, 1)]
    [InlineData("{\"index\":{},\"index\":{}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{\"_id\":\"1\",\"\\u005fid\":\"2\"}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{\"dynamic_templates\":{\"a\":1,\"a\":2}}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{\"dynamic_templates\":{\"a\":[}}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{\"_id\":\"\\ud800\"}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{\"_id\":01}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("{\"index\":{}} x\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("\ufeff{\"index\":{}}\n{}\n", BulkError.MalformedJson, 1)]
    [InlineData("[]\n{}\n", BulkError.UnexpectedType, 1)]
    [InlineData("{\"index\":7}\n{}\n", BulkError.MalformedLines, 1)]
    [InlineData("{\"index\":{\"_index\":7}}\n{}\n", BulkError.UnexpectedType, 1)]
    [InlineData("{\"index\":{\"_index\":true}}\n{}\n", BulkError.UnexpectedType, 1)]
    [InlineData("{\"index\":{\"_index\":[\"a\"]}}\n{}\n", BulkError.UnexpectedType, 1)]
    [InlineData("{\"index\":{\"Index\":\"a\"}}\n{}\n", BulkError.UnknownField, 1)]
    [InlineData("{\"INDEX\":{}}\n{}\n", BulkError.UnexpectedValue, 1)]
    [InlineData("{\"update\":{\"op_type\":\"create\"}}\n{}\n", BulkError.UnexpectedValue, 1)]
    [InlineData("{\"index\":{\"op_type\":null}}\n{}\n", BulkError.UnexpectedValue, 1)]
    [InlineData("{\"index\":{\"_index\":\"a,b\"}}\n{}\n", BulkError.BadIndexName, 1)]
    [InlineData("{\"index\":{\"_index\":\"\"}}\n{}\n", BulkError.BadIndexName, 1)]
    public void What_could_be_read_in_two_ways_is_refused_with_its_line(string body, BulkError error, long line)
    {
        for (int cut = 0; cut <= Encoding.UTF8.GetByteCount(body); cut++)
        {
            Bulk bulk = Bulk.Of(body, pathIndex: "dflt", cuts: cut);
            bulk.Error.ShouldBe(error);
            bulk.Filter.Line.ShouldBe(line);
        }
    }

    [Fact]
    public void An_item_without_any_index_is_refused()
    {
        Bulk.Of("{\"index\":{}}\n{}\n").Error.ShouldBe(BulkError.MissingIndex);
        Bulk.Of("{\"index\":{\"_index\":null}}\n{}\n").Error.ShouldBe(BulkError.MissingIndex);
        Bulk.Of("{\"index\":{\"_index\":null}}\n{}\n", pathIndex: "dflt").Asked.ShouldBe(["index:create dflt"]);
    }

    [Fact]
    public void Lines_and_refusals_are_bounded()
    {
        string longest = new('x', 64 * 1024);
        Bulk.Of($"{{\"index\":{{\"_index\":\"a\",\"_id\":\"{longest}\"}}}}\n{{}}\n").Error.ShouldBe(BulkError.LineTooLong);
        Bulk.Of($"{{\"index\":{{\"_index\":\"a\",\"_id\":\"{longest}", cuts: 9).Error.ShouldBe(BulkError.LineTooLong);
        string source = "{\"index\":{\"_index\":\"a\"}}\n{\"x\":1}\n";
        Bulk.Of(source, limits: new BulkLimits { MaxSourceLine = 8 }, cuts: 27).Error.ShouldBe(BulkError.None);
        Bulk.Of(source, limits: new BulkLimits { MaxSourceLine = 7 }, cuts: 27).Error.ShouldBe(BulkError.LineTooLong);
        Bulk many = Bulk.Of(string.Concat(Enumerable.Repeat(source, 100)), static (_, _) => true, limits: new BulkLimits { MaxRefusedBytes = 2000 });
        many.Error.ShouldBe(BulkError.TooManyRefused);
        many.Filter.Refused.Count.ShouldBeInRange(40, 60);
    }

    [Fact]
    public void What_is_asked_is_what_classify_says()
    {
        var random = new Random(7);
        string[] names = ["a", "b-1", "\\u0063", "<x-{now/d}>", "d::data", "e::failures", "_all", "remote:f", "g é", "h*", "i,j", "_k", "l\\n", ""];
        string[] actions = ["index", "create", "update", "delete", "index", "create"];
        int accepted = 0;
        for (int round = 0; round < 2000; round++)
        {
            var body = new StringBuilder();
            for (int items = 1 + random.Next(6); items > 0; items--)
            {
                string action = actions[random.Next(actions.Length)];
                string index = random.Next(4) == 0 ? "" : $"\"_index\":\"{names[random.Next(random.Next(8) == 0 ? names.Length : 8)]}\"";
                string type = random.Next(6) == 0 ? ",\"op_type\":\"create\"" : "";
                string pair = index + (index.Length == 0 ? type.TrimStart(',') : type);
                body.Append($"{{\"{action}\":{{{pair}}}}}\n{(action == "delete" ? "" : "{}\n")}");
            }

            bool refreshes = random.Next(2) == 0;
            Bulk bulk = Bulk.Of(body.ToString(), pathIndex: "dflt", refreshes: refreshes);
            RequestClass found = ElasticsearchClassifier.Classify(
                "POST", refreshes ? "/dflt/_bulk?refresh=wait_for" : "/dflt/_bulk", "application/x-ndjson", Encoding.UTF8.GetBytes(body.ToString()));
            BulkErrors.Word(bulk.Error).ShouldBe(found.Refusal ?? "none");
            if (found.Refusal is null)
            {
                accepted++;
                bulk.Asked.Distinct().ShouldBe(found.Operations.SelectMany(static o => o.Resources.Select(r => $"{o.Action} {r}")), ignoreOrder: true);
            }
        }

        accepted.ShouldBeInRange(200, 1800);
    }

    [Fact]
    public void A_sequence_of_segments_is_read_as_one()
    {
        var output = new ArrayBufferWriter<byte>();
        Bulk judge = Bulk.Of("", pathIndex: "dflt");
        var filter = new BulkFilter("dflt"u8.ToArray(), refreshes: false, judge, new BulkLimits());
        filter.Push(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(Mixed)), output).ShouldBe(BulkError.None);
        filter.Finish().ShouldBe(BulkError.None);
        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe(Mixed);
    }

    private static string Refusals(Bulk bulk)
    {
        List<string> words = [];
        for (int i = 0; i < bulk.Filter.Refused.Count; i++)
        {
            BulkRefusal one = bulk.Filter.Refused[i];
            words.Add($"{one.Position} {one.Verb} {one.Action} {Encoding.UTF8.GetString(one.Index)} {(one.HasId ? Encoding.UTF8.GetString(one.Id) : "-")}");
        }

        return string.Join("; ", words);
    }
}
