using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Why a body was not changed.</summary>
public enum SpliceError : byte
{
    /// <summary>It was, or there was nothing to change.</summary>
    None = 0,

    /// <summary>Not strict JSON, or lines that do not add up.</summary>
    Malformed,

    /// <summary>Another type at a path, or an index named twice.</summary>
    UnexpectedType,

    /// <summary>Whoever replaces a value did not want to.</summary>
    Refused,
}

/// <summary>A body with some of its values replaced.</summary>
/// <param name="Error">Why not.</param>
/// <param name="Body">The new body, or the old one where nothing was changed; empty after an error.</param>
public readonly record struct Spliced(SpliceError Error, ReadOnlyMemory<byte> Body);

/// <summary>Replaces values in buffered JSON bodies; all other bytes stay as they are.</summary>
public static class BodySplice
{
    /// <summary>
    /// Replaces the strings at some paths, each a string or an array of strings; <c>null</c> and what is not there stay.
    /// </summary>
    /// <param name="body">Strict JSON.</param>
    /// <param name="paths">Where.</param>
    /// <param name="replace">Gives what takes a string's place; null refuses the body.</param>
    public static Spliced ReplaceStrings(ReadOnlyMemory<byte> body, JsonPaths paths, Func<string, string?> replace)
    {
        var edits = new BodyEdits();
        SpliceError error = Find(body.Span, 0, paths, replace, edits);
        return error == SpliceError.None ? edits.Apply(body) : new Spliced(error, default);
    }

    /// <summary>Collects what is to be replaced in one value, which begins at an offset of the body.</summary>
    internal static SpliceError Find(ReadOnlySpan<byte> text, int offset, JsonPaths paths, Func<string, string?> replace, BodyEdits edits)
    {
        if (new StrictJson().Validate(text) != JsonError.None)
        {
            return SpliceError.Malformed;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        var open = new Stack<(bool IsObject, int Node)>();
        int node = JsonPaths.Root;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                int parent = open.Peek().Node;
                node = parent < 0 ? parent : paths.Member(parent, reader.ValueSpan);
                continue;
            }

            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                open.Pop();
                continue;
            }

            bool isElement = open.TryPeek(out (bool IsObject, int Node) within) && !within.IsObject;
            node = isElement ? ElementOf(paths, within.Node) : node;
            SpliceError error = node >= 0 && paths.PathAt(node) >= 0 ? Value(ref reader, isElement, offset, replace, edits) : SpliceError.None;
            if (error != SpliceError.None)
            {
                return error;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((reader.TokenType == JsonTokenType.StartObject, node));
            }
        }

        return SpliceError.None;
    }

    // The elements of a list at a path are at that path.
    private static int ElementOf(JsonPaths paths, int list) => list < 0 || paths.PathAt(list) >= 0 ? list : paths.Element(list);

    private static SpliceError Value(ref Utf8JsonReader reader, bool isElement, int offset, Func<string, string?> replace, BodyEdits edits)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                if (replace(reader.GetString()!) is not { } text)
                {
                    return SpliceError.Refused;
                }

                edits.Add(offset + (int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex), [text], isList: false);
                return SpliceError.None;
            case JsonTokenType.Null or JsonTokenType.StartArray when !isElement:
                return SpliceError.None;
            default:
                return SpliceError.UnexpectedType;
        }
    }
}

/// <summary>Places of a body, in their order, and what is to stand there.</summary>
internal sealed class BodyEdits
{
    private readonly List<(int Start, int Length, byte[] Text)> _edits = [];

    /// <summary>Puts a string, or a list of strings, at a place.</summary>
    public void Add(int start, int length, IReadOnlyList<string> texts, bool isList, string before = "", string after = "")
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write(Encoding.UTF8.GetBytes(before));
        text.Write(isList ? "["u8 : ""u8);
        for (int i = 0; i < texts.Count; i++)
        {
            text.Write(i > 0 ? ","u8 : ""u8);
            JsonQuote.Write(text, Encoding.UTF8.GetBytes(texts[i]));
        }

        text.Write(isList ? "]"u8 : ""u8);
        text.Write(Encoding.UTF8.GetBytes(after));
        _edits.Add((start, length, text.WrittenSpan.ToArray()));
    }

    /// <summary>Puts others behind these.</summary>
    public void Add(BodyEdits others) => _edits.AddRange(others._edits);

    /// <summary>The body with all of it.</summary>
    public Spliced Apply(ReadOnlyMemory<byte> body)
    {
        if (_edits.Count == 0)
        {
            return new Spliced(SpliceError.None, body);
        }

        var output = new ArrayBufferWriter<byte>(body.Length + _edits.Sum(static e => e.Text.Length));
        int at = 0;
        foreach ((int start, int length, byte[] text) in _edits)
        {
            output.Write(body.Span[at..start]);
            output.Write(text);
            at = start + length;
        }

        output.Write(body.Span[at..]);
        return new Spliced(SpliceError.None, output.WrittenMemory);
    }
}
