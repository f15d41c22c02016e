using System.Text;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Http;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

/// <summary>Where the lists of index expressions of a request stand, so that a gate can put narrower ones in their place.</summary>
public sealed class SlotTests
{
    [Theory]
    [InlineData("GET", "/_search", "index:read||-1|0")]
    [InlineData("GET", "/logs-*,x/_search", "index:read|logs-*,x|0|-1")]
    [InlineData("GET", "/_cat/indices", "index:monitor||-1|2")]
    [InlineData("GET", "/_cat/indices/a*", "index:monitor|a*|2|-1")]
    [InlineData("GET", "/_mapping", "index:view_index_metadata||-1|0")]
    [InlineData("GET", "/_mapping/field/a", "index:view_index_metadata||-1|0")]
    [InlineData("GET", "/_alias/x*", "index:view_index_metadata||-1|0 index:view_index_metadata|x*|1|-1")]
    [InlineData("GET", "/_resolve/index/*", "index:view_index_metadata|*|2|-1")]
    [InlineData("GET", "/_data_stream", "index:view_index_metadata||-1|1")]
    [InlineData("POST", "/_cache/clear", "index:manage||-1|0")]
    [InlineData("POST", "/a/_delete_by_query", "index:read|a|0|-1 index:delete|a|0|-1")]
    [InlineData("GET", "/_text_structure/find_field_structure?index=a&field=b", "index:read|a|-1|-1")]
    public void Lists_of_indices_are_found(string method, string target, string expected)
    {
        ClassifiedRequest request = Classify(method, target, "");
        string.Join(' ', request.Slots.Select(static s => $"{s.Action}|{s.Text}|{s.Segment}|{s.InsertAt}")).ShouldBe(expected);
    }

    [Fact]
    public void What_stands_in_the_body_is_no_slot()
    {
        ClassifiedRequest request = Classify("POST", "/a/_search", """{"query":{"terms":{"f":{"index":"b","id":"1","path":"p"}}}}""");
        request.Slots.ShouldHaveSingleItem().Text.ShouldBe("a");
        request.Others.ShouldHaveSingleItem().Resources.ShouldBe(["b"]);
        request.Class.Operations.ShouldHaveSingleItem().Resources.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void A_cluster_privilege_beside_a_list_is_kept()
    {
        ClassifiedRequest request = Classify("GET", "/_cat/indices", "");
        request.Others.ShouldHaveSingleItem().Action.ShouldBe("cluster:monitor");
    }

    private static ClassifiedRequest Classify(string method, string target, string body)
    {
        var parsed = new CanonicalTarget();
        parsed.Parse(target).ShouldBe(TargetError.None);
        ElasticsearchRoute route = ElasticsearchClassifier.Find(method, target, parsed).Route.ShouldNotBeNull();
        return ElasticsearchClassifier.Classify(route, method, parsed, "application/json", Encoding.UTF8.GetBytes(body));
    }
}
