using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Names;

namespace Gatehouse.Engine.Ignite;

/// <summary>Step 6 of one flow of control: requests decided on the newest snapshot. Each flow has its own.</summary>
internal sealed class CallRights(Authenticated login, CallerFacts facts, SnapshotHolder snapshots, TimeProvider time)
{
    private readonly OperationSet _entry = new();
    private SecuritySnapshot? _snapshot;
    private AuthorizationContext _context;

    // In the order of how likely it is that somebody has it.
    private static readonly ImmutableArray<SystemAction> Any =
    [
        IgniteRights.MetaRead, IgniteRights.TableRead, IgniteRights.SqlRead, IgniteRights.TableWrite, IgniteRights.SqlWrite, IgniteRights.ClusterRead,
        IgniteRights.ComputeExecute, IgniteRights.SqlDdl, IgniteRights.SqlDdlZone, IgniteRights.SystemRead, IgniteRights.ComputeRead,
        IgniteRights.ComputeManage, IgniteRights.ComputeUnit, IgniteRights.SqlKill, IgniteRights.TxUse,
    ];

    /// <summary>The login.</summary>
    public Authenticated Login => login;

    /// <summary>Who asks, with <c>cert.cn</c> for placeholders.</summary>
    public Principal Principal { get; } = facts.CommonName is { } name ? With(login.Principal, "cert.cn", name) : login.Principal;

    /// <summary>The roles of the last look.</summary>
    public ImmutableArray<string> Roles => _context.Roles.IsDefault ? [] : _context.Roles;

    /// <summary>The snapshot of the last look.</summary>
    public SecuritySnapshot Snapshot => _snapshot ?? snapshots.Current;

    /// <summary>Whether the last look was at the snapshot in force.</summary>
    public bool IsNewest => ReferenceEquals(_snapshot, snapshots.Current);

    /// <summary>What the clock said at the last look.</summary>
    public DateTimeOffset Now => _context.Now;

    /// <summary>When the clock alone may change what was decided at the last look.</summary>
    public DateTimeOffset NextChange() => Snapshot.Policy.NextChange(_context);

    /// <summary>Looks at the newest snapshot and the clock; false when the login no longer stands.</summary>
    public bool Refresh()
    {
        SecuritySnapshot snapshot = snapshots.Current;
        DateTimeOffset now = time.GetUtcNow();
        if (!login.IsCurrent(snapshot, now) || !snapshot.TryGetRights(login.Principal, facts.Source, now, out Rights rights))
        {
            return false;
        }

        _snapshot = snapshot;
        _context = new AuthorizationContext(Principal, rights.Roles, facts.Source, facts.Gate, facts.HasCertificate, now, facts.RequestId)
        {
            Limit = rights.Limit,
            List = rights.List,
        };
        return true;
    }

    /// <summary>
    /// Whether a connection may be there at all: whoever may do anything in this system. The permit covers what is not an operation
    /// of its own: heartbeats, and what an earlier operation of this connection has opened.
    /// </summary>
    public Decision Enter()
    {
        Decision first = default;
        foreach (SystemAction action in Any)
        {
            _entry.Clear();
            _entry.Begin(action);
            Decision decision = Authorizer.Decide(Snapshot.Policy, _context, _entry);
            if (decision.IsAllowed)
            {
                return decision;
            }

            first = action == Any[0] ? decision : first;
        }

        return first;
    }

    /// <summary>Decides what a request wants.</summary>
    public Decision Decide(OperationSet operations) => Authorizer.Decide(Snapshot.Policy, _context, operations);

    private static Principal With(Principal principal, string name, string value) => new(
        principal.Name,
        principal.Realm,
        principal.Groups,
        principal.Attributes.Where(pair => pair.Key != name).Append(new KeyValuePair<string, string>(name, value))
            .ToFrozenDictionary(StringComparer.Ordinal));
}

/// <summary>What decisions ask about a connection besides its login.</summary>
/// <param name="Source">The client's address.</param>
/// <param name="Gate">The gate's name.</param>
/// <param name="HasCertificate">Whether it showed a certificate.</param>
/// <param name="CommonName">The certificate's common name, or null.</param>
/// <param name="RequestId">The connection's number.</param>
internal sealed record CallerFacts(IPAddress Source, string Gate, bool HasCertificate, string? CommonName, ulong RequestId);
