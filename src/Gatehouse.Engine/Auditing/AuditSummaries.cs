using System.Net;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>
/// Counts records that found no room, by kind, gate and source, until the writer has room for one record of each. Beyond
/// <see cref="MaxKeys"/> sources a count goes on without its source: a flood from many addresses stays bounded, and counted.
/// </summary>
internal sealed class AuditSummaries
{
    private const int MaxKeys = 4096;

    private readonly Lock _lock = new();
    private Dictionary<Key, Tally> _tallies = [];
    private int _count;
    private long _total;

    /// <summary>Whether anything is counted.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Records counted since the start.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Counts a record.</summary>
    public void Add(AuditEvent record)
    {
        var key = new Key(record.Action, record.Outcome, record.Gate, record.Source?.Address);
        long weight = Math.Max(1, record.Count);
        lock (_lock)
        {
            if (_tallies.Count >= MaxKeys && !_tallies.ContainsKey(key))
            {
                key = key with { Source = null };
            }

            Tally tally = _tallies.TryGetValue(key, out Tally before)
                ? new Tally(before.Count + weight, Min(before.First, record.Time), Max(before.Last, record.Time))
                : new Tally(weight, record.Time, record.Time);
            _tallies[key] = tally;
            Volatile.Write(ref _count, _tallies.Count);
            Volatile.Write(ref _total, _total + weight);
        }
    }

    /// <summary>Takes all counts and hands each over as one record.</summary>
    public void Drain(AuditEvent scratch, Action<AuditEvent> write)
    {
        Dictionary<Key, Tally> taken;
        lock (_lock)
        {
            taken = _tallies;
            _tallies = [];
            Volatile.Write(ref _count, 0);
        }

        foreach ((Key key, Tally tally) in taken)
        {
            scratch.Reset();
            scratch.Action = key.Action;
            scratch.Outcome = key.Outcome;
            scratch.Gate = key.Gate;
            scratch.Source = key.Source is null ? null : new IPEndPoint(key.Source, 0);
            scratch.Time = tally.First;
            scratch.End = tally.Last;
            scratch.Count = tally.Count;
            write(scratch);
        }
    }

    private static DateTimeOffset Min(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private readonly record struct Key(AuditAction Action, AuditOutcome Outcome, string? Gate, IPAddress? Source);

    private readonly record struct Tally(long Count, DateTimeOffset First, DateTimeOffset Last);
}
