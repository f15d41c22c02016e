using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Snapshots;

/// <summary>
/// Changes the cluster state: decide on the newest document, compile what comes out, commit it by compare-and-swap, put it in
/// force, record it. A change that cannot be recorded is not made.
/// </summary>
internal sealed class StateChanges : IStateChanges, IDisposable
{
    private const int Attempts = 16;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly IStateStore _store;
    private readonly LastGenerationCache _last;
    private readonly SnapshotHolder _holder;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;

    public StateChanges(IStateStore store, LastGenerationCache last, SnapshotHolder holder, IAuditTrail trail, TimeProvider time)
    {
        _store = store;
        _last = last;
        _holder = holder;
        _trail = trail;
        _time = time;
    }

    /// <inheritdoc/>
    public long Generation => _holder.Current.Generation;

    /// <inheritdoc/>
    public ClusterDocument Current => _holder.Current.Document;

    /// <inheritdoc/>
    public async ValueTask<ChangeOutcome> ChangeAsync(
        string actor, string summary, Func<ClusterDocument, ChangeDecision> change, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await ChangeAloneAsync(actor, summary, change, cancellation);
        }
        catch (ProblemException fault)
        {
            return Refused(_store.Health.IsUp
                ? fault.Problem
                : ClusterStateProblems.StoreNeeded.Because($"the store does not answer, changes are refused: {fault.Problem}", hint: "gatehouse status says since when"));
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Puts the newest generation of the store in force. What is below what this node has seen, does not open or does not compile
    /// is refused, and the snapshot stays.
    /// </summary>
    /// <exception cref="ProblemException">The store is away, or its state is not taken.</exception>
    public async ValueTask FollowAsync(CancellationToken cancellation)
    {
        // Read before it is this call's turn: a store that is away keeps nobody waiting.
        long before = _holder.Current.Generation;
        Generation? newest = await _store.ReadCurrentAsync(cancellation);
        await _one.WaitAsync(cancellation);
        try
        {
            long current = _holder.Current.Generation;
            if (newest?.Number > current)
            {
                TakeOver(newest);
            }
            else if (current == before)
            {
                // Lower, another one of the same number, or none at all: refused here, the very same is fine. Where a newer one came
                // into force since it was read, it says nothing.
                _last.Accept(newest);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Marks the state as too old to decide on, or as fresh again.</summary>
    public void SetStale(bool isStale) => _holder.Age(isStale);

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async ValueTask<ChangeOutcome> ChangeAloneAsync(
        string actor, string summary, Func<ClusterDocument, ChangeDecision> change, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            SecuritySnapshot current = _holder.Current;
            if (current.IsStale)
            {
                return Refused(ClusterStateProblems.StateTooOld.Because("nothing was changed: what this node knows is too old to decide on", hint: "gatehouse status says why"));
            }

            ChangeDecision decision = change(current.Document);
            if (decision.Refusal is { } refusal)
            {
                return Refused(refusal);
            }

            if (decision.Next is null || ReferenceEquals(decision.Next, current.Document))
            {
                return new ChangeOutcome(current.Generation, []);
            }

            var problems = new List<Problem>();
            SecuritySnapshot? next = SnapshotCompiler.Compile(current.Epoch + 1, current.Generation + 1, decision.Next, problems, current);
            if (next is null)
            {
                return new ChangeOutcome(current.Generation, [.. problems]);
            }

            if (await TryCommitAsync(next, decision.Keyring, actor, summary, cancellation) is { } outcome)
            {
                return outcome;
            }

            await CatchUpAsync(cancellation);
        }

        return Refused(StateProblems.TooManyConflicts.Because("other writers were faster sixteen times in a row"));
    }

    /// <summary>Null on a conflict. From the commit on nothing is cancelled any more: what is committed is put in force and recorded.</summary>
    private async ValueTask<ChangeOutcome?> TryCommitAsync(
        SecuritySnapshot next, ImmutableArray<KeyringEntry> keyring, string actor, string summary, CancellationToken cancellation)
    {
        AuditSlot slot = await _trail.ReserveAsync(cancellation);
        if (!slot.IsValid)
        {
            return Refused(StateProblems.ChangeNotRecorded.Because("the change was not made: the audit trail takes no record"));
        }

        bool recorded = false;
        try
        {
            DateTimeOffset now = _time.GetUtcNow();
            var note = new ChangeNote(actor, summary, now);
            CommitResult result = await _store.TryCommitAsync(next.Generation - 1, next.Document, note, keyring.IsDefault ? [] : keyring, CancellationToken.None);
            if (!result.IsCommitted)
            {
                return null;
            }

            Generation? committed = await _store.ReadAsync(next.Generation, CancellationToken.None);
            if (committed is not null)
            {
                _last.Accept(committed);
            }

            _holder.Swap(next);
            _trail.Complete(slot, Record(actor, summary, next.Generation, now));
            recorded = true;
            bool durable = await _trail.FlushAsync(CancellationToken.None);
            return new ChangeOutcome(
                next.Generation,
                durable ? [] : [StateProblems.ChangeNotRecorded.Because("the change is in force, but its record is not on disk yet")]);
        }
        finally
        {
            if (!recorded)
            {
                _trail.Release(slot);
            }
        }
    }

    private async ValueTask CatchUpAsync(CancellationToken cancellation)
    {
        Generation? newest = await _store.ReadCurrentAsync(cancellation);
        SecuritySnapshot current = _holder.Current;
        if (newest is null || newest.Number <= current.Generation)
        {
            return;
        }

        TakeOver(newest);
    }

    private void TakeOver(Generation newest)
    {
        SecuritySnapshot current = _holder.Current;
        var problems = new List<Problem>();
        SecuritySnapshot? snapshot = SnapshotCompiler.Compile(current.Epoch + 1, newest.Number, newest.Document, problems, current);
        if (snapshot is null)
        {
            throw new ProblemException(problems[0]);
        }

        _last.Accept(newest);
        _holder.Swap(snapshot);
    }

    private ChangeOutcome Refused(Problem problem) => new(_holder.Current.Generation, ImmutableArray.Create(problem));

    private static AuditEvent Record(string actor, string summary, long generation, DateTimeOffset now)
    {
        int slash = actor.IndexOf('/', StringComparison.Ordinal);
        return new AuditEvent
        {
            Action = AuditAction.SecurityConfigChange,
            Outcome = AuditOutcome.Success,
            Time = now,
            Realm = slash > 0 ? actor[..slash] : null,
            User = actor[(slash + 1)..],
            Generation = generation,
            Message = summary,
        };
    }
}
