using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>An item that was not passed on.</summary>
public readonly ref struct BulkRefusal
{
    /// <summary>Its number in the bulk, from 0.</summary>
    public required long Position { get; init; }

    /// <summary>What it would have done.</summary>
    public required BulkVerb Verb { get; init; }

    /// <summary>The action that was missing, as <c>classify</c> names it.</summary>
    public required string Action { get; init; }

    /// <summary>The index as the caller named it, UTF-8, decoded.</summary>
    public required ReadOnlySpan<byte> Index { get; init; }

    /// <summary>The id, UTF-8, decoded.</summary>
    public required ReadOnlySpan<byte> Id { get; init; }

    /// <summary>Whether the caller gave an id.</summary>
    public required bool HasId { get; init; }
}

/// <summary>The refused items of a bulk, in their order, in bounded memory.</summary>
public sealed class BulkRefusals
{
    // What an entry takes besides its texts, roughly.
    private const int EntryBytes = 40;

    private readonly int _limit;
    private Entry[] _entries = [];
    private byte[] _texts = [];
    private int _length;

    internal BulkRefusals(int limit) => _limit = limit;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>One of them.</summary>
    public BulkRefusal this[int number]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)number, (uint)Count);
            Entry entry = _entries[number];
            return new BulkRefusal
            {
                Position = entry.Position,
                Verb = entry.Verb,
                Action = entry.Action,
                Index = _texts.AsSpan(entry.Index, entry.IndexLength),
                Id = _texts.AsSpan(entry.Id, entry.IdLength),
                HasId = entry.IdLength > 0,
            };
        }
    }

    internal bool TryAdd(long position, string action, ReadOnlySpan<byte> index, ref BulkActionLine item)
    {
        Entry last = Count > 0 ? _entries[Count - 1] : default;
        bool isSame = Count > 0 && _texts.AsSpan(last.Index, last.IndexLength).SequenceEqual(index);
        long cost = (long)_length + ((Count + 1L) * EntryBytes) + (isSame ? 0 : index.Length) + item.Id.Length;
        if (cost > _limit)
        {
            return false;
        }

        int at = isSame ? last.Index : Add(index);
        (int id, int idLength) = (_length, item.Id.Length);
        if (item.IsIdEscaped)
        {
            Reserve(idLength);
            idLength = JsonText.Unescape(item.Id, _texts.AsSpan(_length));
            _length += idLength;
        }
        else
        {
            Add(item.Id);
        }

        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(16, Count * 2));
        }

        _entries[Count++] = new Entry(position, action, item.Verb, at, index.Length, id, idLength);
        return true;
    }

    private int Add(ReadOnlySpan<byte> text)
    {
        Reserve(text.Length);
        text.CopyTo(_texts.AsSpan(_length));
        _length += text.Length;
        return _length - text.Length;
    }

    private void Reserve(int count)
    {
        if (_texts.Length < _length + count)
        {
            Array.Resize(ref _texts, Math.Max(_length + count, _texts.Length * 2));
        }
    }

    private readonly record struct Entry(long Position, string Action, BulkVerb Verb, int Index, int IndexLength, int Id, int IdLength);
}
