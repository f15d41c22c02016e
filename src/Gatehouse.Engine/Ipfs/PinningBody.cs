using System.Buffers;
using System.Text.Json;
using Gatehouse.Engine.Ipfs.Ownership;

namespace Gatehouse.Engine.Ipfs;

/// <summary>The body of a request for a pin at the pinning service, after it was read strictly.</summary>
internal static class PinningBody
{
    /// <summary>Its metadata.</summary>
    public static Dictionary<string, string> MetaOf(ReadOnlyMemory<byte> body)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("meta", out JsonElement meta) && meta.ValueKind == JsonValueKind.Object
            ? meta.EnumerateObject().ToDictionary(static m => m.Name, static m => m.Value.GetString()!, StringComparer.Ordinal) // read as texts
            : [];
    }

    /// <summary>The same with the mark of the pin's owner among its metadata.</summary>
    public static ReadOnlyMemory<byte> WithMark(ReadOnlyMemory<byte> body, string mark)
    {
        using JsonDocument json = JsonDocument.Parse(body);
        ArrayBufferWriter<byte> written = new(body.Length + mark.Length + 64);
        using (var writer = new Utf8JsonWriter(written))
        {
            writer.WriteStartObject();
            foreach (JsonProperty member in json.RootElement.EnumerateObject().Where(static m => m.Name != "meta"))
            {
                member.WriteTo(writer);
            }

            writer.WriteStartObject("meta");
            foreach ((string name, string value) in MetaOf(body))
            {
                writer.WriteString(name, value);
            }

            writer.WriteString(PinMarks.MetaKey, mark);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return written.WrittenMemory;
    }
}
