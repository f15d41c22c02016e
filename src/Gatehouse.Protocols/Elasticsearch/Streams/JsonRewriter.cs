using System.Buffers;
using System.Text.Unicode;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>Writes the text, UTF-8 and unescaped, that takes a value's place; false refuses the whole answer.</summary>
/// <param name="path">The number of the path in <see cref="JsonPaths"/>.</param>
/// <param name="value">The string, UTF-8, unescaped.</param>
/// <param name="replacement">Takes the text.</param>
public delegate bool JsonReplacement(int path, ReadOnlySpan<byte> value, IBufferWriter<byte> replacement);

/// <summary>
/// Replaces the strings at some paths of a JSON text that streams by; whatever else stands there, <c>null</c> too, and all other
/// bytes pass as they are. One text, one caller. Memory: one value.
/// </summary>
public sealed class JsonRewriter : JsonStream
{
    /// <summary>Longest value that is replaced, as written, unless said otherwise.</summary>
    public const int DefaultMaxValue = 1024 * 1024;

    private readonly JsonPaths _paths;
    private readonly JsonReplacement _replace;
    private readonly ArrayBufferWriter<byte> _replacement = new();

    /// <summary>Makes one for one text.</summary>
    /// <param name="paths">Where.</param>
    /// <param name="replace">By what.</param>
    /// <param name="maxValue">Longest value, in bytes as written.</param>
    public JsonRewriter(JsonPaths paths, JsonReplacement replace, int maxValue = DefaultMaxValue)
        : base(JsonPaths.Root, maxValue)
    {
        _paths = paths;
        _replace = replace;
    }

    /// <summary>How many values were replaced.</summary>
    public long Replaced { get; private set; }

    private protected override int Member(int parent, ReadOnlySpan<byte> name) => _paths.Member(parent, name);

    private protected override int Element(int parent) => _paths.Element(parent);

    private protected override bool Holds(int node, byte first) => first == '"' && _paths.PathAt(node) >= 0;

    private protected override bool Enters(int node, bool isObject) => _paths.HasBelow(node);

    private protected override bool Replace(int node, ReadOnlySpan<byte> written, IBufferWriter<byte> output)
    {
        var text = new JsonText(written);
        if (!Utf8.IsValid(written) || text.String(out int offset, out int length, out _) != JsonError.None)
        {
            return false;
        }

        byte[] value = ArrayPool<byte>.Shared.Rent(length);
        int count = JsonText.Unescape(written.Slice(offset, length), value);
        _replacement.ResetWrittenCount();
        bool isReplaced = _replace(_paths.PathAt(node), value.AsSpan(0, count), _replacement) && Utf8.IsValid(_replacement.WrittenSpan);
        ArrayPool<byte>.Shared.Return(value, clearArray: true);
        if (isReplaced)
        {
            JsonQuote.Write(output, _replacement.WrittenSpan);
            Replaced++;
        }

        return isReplaced;
    }
}
