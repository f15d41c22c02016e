using System.Diagnostics.CodeAnalysis;
using Gatehouse.Operations;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Messages of one direction of a session, counted by topic until they are recorded. Some topics at a time: one more writes
/// the record of the one that was quiet for longest. Thread-safe.
/// </summary>
internal sealed class TopicCounts(SystemAction action)
{
    private const int Most = 64;
    private const int MostBytes = 64 * 1024;

    // Made with the first topic: most sessions only listen, or only speak.
    private Dictionary<byte[], TopicCount>? _counts;
    private TopicCount? _latest;
    private int _bytes;
    private long _fresh;

    /// <summary>What is counted.</summary>
    public SystemAction Action => action;

    /// <summary>Held by whoever counts or reads; a batch of packets takes it once.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Whether a topic is counted already; otherwise its first message begins a record.</summary>
    public bool Has(ReadOnlySpan<byte> topic) => Find(topic) is not null;

    /// <summary>Counts a message; what had to make room for its topic, or null.</summary>
    public TopicCount? Add(ReadOnlySpan<byte> topic, int bytes, DateTimeOffset now, long messages = 1)
    {
        TopicCount? moved = null;
        TopicCount count = Find(topic) ?? Begin(topic, now, out moved);
        _fresh += messages;
        count.Messages += messages;
        count.Bytes += bytes;
        count.Last = now;
        _latest = count;
        return moved;
    }

    /// <summary>Begins a topic without a message; what had to make room for it, or null.</summary>
    public TopicCount? Know(ReadOnlySpan<byte> topic, DateTimeOffset now)
    {
        _latest = Begin(topic, now, out TopicCount? moved);
        return moved;
    }

    /// <summary>The receipt of the record that a topic's count began with, or null.</summary>
    public string? ReceiptOf(ReadOnlySpan<byte> topic) => Find(topic)?.Receipt;

    /// <summary>Notes it, while the topic is counted.</summary>
    public void SetReceipt(ReadOnlySpan<byte> topic, string receipt)
    {
        if (Find(topic) is { } count)
        {
            count.Receipt = receipt;
        }
    }

    /// <summary>Messages of every topic since this was asked last.</summary>
    public long TakeFresh()
    {
        long fresh = _fresh;
        _fresh = 0;
        return fresh;
    }

    /// <summary>Takes out what was counted; the topics stay known.</summary>
    public List<TopicCount> Take()
    {
        List<TopicCount> taken = [];
        if (_counts is null)
        {
            return taken;
        }

        foreach ((byte[] topic, TopicCount count) in _counts)
        {
            if (count.Messages > 0)
            {
                taken.Add(new TopicCount(topic, count.First) { Messages = count.Messages, Bytes = count.Bytes, Last = count.Last });
                count.Messages = count.Bytes = 0;
                count.First = count.Last;
            }
        }

        return taken;
    }

    private TopicCount Begin(ReadOnlySpan<byte> topic, DateTimeOffset now, out TopicCount? moved)
    {
        moved = null;
        _counts ??= new Dictionary<byte[], TopicCount>(BytesComparer.Instance);
        while (_counts.Count > 0 && (_counts.Count >= Most || _bytes + topic.Length > MostBytes))
        {
            TopicCount oldest = _counts.Values.MinBy(static c => c.Last)!; // there is one
            _counts.Remove(oldest.Topic);
            _bytes -= oldest.Topic.Length;
            _latest = null;
            if (moved is null)
            {
                moved = oldest;
            }
            else
            {
                moved.Others.Add(oldest);
            }
        }

        var count = new TopicCount(topic.ToArray(), now);
        _counts.Add(count.Topic, count);
        _bytes += topic.Length;
        return count;
    }

    private TopicCount? Find(ReadOnlySpan<byte> topic)
    {
        if (_latest is { } latest && topic.SequenceEqual(latest.Topic))
        {
            return latest;
        }

        return _counts is not null && _counts.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out TopicCount? count) ? count : null;
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = default(HashCode);
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}

/// <summary>Messages of one topic.</summary>
/// <param name="topic">The topic.</param>
/// <param name="first">When the first one came.</param>
internal sealed class TopicCount(byte[] topic, DateTimeOffset first)
{
    private List<TopicCount>? _others;

    /// <summary>The topic.</summary>
    public byte[] Topic { get; } = topic;

    /// <summary>When the first one came.</summary>
    public DateTimeOffset First { get; set; } = first;

    /// <summary>When the last one came.</summary>
    public DateTimeOffset Last { get; set; } = first;

    /// <summary>How many.</summary>
    public long Messages { get; set; }

    /// <summary>Bytes of their packets.</summary>
    public long Bytes { get; set; }

    /// <summary>Receipt of the record that it began with, or null.</summary>
    public string? Receipt { get; set; }

    /// <summary>Those that made room together with it.</summary>
    public List<TopicCount> Others => _others ??= [];

    /// <summary>Messages of all of them.</summary>
    public long Total => Messages + (_others?.Sum(static o => o.Messages) ?? 0);

    /// <summary>Writes its record, and those of the others.</summary>
    public void Write(SessionRecords records, SystemAction action)
    {
        records.Counted(action, this);
        foreach (TopicCount other in _others ?? [])
        {
            records.Counted(action, other);
        }
    }
}
