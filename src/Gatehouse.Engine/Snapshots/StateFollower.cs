using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Snapshots;

/// <summary>
/// Puts in force what other nodes commit, as soon as the store says so and every few seconds besides. What the store should not
/// offer (an older state, one that does not open) changes nothing and raises an alarm. A store that is away changes nothing
/// either, until it has been so for too long: then everything but system <c>gatehouse</c> is denied.
/// </summary>
internal sealed class StateFollower : IAsyncDisposable
{
    private readonly IStateStore _store;
    private readonly StateChanges _changes;
    private readonly StoreContact _contact;
    private readonly FollowerOptions _options;
    private readonly IAuditTrail _trail;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly SemaphoreSlim _one = new(1, 1);
    private ITimer? _timer;
    private Task _run = Task.CompletedTask;
    private volatile FollowerState _state;

    public StateFollower(
        IStateStore store, StateChanges changes, StoreContact contact, FollowerOptions options, IAuditTrail trail, TimeProvider time, ILogger<StateFollower> logger)
    {
        _store = store;
        _changes = changes;
        _contact = contact;
        _options = options;
        _trail = trail;
        _time = time;
        _logger = logger;
        _state = new FollowerState { LastContact = contact.Last };
    }

    /// <summary>How it stands with the store.</summary>
    public FollowerState State => _state;

    /// <summary>Begins to follow.</summary>
    public void Start()
    {
        _store.Changed += OnChanged;
        _timer = _time.CreateTimer(_ => Want(), null, TimeSpan.Zero, _options.Every);
        _run = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>
    /// Judges what is in force by what is known now, without a look at the store: a node that starts while its store is away decides
    /// nothing on a state that is too old.
    /// </summary>
    public void Judge()
    {
        bool isMember = IsMember(_changes.Current.Membership);
        bool isStale = _time.GetUtcNow() - _state.LastContact > _options.MaxStale;
        if (isStale == _state.IsStale && isMember != _state.IsOut)
        {
            return;
        }

        _changes.SetStale(isStale || !isMember);
        _state = _state with { IsStale = isStale, IsOut = !isMember };
        Tell(isStale || !isMember ? AuditOutcome.Failure : AuditOutcome.Success, _state.Problems().LastOrDefault()
            ?? ClusterStateProblems.StateTooOld.Because("the store was read again: requests are decided as before"));
    }

    /// <summary>Looks once; what is wrong is in <see cref="State"/>, never thrown.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            await LookAloneAsync(cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _store.Changed -= OnChanged;
        _timer?.Dispose();
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _wanted.Dispose();
        _one.Dispose();
    }

    private void OnChanged(long generation) => Want();

    private void Want()
    {
        try
        {
            if (_wanted.CurrentCount == 0)
            {
                _wanted.Release();
            }
        }
        catch (Exception fault) when (fault is SemaphoreFullException or ObjectDisposedException)
        {
            // Somebody else asked at this very moment, or it is over.
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await _wanted.WaitAsync(_stop.Token);
                await LookAsync(_stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    private async Task LookAloneAsync(CancellationToken cancellation)
    {
        DateTimeOffset asked = _time.GetUtcNow();
        try
        {
            await FollowAsync(cancellation);
            Reached(asked);
        }
        catch (ProblemException fault) when (_store.Health.IsUp && IsRefusal(fault.Problem.Definition))
        {
            // The store answered; what it said is not taken. That is no contact: what is in force was not confirmed.
            Refused(fault.Problem);
        }
        catch (ProblemException fault)
        {
            Missed(fault.Problem, asked);
        }
        catch (Exception fault) when (fault is not OperationCanceledException and not OutOfMemoryException)
        {
            Log.FollowingFailed(_logger, fault);
            Missed(ClusterStateProblems.StoreAway.Because($"the store could not be read: {fault.GetType().Name}"), asked);
        }

        Judge();
    }

    // A state that does not open may be sealed under a key that was handed out since.
    private async Task FollowAsync(CancellationToken cancellation)
    {
        try
        {
            await _changes.FollowAsync(cancellation);
        }
        catch (ProblemException fault) when (IsSealed(fault.Problem.Definition) && _options.Learn is not null)
        {
            await _options.Learn(cancellation);
            await _changes.FollowAsync(cancellation);
        }
    }

    private bool IsMember(MembershipDocument membership) =>
        _options.NodeId is not { } own || membership.Nodes.IsEmpty || membership.Nodes.Values.Any(node => node.Id == own);

    // Those of trust and store that mean content, not reachability.
    private static bool IsRefusal(ProblemDefinition definition) =>
        definition == StoreProblems.Rollback || definition == StoreProblems.SeenRecordBroken || definition == StoreProblems.StoreTooNew
        || IsSealed(definition) || !definition.Id.StartsWith("GH2", StringComparison.Ordinal);

    private static bool IsSealed(ProblemDefinition definition) => definition == TrustProblems.SealBroken || definition == StoreProblems.GenerationBroken;

    private void Reached(DateTimeOffset at)
    {
        FollowerState before = _state;
        _contact.Note(at);
        _state = before with { LastContact = at, AwaySince = null, Away = null, Refused = null };
        if (before.AwaySince is { } since)
        {
            Log.StoreBack(_logger, since);
        }

        if (before.Refused is not null)
        {
            Log.StateTaken(_logger);
        }
    }

    private void Missed(Problem problem, DateTimeOffset at)
    {
        FollowerState before = _state;
        _state = before with { AwaySince = before.AwaySince ?? at, Away = problem };
        if (before.AwaySince is null)
        {
            Log.StoreAway(_logger, problem.ToString());
        }
    }

    private void Refused(Problem problem)
    {
        FollowerState before = _state;
        _state = before with { AwaySince = null, Away = null, Refused = problem };
        if (before.Refused?.Text != problem.Text)
        {
            Tell(AuditOutcome.Failure, ClusterStateProblems.StateRefused.Because($"the store's state is not taken, the one in force stays: {problem}"));
        }
    }

    private void Tell(AuditOutcome outcome, Problem problem)
    {
        Log.StateAlarm(_logger, problem.ToString());
        _trail.Write(new AuditEvent
        {
            Action = AuditAction.Alarm,
            Outcome = outcome,
            Time = _time.GetUtcNow(),
            Problem = problem.Id,
            Generation = _changes.Generation,
            Message = problem.Text,
        });
    }
}

/// <summary>Figures of <see cref="StateFollower"/>.</summary>
internal sealed record FollowerOptions
{
    /// <summary>How often it looks when the store says nothing.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long requests are decided without a look at the store.</summary>
    public TimeSpan MaxStale { get; init; } = TimeSpan.FromHours(72);

    /// <summary>This node's id: a state that does not name it is one that it has no part in. Null: it is not looked for.</summary>
    public string? NodeId { get; init; }

    /// <summary>Learns data keys that were handed out since; null: there are none.</summary>
    public Func<CancellationToken, ValueTask>? Learn { get; init; }
}

/// <summary>How it stands with the store. Immutable.</summary>
internal sealed record FollowerState
{
    /// <summary>When the state in force was last confirmed by the store.</summary>
    public required DateTimeOffset LastContact { get; init; }

    /// <summary>Since when the store does not answer; null: it does.</summary>
    public DateTimeOffset? AwaySince { get; init; }

    /// <summary>What went wrong last.</summary>
    public Problem? Away { get; init; }

    /// <summary>Why the state that the store has is not taken; null: it is.</summary>
    public Problem? Refused { get; init; }

    /// <summary>Whether everything but system <c>gatehouse</c> is denied.</summary>
    public bool IsStale { get; init; }

    /// <summary>Whether the state does not name this node any more.</summary>
    public bool IsOut { get; init; }

    /// <summary>What a person should know.</summary>
    public IEnumerable<Problem> Problems()
    {
        if (Away is { } away)
        {
            yield return ClusterStateProblems.StoreAway.Because($"the store does not answer since {AwaySince?.ToUniversalTime():u}, changes are refused: {away}");
        }

        if (Refused is { } refused)
        {
            yield return ClusterStateProblems.StateRefused.Because($"the store's state is not taken, the one in force stays: {refused}");
        }

        if (IsOut)
        {
            yield return EnrolmentProblems.NotAMember.Because("the cluster does not name this node any more: everything but system gatehouse is denied");
        }

        if (IsStale)
        {
            yield return ClusterStateProblems.StateTooOld.Because($"the store has not been read since {LastContact.ToUniversalTime():u}: everything but system gatehouse is denied");
        }
    }
}
