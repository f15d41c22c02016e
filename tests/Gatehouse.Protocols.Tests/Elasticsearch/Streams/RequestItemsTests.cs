using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class RequestItemsTests
{
    private const string Searches = "{\"index\":\"a\"}\r\n{}\n{}\n{\"query\":{\"match_all\":{}}}\n{\"index\":[\"c\"]}\n{\"size\":0}\n";

    [Theory]
    [InlineData("/_msearch", Searches, 1, "{}\n{\"query\":{\"match_all\":{}}}\n", "{\"index\":\"a\"}\r\n{}\n{\"index\":[\"c\"]}\n{\"size\":0}\n")]
    [InlineData("/{index}/_msearch", Searches, 0, "{\"index\":\"a\"}\r\n{}\n", "{}\n{\"query\":{\"match_all\":{}}}\n{\"index\":[\"c\"]}\n{\"size\":0}\n")]
    [InlineData("/_mget", " { \"docs\" : [ {\"_index\":\"a\",\"_id\":\"1\"} , {\"_index\":\"b\",\"_id\":\"]}\"} ] } ", 0, "{\"docs\":[{\"_index\":\"a\",\"_id\":\"1\"}]}", " { \"docs\" : [ {\"_index\":\"b\",\"_id\":\"]}\"}] } ")]
    [InlineData("/_mget", "{\"docs\":[{\"_id\":\"1\",\"_source\":[\"a\"]},{\"_id\":2}]}", 1, "{\"docs\":[{\"_id\":2}]}", "{\"docs\":[{\"_id\":\"1\",\"_source\":[\"a\"]}]}")]
    [InlineData("/_mtermvectors", "{\"x\":{\"docs\":[]},\"docs\":[{\"_id\":\"1\"},{\"_id\":\"2\"}],\"y\":1}", 1, "{\"docs\":[{\"_id\":\"2\"}]}", "{\"x\":{\"docs\":[]},\"docs\":[{\"_id\":\"1\"}],\"y\":1}")]
    [InlineData("/{index}/_mget", "{\"ids\":[\"1\",2,\"3\"]}", 1, "{\"ids\":[2]}", "{\"ids\":[\"1\",\"3\"]}")]
    public void An_item_is_taken_alone_and_the_others_without_it(string template, string body, int item, string alone, string rest)
    {
        RequestItems items = RequestItems.Find(template, Encoding.UTF8.GetBytes(body), "given").ShouldNotBeNull();
        var refused = new ItemRefusals(items);
        refused.Add(item, "no");

        Text(items.Alone(item)).ShouldBe(alone);
        Text(items.Without(refused)).ShouldBe(rest);
    }

    [Theory]
    [InlineData("/_search", "{}")]
    [InlineData("/_msearch/template", Searches)]
    [InlineData("/_fleet/_fleet_msearch", Searches)]
    [InlineData("/_msearch", "")]
    [InlineData("/_msearch", "{}\n{}")]
    [InlineData("/_msearch", "{}\n")]
    [InlineData("/_mget", "{}")]
    [InlineData("/_mget", "[]")]
    [InlineData("/_mget", "{\"docs\":{}}")]
    [InlineData("/_mget", "{\"docs\":[]}")]
    [InlineData("/_mget", "{\"docs\":[\"1\"]}")]
    [InlineData("/_mget", "{\"docs\":[{\"_id\":\"1\"}],\"ids\":[\"2\"]}")]
    [InlineData("/_mget", "{\"ids\":[{}]}")]
    [InlineData("/_mtermvectors", "{\"docs\":[{\"_id\":\"1\"}],\"parameters\":{\"_index\":\"b\"}}")]
    public void What_does_not_stand_for_itself_is_no_item(string template, string body) =>
        RequestItems.Find(template, Encoding.UTF8.GetBytes(body), null).ShouldBeNull();

    [Fact]
    public void As_many_as_may_be_looked_at_and_no_more()
    {
        byte[] most = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{}\n{}\n", RequestItems.Most)));
        RequestItems.Find("/_msearch", most, null).ShouldNotBeNull().Count.ShouldBe(RequestItems.Most);
        RequestItems.Find("/_msearch", (byte[])[.. most, .. "{}\n{}\n"u8], null).ShouldBeNull();
        string ids = string.Join(',', Enumerable.Range(0, RequestItems.Most + 1));
        RequestItems.Find("/_mget", Encoding.UTF8.GetBytes($"{{\"ids\":[{ids}]}}"), null).ShouldBeNull();
    }

    [Fact]
    public void At_least_one_item_must_be_left_and_they_come_in_order()
    {
        RequestItems items = RequestItems.Find("/_msearch", Encoding.UTF8.GetBytes("{}\n{}\n{}\n{}\n"), null).ShouldNotBeNull();
        var refused = new ItemRefusals(items);
        refused.Add(1, "no");
        Should.Throw<ArgumentOutOfRangeException>(() => refused.Add(0, "no"));
        Should.Throw<ArgumentOutOfRangeException>(() => refused.Add(1, "no"));
        Should.Throw<ArgumentOutOfRangeException>(() => refused.Add(2, "no"));

        var all = new ItemRefusals(items);
        all.Add(0, "no");
        all.Add(1, "no");
        Should.Throw<ArgumentOutOfRangeException>(() => items.Without(all));
    }

    [Theory]
    [InlineData("/_msearch", "{\"index\":\"a\"}\n{}\n{\"index\":\"b,-c\"}\n{\"query\":{\"terms\":{\"u\":{\"index\":\"users\",\"id\":\"1\",\"path\":\"p\"}}}}\n{}\n{}\n")]
    [InlineData("/x/_msearch", "{\"index\":\"a\"}\n{}\n{}\n{}\n")]
    [InlineData("/_mget", "{\"docs\":[{\"_index\":\"a\",\"_id\":\"1\"},{\"index\":\"b\",\"_id\":\"2\"}]}")]
    [InlineData("/x/_mget", "{\"docs\":[{\"_index\":\"a\",\"_id\":\"1\"},{\"_id\":\"2\"}]}")]
    [InlineData("/x/_mget", "{\"ids\":[\"1\",\"2\"]}")]
    [InlineData("/x/_mtermvectors", "{\"docs\":[{\"_index\":\"a\",\"_id\":\"1\"},{\"_id\":\"2\"}]}")]
    public void What_the_items_need_together_is_what_the_request_needs(string path, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        var target = new CanonicalTarget();
        target.Parse(path).ShouldBe(TargetError.None);
        ElasticsearchRoute route = ElasticsearchClassifier.Find("POST", path, target).Route.ShouldNotBeNull();
        RequestItems items = RequestItems.Find(route.Template, body, "x").ShouldNotBeNull();

        string[] whole = Needs(route, target, body);
        string[] each = [.. Enumerable.Range(0, items.Count).SelectMany(i => Needs(route, target, items.Alone(i))).Distinct()];

        each.ShouldBe(whole, ignoreOrder: true);
        whole.Length.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("{\"_index\":\"orders\",\"_id\":\"1\"}", "\"orders\"", "\"1\"")]
    [InlineData("{\"_id\":7}", "\"gi\\u0022ven\"", "\"7\"")]
    [InlineData("{\"index\":\"o\\u0072ders\",\"_id\":\"\\\"\",\"_source\":{\"_id\":\"x\"}}", "\"o\\u0072ders\"", "\"\\\"\"")]
    [InlineData("{\"_index\":\"orders\"}", "\"orders\"", "null")]
    public void A_refused_document_is_told_by_its_name(string document, string index, string id)
    {
        RequestItems items = RequestItems.Find("/_mget", Encoding.UTF8.GetBytes($"{{\"docs\":[{document}]}}"), "gi\"ven").ShouldNotBeNull();
        var refused = new ItemRefusals(items);
        refused.Add(0, "be\"cause");
        int next = 0;
        var answer = new ArrayBufferWriter<byte>();
        ItemAnswer.WriteAllRefused(refused, ref next, answer).ShouldBeTrue();

        Text(answer.WrittenMemory).ShouldBe(
            $"{{\"docs\":[{{\"_index\":{index},\"_id\":{id},\"error\":{{\"root_cause\":[{{\"type\":\"security_exception\",\"reason\":\"be\\\"cause\"}}]," +
            "\"type\":\"security_exception\",\"reason\":\"be\\\"cause\"}}]}");
        JsonDocument.Parse(answer.WrittenMemory).Dispose();
    }

    private static string[] Needs(ElasticsearchRoute route, CanonicalTarget target, ReadOnlyMemory<byte> body)
    {
        ClassifiedRequest request = ElasticsearchClassifier.Classify(route, "POST", target, route.Body == ElasticsearchBody.Searches ? "application/x-ndjson" : "application/json", body);
        request.Class.Refusal.ShouldBeNull();
        return [.. request.Class.Operations.SelectMany(static o => o.Resources.Select(r => $"{o.Action} {r}"))];
    }

    private static string Text(ReadOnlyMemory<byte> utf8) => Encoding.UTF8.GetString(utf8.Span);
}
