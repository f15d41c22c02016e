using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gatehouse.Administration;

/// <summary><c>allow</c> or <c>deny</c>, nothing else, no numbers.</summary>
internal sealed class EffectConverter() : JsonStringEnumConverter<Policy.GrantEffect>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary><c>allow</c> or <c>deny</c>, nothing else, no numbers.</summary>
internal sealed class AddressKindConverter() : JsonStringEnumConverter<Network.AddressRuleKind>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

internal sealed class AddressEffectConverter() : JsonStringEnumConverter<Network.AddressRuleEffect>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false);

/// <summary><c>active-directory</c>, <c>ldap</c> and so on, no numbers.</summary>
internal sealed class KindConverter() : JsonStringEnumConverter<Identity.RealmKind>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false);

/// <summary>Lists of texts; <c>null</c> among them is refused, which the serializer alone lets through.</summary>
internal sealed class TextListConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException();
        }

        List<string> list = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            list.Add(reader.TokenType == JsonTokenType.String ? reader.GetString() ?? throw new JsonException() : throw new JsonException());
        }

        return list;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (string text in value)
        {
            writer.WriteStringValue(text);
        }

        writer.WriteEndArray();
    }
}

/// <summary>Moments, RFC 3339: written in UTC with <c>Z</c>, read with any offset but never without one.</summary>
internal sealed class TimeConverter : JsonConverter<DateTimeOffset>
{
    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;

        // Without an offset two readers would mean two moments.
        bool hasOffset = text is [.., 'Z'] || (text?.Length > 6 && text[^6] is '+' or '-');
        return hasOffset && DateTimeOffset.TryParseExact(text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw new JsonException();
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture));
}
