using System.Buffers;
using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What the items of a composite request are.</summary>
public enum ItemKind : byte
{
    /// <summary>Searches of <c>_msearch</c>: a header line and a line with the search.</summary>
    Searches = 0,

    /// <summary>Documents of <c>_mget</c>.</summary>
    Documents,

    /// <summary>Documents of <c>_mtermvectors</c>.</summary>
    TermVectors,
}

/// <summary>
/// The items of a buffered <c>_msearch</c>, <c>_mget</c> or <c>_mtermvectors</c> that <c>classify</c> has accepted, each of which
/// may be taken for itself.
/// </summary>
public sealed class RequestItems
{
    /// <summary>Most items that are looked at one by one.</summary>
    public const int Most = 10_000;

    private readonly ReadOnlyMemory<byte> _body;
    private readonly List<Item> _items = [];
    private readonly byte[] _given;
    private bool _areIds;
    private int _listEnd;

    private RequestItems(ItemKind kind, ReadOnlyMemory<byte> body, string? given)
    {
        Kind = kind;
        _body = body;
        _given = JsonEncodedText.Encode(given ?? "").EncodedUtf8Bytes.ToArray();
    }

    /// <summary>What they are.</summary>
    public ItemKind Kind { get; }

    /// <summary>How many.</summary>
    public int Count => _items.Count;

    /// <summary>
    /// Finds the items of a body; null where the request has none that stand for themselves: another endpoint, documents named in two
    /// ways, defaults that may name an index, more than <see cref="Most"/>.
    /// </summary>
    /// <param name="template">The path template of its line, such as <c>/{index}/_mget</c>.</param>
    /// <param name="body">The body as it is read.</param>
    /// <param name="given">The index of path or query, or null.</param>
    public static RequestItems? Find(string template, ReadOnlyMemory<byte> body, string? given)
    {
        if (KindOf(template) is not { } known || body.IsEmpty)
        {
            return null;
        }

        var items = new RequestItems(known, body, given);
        bool isFine = known == ItemKind.Searches ? items.ReadLines() : items.ReadDocuments();
        return isFine && items.Count is > 0 and <= Most ? items : null;
    }

    /// <summary>Whether the requests of a line have items.</summary>
    public static bool Has(string template) => KindOf(template) is not null;

    /// <summary>The body of a request for one item alone.</summary>
    public ReadOnlyMemory<byte> Alone(int item)
    {
        (int start, int length) = (_items[item].Start, _items[item].Length);
        return Kind == ItemKind.Searches ? _body.Slice(start, length)
            : (byte[])[.. _areIds ? "{\"ids\":["u8 : "{\"docs\":["u8, .. _body.Span.Slice(start, length), .. "]}"u8];
    }

    /// <summary>The body without some items; there must be another.</summary>
    /// <param name="refused">Those that are left out.</param>
    public ReadOnlyMemory<byte> Without(ItemRefusals refused)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(refused.Count, Count, nameof(refused));
        var rest = new ArrayBufferWriter<byte>(_body.Length);
        bool isList = Kind != ItemKind.Searches;
        rest.Write(_body.Span[..(isList ? _items[0].Start : 0)]);
        int next = 0;
        bool isFirst = true;
        for (int item = 0; item < Count; item++)
        {
            if (next < refused.Count && refused.PositionOf(next) == item)
            {
                next++;
                continue;
            }

            rest.Write(isList && !isFirst ? ","u8 : ""u8);
            rest.Write(_body.Span.Slice(_items[item].Start, _items[item].Length));
            isFirst = false;
        }

        rest.Write(isList ? _body.Span[_listEnd..] : default);
        return rest.WrittenMemory;
    }

    /// <summary>Writes which document an item is, as members of an open object.</summary>
    internal void WriteName(int item, IBufferWriter<byte> output)
    {
        Item one = _items[item];
        output.Write("\"_index\":"u8);
        Write(one.Index, output);
        output.Write(",\"_id\":"u8);
        Write(one.Id, output);
    }

    private static ItemKind? KindOf(string template) => template switch
    {
        "/_msearch" or "/{index}/_msearch" => ItemKind.Searches,
        "/_mget" or "/{index}/_mget" => ItemKind.Documents,
        "/_mtermvectors" or "/{index}/_mtermvectors" => ItemKind.TermVectors,
        _ => null,
    };

    private void Write(Value value, IBufferWriter<byte> output)
    {
        ReadOnlySpan<byte> written = _body.Span.Slice(value.Start, value.Length);
        if (value.IsGiven)
        {
            written = _given;
        }
        else if (value.Length == 0)
        {
            output.Write("null"u8);
            return;
        }

        // A number is an id too, and comes back as a string.
        bool isString = !value.IsGiven && written[0] == '"';
        output.Write(isString ? ""u8 : "\""u8);
        output.Write(written);
        output.Write(isString ? ""u8 : "\""u8);
    }

    private bool ReadLines()
    {
        int start = 0;
        ReadOnlySpan<byte> body = _body.Span;
        while (start < body.Length && Count <= Most)
        {
            int end = start;
            for (int line = 0; line < 2; line++)
            {
                int feed = body[end..].IndexOf((byte)'\n');
                if (feed < 0)
                {
                    return false;
                }

                end += feed + 1;
            }

            _items.Add(new Item(start, end - start, default, default));
            start = end;
        }

        return true;
    }

    private bool ReadDocuments()
    {
        var reader = new Utf8JsonReader(_body.Span, new JsonReaderOptions { MaxDepth = StrictJson.MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        bool isFound = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool areIds = reader.ValueTextEquals("ids"u8);
            bool isList = areIds || reader.ValueTextEquals("docs"u8);
            bool hasDefaults = reader.ValueTextEquals("parameters"u8);
            reader.Read();
            if (hasDefaults || (isList && (isFound || reader.TokenType != JsonTokenType.StartArray)))
            {
                return false;
            }

            if (isList)
            {
                isFound = true;
                _areIds = areIds;
                if (!ReadList(ref reader))
                {
                    return false;
                }
            }
            else
            {
                reader.Skip();
            }
        }

        return isFound;
    }

    private bool ReadList(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray && Count <= Most)
        {
            int start = (int)reader.TokenStartIndex;
            bool isObject = reader.TokenType == JsonTokenType.StartObject;
            bool isId = reader.TokenType is JsonTokenType.String or JsonTokenType.Number;
            if (_areIds ? !isId : !isObject)
            {
                return false;
            }

            (Value index, Value id) = isObject ? ReadDocument(ref reader) : (Value.Given, ValueOf(reader));
            _items.Add(new Item(start, (int)reader.BytesConsumed - start, index, id));
        }

        _listEnd = (int)reader.TokenStartIndex;
        return reader.TokenType == JsonTokenType.EndArray;
    }

    private static (Value Index, Value Id) ReadDocument(ref Utf8JsonReader reader)
    {
        (Value index, Value id) = (Value.Given, default);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIndex = reader.ValueTextEquals("_index"u8) || reader.ValueTextEquals("index"u8);
            bool isId = reader.ValueTextEquals("_id"u8);
            reader.Read();
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.Number)
            {
                index = isIndex ? ValueOf(reader) : index;
                id = isId ? ValueOf(reader) : id;
            }

            reader.Skip();
        }

        return (index, id);
    }

    private static Value ValueOf(in Utf8JsonReader reader) =>
        new((int)reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex), IsGiven: false);

    /// <summary>A scalar as it is written in the body, or the index that the request names.</summary>
    private readonly record struct Value(int Start, int Length, bool IsGiven)
    {
        public static Value Given => new(0, 0, IsGiven: true);
    }

    private readonly record struct Item(int Start, int Length, Value Index, Value Id);
}
