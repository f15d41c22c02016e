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

    private readonly Dictionary<byte[], TopicCount> _counts = new(BytesComparer.Instance);
    private TopicCount? _latest;

    /// <summary>What is counted.</summary>
    public SystemAction Action => action;

    /// <summary>Held by whoever counts or reads; a batch of packets takes it once.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Whether a topic is counted already; otherwise its first message begins a record.</summary>
    public bool Has(ReadOnlySpan<byte> topic) => Find(topic) is not null;

    /// <summary>Counts a message; what had to make room for its topic, or null.</summary>
    public TopicCount? Add(ReadOnlySpan<byte> topic, int bytes, DateTimeOffset now)
    {
        TopicCount? count = Find(topic);
        TopicCount? moved = null;
        if (count is null)
        {
            if (_counts.Count >= Most)
            {
                moved = _counts.Values.MinBy(static c => c.Last);
                _counts.Remove(moved!.Topic);
            }

            count = new TopicCount(topic.ToArray(), now);
            _counts.Add(count.Topic, count);
        }

        count.Messages++;
        count.Bytes += bytes;
        count.Last = now;
        _latest = count;
        return moved;
    }

    /// <summary>Takes out what was counted; the topics stay known.</summary>
    public List<TopicCount> Take()
    {
        List<TopicCount> taken = [];
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

    private TopicCount? Find(ReadOnlySpan<byte> topic)
    {
        if (_latest is { } latest && topic.SequenceEqual(latest.Topic))
        {
            return latest;
        }

        return _counts.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(topic, out TopicCount? count) ? count : null;
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

    /// <summary>Writes its record.</summary>
    public void Write(SessionRecords records, SystemAction action) => records.Counted(action, this);
}
