using Gatehouse.Identity;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// Whose compute jobs are, as nodes answered to those who began them; nodes themselves let anybody end any job. Kept in memory: what
/// was begun before a restart, or falls out, is nobody's own any more. Thread-safe.
/// </summary>
internal sealed class JobBook
{
    /// <summary>Most jobs remembered; the oldest of whoever has most go first.</summary>
    public const int Most = 100_000;

    /// <summary>Most jobs remembered of one owner, so that nobody pushes out those of others.</summary>
    public const int MostOfOne = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (string Realm, string Name)> _owners = [];
    private readonly Dictionary<(string Realm, string Name), Queue<Guid>> _byOwner = [];

    /// <summary>Notes whose it is. Who came first stays the owner.</summary>
    public void Add(Guid job, Principal owner)
    {
        (string Realm, string Name) key = (owner.Realm, owner.Name);
        lock (_gate)
        {
            if (!_owners.TryAdd(job, key))
            {
                return;
            }

            if (!_byOwner.TryGetValue(key, out Queue<Guid>? own))
            {
                _byOwner.Add(key, own = new Queue<Guid>());
            }

            own.Enqueue(job);
            if (own.Count > MostOfOne)
            {
                _owners.Remove(own.Dequeue());
            }
            else if (_owners.Count > Most)
            {
                Shorten();
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

    // Whoever has most gives way.
    private void Shorten()
    {
        ((string Realm, string Name) key, Queue<Guid> most) = _byOwner.MaxBy(static pair => pair.Value.Count);
        _owners.Remove(most.Dequeue());
        if (most.Count == 0)
        {
            _byOwner.Remove(key);
        }
    }
}
