using System.Collections.Immutable;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>A value of a JSON text.</summary>
internal abstract record JsonNode(TextSpan Span);

/// <summary>A text, number, boolean or null.</summary>
internal sealed record JsonScalar(TextSpan Span, SettingKind Kind, string? Value) : JsonNode(Span);

/// <summary>A list.</summary>
internal sealed record JsonList(TextSpan Span, ImmutableArray<JsonNode> Items) : JsonNode(Span);

/// <summary>An object.</summary>
internal sealed record JsonMap(TextSpan Span, ImmutableArray<JsonMember> Members) : JsonNode(Span)
{
    /// <summary>The member that Go takes for a name: the last one, upper and lower case being the same.</summary>
    public JsonMember? Find(string name)
    {
        for (int i = Members.Length - 1; i >= 0; i--)
        {
            if (Members[i].Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return Members[i];
            }
        }

        return null;
    }
}

/// <summary>A name and its value.</summary>
internal sealed record JsonMember(TextSpan Key, string Name, JsonNode Value);
