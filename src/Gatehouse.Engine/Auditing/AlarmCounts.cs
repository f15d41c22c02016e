using System.Collections.Concurrent;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing;

/// <summary>Alarms since the start by problem id, whatever the audit policy makes of their records.</summary>
internal sealed class AlarmCounts
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>By id, sorted; ids are the program's own, so that there are few.</summary>
    public IEnumerable<KeyValuePair<string, long>> All => _counts.OrderBy(static pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Counts a record that is an alarm.</summary>
    public void Note(AuditEvent record)
    {
        if (record is { Action: AuditAction.Alarm, Problem: { } id })
        {
            _counts.AddOrUpdate(id, 1, static (_, count) => count + 1);
        }
    }
}
