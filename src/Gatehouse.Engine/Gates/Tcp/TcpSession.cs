using System.Collections.Immutable;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Gates.Tcp;

/// <summary>Steps 4 to 8 of one TCP connection, and the deciding again while it lives.</summary>
internal sealed class TcpSession : ILiveWork
{
    private static readonly SystemAction Connect = SystemAction.Intern("tcp", "connect");

    private readonly GateEnvironment _environment;
    private readonly TcpGateModel _gate;
    private readonly IGateConnectionFeature _facts;
    private readonly ConnectionContext _connection;
    private readonly ForwardControl _control = new();
    private readonly OperationSet _operations = new();
    private readonly ulong _requestId;
    private readonly DateTimeOffset _began;
    private volatile Authenticated? _login;
    private ImmutableArray<string> _roles = [];
    private string? _cutReason;

    public TcpSession(GateEnvironment environment, TcpGateModel gate, IGateConnectionFeature facts, ConnectionContext connection)
    {
        _environment = environment;
        _gate = gate;
        _facts = facts;
        _connection = connection;
        _requestId = environment.NextRequestId();
        _began = environment.Time.GetUtcNow();

        // 5. classify: there is but one operation
        _operations.Begin(Connect);
        _operations.AddResource(Encoding.UTF8.GetBytes(gate.Model.Name));
    }

    /// <summary>Runs the connection to its end.</summary>
    public async Task RunAsync(GateCounters counters)
    {
        SecuritySnapshot snapshot = _environment.Snapshots.Current;

        // 4. authenticate
        Authenticated? login = ConnectionIdentity.Find(_gate.Model.Name, _gate.Model.Configuration.Realms, _facts, snapshot);
        if (login is null)
        {
            counters.Deny();
            Record(AuditAction.AnonymousAccessDenied, AuditOutcome.Failure, snapshot, GateProblems.CredentialsNeeded, "no_identity");
            _connection.Abort();
            return;
        }

        _facts.Connection.Principal = login.Principal;

        // 6. authorize; the registry sees the login before the snapshot is looked at again
        Decision decision;
        do
        {
            snapshot = _environment.Snapshots.Current;
            decision = Decide(login, snapshot, _environment.Time.GetUtcNow(), out _roles);
            _login = login;
        }
        while (!ReferenceEquals(snapshot, _environment.Snapshots.Current));

        if (!decision.IsAllowed)
        {
            counters.Deny();
            Record(AuditAction.AccessDenied, AuditOutcome.Failure, snapshot, GateProblems.AccessDenied, snapshot.NoGrant);
            _connection.Abort();
            return;
        }

        await ForwardAsync(decision.Permit, snapshot, counters);
    }

    /// <inheritdoc/>
    public bool IsStillAllowed(SecuritySnapshot snapshot, DateTimeOffset now) =>
        _login is not { } login || (IsStillThere(login, snapshot) && Decide(login, snapshot, now, out _).IsAllowed);

    /// <inheritdoc/>
    public void Cut(string reason)
    {
        Interlocked.CompareExchange(ref _cutReason, reason, null);
        _control.Cancel(ForwardResult.Cut);
        _connection.Abort();
    }

    /// <inheritdoc/>
    public string Describe() => $"connect {_gate.Model.Name}";

    /// <summary>An identity by network holds only as long as the same rule names the source.</summary>
    private bool IsStillThere(Authenticated login, SecuritySnapshot snapshot) =>
        ConnectionIdentity.Find(_gate.Model.Name, _gate.Newest.Configuration.Realms, _facts, snapshot) is { } now
        && now.Principal.Name == login.Principal.Name
        && now.Principal.Realm == login.Principal.Realm;

    private Decision Decide(Authenticated login, SecuritySnapshot snapshot, DateTimeOffset now, out ImmutableArray<string> roles)
    {
        roles = [];
        if (!login.IsCurrent(snapshot, now)
            || !snapshot.TryGetRights(login.Principal, _facts.Connection.Source.Address, now, out Rights rights))
        {
            return default;
        }

        roles = rights.Roles;

        AuthorizationContext context = new(
            login.Principal,
            roles,
            _facts.Connection.Source.Address,
            _gate.Model.Name,
            _facts.ClientCertificate is not null,
            now,
            _requestId)
        {
            Limit = rights.Limit,
            List = rights.List,
        };
        return Authorizer.Decide(snapshot.Policy, context, _operations);
    }

    private async Task ForwardAsync(Permit permit, SecuritySnapshot snapshot, GateCounters counters)
    {
        // 8. audit: the slot comes before the first byte, unless the audit policy keeps the record of the end out
        IAuditTrail trail = _environment.Trail;
        AuditSlot slot = await ReserveAsync(snapshot);
        if (!slot.IsValid)
        {
            counters.Fail();
            _connection.Abort();
            return;
        }

        if (trail.IsStrict && !await trail.DecideAsync(slot, Fill(AuditAction.AccessDecided, AuditOutcome.Success, snapshot)))
        {
            trail.Release(slot);
            counters.Fail();
            _connection.Abort();
            return;
        }

        trail.Write(Fill(AuditAction.ConnectionGranted, AuditOutcome.Success, snapshot));

        // 7. forward
        ForwardOutcome outcome;
        try
        {
            outcome = await _gate.Forwarder.ForwardAsync(permit, _connection.Transport, _control);
        }
        catch
        {
            // A bug of ours: the connection has its record all the same, and the slot comes back.
            AuditEvent fault = Fill(AuditAction.AccessGranted, AuditOutcome.Failure, snapshot);
            fault.Problem = GateProblems.GateFault.Id;
            trail.Complete(slot, fault);
            throw;
        }

        if (outcome.Problem is not null)
        {
            counters.Fail();
            _connection.Abort();
        }

        if (outcome.Result == ForwardResult.UpstreamRefusedOwner)
        {
            AuditEvent alarm = Fill(AuditAction.Alarm, AuditOutcome.Failure, snapshot);
            alarm.Problem = outcome.Problem!.Id; // a refusal has one
            alarm.Message = _control.Detail;
            trail.Write(alarm);
        }

        // 8. audit
        AuditEvent record = Fill(AuditAction.AccessGranted, outcome.Problem is null ? AuditOutcome.Success : AuditOutcome.Failure, snapshot);
        record.Forward = outcome.Word;
        record.Problem = outcome.Problem?.Id;
        record.Reason = _cutReason;
        record.RequestBytes = outcome.RequestBytes;
        record.ResponseBytes = outcome.ResponseBytes;
        trail.Complete(slot, record);
    }

    private ValueTask<AuditSlot> ReserveAsync(SecuritySnapshot snapshot) =>
        _environment.Trail.IsRecorded(new AuditSubject(Fill(AuditAction.AccessGranted, AuditOutcome.Success, snapshot)))
            ? _environment.Trail.ReserveAsync(CancellationToken.None)
            : ValueTask.FromResult(AuditSlot.NotNeeded);

    private void Record(AuditAction action, AuditOutcome outcome, SecuritySnapshot snapshot, ProblemDefinition problem, string reason)
    {
        AuditEvent record = Fill(action, outcome, snapshot);
        record.Problem = problem.Id;
        record.Reason = reason;
        record.Receipt = action == AuditAction.AccessDenied ? _environment.Trail.NewReceipt() : null;
        _environment.Trail.Write(record);
    }

    private AuditEvent Fill(AuditAction action, AuditOutcome outcome, SecuritySnapshot snapshot)
    {
        var record = new AuditEvent
        {
            Action = action,
            Outcome = outcome,
            Time = _began,
            Duration = (long)(_environment.Time.GetUtcNow() - _began).TotalNanoseconds,
            RequestId = _requestId,
            ConnectionId = _facts.Connection.Id,
            Source = _facts.Connection.Source,
            Gate = _gate.Model.Name,
            User = _login?.Principal.Name,
            Realm = _login?.Principal.Realm,
            Roles = _roles,
            Operations = _operations,
            Generation = snapshot.Generation,
            HasClientCertificate = _facts.ClientCertificate is not null,
            ClientCertificate = _facts.ClientCertificate?.Subject,
        };
        if (_login is { } login)
        {
            RecordedFacts.Put(record, login.Principal, snapshot);
        }

        return record;
    }
}
