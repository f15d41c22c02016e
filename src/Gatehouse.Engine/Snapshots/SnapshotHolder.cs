using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Membership;
using Gatehouse.Network;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Holds the snapshot in force. A request reads <see cref="Current"/> once.</summary>
internal sealed class SnapshotHolder : IAuditPolicySource
{
    private readonly Lock _swapping = new();
    private volatile SecuritySnapshot _current;
    private INameFacts? _names;
    private ImmutableArray<DenialDocument> _denied = [];
    private bool _isStale;

    public SnapshotHolder(SecuritySnapshot first)
    {
        first.Denials = DenialSet.Of(first.Document.Membership.Denied.Values, []);
        _current = first;
    }

    /// <summary>Raised after a swap, on the thread that swapped and in the order of swaps; live connections are re-decided by it.</summary>
    public event Action<SecuritySnapshot>? Swapped;

    /// <summary>The snapshot in force.</summary>
    public SecuritySnapshot Current => _current;

    /// <summary>What is known about names, for this and all later snapshots.</summary>
    public INameFacts? Names
    {
        get => _names;
        set
        {
            _names = value;
            _current.Names = value;
        }
    }

    /// <inheritdoc/>
    public AuditPolicy Policy => _current.AuditPolicy;

    /// <summary>Puts a newer snapshot in force, with all that this node alone knows.</summary>
    public void Swap(SecuritySnapshot next)
    {
        lock (_swapping)
        {
            SecuritySnapshot before = _current;
            if (next.Epoch <= before.Epoch)
            {
                // Something of this node's own came between since it was compiled.
                next.Epoch = before.Epoch + 1;
            }

            next.Names = _names;
            next.Denials = DenialSet.Of(next.Document.Membership.Denied.Values, _denied);
            next.IsStale = _isStale;
            _current = next;
            Swapped?.Invoke(next);
        }
    }

    /// <summary>Denies these besides those that the cluster state names, now and on every later snapshot. Waits for no change that is under way.</summary>
    public void Deny(ImmutableArray<DenialDocument> denied)
    {
        lock (_swapping)
        {
            _denied = denied;
            Swap(_current.Again());
        }
    }

    /// <summary>Marks the state as too old to decide on, or as fresh again, now and on every later snapshot.</summary>
    public void Age(bool isStale)
    {
        lock (_swapping)
        {
            _isStale = isStale;
            Swap(_current.Again());
        }
    }
}
