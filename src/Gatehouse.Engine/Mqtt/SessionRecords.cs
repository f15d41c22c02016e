using System.Collections.Immutable;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Realms;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Topics;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// Step 8 of a session: the connection, each refusal, each subscription, and messages counted by topic. Records of messages are
/// written when the topic falls out of what is counted, each minute, and at the end.
/// </summary>
internal sealed class SessionRecords(GateEnvironment environment, GateCounters counters, IGateConnectionFeature facts, string gate, ulong requestId)
{
    private readonly ILogger _logger = environment.Loggers.CreateLogger<SessionRecords>();
    private readonly DateTimeOffset _began = environment.Time.GetUtcNow();

    // Made with the first refusal, which may come from either direction.
    private RefusedCounts? _refused;

    /// <summary>Whether a first message to a topic waits for its record.</summary>
    public bool IsStrict => environment.Trail.IsStrict;

    /// <summary>False: nothing may go on any more.</summary>
    public bool IsHealthy => environment.Trail.IsHealthy;

    /// <summary>Who it is, once that is known.</summary>
    public SessionIdentity? Identity { get; set; }

    /// <summary>The connection's last line of records: client id and version; null before CONNECT.</summary>
    public string? Client { get; set; }

    /// <summary>Reserves a place for the record of the connection.</summary>
    public async ValueTask<AuditSlot> ReserveAsync(SessionRights rights)
    {
        AuditEvent record = Fill(AuditAction.ConnectionGranted, AuditOutcome.Success, rights);
        if (!environment.Trail.IsRecorded(new AuditSubject(record)))
        {
            return AuditSlot.NotNeeded;
        }

        AuditSlot slot = await environment.Trail.ReserveAsync(CancellationToken.None);
        if (slot.IsValid && IsStrict && !await environment.Trail.DecideAsync(slot, Fill(AuditAction.AccessDecided, AuditOutcome.Success, rights)))
        {
            environment.Trail.Release(slot);
            return default;
        }

        return slot;
    }

    /// <summary>The connection was let in.</summary>
    public void Granted(AuditSlot slot, SessionRights rights) => environment.Trail.Complete(slot, Fill(AuditAction.ConnectionGranted, AuditOutcome.Success, rights));

    /// <summary>It was allowed, and did not come to be.</summary>
    public void Failed(AuditSlot slot, SessionRights rights, string forward, ProblemDefinition? problem)
    {
        counters.Fail();
        AuditEvent record = Fill(AuditAction.ConnectionGranted, AuditOutcome.Failure, rights);
        record.Forward = forward;
        record.Problem = problem?.Id;
        environment.Trail.Complete(slot, record);
    }

    /// <summary>A CONNECT was refused, or something that is none; its receipt, or null where it has none.</summary>
    public string? Refused(AuditAction action, ProblemDefinition problem, string reason, string? presentedName = null, SessionRights? rights = null)
    {
        counters.Deny();
        AuditEvent record = Fill(action, AuditOutcome.Failure, rights);
        record.Problem = problem.Id;
        record.Reason = reason;
        record.User ??= presentedName;
        record.Receipt = action == AuditAction.AccessDenied ? environment.Trail.NewReceipt() : null;
        return environment.Trail.Write(record) ? record.Receipt : null;
    }

    /// <summary>
    /// A message or filter was refused; its receipt, or that of the refusal that it is counted with. Null where no record has one.
    /// </summary>
    public string? Denied(SessionRights rights, in Decision decision) => Denied(rights, decision, null);

    /// <summary>A delivery was kept back.</summary>
    public void Withheld(SessionRights rights, in Decision decision)
    {
        counters.Withhold();
        Denied(rights, decision, "delivery");
    }

    /// <summary>Figures of the gate: messages of one batch that went on.</summary>
    public void Passed(SystemAction action, long messages)
    {
        if (messages == 0)
        {
            return;
        }

        if (ReferenceEquals(action, MqttRights.Publish))
        {
            counters.Publish(messages);
        }
        else
        {
            counters.Deliver(messages);
        }
    }

    /// <summary>A filter goes on to the broker.</summary>
    public void Subscribed(SessionRights rights) => environment.Trail.Write(Fill(AuditAction.AccessGranted, AuditOutcome.Success, rights));

    /// <summary>Something that needs a person.</summary>
    public void Alarm(ProblemDefinition problem, string? detail)
    {
        AuditEvent record = Fill(AuditAction.Alarm, AuditOutcome.Failure, null);
        record.Problem = problem.Id;
        record.Message = detail;
        environment.Trail.Write(record);
    }

    /// <summary>Durability strict: writes the decision on a topic's first message; false when it cannot be had on disk.</summary>
    public async ValueTask<bool> DecideAsync(SessionRights rights, byte[] topic)
    {
        var operations = new OperationSet();
        operations.Begin(MqttRights.Publish);
        operations.AddResource(topic);
        AuditEvent record = Fill(AuditAction.AccessDecided, AuditOutcome.Success, rights);
        record.Operations = operations;
        if (!environment.Trail.IsRecorded(new AuditSubject(record)))
        {
            return true;
        }

        AuditSlot slot = await environment.Trail.ReserveAsync(CancellationToken.None);
        if (!slot.IsValid)
        {
            return false;
        }

        bool isOnDisk = await environment.Trail.DecideAsync(slot, record);
        environment.Trail.Release(slot);
        return isOnDisk;
    }

    /// <summary>Messages of a topic.</summary>
    public void Counted(SystemAction action, TopicCount count)
    {
        if (count.Messages == 0)
        {
            return;
        }

        AuditEvent record = CountOf(AuditAction.AccessGranted, AuditOutcome.Success, action, count);
        if (ReferenceEquals(action, MqttRights.Publish))
        {
            record.RequestBytes = count.Bytes;
        }
        else
        {
            record.ResponseBytes = count.Bytes;
        }

        environment.Trail.Write(record);
    }

    /// <summary>Refusals that were counted.</summary>
    public void WriteRefused()
    {
        foreach ((SystemAction action, TopicCount count) in Volatile.Read(ref _refused)?.Take() ?? [])
        {
            AuditEvent record = CountOf(AuditAction.AccessDenied, AuditOutcome.Failure, action, count);
            record.Problem = GateProblems.AccessDenied.Id;
            environment.Trail.Write(record);
        }
    }

    /// <summary>A bug of ours ended it.</summary>
    public void Fault(Exception fault) => Log.ConnectionFailed(_logger, fault, gate);

    /// <summary>The session is over.</summary>
    public void Ended(SessionEnd end, string? cutReason, long published, long delivered)
    {
        bool isGood = end.Kind is SessionEndKind.InOrder or SessionEndKind.Client && cutReason is null;
        AuditEvent record = Fill(end.Kind == SessionEndKind.Refused ? AuditAction.TamperedRequest : AuditAction.AccessGranted, isGood ? AuditOutcome.Success : AuditOutcome.Failure, null);
        var operations = new OperationSet();
        operations.Begin(MqttRights.Connect);
        record.Operations = operations;
        record.Forward = end.Kind == SessionEndKind.Broker ? end.Word : "ok";
        record.Reason = cutReason ?? end.Word;
        record.Problem = end.Kind == SessionEndKind.Refused ? GateProblems.TamperedRequest.Id : null;
        record.RequestBytes = published;
        record.ResponseBytes = delivered;
        environment.Trail.Write(record);
        if (end.Kind is SessionEndKind.Refused or SessionEndKind.Gate)
        {
            counters.Deny();
        }
    }

    private AuditEvent CountOf(AuditAction audited, AuditOutcome outcome, SystemAction action, TopicCount count)
    {
        var operations = new OperationSet();
        operations.Begin(action);
        if (count.Topic.Length > 0)
        {
            operations.AddResource(count.Topic);
        }

        AuditEvent record = Fill(audited, outcome, null);
        record.Operations = operations;
        record.Time = count.First;
        record.End = count.Last;
        record.Duration = 0;
        record.Count = count.Messages;
        return record;
    }

    private string? Denied(SessionRights rights, in Decision decision, string? what)
    {
        counters.Deny();
        if (!LazyInitializer.EnsureInitialized(ref _refused).IsFirst(rights.Operations, rights.Now, out string? told))
        {
            return told;
        }

        AuditEvent record = Fill(AuditAction.AccessDenied, AuditOutcome.Failure, rights);
        record.Problem = GateProblems.AccessDenied.Id;
        record.Reason = decision.IsAllowed ? "topic_levels" : decision.Denial.Reason switch
        {
            DenialReason.ExplicitDeny => "explicit_deny",
            DenialReason.UnknownOperation => "unknown_operation",
            _ => rights.Snapshot.NoGrant,
        };
        record.Target = what;
        string receipt = environment.Trail.NewReceipt();
        record.Receipt = receipt;
        if (!environment.Trail.Write(record))
        {
            return null;
        }

        _refused.Recorded(rights.Operations, receipt);
        return receipt;
    }

    private AuditEvent Fill(AuditAction action, AuditOutcome outcome, SessionRights? rights)
    {
        DateTimeOffset now = environment.Time.GetUtcNow();
        var record = new AuditEvent
        {
            Action = action,
            Outcome = outcome,
            Time = action is AuditAction.AccessDenied ? now : _began,
            Duration = action is AuditAction.AccessDenied ? 0 : (long)(now - _began).TotalNanoseconds,
            RequestId = requestId,
            ConnectionId = facts.Connection.Id,
            Source = facts.Connection.Source,
            Gate = gate,
            User = Identity?.Principal.Name,
            Realm = Identity?.Principal.Realm,
            Roles = rights?.Roles ?? [],
            Operations = rights?.Operations,
            Qos = rights?.Qos,
            Retain = rights?.Retain,
            Generation = (rights?.Snapshot ?? environment.Snapshots.Current).Generation,
            HasClientCertificate = facts.ClientCertificate is not null,
            ClientCertificate = facts.ClientCertificate?.Subject,
            Message = Client,
        };
        if (Identity is { } identity)
        {
            record.ApiKey = ApiKeys.IdOf(identity.Principal);
            RecordedFacts.Put(record, identity.Principal, rights?.Snapshot ?? environment.Snapshots.Current);
        }

        return record;
    }
}
