using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Ipfs.Ownership;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// A pin of IPFS Cluster's REST API as one of its owners sees it: the label that this owner gave it, and what whoever made it wrote there
/// for that one alone. The cluster has one name and one set of metadata for all owners.
/// </summary>
internal static class PinLine
{
    /// <summary>Writes the pin; false: it is none.</summary>
    /// <param name="line">The pin as JSON, whole.</param>
    /// <param name="mine">The caller's ownership.</param>
    /// <param name="isMaker">Whether a mark says that the caller's owner made the pin.</param>
    /// <param name="output">Takes it.</param>
    public static bool TryWrite(ReadOnlyMemory<byte> line, PinOwnership mine, Func<string, bool> isMaker, IBufferWriter<byte> output)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement pin = json.RootElement;
            bool isMade = pin.TryGetProperty("metadata", out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object
                && metadata.TryGetProperty(PinMarks.MetaKey, out JsonElement mark) && mark.ValueKind == JsonValueKind.String && isMaker(mark.GetString()!); // a text
            using var writer = new Utf8JsonWriter(output);
            writer.WriteStartObject();
            foreach (JsonProperty member in pin.EnumerateObject())
            {
                Write(member, mine, isMade, writer);
            }

            writer.WriteEndObject();
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static void Write(JsonProperty member, PinOwnership mine, bool isMade, Utf8JsonWriter writer)
    {
        switch (member.Name)
        {
            case "name":
                writer.WriteString("name", mine.Name);
                break;
            case "metadata":
                writer.WriteStartObject("metadata");
                foreach (JsonProperty one in Shown(member.Value, isMade))
                {
                    one.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
            case "origins" or "pin_update" when !isMade:
                writer.WriteNull(member.Name);
                break;
            default:
                member.WriteTo(writer);
                break;
        }
    }

    private static IEnumerable<JsonProperty> Shown(JsonElement metadata, bool isMade) =>
        isMade ? metadata.EnumerateObject().Where(static one => one.Name != PinMarks.MetaKey) : [];
}
