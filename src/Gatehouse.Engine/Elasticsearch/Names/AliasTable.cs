using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// <c>_cat/aliases</c>, whose columns the caller chooses and names: a line stays when it has a name that he may see, and none
/// that he may not.
/// </summary>
/// <param name="names">What is a name.</param>
/// <param name="hasHeading">Whether the first line is a heading.</param>
internal sealed class AliasTable(KnownNames names, bool hasHeading)
{
    /// <summary>Copies the lines that may be seen.</summary>
    public void CopyText(ReadOnlySpan<byte> text, NameScope scope, IBufferWriter<byte> output)
    {
        bool isHeading = hasHeading;
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? text : text[..(end + 1)];
            text = text[line.Length..];
            if (isHeading || MaySee(Encoding.UTF8.GetString(line), scope))
            {
                output.Write(line);
            }

            isHeading = false;
        }
    }

    /// <summary>Copies the rows that may be seen.</summary>
    public void CopyJson(ReadOnlySpan<byte> json, ref Utf8JsonReader reader, Utf8JsonWriter writer, NameScope scope)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("no list");
        }

        writer.WriteStartArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (MaySee(TextOf(reader), scope))
            {
                NameEraser.CopyRaw(json, ref reader, writer);
            }
            else
            {
                reader.Skip();
            }
        }

        writer.WriteEndArray();
    }

    // The reader is a copy: it looks ahead.
    private static string TextOf(Utf8JsonReader reader)
    {
        StringBuilder text = new();
        int depth = reader.CurrentDepth;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                text.Append(reader.GetString()).Append(' ');
            }
        }

        return text.ToString();
    }

    private bool MaySee(string line, NameScope scope)
    {
        bool hasSeen = false;
        foreach (string word in line.Split([' ', '\t', '\r', '\n', ','], StringSplitOptions.RemoveEmptyEntries))
        {
            if (names.Find(word) is not null)
            {
                if (!scope.MaySee(word))
                {
                    return false;
                }

                hasSeen = true;
            }
        }

        return hasSeen;
    }
}
