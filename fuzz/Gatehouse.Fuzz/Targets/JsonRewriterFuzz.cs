using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Json;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Values replaced in JSON that streams by: any split gives the same, what is JSON passes and is changed as a document of it
/// would be, nothing else. The first byte chooses the split.
/// </summary>
public sealed class JsonRewriterFuzz : IFuzzTarget
{
    private static readonly JsonPaths Paths = new("_scroll_id", "pit_id", "responses.*._scroll_id");
    private static readonly JsonPaths None = new("no_such_member");

    /// <inheritdoc/>
    public string Name => "json-rewriter";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "{\"_scroll_id\":\"abc\",", "\"pit_id\":\"x\"", "\"responses\":[", "{\"_scroll_id\":null}", "\\u005fscroll_id", "\"hits\":{\"hits\":[", "{\"_source\":{\"a\":\"b\\\\\"}}",
        "\"", "\\\"", "\\\\", "\\ud83d\\ude00", "{", "}", "[", "]", ",", ":", "null", "true", "-1.5e3", " ",
        "{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] text = input[1..].ToArray();
        (JsonStreamError error, byte[] output) = Rewrite(Paths, text, text.Length);
        foreach (int size in (int[])[1, 2 + (input[0] % 97)])
        {
            (JsonStreamError error2, byte[] output2) = Rewrite(Paths, text, size);
            Require((error == JsonStreamError.None) == (error2 == JsonStreamError.None), "the split makes no difference");
            Require(error != JsonStreamError.None || output.AsSpan().SequenceEqual(output2), "the split makes no difference to the text");
        }

        (JsonStreamError plain, byte[] same) = Rewrite(None, text, text.Length);
        Require(plain != JsonStreamError.None || same.AsSpan().SequenceEqual(text), "what nobody asks for passes as it is");
        if (new StrictJson().Validate(text) == JsonError.None)
        {
            Require(error == JsonStreamError.None, "what is JSON passes");
            JsonNode? expected = JsonNode.Parse(text);
            Change(expected);
            Require(JsonNode.DeepEquals(expected, JsonNode.Parse(output)), "what is asked for is changed, and nothing else");
        }
    }

    private static void Change(JsonNode? root)
    {
        if (root is JsonObject members)
        {
            Change(members, "_scroll_id");
            Change(members, "pit_id");
            IEnumerable<JsonNode?> responses = members["responses"] switch
            {
                JsonArray list => list,
                JsonObject named => named.Select(static n => n.Value),
                _ => [],
            };
            foreach (JsonObject one in responses.OfType<JsonObject>())
            {
                Change(one, "_scroll_id");
            }
        }
    }

    private static void Change(JsonObject members, string name)
    {
        if (members[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String)
        {
            members[name] = "<\"" + value.GetValue<string>() + "\n>";
        }
    }

    private static (JsonStreamError Error, byte[] Output) Rewrite(JsonPaths paths, byte[] text, int size)
    {
        var output = new ArrayBufferWriter<byte>();
        var rewriter = new JsonRewriter(paths, static (_, value, replacement) =>
        {
            replacement.Write("<\""u8);
            replacement.Write(value);
            replacement.Write("\n>"u8);
            return true;
        });
        for (int at = 0; at < text.Length; at += size)
        {
            rewriter.Push(text.AsSpan(at, Math.Min(size, text.Length - at)), output);
        }

        return (rewriter.Finish(), output.WrittenSpan.ToArray());
    }
}
