using System.Globalization;
using System.Text.Json;

namespace Gatehouse.Protocols.Hocon;

/// <summary>Values of a document as JSON.</summary>
internal static class HoconJson
{
    /// <summary>Writes a value with all that is in it.</summary>
    public static void Write(HoconNode node, Utf8JsonWriter writer)
    {
        switch (node.Kind)
        {
            case HoconKind.Object:
                writer.WriteStartObject();
                foreach ((string key, HoconNode value) in node.Members)
                {
                    writer.WritePropertyName(key);
                    Write(value, writer);
                }

                writer.WriteEndObject();
                break;
            case HoconKind.Array:
                writer.WriteStartArray();
                node.Items.ForEach(item => Write(item, writer));
                writer.WriteEndArray();
                break;
            case HoconKind.Null:
                writer.WriteNullValue();
                break;
            case HoconKind.Boolean:
                writer.WriteBooleanValue(node.Text == "true");
                break;
            case HoconKind.Number when long.TryParse(node.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number):
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteStringValue(node.Text);
                break;
        }
    }
}
