using System.Globalization;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Admission;

/// <summary>
/// Audit records of refused connections and failed handshakes, limited per source and gate: the first few of each kind in ten
/// seconds are written as they come, the rest is summed up in one record when the time is over. Nothing is lost, and a flood
/// does not fill the disk.
/// </summary>
internal sealed class RefusalRecorder : IDisposable
{
    private const int FirstFew = 5;
    private const int MaxSources = 4096;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<(AuditAction, string, SourceKey), Tally> _tallies = [];
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private Tally? _others;

    public RefusalRecorder(IAuditTrail trail, TimeProvider time)
    {
        _trail = trail;
        _time = time;
        _timer = time.CreateTimer(static state => ((RefusalRecorder)state!).Flush(), this, Period, Period);
    }

    /// <summary>Records one refusal. Never blocks on I/O. With a problem it has a receipt, by which it is explained; what is summed up has none.</summary>
    public void Record(AuditAction action, string gate, IPEndPoint source, string reason, string? message = null, long connection = 0, ProblemDefinition? problem = null)
    {
        (AuditAction, string, SourceKey) key = (action, gate, SourceKey.Of(source.Address));
        lock (_lock)
        {
            if (!_tallies.TryGetValue(key, out Tally? tally))
            {
                if (_tallies.Count >= MaxSources)
                {
                    // Too many sources at once to tell apart: they are counted together.
                    tally = _others ??= new Tally(action, gate, source, "many_sources") { Seen = FirstFew };
                }
                else
                {
                    tally = new Tally(action, gate, source, reason);
                    _tallies.Add(key, tally);
                }
            }

            if (++tally.Seen > FirstFew)
            {
                return;
            }
        }

        Write(action, gate, source, reason, message, connection, problem);
    }

    /// <summary>Writes the sums of the period that ends now.</summary>
    public void Flush()
    {
        List<Tally> sums = [];
        lock (_lock)
        {
            sums.AddRange(_tallies.Values.Where(static t => t.Seen > FirstFew));
            if (_others is not null)
            {
                sums.Add(_others);
            }

            _tallies.Clear();
            _others = null;
        }

        foreach (Tally sum in sums)
        {
            string count = (sum.Seen - FirstFew).ToString(CultureInfo.InvariantCulture);
            Write(sum.Action, sum.Gate, sum.Source, sum.Reason, $"{count} more of this kind in 10 seconds", 0, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        Flush();
    }

    private void Write(AuditAction action, string gate, IPEndPoint source, string reason, string? message, long connection, ProblemDefinition? problem) =>
        _trail.Write(new AuditEvent
        {
            Action = action,
            Outcome = AuditOutcome.Failure,
            Time = _time.GetUtcNow(),
            Gate = gate,
            Source = source,
            Reason = reason,
            Message = message,
            ConnectionId = connection,
            Problem = problem?.Id,
            Receipt = problem is null ? null : _trail.NewReceipt(),
        });

    private sealed class Tally(AuditAction action, string gate, IPEndPoint source, string reason)
    {
        public AuditAction Action { get; } = action;

        public string Gate { get; } = gate;

        public IPEndPoint Source { get; } = source;

        public string Reason { get; } = reason;

        public long Seen { get; set; }
    }
}
