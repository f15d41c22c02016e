using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Ipfs.Ownership;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Hosting;

/// <summary>The ledger of pins as the admin API shows and changes it. Every change is recorded as one of the configuration.</summary>
internal sealed class PinOwnerAccess(
    PinLedger ledger, PinMarks marks, IPinSource? source, IAuditTrail trail, SnapshotHolder snapshots, TimeProvider time) : IPinOwnerAccess
{
    /// <inheritdoc/>
    public string? ClusterOf(string gate) => source?.ClusterOf(gate);

    /// <inheritdoc/>
    public PinOwnerListResponse List(PinOwnerQuery query)
    {
        (IReadOnlyList<PinOwnership> page, string? next) = ledger.List(
            one => (query.Cluster is null || one.Cluster == query.Cluster)
                && (query.User is null || one.Owner.Name == query.User || one.Owner.ToString() == query.User)
                && (query.Cid is null || one.Cid == query.Cid),
            query.After,
            query.Limit);
        return new PinOwnerListResponse { Owners = [.. page.Select(View)], Next = next };
    }

    /// <inheritdoc/>
    public async ValueTask<Problem?> AssignAsync(string actor, PinOwnerRequest request, CancellationToken cancellation)
    {
        if (OwnerOf(request.User) is not { } owner)
        {
            return AdministrationProblems.NotFound.Because(
                $"there is no user `{request.User}`", hint: "a native user's name, or REALM/NAME for somebody of a realm");
        }

        var one = new PinOwnership { Cluster = request.Cluster, Cid = request.Cid, Owner = owner, RequestId = "", Created = time.GetUtcNow() };
        PinOutcome outcome = await ledger.AssignAsync(one, cancellation);
        Record(actor, $"{request.Cluster}/{request.Cid}", $"pin given to {owner}", outcome == PinOutcome.Granted);
        return ProblemOf(outcome);
    }

    /// <inheritdoc/>
    public async ValueTask<Problem?> ReleaseAsync(string actor, string cluster, string cid, string? user, CancellationToken cancellation)
    {
        (PinOutcome outcome, IReadOnlyList<PinOwnership> lost) = await ledger.ForgetAsync(
            cluster, cid, one => user is null || one.Owner.Name == user || one.Owner.ToString() == user, cancellation);
        if (outcome == PinOutcome.Granted && lost.Count == 0)
        {
            return AdministrationProblems.NotFound.Because(
                user is null ? "the CID is nobody's in this cluster" : "the CID is not this user's in this cluster", hint: "gatehouse pin-owner list shows whose it is");
        }

        string from = lost.Count == 0 ? user ?? "all" : string.Join(", ", lost.Take(20).Select(static one => one.State == PinState.Damaged ? "(unknown)" : one.Owner.ToString()));
        Record(actor, $"{cluster}/{cid}", $"pin taken from {from}{(lost.Count > 20 ? $" and {lost.Count - 20} more" : "")}", outcome == PinOutcome.Granted);
        return ProblemOf(outcome);
    }

    /// <inheritdoc/>
    public async ValueTask<(PinRebuildResponse? Done, Problem? Problem)> RebuildAsync(string actor, string gate, CancellationToken cancellation)
    {
        if (source?.ClusterOf(gate) is not { } cluster)
        {
            return (null, null);
        }

        PinRebuilt done;
        try
        {
            SecuritySnapshot snapshot = snapshots.Current;
            done = await new PinRepair(ledger, marks).RebuildAsync(
                cluster, source.ReadAsync(gate, cancellation), owner => owner.IsKnown(snapshot), cancellation);
        }
        catch (ProblemException fault)
        {
            Record(actor, cluster, "owners of pins read from their marks", isDone: false);
            return (null, fault.Problem);
        }

        Record(actor, cluster, $"owners of {done.Added} pins taken from their marks", isDone: true);
        return (new PinRebuildResponse
        {
            Cluster = cluster,
            Pins = done.Seen,
            Owned = done.Owned,
            Added = done.Added,
            Unmarked = done.Unmarked,
            Forged = done.Forged,
            Gone = done.Gone,
            Failed = done.Failed,
        }, null);
    }

    // A native user's pins are bound to that user, not to the name.
    private PinOwner? OwnerOf(string user)
    {
        SecuritySnapshot snapshot = snapshots.Current;
        int slash = user.IndexOf('/', StringComparison.Ordinal);
        string realm = slash > 0 ? user[..slash] : RealmNames.Native;
        string name = slash > 0 ? user[(slash + 1)..] : user;
        if (name.Length == 0 || (realm == RealmNames.Native ? !snapshot.Users.ContainsKey(name) : !snapshot.Document.Realms.ContainsKey(realm)))
        {
            return null;
        }

        return PinOwner.Of(new Principal(name, realm), snapshot);
    }

    private static Problem? ProblemOf(PinOutcome outcome) => outcome.Problem()?.Because(outcome switch
    {
        PinOutcome.Busy => "other requests for it are under way",
        PinOutcome.TooMany => "the user has as many as one may",
        PinOutcome.Full => "the node keeps as many as it may",
        PinOutcome.TooLong => "it is longer than what is kept, or no text",
        _ => "the store did not take it; everything is as before",
    });

    private static PinOwnerView View(PinOwnership one) => new()
    {
        Cluster = one.Cluster,
        Cid = one.Cid,
        User = one.State == PinState.Damaged ? null : one.Owner.Name,
        Realm = one.State == PinState.Damaged ? null : one.Owner.Realm,
        State = one.State switch
        {
            PinState.Owned => "owned",
            PinState.Adding => "adding",
            PinState.Leaving => "leaving",
            _ => "damaged",
        },
        RequestId = one.State == PinState.Damaged ? null : one.RequestId,
        Name = one.Name.Length == 0 ? null : one.Name,
        Created = one.State == PinState.Damaged ? null : one.Created,
    };

    private void Record(string actor, string target, string message, bool isDone)
    {
        int slash = actor.IndexOf('/', StringComparison.Ordinal);
        trail.Write(new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = isDone ? AuditOutcome.Success : AuditOutcome.Failure,
            Time = time.GetUtcNow(),
            Realm = slash > 0 ? actor[..slash] : null,
            User = actor[(slash + 1)..],
            Target = $"pin-owner/{target}",
            Message = message,
            Generation = snapshots.Current.Generation,
        });
    }
}
