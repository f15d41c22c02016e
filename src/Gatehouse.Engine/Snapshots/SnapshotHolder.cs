using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Engine.Auditing;
using Gatehouse.Membership;
using Gatehouse.Network;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Holds the snapshot in force. A request reads <see cref="Current"/> once.</summary>
internal sealed class SnapshotHolder : IAuditPolicySource
{
    private volatile SecuritySnapshot _current;
    private INameFacts? _names;
    private ImmutableArray<DenialDocument> _denied = [];

    public SnapshotHolder(SecuritySnapshot first)
    {
        first.Denials = DenialSet.Of(first.Document.Membership.Denied.Values, []);
        _current = first;
    }

    /// <summary>Raised after a swap, on the thread that swapped; live connections are re-decided by it.</summary>
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

    /// <summary>
    /// Who is denied at this node besides those that the cluster state names; in force with the next <see cref="Swap"/>.
    /// </summary>
    public ImmutableArray<DenialDocument> Denied
    {
        get => _denied;
        set => _denied = value;
    }

    /// <inheritdoc/>
    public AuditPolicy Policy => _current.AuditPolicy;

    /// <summary>Puts a newer snapshot in force.</summary>
    public void Swap(SecuritySnapshot next)
    {
        next.Names = _names;
        next.Denials = DenialSet.Of(next.Document.Membership.Denied.Values, _denied);
        _current = next;
        Swapped?.Invoke(next);
    }
}
