using System.Globalization;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Auditing.Outputs;

/// <summary>
/// What a receiver refused for good. It is told at most once a minute: the alarm is a record too, which the same receiver may
/// refuse. Written by the output's task, read by any.
/// </summary>
internal sealed class RefusedRecords(string output, TimeProvider time)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShowFor = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private long _total;
    private long _untold;
    private long _told;
    private (string First, string Last) _between;
    private string _why = "";
    private Problem? _problem;
    private long _at;

    /// <summary>How many there were since the output began.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>The newest, for a day.</summary>
    public Problem? Problem
    {
        get
        {
            lock (_gate)
            {
                return _problem is not null && time.GetElapsedTime(_at) < ShowFor ? _problem : null;
            }
        }
    }

    /// <summary>Counts what an answer refused of records.</summary>
    public void Add(SinkAnswer answer, IReadOnlyList<OutgoingRecord> records)
    {
        if (answer.Refused == 0)
        {
            return;
        }

        lock (_gate)
        {
            _between = (_untold == 0 ? Place(records[0]) : _between.First, Place(records[^1]));
            _untold += answer.Refused;
            _total += answer.Refused;
            _why = answer.Why ?? "";
        }
    }

    /// <summary>Whether there is something new to tell; <see cref="Problem"/> then says it.</summary>
    public bool IsDue()
    {
        lock (_gate)
        {
            if (_untold == 0 || (_told != 0 && time.GetElapsedTime(_told) < TellEvery))
            {
                return false;
            }

            _problem = AuditProblems.OutputRefused.Because(
                string.Create(CultureInfo.InvariantCulture, $"output `{output}`: {_untold} records between {_between.First} and {_between.Last} were set aside: {_why}"),
                hint: "they stay in the trail; the receiver's log may say more");
            _at = _told = time.GetTimestamp();
            _untold = 0;
            return true;
        }
    }

    private static string Place(OutgoingRecord record) => record.Record is { } read
        ? read.Sequence.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{record.Segment}:{record.Offset}");
}
