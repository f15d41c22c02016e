using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class BodySpliceTests
{
    private static readonly JsonPaths Handles = new("pit.id", "scroll_id", "id", "cursor", "pit_id");

    [Theory]
    [InlineData("""{"pit":{"id":"a","keep_alive":"1m"}, "query":{"term":{"id":"no"}}}""", """{"pit":{"id":"<a>","keep_alive":"1m"}, "query":{"term":{"id":"no"}}}""")]
    [InlineData("""{"scroll_id":"a","scroll":"1m"}""", """{"scroll_id":"<a>","scroll":"1m"}""")]
    [InlineData("""{ "scroll_id" : [ "a" , "b\"" ] }""", """{ "scroll_id" : [ "<a>" , "<b\">" ] }""")]
    [InlineData("""{"\u0070it_id":["\u0061"],"id":null}""", """{"\u0070it_id":["<a>"],"id":null}""")]
    [InlineData("""{"query":{"pit":{"id":"no"}},"x":["scroll_id",["id"],{"id":"no"}]}""", """{"query":{"pit":{"id":"no"}},"x":["scroll_id",["id"],{"id":"no"}]}""")]
    [InlineData("""{"pit":["id"]}""", """{"pit":["id"]}""")]
    [InlineData("""[{"id":"no"}]""", """[{"id":"no"}]""")]
    [InlineData("{}", "{}")]
    public void Strings_at_the_paths_are_replaced_and_nothing_else(string body, string expected) => As(body).ShouldBe(expected);

    [Theory]
    [InlineData("""{"id":7}""", SpliceError.UnexpectedType)]
    [InlineData("""{"id":{"a":"b"}}""", SpliceError.UnexpectedType)]
    [InlineData("""{"scroll_id":["a",null]}""", SpliceError.UnexpectedType)]
    [InlineData("""{"scroll_id":[["a"]]}""", SpliceError.UnexpectedType)]
    [InlineData("""{"id":"a","id":"b"}""", SpliceError.Malformed)]
    [InlineData("""{"id":"a"} x""", SpliceError.Malformed)]
    [InlineData("", SpliceError.Malformed)]
    [InlineData("""{"cursor":"stop"}""", SpliceError.Refused)]
    public void What_is_not_a_handle_is_refused(string body, SpliceError error) => As(body).ShouldBe(error.ToString());

    [Theory]
    [InlineData("{}\n{}\n", "{\"index\":[\"n-0\"]}\n{}\n")]
    [InlineData("{\"index\":\"a\"}\r\n{\"query\":{}}\r\n{ \"preference\" : 1}\n{}\n", "{\"index\":[\"a\"]}\r\n{\"query\":{}}\r\n{\"index\":[\"n-1\"], \"preference\" : 1}\n{}\n")]
    [InlineData("{\"x\":[{\"index\":\"no\"}],\"indices\":[\"a,keep\",\"b\"],\"index\":null}\n{\"index\":\"no\"}\n", "{\"x\":[{\"index\":\"no\"}],\"indices\":[\"a\",\"keep\",\"b\"],\"index\":[\"a\",\"keep\",\"b\"]}\n{\"index\":\"no\"}\n")]
    [InlineData("{\"ind\\u0065x\":\"a\",\"routing\":\"r\"}\n{}\n", "{\"ind\\u0065x\":[\"a\"],\"routing\":\"r\"}\n{}\n")]
    [InlineData("{\"index\":\"keep\"}\n{\"pit\":{\"id\":\"p\"}}\n", "{\"index\":\"keep\"}\n{\"pit\":{\"id\":\"<p>\"}}\n")]
    [InlineData("{}\n{\"pit\":{\"id\":\"p\"},\"size\":1}\n{\"index\":\"é\"}\n{}\n", "{}\n{\"pit\":{\"id\":\"<p>\"},\"size\":1}\n{\"index\":[\"é\"]}\n{}\n")]
    [InlineData("{}\n{}", "Malformed")]
    [InlineData("{}\n", "Malformed")]
    [InlineData("", "Malformed")]
    [InlineData("\n{}\n", "Malformed")]
    [InlineData("{}\n\n", "Malformed")]
    [InlineData("{\"index\":\"a\",\"indices\":\"b\"}\n{}\n", "UnexpectedType")]
    [InlineData("{\"index\":7}\n{}\n", "UnexpectedType")]
    [InlineData("[]\n{}\n", "UnexpectedType")]
    [InlineData("{}\n{\"pit\":{\"id\":\"stop\"}}\n", "Refused")]
    public void Headers_of_searches_name_other_indices(string body, string expected)
    {
        Spliced result = MsearchRewriter.Rewrite(
            Encoding.UTF8.GetBytes(body),
            static header => header.HasPit || header.Expressions is ["keep"] ? MsearchDecision.Keep : MsearchDecision.Replace(header.Expressions ?? [$"n-{header.Position}"]),
            static id => id == "stop" ? null : $"<{id}>");
        (result.Error == SpliceError.None ? Encoding.UTF8.GetString(result.Body.Span) : result.Error.ToString()).ShouldBe(expected);
    }

    [Fact]
    public void Options_of_a_header_are_told_in_both_spellings()
    {
        List<MsearchHeader> headers = [];
        const string Body =
            "{\"index\":\"\",\"expand_wildcards\":[\"open\",\"hidden\"],\"ignore_unavailable\":true,\"allow_no_indices\":\"false\"}\n{}\n" +
            "{\"index\":[\"a\"],\"expandWildcards\":\"none\",\"ignoreUnavailable\":false,\"allowNoIndices\":\"true\"}\n{}\n{}\n{}\n";
        byte[] bytes = Encoding.UTF8.GetBytes(Body);
        Spliced result = MsearchRewriter.Rewrite(
            bytes,
            header =>
            {
                headers.Add(header);
                return MsearchDecision.Keep;
            },
            static id => id);
        result.Body.ShouldBe(bytes);
        headers.Select(static h => $"{h.Position} {h.Expressions?[0]} {h.ExpandWildcards} {h.IgnoreUnavailable} {h.AllowNoIndices}")
            .ShouldBe(["0  open,hidden True False", "1 a none False True", "2    "]);
    }

    [Fact]
    public void No_index_is_never_written_as_an_empty_list() => Should.Throw<ArgumentOutOfRangeException>(static () => MsearchDecision.Replace([]));

    private static string As(string body)
    {
        Spliced result = BodySplice.ReplaceStrings(Encoding.UTF8.GetBytes(body), Handles, static id => id == "stop" ? null : $"<{id}>");
        return result.Error == SpliceError.None ? Encoding.UTF8.GetString(result.Body.Span) : result.Error.ToString();
    }
}
