using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;
using static Gatehouse.Fuzz.OracleException;

namespace Gatehouse.Fuzz.Targets;

/// <summary>
/// Requests to Elasticsearch. Input: method, space, target, newline, body. An independent reading finds no terms lookup in an
/// accepted search whose index the operations do not name, and no name in an accepted bulk either.
/// </summary>
public sealed class ElasticsearchFuzz : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "elasticsearch";

    /// <inheritdoc/>
    public IReadOnlyList<string> Dictionary { get; } =
    [
        "POST /a/_search\n", "POST /_bulk\n", "POST /_msearch\n", "POST /_sql\n", "POST /_query\n", "GET /*,-b/_search\n", "POST /_aliases\n",
        "\"terms\":{\"u\":{\"index\":\"p\",\"id\":\"1\",\"path\":\"x\"}}", "\"query\":", "\"bool\":{\"filter\":[", "\"aggs\":{\"a\":{", "\"wrapper\":",
        "{\"index\":{\"_index\":\"b\"}}\n{}\n", "{\"delete\":{\"_index\":\"c\"}}\n", "SELECT * FROM a", "FROM a | LOOKUP JOIN b ON c", "FORK (", "--", "/*",
        "*/", "\"\"\"", "%3C", "%7B", "%2C", "::failures", "remote:", "_all", "-", "*", "\"indices\":[\"a\"]", "\"pit\":{\"id\":\"x\"}", "{", "}", "[", "]",
    ];

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> input)
    {
        int line = input.IndexOf((byte)'\n');
        ReadOnlySpan<byte> first = line < 0 ? input : input[..line];
        byte[] body = line < 0 ? [] : input[(line + 1)..].ToArray();
        int space = first.IndexOf((byte)' ');
        string method = space < 0 ? "GET" : Encoding.Latin1.GetString(first[..space]);
        string target = Encoding.Latin1.GetString(first[(space + 1)..]);
        RequestClass found = ElasticsearchClassifier.Classify(method, target, "application/json", body);
        Require((found.Outcome == RequestOutcome.Refused) == (found.Refusal is not null), "a refusal has a word");
        Require(found.Outcome != RequestOutcome.Refused || found.Operations.Count == 0, "what is refused has no operation");
        Require(found.Operations.All(static o => o.Resources.All(static r => r.Length > 0 && r != "_all")), "names are names");
        if (found.Outcome is RequestOutcome.Operations or RequestOutcome.Owner && body.Length > 0 && (target == "/a/_search" || target.StartsWith("/a/_search?", StringComparison.Ordinal)))
        {
            using var document = JsonDocument.Parse(body);
            HashSet<string> read = [.. found.Operations.Where(static o => o.Action == "index:read").SelectMany(static o => o.Resources)];
            LookUp(document.RootElement, read);
        }
    }

    private static void LookUp(JsonElement value, HashSet<string> read)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                LookUp(item, read);
            }
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in value.EnumerateObject())
            {
                if (member.Name == "query" || member.Name is "bool" or "filter" or "must")
                {
                    LookUp(member.Value, read);
                }
                else if (member.Name == "terms" && member.Value.ValueKind == JsonValueKind.Object)
                {
                    Fields(member.Value, read);
                }
            }
        }
    }

    private static void Fields(JsonElement terms, HashSet<string> read)
    {
        foreach (JsonProperty field in terms.EnumerateObject())
        {
            if (field.Value.ValueKind == JsonValueKind.Object && field.Value.TryGetProperty("index", out JsonElement index) && index.ValueKind == JsonValueKind.String)
            {
                string name = index.GetString()!;
                Require(name.Split(',').All(part => read.Contains(part) || read.Contains("*") || IsRewritten(part)), $"`{name}` is read and not named");
            }
        }
    }

    // Written in another way, or an exclusion.
    private static bool IsRewritten(string name) => name.Length == 0 || name[0] == '-' || name.Contains("::", StringComparison.Ordinal);
}
