using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Swarm;

/// <summary>Step 8 of one connection. Which key it was is in the record, of the key nothing.</summary>
internal sealed class SwarmRecords
{
    private static readonly SystemAction Connect = SystemAction.Intern("libp2p-psk", "connect");

    private readonly GateEnvironment _environment;
    private readonly IGateConnectionFeature _facts;
    private readonly string _gate;
    private readonly DateTimeOffset _began;
    private readonly OperationSet _operations = new();

    public SwarmRecords(GateEnvironment environment, IGateConnectionFeature facts, string gate)
    {
        _environment = environment;
        _facts = facts;
        _gate = gate;
        _began = environment.Time.GetUtcNow();
        RequestId = environment.NextRequestId();

        // 5. classify: there is but one operation
        _operations.Begin(Connect);
        _operations.AddResource(Encoding.UTF8.GetBytes(gate));
    }

    /// <summary>The connection's number among the requests.</summary>
    public ulong RequestId { get; }

    /// <summary>Who it is, once that is known.</summary>
    public Authenticated? Login { get; set; }

    /// <summary>Nobody came in. Limited per source: whoever can reach the port can cause these. Libp2p has no way to tell the caller; the receipt is in the record alone.</summary>
    public void Refused(string reason, string? message) =>
        _environment.Pipeline.Refusals.Record(
            reason == SwarmReasons.WrongKey ? AuditAction.AuthenticationFailed : AuditAction.AnonymousAccessDenied,
            _gate, _facts.Connection.Source, reason, message, _facts.Connection.Id, SwarmProblems.KeyNotProven);

    /// <summary>Something that needs a person.</summary>
    public void Alarm(ProblemDefinition problem, string? detail, SecuritySnapshot snapshot)
    {
        AuditEvent alarm = Fill(AuditAction.Alarm, AuditOutcome.Failure, snapshot);
        alarm.Problem = problem.Id;
        alarm.Message = detail;
        _environment.Trail.Write(alarm);
    }

    /// <summary>Reserves the record's place, and says on disk that it was allowed where that must be there first; invalid: nothing may go on.</summary>
    public async ValueTask<AuditSlot> ReserveAsync(SecuritySnapshot snapshot)
    {
        IAuditTrail trail = _environment.Trail;
        AuditSlot slot = trail.IsRecorded(new AuditSubject(Fill(AuditAction.AccessGranted, AuditOutcome.Success, snapshot)))
            ? await trail.ReserveAsync(CancellationToken.None)
            : AuditSlot.NotNeeded;
        if (slot.IsValid && trail.IsStrict && !await trail.DecideAsync(slot, Fill(AuditAction.AccessDecided, AuditOutcome.Success, snapshot)))
        {
            trail.Release(slot);
            return default;
        }

        if (slot.IsValid)
        {
            trail.Write(Fill(AuditAction.ConnectionGranted, AuditOutcome.Success, snapshot));
        }

        return slot;
    }

    /// <summary>A bug of ours: the connection has its record all the same, and the slot comes back.</summary>
    public void Faulted(AuditSlot slot, SecuritySnapshot snapshot)
    {
        AuditEvent fault = Fill(AuditAction.AccessGranted, AuditOutcome.Failure, snapshot);
        fault.Problem = GateProblems.GateFault.Id;
        _environment.Trail.Complete(slot, fault);
    }

    /// <summary>The connection has ended.</summary>
    public void Ended(AuditSlot slot, ForwardOutcome outcome, string? cutReason, SecuritySnapshot snapshot)
    {
        AuditEvent record = Fill(AuditAction.AccessGranted, outcome.Problem is null ? AuditOutcome.Success : AuditOutcome.Failure, snapshot);
        record.Forward = outcome.Word;
        record.Problem = outcome.Problem?.Id;
        record.Reason = cutReason;
        record.RequestBytes = outcome.RequestBytes;
        record.ResponseBytes = outcome.ResponseBytes;
        _environment.Trail.Complete(slot, record);
    }

    private AuditEvent Fill(AuditAction action, AuditOutcome outcome, SecuritySnapshot snapshot) => new()
    {
        Action = action,
        Outcome = outcome,
        Time = _began,
        Duration = (long)(_environment.Time.GetUtcNow() - _began).TotalNanoseconds,
        RequestId = RequestId,
        ConnectionId = _facts.Connection.Id,
        Source = _facts.Connection.Source,
        Gate = _gate,
        User = Login?.Principal.Name,
        Realm = Login?.Principal.Realm,
        Roles = [],
        Operations = _operations,
        Generation = snapshot.Generation,
    };
}
