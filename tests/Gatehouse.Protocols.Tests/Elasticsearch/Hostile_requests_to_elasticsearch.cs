using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

public sealed class Hostile_requests_to_elasticsearch
{
    [Theory]
    [InlineData("GET //_search")]
    [InlineData("GET /a//_search")]
    [InlineData("GET /./_search")]
    [InlineData("GET /a/../_search")]
    [InlineData("GET /%2e%2e/_search")]
    [InlineData("GET /%5Fsearch")]
    [InlineData("GET /a/%5fsearch")]
    [InlineData("GET /a%2Fb/_search")]
    [InlineData("GET /a%5Cb/_search")]
    [InlineData("GET /a%/_search")]
    [InlineData("GET /a%%/_search")]
    [InlineData("GET /a%u0061/_search")]
    [InlineData("GET /a%00/_search")]
    [InlineData("GET /a%C0%AF/_search")]
    [InlineData("GET /a;b/_search")]
    [InlineData("GET /a/_search#x")]
    [InlineData("GET http://x/_search")]
    [InlineData("GET *")]
    [InlineData("CONNECT /_search")]
    [InlineData("TRACE /")]
    [InlineData("get /_search")]
    [InlineData("PATCH /_search")]
    [InlineData("GET /_search?index=payroll")]
    [InlineData("GET /_search?size=1&size=2")]
    [InlineData("GET /_search?size=1;index=x")]
    [InlineData("GET /_search?what=1")]
    [InlineData("GET /a?b,c/_search")]
    [InlineData("GET /+a/_search")]
    [InlineData("GET /a,_b/_search")]
    [InlineData("GET /a,,b/_search")]
    [InlineData("GET /a%20b/_search")]
    [InlineData("GET /%3Ca/_search")]
    [InlineData("GET /a::what/_search")]
    [InlineData("GET /_search?source=%7B%7D")]
    [InlineData("GET /a/_doc/1?op_type=steal")]
    public void They_are_refused(string request) => Classified.As(request).ShouldStartWith("refused ");

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/yaml")]
    [InlineData("application/cbor")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json, text/plain")]
    [InlineData("application/x-ndjson")]
    public void Bodies_of_other_types_are_refused(string? type) => Classified.As("POST /a/_search", "{}", type).ShouldBe("refused content_type");

    [Theory]
    [InlineData("application/json")]
    [InlineData("Application/JSON; charset=UTF-8")]
    [InlineData("application/vnd.elasticsearch+json;compatible-with=8")]
    [InlineData("application/vnd.elasticsearch+json; compatible-with=9")]
    public void Bodies_of_elastics_types_are_read(string type) => Classified.As("POST /a/_search", "{}", type).ShouldBe("index:read a");

    [Fact]
    public void A_body_in_the_query_is_read_as_one() =>
        Classified.As("GET /a/_search?source_content_type=application/json&source=%7B%22query%22%3A%7B%22terms%22%3A%7B%22u%22%3A%7B%22index%22%3A%22p%22%2C%22id%22%3A%221%22%2C%22path%22%3A%22x%22%7D%7D%7D%7D")
            .ShouldBe("index:read a,p");
}
