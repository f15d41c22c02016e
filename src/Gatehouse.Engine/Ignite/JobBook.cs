using Gatehouse.Identity;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Whose compute jobs are, as nodes answered to those who began them; nodes themselves let anybody end any job. Kept in memory: what
/// was begun before a restart, or falls out, is nobody's own any more. Thread-safe.
/// </summary>
internal sealed class JobBook
{
    /// <summary>Most jobs remembered; the oldest go first.</summary>
    public const int Most = 100_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (string Realm, string Name)> _owners = [];
    private readonly Queue<Guid> _order = new();

    /// <summary>Notes whose it is. Who came first stays the owner.</summary>
    public void Add(Guid job, Principal owner)
    {
        lock (_gate)
        {
            if (!_owners.TryAdd(job, (owner.Realm, owner.Name)))
            {
                return;
            }

            _order.Enqueue(job);
            if (_order.Count > Most)
            {
                _owners.Remove(_order.Dequeue());
            }
        }
    }

    /// <summary>Whether it is a principal's own.</summary>
    public bool IsOwn(Guid job, Principal principal)
    {
        lock (_gate)
        {
            return _owners.TryGetValue(job, out (string Realm, string Name) owner) && owner == (principal.Realm, principal.Name);
        }
    }
}
