using System.Collections.Immutable;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Membership;
using Gatehouse.Membership.Rotations;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Rotation;

/// <summary>
/// This node's part in rotations: whenever what it is told or what it holds changes, it looks whether the step is done here, and
/// says so in the store. It never waits for others; what goes on by itself, the end of a rotation above all, is done by whichever node finds that it can be.
/// </summary>
internal sealed class RotationAgent : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(3);

    private readonly IStateStore _store;
    private readonly SnapshotHolder _snapshots;
    private readonly RotationControl _control;
    private readonly NodeTrust _trust;
    private readonly TrustInUse _inUse;
    private readonly Func<HandshakeTurns?> _handshakes;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private ITimer? _timer;
    private Task _run = Task.CompletedTask;
    private (string Digest, DateTimeOffset At) _said = ("", default);
    private string _told = "";

    public RotationAgent(
        IStateStore store,
        SnapshotHolder snapshots,
        RotationControl control,
        NodeTrust trust,
        TrustInUse inUse,
        Func<HandshakeTurns?> handshakes,
        TimeProvider time,
        ILogger<RotationAgent> logger)
    {
        _store = store;
        _snapshots = snapshots;
        _control = control;
        _trust = trust;
        _inUse = inUse;
        _handshakes = handshakes;
        _time = time;
        _logger = logger;
    }

    /// <summary>Begins.</summary>
    public void Start()
    {
        _snapshots.Swapped += OnSwapped;
        _trust.Changed += Want;
        _timer = _time.CreateTimer(_ => Want(), null, TimeSpan.Zero, Every);
        _run = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Looks once, and gives this node's word where the step is done here. True where it has been given, now or before.</summary>
    /// <exception cref="ProblemException">The store does not answer.</exception>
    public async Task<bool> LookAsync(CancellationToken cancellation)
    {
        SecuritySnapshot snapshot = _snapshots.Current;
        MembershipDocument membership = snapshot.Document.Membership;
        if (membership.Rotation is not { } rotation || !membership.Nodes.TryGetValue(_trust.NodeName, out NodeDocument? own) || own.Id != _trust.NodeId)
        {
            return false;
        }

        bool isDone = RotationHolders.Needed(membership).Contains(_trust.NodeName, StringComparer.Ordinal) && await SayAsync(snapshot, rotation, cancellation);
        await ContinueAsync(membership, rotation, cancellation);
        return isDone;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _snapshots.Swapped -= OnSwapped;
        _trust.Changed -= Want;
        if (_timer is not null)
        {
            await _timer.DisposeAsync();
        }

        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
        _wanted.Dispose();
    }

    private void OnSwapped(SecuritySnapshot next) => Want();

    private async Task<bool> SayAsync(SecuritySnapshot snapshot, RotationDocument rotation, CancellationToken cancellation)
    {
        MembershipDocument membership = snapshot.Document.Membership;
        string digest = RotationMaterial.Expected(membership, rotation.Kind).Digest(rotation);
        DateTimeOffset now = _time.GetUtcNow();
        if (_said.Digest == digest && now - _said.At < Again && now >= _said.At)
        {
            return true;
        }

        if (WhyNot(membership, rotation) is { } reason)
        {
            TellOnce(rotation, reason);
            return false;
        }

        // What began with the old material ends first; whoever hears this node's word may drop it.
        if (_handshakes() is { } handshakes)
        {
            await handshakes.EndedAsync(cancellation);
        }

        // Looked at once more: another change may have come while handshakes ended.
        if (_snapshots.Current.Document.Membership.Rotation != rotation || WhyNot(membership, rotation) is not null)
        {
            return false;
        }

        await RotationAcks.WriteAsync(
            _store,
            rotation,
            new RotationAck { Node = _trust.NodeName, NodeId = _trust.NodeId, Digest = digest, Generation = snapshot.Generation, Time = now },
            cancellation);
        if (_said.Digest != digest)
        {
            Log.Acknowledged(_logger, rotation.Id, rotation.Kind, rotation.Step);
        }

        _said = (digest, now);
        return true;
    }

    /// <summary>Why the step is not done on this node; null: it is.</summary>
    private string? WhyNot(MembershipDocument membership, RotationDocument rotation)
    {
        Holding expected = RotationMaterial.Expected(membership, rotation.Kind);
        Holding held = _inUse.Of(rotation.Kind, membership);
        if (!expected.Accepted.SetEquals(held.Accepted))
        {
            return "this node does not hold what the cluster state says";
        }

        if (!expected.Equals(held))
        {
            return "this node still uses the other one";
        }

        if (!_inUse.IsInForce())
        {
            return "listeners still show the other one";
        }

        return rotation is { Kind: RotationKinds.Ca, Step: RotationSteps.Prepare }
            && !_inUse.CanIssueWith(membership.Authorities.First(a => a.Id == rotation.To))
            ? "this issuer cannot open the new authority's keys"
            : null;
    }

    // The issuers one after the other, so that in most cases one of them does it and no commit is lost to another.
    private async Task ContinueAsync(MembershipDocument membership, RotationDocument rotation, CancellationToken cancellation)
    {
        if (!rotation.Automatic && rotation.Step is not (RotationSteps.Retire or RotationSteps.Rollback))
        {
            return;
        }

        int before = membership.Nodes.Values.OrderBy(static node => !node.IsIssuer).ThenBy(static node => node.Number).TakeWhile(node => node.Name != _trust.NodeName).Count();
        if (_time.GetUtcNow() - rotation.StepSince < before * Turn)
        {
            return;
        }

        ImmutableArray<RotationAck> acks = await RotationAcks.ReadAsync(_store, rotation, cancellation);
        if (RotationHolders.WaitingFor(membership, acks).IsEmpty && await _control.ContinueAsync(rotation, acks, cancellation))
        {
            Log.Continued(_logger, rotation.Id, rotation.Kind, rotation.Step);
        }
    }

    private void TellOnce(RotationDocument rotation, string reason)
    {
        string told = $"{rotation.Id}/{rotation.Step}/{reason}";
        if (told != _told && _time.GetUtcNow() - rotation.StepSince > Turn)
        {
            _told = told;
            Log.NotAcknowledged(_logger, rotation.Id, rotation.Kind, rotation.Step, reason);
        }
    }

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
                try
                {
                    await LookAsync(_stop.Token);
                }
                catch (Exception fault) when (fault is ProblemException or IOException)
                {
                    // That the store is away is said by whoever follows it; the next second tries again.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }
}
