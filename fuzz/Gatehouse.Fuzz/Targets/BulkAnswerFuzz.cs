using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Elasticsearch.Streams;
using Gatehouse.Protocols.Json;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Answers to bulks, in pieces: any split gives the same; with nothing refused they pass as they are; refused items stand at
/// their positions and nothing else changes. The first byte chooses the split, the second the refused items.
/// </summary>
public sealed class BulkAnswerFuzz : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "bulk-answer";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "{\"took\":3,\"errors\":false,\"items\":[", "{\"index\":{\"_index\":\"a\",\"_id\":\"1\",\"status\":201}}", "]}", "\"errors\":true,", "\"items\":[],",
        "\"ingest_took\":7,", "\"error\":{\"type\":\"x\"}", ",", "[", "]", "{", "}", " ", "\n", "\"", "\\\"", "\\\\", "null", "\"items\":{}", "1e5",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2)
        {
            return;
        }

        byte[] answer = input[2..].ToArray();
        BulkRefusals refused = Refused(input[1]);
        (JsonStreamError error, byte[] output) = Merge(answer, answer.Length, refused);
        foreach (int size in (int[])[1, 2 + (input[0] % 89)])
        {
            (JsonStreamError error2, byte[] output2) = Merge(answer, size, refused);
            Require((error == JsonStreamError.None) == (error2 == JsonStreamError.None), "the split makes no difference");
            Require(error != JsonStreamError.None || output.AsSpan().SequenceEqual(output2), "the split makes no difference to the answer");
        }

        (JsonStreamError plain, byte[] same) = Merge(answer, answer.Length, Refused(0));
        Require(plain != JsonStreamError.None || same.AsSpan().SequenceEqual(answer), "with nothing refused it passes as it is");
        if (new StrictJson().Validate(answer) == JsonError.None)
        {
            Require(error == JsonStreamError.None, "what is JSON passes");
            Require(new StrictJson().Validate(output) == JsonError.None || HasOddMembers(answer), "what comes out is JSON");
            Compare(answer, output, refused, input[1]);
        }
    }

    private static void Compare(byte[] answer, byte[] output, BulkRefusals refused, byte pattern)
    {
        using var before = JsonDocument.Parse(answer);
        if (refused.Count == 0 || HasOddMembers(answer) || before.RootElement.TryGetProperty("error", out _))
        {
            return;
        }

        using var after = JsonDocument.Parse(output);
        Require(after.RootElement.GetProperty("errors").ValueKind == JsonValueKind.True, "errors is true");
        var upstream = new Queue<string>(before.RootElement.TryGetProperty("items", out JsonElement items) ? items.EnumerateArray().Select(static i => i.GetRawText()) : []);
        int count = upstream.Count + refused.Count;
        JsonElement[] merged = [.. after.RootElement.GetProperty("items").EnumerateArray()];
        Require(merged.Length == count, "every item is there");
        for (int i = 0; i < merged.Length; i++)
        {
            bool isRefused = (i < 8 && ((pattern >> i) & 1) != 0) || upstream.Count == 0;
            Require(isRefused ? merged[i].GetRawText().Contains("security_exception", StringComparison.Ordinal) : merged[i].GetRawText() == upstream.Dequeue(), "every item is at its place");
        }
    }

    // Members that no upstream sends so: then only bytes count.
    private static bool HasOddMembers(byte[] answer)
    {
        using var document = JsonDocument.Parse(answer);
        return document.RootElement.ValueKind != JsonValueKind.Object || Encoding.UTF8.GetString(answer).Contains("\\u", StringComparison.Ordinal)
            || (document.RootElement.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            || (document.RootElement.TryGetProperty("items", out JsonElement items) && items.ValueKind != JsonValueKind.Array);
    }

    private static (JsonStreamError Error, byte[] Output) Merge(byte[] answer, int size, BulkRefusals refused)
    {
        var output = new ArrayBufferWriter<byte>();
        var merge = new BulkAnswer(refused, BulkAnswer.ReasonFor("u\"ser"));
        for (int at = 0; at < answer.Length; at += size)
        {
            merge.Push(answer.AsSpan(at, Math.Min(size, answer.Length - at)), output);
        }

        return (merge.Finish(), output.WrittenSpan.ToArray());
    }

    private static BulkRefusals Refused(byte pattern)
    {
        var filter = new BulkFilter(default, refreshes: false, new Judge(), new BulkLimits());
        for (int i = 0; i < 8; i++)
        {
            filter.Push(((pattern >> i) & 1) != 0 ? "{\"delete\":{\"_index\":\"s\\u0022\"}}\n"u8 : "{\"delete\":{\"_index\":\"a\"}}\n"u8, new ArrayBufferWriter<byte>());
        }

        return filter.Refused;
    }

    private sealed class Judge : IBulkJudge
    {
        public bool Allows(string action, ReadOnlySpan<byte> index) => index[0] == 'a';
    }
}
