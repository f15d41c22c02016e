using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Elasticsearch.Streams;

public sealed class JsonRewriterTests
{
    private static readonly JsonPaths Paths = new("_scroll_id", "pit_id", "responses.*._scroll_id", "responses.*.pit_id", "hits.hits");

    private static readonly string Long = new('x', 300);

    public static TheoryData<string, string> Texts => new()
    {
        { "{\"_scroll_id\":\"abc\",\"took\":1}", "{\"_scroll_id\":\"<0:abc>\",\"took\":1}" },
        { "{\"took\":1, \"_scroll_id\" : \"a\\\"\\u0041\\ud83d\\ude00\" }\n", "{\"took\":1, \"_scroll_id\" : \"<0:a\\\"A😀>\" }\n" },
        { "{\"\\u005fscroll_id\":\"a\"}", "{\"\\u005fscroll_id\":\"<0:a>\"}" },
        { "{\"_scroll_id\":null,\"pit_id\":7}", "{\"_scroll_id\":null,\"pit_id\":7}" },
        { "{\"x\":{\"_scroll_id\":\"no\"},\"y\":[\"_scroll_id\",{\"pit_id\":\"no\"}],\"pit_id\":\"b\"}", "{\"x\":{\"_scroll_id\":\"no\"},\"y\":[\"_scroll_id\",{\"pit_id\":\"no\"}],\"pit_id\":\"<1:b>\"}" },
        { "{\"responses\":[{\"_scroll_id\":\"a\",\"hits\":{}},{},{\"pit_id\":\"b\"},null,[{\"pit_id\":\"no\"}]]}", "{\"responses\":[{\"_scroll_id\":\"<2:a>\",\"hits\":{}},{},{\"pit_id\":\"<3:b>\"},null,[{\"pit_id\":\"no\"}]]}" },
        { $"{{\"a\":{{\"b\":[\"{Long}\\\\\",\"]}}\\\"\",{{\"c\":\"{Long}\"}}]}},\"_scroll_id\":\"z\"}}", $"{{\"a\":{{\"b\":[\"{Long}\\\\\",\"]}}\\\"\",{{\"c\":\"{Long}\"}}]}},\"_scroll_id\":\"<0:z>\"}}" },
        { "[{\"_scroll_id\":\"no\"}]", "[{\"_scroll_id\":\"no\"}]" },
        { "\"_scroll_id\"", "\"_scroll_id\"" },
        { "-1.5e3 ", "-1.5e3 " },
        { "{}", "{}" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Strings_at_the_paths_are_replaced_wherever_the_text_is_cut(string text, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            Rewrite([bytes[..cut], bytes[cut..]]).ShouldBe((JsonStreamError.None, expected));
        }

        Rewrite([.. bytes.Select(static b => new[] { b })]).ShouldBe((JsonStreamError.None, expected));
    }

    [Theory]
    [InlineData("", JsonStreamError.Incomplete)]
    [InlineData("{\"_scroll_id\":\"a", JsonStreamError.Incomplete)]
    [InlineData("{\"a\":[1,{\"b\":2}", JsonStreamError.Incomplete)]
    [InlineData("{\"a\":1}{", JsonStreamError.Syntax)]
    [InlineData("{\"a\":1]", JsonStreamError.Syntax)]
    [InlineData("{\"a\" 1}", JsonStreamError.Syntax)]
    [InlineData("{a:1}", JsonStreamError.Syntax)]
    [InlineData("{\"a\":1,,}", JsonStreamError.Syntax)]
    [InlineData("{\"a\":\"\n\"}", JsonStreamError.Syntax)]
    [InlineData("{\"a\":[\\\"]}", JsonStreamError.Syntax)]
    [InlineData("<html>", JsonStreamError.Syntax)]
    [InlineData("{\"_scroll_id\":\"\\x\"}", JsonStreamError.Refused)]
    [InlineData("{\"_scroll_id\":\"\\ud800\"}", JsonStreamError.Refused)]
    [InlineData("{\"_scroll_id\":\"stop\"}", JsonStreamError.Refused)]
    public void What_is_no_JSON_or_not_wanted_is_an_error(string text, JsonStreamError error)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Rewrite([bytes]).Error.ShouldBe(error);
        Rewrite([.. bytes.Select(static b => new[] { b })]).Error.ShouldBe(error);
    }

    [Fact]
    public void Depth_and_values_are_bounded()
    {
        Rewrite([Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 1000)}{new string(']', 1000)}}}")]).Error.ShouldBe(JsonStreamError.None);
        Rewrite([Encoding.UTF8.GetBytes($"{{\"a\":{new string('[', 1001)}{new string(']', 1001)}}}")]).Error.ShouldBe(JsonStreamError.TooDeep);
        Rewrite([Encoding.UTF8.GetBytes($"{{\"_scroll_id\":\"{new string('x', 500)}\"}}")]).Error.ShouldBe(JsonStreamError.None);
        Rewrite([Encoding.UTF8.GetBytes($"{{\"_scroll_id\":\"{new string('x', 520)}\"}}")]).Error.ShouldBe(JsonStreamError.TooLong);
        Rewrite([Encoding.UTF8.GetBytes($"{{\"{new string('x', 5000)}\":\"\",\"pit_id\":\"a\"}}")]).Text.ShouldEndWith("<1:a>\"}");
    }

    [Fact]
    public void Brackets_and_quotes_are_counted_at_every_place_of_a_block()
    {
        for (int pad = 0; pad < 130; pad++)
        {
            foreach (string inner in (string[])["\"\\\\\"", "\"\\\"\"", "\"[{\"", "\"a\\\\\\\"]}\",[{}]", "{\"}\":\"]\"}"])
            {
                string text = $"{{\"a\":[\"{new string('p', pad)}\",{inner},\"{new string('q', 70)}\"],\"pit_id\":\"v\"}}";
                Rewrite([Encoding.UTF8.GetBytes(text)]).ShouldBe((JsonStreamError.None, text.Replace("\"v\"", "\"<1:v>\"", StringComparison.Ordinal)));
            }
        }
    }

    private static (JsonStreamError Error, string Text) Rewrite(byte[][] pieces)
    {
        var output = new ArrayBufferWriter<byte>();
        var rewriter = new JsonRewriter(
            Paths,
            static (path, value, replacement) =>
            {
                replacement.Write(Encoding.UTF8.GetBytes($"<{path}:{Encoding.UTF8.GetString(value)}>"));
                return !value.SequenceEqual("stop"u8);
            },
            maxValue: 512);
        foreach (byte[] piece in pieces)
        {
            rewriter.Push(piece, output);
        }

        JsonStreamError error = rewriter.Finish();
        return (error, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
