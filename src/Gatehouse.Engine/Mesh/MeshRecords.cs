using System.Net;
using System.Text;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Mesh.Tunnels;
using Gatehouse.Operations;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Mesh;

/// <summary>
/// Step 8 of one carried connection, on either node: who (the calling node, or the local user), which service, to which node,
/// bytes and time.
/// </summary>
internal sealed class MeshRecords
{
    /// <summary>Realm of nodes that proved themselves.</summary>
    public const string NodeRealm = "mesh";

    /// <summary>Realm of local users, known by the owner of their socket.</summary>
    public const string LocalRealm = "local";

    private static readonly SystemAction Connect = SystemAction.Intern("mesh", "connect");

    private readonly MeshContext _context;
    private readonly long _connection;
    private readonly IPEndPoint _source;
    private readonly string _user;
    private readonly string _realm;
    private readonly string _target;
    private readonly ulong _requestId;
    private readonly DateTimeOffset _began;
    private readonly OperationSet _operations = new();

    public MeshRecords(MeshContext context, long connection, IPEndPoint source, string user, string realm, string node, string service)
    {
        _context = context;
        _connection = connection;
        _source = source;
        _user = user;
        _realm = realm;
        _target = $"node/{node}";
        _requestId = context.Environment.NextRequestId();
        _began = context.Time.GetUtcNow();
        _operations.Begin(Connect);
        _operations.AddResource(Encoding.UTF8.GetBytes(service));
    }

    /// <summary>Reserves the record's place before the first byte is carried; invalid: nothing may go on.</summary>
    public async ValueTask<AuditSlot> ReserveAsync()
    {
        IAuditTrail trail = _context.Environment.Trail;
        AuditSlot slot = AuditSlot.NotNeeded;
        if (trail.IsRecorded(new AuditSubject(Fill(AuditAction.AccessGranted, AuditOutcome.Success))) && !trail.TryReserve(out slot))
        {
            slot = await trail.ReserveAsync(CancellationToken.None);
        }

        if (slot.IsValid && trail.IsStrict && !await trail.DecideAsync(slot, Fill(AuditAction.AccessDecided, AuditOutcome.Success)))
        {
            trail.Release(slot);
            return default;
        }

        if (slot.IsValid)
        {
            trail.Write(Fill(AuditAction.ConnectionGranted, AuditOutcome.Success));
        }

        return slot;
    }

    /// <summary>Nothing came of it after all.</summary>
    public void GiveBack(AuditSlot slot, string reason, ProblemDefinition problem)
    {
        AuditEvent record = Fill(AuditAction.AccessGranted, AuditOutcome.Failure);
        record.Reason = reason;
        record.Problem = problem.Id;
        _context.Environment.Trail.Complete(slot, record);
    }

    /// <summary>The connection has ended.</summary>
    public void Ended(AuditSlot slot, Carrier carrier, CarryEnd end, string? cutReason)
    {
        AuditEvent record = Fill(AuditAction.AccessGranted, cutReason is null ? AuditOutcome.Success : AuditOutcome.Failure);
        record.Forward = end switch
        {
            CarryEnd.Orderly => "ok",
            CarryEnd.LocalReset => "local_reset",
            CarryEnd.PeerReset => "peer_reset",
            _ => "tunnel_lost",
        };
        record.Reason = cutReason;
        record.RequestBytes = _realm == LocalRealm ? carrier.Sent : carrier.Received;
        record.ResponseBytes = _realm == LocalRealm ? carrier.Received : carrier.Sent;
        _context.Environment.Trail.Complete(slot, record);
    }

    /// <summary>Something that needs a person.</summary>
    public void Alarm(ProblemDefinition problem, string? detail)
    {
        AuditEvent alarm = Fill(AuditAction.Alarm, AuditOutcome.Failure);
        alarm.Problem = problem.Id;
        alarm.Message = detail;
        _context.Environment.Trail.Write(alarm);
    }

    private AuditEvent Fill(AuditAction action, AuditOutcome outcome) => new()
    {
        Action = action,
        Outcome = outcome,
        Time = _began,
        Duration = (long)(_context.Time.GetUtcNow() - _began).TotalNanoseconds,
        RequestId = _requestId,
        ConnectionId = _connection,
        Source = _source,
        Gate = MeshContext.Gate,
        User = _user,
        Realm = _realm,
        Roles = [],
        Operations = _operations,
        Target = _target,
        Generation = _context.Environment.Snapshots.Current.Generation,
    };
}
