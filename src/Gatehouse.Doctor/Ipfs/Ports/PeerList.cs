using System.Collections.Immutable;
using System.Text.Json;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>The answer to <c>GET /peers</c>: one JSON object a line, or an array of them as versions before 1.0 sent it.</summary>
internal static class PeerList
{
    private const int LongestId = 100;

    /// <summary>Ids of the peers; what cannot be read is left out.</summary>
    public static ImmutableArray<string> Ids(string text)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Add(ids, document.RootElement);
            }
            catch (JsonException)
            {
                // Cut off, or no list: what was read until then counts.
            }
        }

        return [.. ids.Distinct(StringComparer.Ordinal)];
    }

    private static void Add(ImmutableArray<string>.Builder ids, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement one in element.EnumerateArray())
            {
                Add(ids, one);
            }
        }
        else if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String && id.GetString() is { Length: > 0 and < LongestId } text)
        {
            ids.Add(text);
        }
    }
}
