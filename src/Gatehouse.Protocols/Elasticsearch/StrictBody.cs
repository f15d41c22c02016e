using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>A JSON body that no reader could read otherwise: strict first, then looked at.</summary>
internal sealed class StrictBody : IDisposable
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = StrictJson.MaxDepth, AllowDuplicateProperties = false };

    private readonly JsonDocument _document;

    private StrictBody(JsonDocument document) => _document = document;

    /// <summary>The value.</summary>
    public JsonElement Root => _document.RootElement;

    /// <summary>Reads a body; null where there is none, or where it is refused.</summary>
    public static StrictBody? Read(Classification request, ReadOnlyMemory<byte> utf8)
    {
        if (utf8.IsEmpty || request.Refusal is not null)
        {
            return null;
        }

        if (new StrictJson().Validate(utf8.Span) != JsonError.None)
        {
            request.Refuse("malformed_json");
            return null;
        }

        return new StrictBody(JsonDocument.Parse(utf8, Options));
    }

    /// <summary>Reads a body that must be an object.</summary>
    public static StrictBody? ReadObject(Classification request, ReadOnlyMemory<byte> utf8)
    {
        StrictBody? body = Read(request, utf8);
        if (body is not null && body.Root.ValueKind != JsonValueKind.Object)
        {
            request.Refuse("unexpected_type");
            body.Dispose();
            return null;
        }

        return body;
    }

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();
}

/// <summary>Members that name indices.</summary>
internal static class NamingMembers
{
    /// <summary>Adds the index expressions of a member: a string or an array of strings; false where it is not there.</summary>
    public static bool NeedFrom(this Classification request, string action, JsonElement parent, string member)
    {
        if (parent.ValueKind != JsonValueKind.Object || !parent.TryGetProperty(member, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return false;
        }

        request.NeedValue(action, value);
        return true;
    }

    /// <summary>Adds the index expressions of a value: a string, or an array of strings. Nothing else is a name.</summary>
    public static void NeedValue(this Classification request, string action, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                request.Need(action, value.GetString()!);
                break;
            case JsonValueKind.Array when value.EnumerateArray().All(static i => i.ValueKind == JsonValueKind.String):
                // One list: an exclusion counts behind the wildcard of an element before it.
                request.Need(action, string.Join(',', value.EnumerateArray().Select(static i => i.GetString())));
                break;
            default:
                request.Refuse("unexpected_type");
                break;
        }
    }

    /// <summary>The member, where the parent is an object and it is there and not null.</summary>
    public static bool Has(this JsonElement parent, string member, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;
    }
}
