using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Engine.Configuration.Documents;

/// <summary>Writes JSON as YAML that <see cref="DocumentReader"/> reads back as the same: what could be read in two ways is in quotes.</summary>
internal sealed class DocumentWriter(StringBuilder text)
{
    private const int FlowLength = 100;

    /// <summary>The members of an object, each on a line of its own.</summary>
    public void Members(JsonElement value, int indent)
    {
        foreach (JsonProperty member in value.EnumerateObject())
        {
            text.Append(' ', indent).Append(Scalar(member.Name)).Append(':');
            Value(member.Value, indent);
        }
    }

    /// <summary>A text as one scalar.</summary>
    public static string Scalar(string value) => IsPlain(value) ? value : Quoted(value);

    private void Value(JsonElement value, int indent)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object when value.EnumerateObject().Any():
                text.Append('\n');
                Members(value, indent + 2);
                break;
            case JsonValueKind.Array when value.GetArrayLength() > 0:
                List(value, indent + 2);
                break;
            case JsonValueKind.String when Block(value.GetString()!) is { } lines: // a string
                text.Append(lines.EndsWith('\n') ? " |\n" : " |-\n");
                foreach (string line in lines.TrimEnd('\n').Split('\n'))
                {
                    text.Append(' ', line.Length == 0 ? 0 : indent + 2).Append(line).Append('\n');
                }

                break;
            default:
                text.Append(' ').Append(One(value)).Append('\n');
                break;
        }
    }

    private void List(JsonElement list, int indent)
    {
        if (list[0].ValueKind != JsonValueKind.Object)
        {
            string[] items = [.. list.EnumerateArray().Select(One)];
            if (items.Sum(static item => item.Length + 2) <= FlowLength)
            {
                text.Append(" [").AppendJoin(", ", items).Append("]\n");
                return;
            }

            text.Append('\n');
            foreach (JsonElement item in list.EnumerateArray())
            {
                text.Append(' ', indent).Append('-');
                Value(item, indent);
            }

            return;
        }

        text.Append('\n');
        foreach (JsonElement item in list.EnumerateArray())
        {
            int start = text.Length;
            Members(item, indent + 2);

            // The first key stands behind the dash.
            text[start + indent] = '-';
        }
    }

    private static string One(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Scalar(value.GetString()!), // a string
        JsonValueKind.Object => "{}",
        JsonValueKind.Array => "[]",
        _ => value.GetRawText(),
    };

    // PEM and the like: lines that a block holds exactly.
    private static string? Block(string value) =>
        value.Contains('\n') && !value.EndsWith("\n\n", StringComparison.Ordinal) && value.TrimEnd('\n').Length > 0
        && value.TrimEnd('\n').Split('\n').All(static line => line is not [' ', ..] && !line.EndsWith(' ') && line.All(static c => c is >= ' ' and <= '~')) && value[0] != '\n'
            ? value
            : null;

    private static bool IsPlain(string value) =>
        value.Length > 0 && (char.IsAsciiLetter(value[0]) || value[0] is '_' or '/' || IsDottedName(value))
        && value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/' or '@' or '+')
        && value.ToLowerInvariant() is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off" or "y" or "n");

    // Addresses and networks read better bare; numbers would be taken for numbers by others.
    private static bool IsDottedName(string value) => char.IsAsciiDigit(value[0]) && value.Count(static c => c == '.') == 3;

    private static string Quoted(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (Rune rune in value.EnumerateRunes())
        {
            quoted.Append(rune.Value switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                >= ' ' and <= '~' => rune.ToString(),
                _ when rune.IsBmp && Rune.IsLetterOrDigit(rune) => rune.ToString(),
                <= 0xFFFF => "\\u" + rune.Value.ToString("X4", CultureInfo.InvariantCulture),
                _ => "\\U" + rune.Value.ToString("X8", CultureInfo.InvariantCulture),
            });
        }

        return quoted.Append('"').ToString();
    }
}
