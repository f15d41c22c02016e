using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>The refused items of a composite request, in their order, and how each is told.</summary>
/// <param name="items">All items as they came.</param>
public sealed class ItemRefusals(RequestItems items)
{
    private readonly List<(int Position, string Reason)> _entries = [];

    /// <summary>How many.</summary>
    public int Count => _entries.Count;

    /// <summary>What they are.</summary>
    public ItemKind Kind => items.Kind;

    /// <summary>The number of one in the request, from 0.</summary>
    public int PositionOf(int number) => _entries[number].Position;

    /// <summary>Adds one, behind those before.</summary>
    /// <param name="position">Its number in the request.</param>
    /// <param name="reason">Why, for people.</param>
    public void Add(int position, string reason)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(position, Count == 0 ? -1 : PositionOf(Count - 1));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, items.Count);
        _entries.Add((position, reason));
    }

    /// <summary>
    /// Writes the entry that takes its place: of a search an error with its status, of a document its name and the error (Elasticsearch,
    /// multi search and multi get).
    /// </summary>
    internal void Write(int number, IBufferWriter<byte> output)
    {
        (int position, string text) = _entries[number];
        byte[] reason = Encoding.UTF8.GetBytes(text);
        output.Write("{"u8);
        if (Kind != ItemKind.Searches)
        {
            items.WriteName(position, output);
            output.Write(","u8);
        }

        output.Write("\"error\":{\"root_cause\":[{\"type\":\"security_exception\",\"reason\":"u8);
        JsonQuote.Write(output, reason);
        output.Write("}],\"type\":\"security_exception\",\"reason\":"u8);
        JsonQuote.Write(output, reason);
        output.Write(Kind == ItemKind.Searches ? "},\"status\":403}"u8 : "}}"u8);
    }
}
