using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Engine.Tokens;

/// <summary>A JSON object that every reader reads the same.</summary>
internal static class StrictObject
{
    // The strict reader's own bound comes first; this one is only never to be met.
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 2 * StrictJson.MaxDepth };

    /// <summary>Reads one; false with the error, <see cref="JsonError.None"/> when it is something else than an object.</summary>
    public static bool TryRead(byte[] utf8, out JsonElement value, out JsonError error)
    {
        value = default;
        error = new StrictJson().Validate(utf8);
        if (error != JsonError.None)
        {
            return false;
        }

        using JsonDocument document = JsonDocument.Parse(utf8, Options);
        value = document.RootElement.Clone();
        return value.ValueKind == JsonValueKind.Object;
    }
}
