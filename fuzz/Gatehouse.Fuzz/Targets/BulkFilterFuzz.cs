using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Bulks, in pieces: any split gives the same; what is accepted and asked is what <c>classify</c> accepts and says; what was
/// passed on passes again whole. The first byte chooses the split. Names that begin with <c>s</c> are refused.
/// </summary>
public sealed class BulkFilterFuzz : IFuzzTarget
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <inheritdoc/>
    public string Name => "bulk";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "{\"index\":{\"_index\":\"b\"}}\n{}\n", "{\"delete\":{\"_index\":\"s\",\"_id\":\"1\"}}\n", "{\"create\":{}}\n{}\n", "{\"update\":{\"_id\":\"1\"}}\n{}\n",
        "\\u0073", "\"_index\":\"s1\"", "\"_index\":null", "\"_index\":7", "\"op_type\":\"create\"", "\"dynamic_templates\":{\"a\":\"b\"}", "\"_id\":\"\\n\"",
        "\"routing\":\"r\",", "_all", "<a-{now/d}>", "::failures", "::data", "a,b", "*", "\r\n", "\n", "\n\n", "{", "}", ",",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] body = input[1..].ToArray();
        Outcome whole = Filter(body, body.Length, refuses: true);
        foreach (int size in (int[])[1, 2 + (input[0] % 61)])
        {
            Outcome pieces = Filter(body, size, refuses: true);
            Require(pieces.Words == whole.Words, "the split makes no difference");
            Require(whole.Error != BulkError.None || pieces.Output.AsSpan().SequenceEqual(whole.Output), "the split makes no difference to what is passed on");
        }

        Outcome again = Filter(whole.Output, whole.Output.Length, refuses: true);
        Require(whole.Error != BulkError.None || whole.Output.Length == 0 || (again.Error == BulkError.None && again.Output.AsSpan().SequenceEqual(whole.Output)), "what was passed on passes");
        Outcome allowed = Filter(body, body.Length, refuses: false);
        Require(allowed.Error != BulkError.None || allowed.Output.AsSpan().SequenceEqual(body), "all that is allowed passes as it is");
        Require(allowed.Error != BulkError.None || Reads(body), "an independent reader finds one action with known members a line");
        RequestClass found = ElasticsearchClassifier.Classify("POST", "/dflt/_bulk?refresh=true", "application/x-ndjson", body);
        Require((found.Refusal ?? "none") == BulkErrors.Word(allowed.Error), $"classify says {found.Refusal}, the filter {allowed.Error}");
        string[] operations = [.. found.Operations.SelectMany(static o => o.Resources.Select(r => $"{o.Action} {r}")).Order(StringComparer.Ordinal)];
        Require(found.Refusal is not null || operations.SequenceEqual(allowed.Asked.Order(StringComparer.Ordinal)), "what is asked is what classify says");
    }

    private static bool Reads(byte[] body)
    {
        string[] lines = Encoding.UTF8.GetString(body).Split('\n');
        for (int i = 0; i < lines.Length - 1; i++)
        {
            using var document = JsonDocument.Parse(lines[i], Strict);
            JsonProperty action = document.RootElement.EnumerateObject().Single();
            bool isNamed = !action.Value.TryGetProperty("_index", out JsonElement index) || index.ValueKind is JsonValueKind.String or JsonValueKind.Null;
            if (!isNamed || action.Name is not ("index" or "create" or "update" or "delete") || (action.Name != "delete" && lines[++i].Trim('\r').Length == 0 && lines[i].Length < 2))
            {
                return false;
            }
        }

        return lines[^1].Length == 0;
    }

    private static Outcome Filter(byte[] body, int size, bool refuses)
    {
        var judge = new Judge(refuses);
        var output = new ArrayBufferWriter<byte>();
        var filter = new BulkFilter("dflt"u8.ToArray(), refreshes: true, judge, new BulkLimits { MaxRefusedBytes = 2048 });
        for (int at = 0; at < body.Length; at += size)
        {
            filter.Push(body.AsSpan(at, Math.Min(size, body.Length - at)), output);
        }

        BulkError error = filter.Finish();
        Require(filter.Items == filter.Forwarded + filter.Refused.Count, "every item is passed on or refused");
        var words = new StringBuilder();
        words.Append(error).Append(' ').Append(filter.Line).Append(' ').Append(filter.Items);
        for (int i = 0; i < filter.Refused.Count; i++)
        {
            BulkRefusal one = filter.Refused[i];
            words.Append(';').Append(one.Position).Append(one.Verb).Append(one.Action).Append(Encoding.UTF8.GetString(one.Index)).Append(' ').Append(Encoding.UTF8.GetString(one.Id));
        }

        return new Outcome(error, words.ToString(), output.WrittenSpan.ToArray(), judge.Asked);
    }

    private sealed record Outcome(BulkError Error, string Words, byte[] Output, HashSet<string> Asked);

    private sealed class Judge(bool refuses) : IBulkJudge
    {
        public HashSet<string> Asked { get; } = new(StringComparer.Ordinal);

        public bool Allows(string action, ReadOnlySpan<byte> index)
        {
            Asked.Add($"{action} {Encoding.UTF8.GetString(index)}");
            return !refuses || !index.StartsWith("s"u8);
        }
    }
}
