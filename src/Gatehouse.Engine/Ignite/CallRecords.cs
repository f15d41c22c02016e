using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ignite;

/// <summary>Step 8 of a connection: its beginning, each operation with what came of it, each refusal, its end.</summary>
internal sealed class CallRecords(GateEnvironment environment, GateCounters counters, IGateConnectionFeature facts, string gate, ulong requestId)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger<CallRecords>();
    private readonly DateTimeOffset _began = environment.Time.GetUtcNow();

    /// <summary>False: nothing may go on any more.</summary>
    public bool IsHealthy => environment.Trail.IsHealthy;

    /// <summary>The connection's last line of records; null before the handshake.</summary>
    public string? Client { get; set; }

    /// <summary>Reserves a place for the record of the connection; in durability strict the decision is on disk before it goes on.</summary>
    public async ValueTask<AuditSlot> ReserveAsync(CallRights rights)
    {
        AuditEvent record = new();
        Fill(record, AuditAction.ConnectionGranted, AuditOutcome.Success, rights);
        return await ReserveAsync(record);
    }

    /// <summary>The connection was let in.</summary>
    public void Granted(AuditSlot slot, CallRights rights)
    {
        AuditEvent record = new();
        Fill(record, AuditAction.ConnectionGranted, AuditOutcome.Success, rights);
        environment.Trail.Complete(slot, record);
    }

    /// <summary>It was allowed, and did not come to be.</summary>
    public void Failed(AuditSlot slot, CallRights rights, string forward, ProblemDefinition? problem, string? detail)
    {
        counters.Fail();
        AuditEvent record = new();
        Fill(record, AuditAction.ConnectionGranted, AuditOutcome.Failure, rights);
        record.Forward = forward;
        record.Problem = problem?.Id;
        record.Target = detail;
        environment.Trail.Complete(slot, record);
    }

    /// <summary>A handshake was refused, or something that is none; its receipt, or null where it has none.</summary>
    public string? Refused(AuditAction action, ProblemDefinition problem, string reason, string? presentedName = null, CallRights? rights = null)
    {
        counters.Deny();
        AuditEvent record = new();
        Fill(record, action, AuditOutcome.Failure, rights);
        record.Problem = problem.Id;
        record.Reason = reason;
        record.User ??= presentedName;
        record.Receipt = action == AuditAction.AccessDenied ? environment.Trail.NewReceipt() : null;
        return environment.Trail.Write(record) ? record.Receipt : null;
    }

    /// <summary>A place for the record of an operation that is allowed; false: the trail takes none, and it does not go on.</summary>
    public async ValueTask<bool> ReserveAsync(Call call, CallRights rights, string? statement, int bytes)
    {
        Fill(call.Record, AuditAction.AccessGranted, AuditOutcome.Success, rights);
        Fill(call, statement, bytes);
        if (!environment.Trail.IsStrict && environment.Trail.IsRecorded(new AuditSubject(call.Record)) && environment.Trail.TryReserve(out AuditSlot slot))
        {
            call.Slot = slot;
            return true;
        }

        call.Slot = await ReserveAsync(call.Record);
        return call.HasRecord;
    }

    /// <summary>An operation was answered, by the node or by nobody.</summary>
    /// <param name="call">The operation.</param>
    /// <param name="bytes">Length of the answer.</param>
    /// <param name="code">The node's error code, or null.</param>
    /// <param name="forward">What came of it.</param>
    public void Answered(Call call, long bytes, int? code, string forward)
    {
        if (!call.HasRecord)
        {
            return;
        }

        AuditEvent record = call.Record;
        record.Outcome = code is null && forward == "ok" ? AuditOutcome.Success : AuditOutcome.Failure;
        record.Duration = (long)(environment.Time.GetUtcNow() - call.Began).TotalNanoseconds;
        record.ResponseBytes = bytes;
        record.Forward = forward;
        record.UpstreamCode = code ?? 0;
        environment.Trail.Complete(call.Slot, record);
        call.Slot = default;
        if (forward != "ok")
        {
            counters.Fail();
        }
    }

    /// <summary>An operation that got its place and was not sent after all.</summary>
    public void Dropped(Call call)
    {
        if (call.HasRecord)
        {
            environment.Trail.Release(call.Slot);
            call.Slot = default;
        }
    }

    /// <summary>An operation was refused; its receipt, or null where it has none.</summary>
    public string? Denied(Call call, CallRights rights, string? statement, int bytes, in Decision decision) => Refused(
        call, rights, statement, bytes, AuditAction.AccessDenied, GateProblems.AccessDenied, Word(decision, rights));

    /// <summary>A request was refused for what it is.</summary>
    public string? Refused(Call call, CallRights rights, string? statement, int bytes, CallRefusal refusal) => Refused(
        call, rights, statement, bytes, refusal.Action, refusal.Problem, refusal.Reason);

    /// <summary>Something that needs a person.</summary>
    public void Alarm(ProblemDefinition problem, string? detail)
    {
        AuditEvent record = new();
        Fill(record, AuditAction.Alarm, AuditOutcome.Failure, null);
        record.Problem = problem.Id;
        record.Message = detail;
        environment.Trail.Write(record);
    }

    /// <summary>A bug of ours ended it.</summary>
    public void Fault(Exception fault) => Log.ConnectionFailed(_logger, fault, gate);

    /// <summary>The connection is over.</summary>
    public void Ended(IgniteEnd end, string? cutReason, CallRights rights, long received, long sent)
    {
        bool isGood = end == IgniteEnd.Client && cutReason is null;
        AuditEvent record = new();
        Fill(record, end == IgniteEnd.Tampered ? AuditAction.TamperedRequest : cutReason is null ? AuditAction.AccessGranted : AuditAction.ConnectionCut, isGood ? AuditOutcome.Success : AuditOutcome.Failure, rights);
        record.Forward = end == IgniteEnd.Node ? "upstream_cut" : end == IgniteEnd.NodeMalformed ? "upstream_malformed" : "ok";
        record.Reason = cutReason ?? end.ToString().ToLowerInvariant();
        record.Problem = end switch
        {
            IgniteEnd.Tampered => GateProblems.TamperedRequest.Id,
            IgniteEnd.NodeMalformed => GateProblems.UpstreamMalformed.Id,
            _ => null,
        };
        record.RequestBytes = received;
        record.ResponseBytes = sent;
        environment.Trail.Write(record);
    }

    private static string Word(in Decision decision, CallRights rights) => decision.Denial.Reason switch
    {
        DenialReason.ExplicitDeny => "explicit_deny",
        DenialReason.UnknownOperation => "unknown_operation",
        _ => rights.Snapshot.NoGrant,
    };

    private string? Refused(
        Call call, CallRights rights, string? statement, int bytes, AuditAction action, ProblemDefinition problem, string reason)
    {
        counters.Deny();
        AuditEvent record = call.Record;
        Fill(record, action, AuditOutcome.Failure, rights);
        Fill(call, statement, bytes);
        record.Duration = 0;
        record.Problem = problem.Id;
        record.Reason = reason;
        record.Receipt = action == AuditAction.AccessDenied ? environment.Trail.NewReceipt() : null;
        return environment.Trail.Write(record) ? record.Receipt : null;
    }

    private async ValueTask<AuditSlot> ReserveAsync(AuditEvent record)
    {
        if (!environment.Trail.IsRecorded(new AuditSubject(record)))
        {
            return AuditSlot.NotNeeded;
        }

        AuditSlot slot = await environment.Trail.ReserveAsync(CancellationToken.None);
        if (!slot.IsValid || !environment.Trail.IsStrict)
        {
            return slot;
        }

        AuditAction action = record.Action;
        record.Action = AuditAction.AccessDecided;
        bool isOnDisk = await environment.Trail.DecideAsync(slot, record);
        record.Action = action;
        if (!isOnDisk)
        {
            environment.Trail.Release(slot);
            return default;
        }

        return slot;
    }

    private void Fill(Call call, string? statement, int bytes)
    {
        AuditEvent record = call.Record;
        record.Time = call.Began;
        record.Operations = call.Operations.Count > 0 ? call.Operations : null;
        record.Call = OpNames.Of(call.Opcode);
        record.Statement = statement;
        record.RequestBytes = bytes;
        record.RequestId = environment.NextRequestId();
    }

    private void Fill(AuditEvent record, AuditAction action, AuditOutcome outcome, CallRights? rights)
    {
        DateTimeOffset now = environment.Time.GetUtcNow();
        record.Action = action;
        record.Outcome = outcome;
        record.Time = _began;
        record.Duration = (long)(now - _began).TotalNanoseconds;
        record.RequestId = requestId;
        record.ConnectionId = facts.Connection.Id;
        record.Source = facts.Connection.Source;
        record.Gate = gate;
        record.Generation = (rights?.Snapshot ?? environment.Snapshots.Current).Generation;
        record.HasClientCertificate = facts.ClientCertificate is not null;
        record.ClientCertificate = facts.ClientCertificate?.Subject;
        record.Message = Client;
        if (rights is not null)
        {
            record.User = rights.Principal.Name;
            record.Realm = rights.Principal.Realm;
            record.Roles = rights.Roles;
            record.ApiKey = ApiKeys.IdOf(rights.Principal);
            RecordedFacts.Put(record, rights.Principal, rights.Snapshot);
        }
    }
}
