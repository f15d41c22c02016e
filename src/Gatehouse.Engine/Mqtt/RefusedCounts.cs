using Gatehouse.Operations;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Refusals of a session: the first one of a topic has a record of its own, those that follow are counted, and so are all beyond
/// <see cref="MostRecords"/> a minute. A client that goes on for ever without the right fills no disk. Thread-safe.
/// </summary>
internal sealed class RefusedCounts
{
    /// <summary>Records of their own in a minute.</summary>
    public const int MostRecords = 100;

    private readonly TopicCounts _publishes = new(Policy.Topics.MqttRights.Publish);
    private readonly TopicCounts _others = new(Policy.Topics.MqttRights.Subscribe);
    private int _records;

    /// <summary>Counts a refusal; true where it gets a record of its own.</summary>
    /// <param name="operations">What was refused.</param>
    /// <param name="now">When.</param>
    /// <param name="receipt">Where it gets none: the receipt of the one that it is counted with; null where that has none.</param>
    public bool IsFirst(OperationSet operations, DateTimeOffset now, out string? receipt)
    {
        TopicCounts counts = CountsOf(operations, out ReadOnlySpan<byte> topic);
        receipt = null;
        lock (counts.Gate)
        {
            if (counts.Has(topic))
            {
                counts.Add(topic, 0, now);
                receipt = counts.ReceiptOf(topic);
                return false;
            }

            if (Interlocked.Increment(ref _records) <= MostRecords)
            {
                // What falls out has had its record; how often it came after that goes with all the others.
                if (counts.Know(topic, now) is { Total: > 0 } moved)
                {
                    counts.Add(default, 0, now, moved.Total);
                }

                return true;
            }

            counts.Add(default, 0, now);
            return false;
        }
    }

    /// <summary>The record of the first one is written: those that follow are told the same receipt.</summary>
    public void Recorded(OperationSet operations, string receipt)
    {
        TopicCounts counts = CountsOf(operations, out ReadOnlySpan<byte> topic);
        lock (counts.Gate)
        {
            counts.SetReceipt(topic, receipt);
        }
    }

    /// <summary>Takes what was counted, by action; a topic without a name stands for many.</summary>
    public IEnumerable<(SystemAction Action, TopicCount Count)> Take()
    {
        Volatile.Write(ref _records, 0);
        foreach (TopicCounts counts in (TopicCounts[])[_publishes, _others])
        {
            List<TopicCount> taken;
            lock (counts.Gate)
            {
                taken = counts.Take();
            }

            foreach (TopicCount count in taken)
            {
                yield return (counts.Action, count);
            }
        }
    }

    private TopicCounts CountsOf(OperationSet operations, out ReadOnlySpan<byte> topic)
    {
        OperationView operation = operations[0];
        topic = operation.ResourceCount == 0 ? default : operation.Resource(0);
        return ReferenceEquals(operation.Action, _publishes.Action) ? _publishes : _others;
    }
}
