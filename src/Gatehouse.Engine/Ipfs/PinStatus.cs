using System.Globalization;
using System.Text.Json;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Protocols.Ipfs;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// A <c>PinStatus</c> of the pinning service (IPFS Pinning Service API 1.0.0), as one owner of the pin sees it: its own request id, name,
/// metadata and time, for upstream has one of each for all owners.
/// </summary>
internal static class PinStatus
{
    /// <summary>The pin that it is about; null where it is none.</summary>
    public static Cid? PinOf(JsonElement status) =>
        status.ValueKind == JsonValueKind.Object && status.TryGetProperty("pin", out JsonElement pin) && pin.ValueKind == JsonValueKind.Object
        && pin.TryGetProperty("cid", out JsonElement text) && text.ValueKind == JsonValueKind.String && Cid.TryParse(text.GetString()!, out Cid? cid) // a text
            ? cid
            : null;

    /// <summary>Its state in the service's words; empty where it says none.</summary>
    public static string StateOf(JsonElement status) =>
        status.TryGetProperty("status", out JsonElement state) && state.ValueKind == JsonValueKind.String ? state.GetString()! : ""; // a text

    /// <summary>Writes one as an owner sees it; without an owner as it is, but for the gate's marks.</summary>
    public static void Write(JsonElement status, PinOwnership? mine, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (JsonProperty member in status.EnumerateObject())
        {
            if (member.Name == "pin" && member.Value.ValueKind == JsonValueKind.Object)
            {
                json.WritePropertyName("pin");
                WritePin(member.Value, mine, json);
            }
            else if (mine is not null && member.Name == "requestid")
            {
                json.WriteString("requestid", mine.RequestId);
            }
            else if (mine is not null && member.Name == "created")
            {
                json.WriteString("created", mine.Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            }
            else if (mine is null || member.Name != "info")
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private static void WritePin(JsonElement pin, PinOwnership? mine, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (JsonProperty member in pin.EnumerateObject())
        {
            if (mine is not null && member.Name == "name")
            {
                json.WriteString("name", mine.Name);
            }
            else if (member.Name == "meta" && member.Value.ValueKind == JsonValueKind.Object)
            {
                json.WriteStartObject("meta");
                foreach ((string name, string value) in mine?.Meta ?? Unmarked(member.Value))
                {
                    json.WriteString(name, value);
                }

                json.WriteEndObject();
            }
            else
            {
                member.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, string> Unmarked(JsonElement meta) =>
        meta.EnumerateObject()
            .Where(static m => m.Name != PinMarks.MetaKey && m.Value.ValueKind == JsonValueKind.String)
            .ToDictionary(static m => m.Name, static m => m.Value.GetString()!, StringComparer.Ordinal); // a text
}
