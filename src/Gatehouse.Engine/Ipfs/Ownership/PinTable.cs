namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>All CIDs that are somebody's, by key, by owner and by request id. Everything here is called under <see cref="Lock"/>.</summary>
internal sealed class PinTable(PinLimits limits)
{
    private readonly Dictionary<string, PinEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Cluster, PinOwner Owner), HashSet<PinSlot>> _owners = [];
    private readonly Dictionary<string, PinSlot> _requests = new(StringComparer.Ordinal);
    private readonly HashSet<PinSlot> _pending = [];
    private int _count;
    private long _bytes;

    /// <summary>Guards all of it.</summary>
    public Lock Lock { get; } = new();

    /// <summary>Ownerships there are. May be read without the lock.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>All places.</summary>
    public IEnumerable<PinSlot> Slots => _entries.Values.SelectMany(static entry => entry.Slots);

    /// <summary>Those whose upstream's answer is not known.</summary>
    public IEnumerable<PinOwnership> Pending => _pending.Select(static slot => slot.Wanted!); // none is kept without one

    /// <summary>A CID's entry; null: it is nobody's and nobody holds it.</summary>
    public PinEntry? Find(string key) => _entries.GetValueOrDefault(key);

    /// <summary>A CID's entry, made where there is none.</summary>
    public PinEntry GetOrAdd(string key)
    {
        if (!_entries.TryGetValue(key, out PinEntry? entry))
        {
            entry = new PinEntry(key);
            _entries.Add(key, entry);
        }

        return entry;
    }

    /// <summary>By the pinning service's id.</summary>
    public PinOwnership? FindRequest(string requestId) => _requests.GetValueOrDefault(requestId)?.Wanted;

    /// <summary>An owner's.</summary>
    public PinOwnership[] OwnedBy(string cluster, PinOwner owner) =>
        _owners.TryGetValue((cluster, owner), out HashSet<PinSlot>? slots) ? [.. slots.Select(static slot => slot.Wanted!)] : []; // as above

    /// <summary>How many an owner has.</summary>
    public int CountOf(string cluster, PinOwner owner) => _owners.TryGetValue((cluster, owner), out HashSet<PinSlot>? slots) ? slots.Count : 0;

    /// <summary>Whether one more has room.</summary>
    public bool HasRoom(PinOwnership one) => _count < limits.MaxOwnerships && _bytes + one.Size <= limits.MaxBytes;

    /// <summary>An owner's place at a CID, made where there is none; one that is being forgotten is used again.</summary>
    public static PinSlot SlotOf(PinEntry entry, PinOwner owner)
    {
        string place = PinRecord.PlaceOf(entry.Key, owner);
        PinSlot? slot = entry.Slots.Find(one => one.Place == place);
        if (slot is null)
        {
            slot = new PinSlot(entry, place);
            entry.Slots.Add(slot);
        }

        return slot;
    }

    /// <summary>Says what holds.</summary>
    public void Set(PinSlot slot, PinOwnership? next)
    {
        if (slot.Wanted is { } before)
        {
            _count--;
            _bytes -= before.Size;
            _requests.Remove(before.RequestId);
            _pending.Remove(slot);
            if (_owners.TryGetValue((before.Cluster, before.Owner), out HashSet<PinSlot>? slots) && slots.Remove(slot) && slots.Count == 0)
            {
                _owners.Remove((before.Cluster, before.Owner));
            }
        }

        slot.Wanted = next;
        if (next is null)
        {
            return;
        }

        _count++;
        _bytes += next.Size;
        if (next.State == PinState.Damaged)
        {
            return;
        }

        _requests[next.RequestId] = slot;
        if (next.IsPending)
        {
            _pending.Add(slot);
        }

        if (!_owners.TryGetValue((next.Cluster, next.Owner), out HashSet<PinSlot>? its))
        {
            its = [];
            _owners.Add((next.Cluster, next.Owner), its);
        }

        its.Add(slot);
    }

    /// <summary>Forgets what says nothing any more.</summary>
    public void Tidy(PinEntry entry)
    {
        entry.Slots.RemoveAll(static slot => slot.IsGone);
        if (entry.IsGone)
        {
            _entries.Remove(entry.Key);
        }
    }

    /// <summary>Takes in what the store has, over every bound: what is kept must be known. False: a damaged record.</summary>
    public bool Load(string key, string place, byte[]? stored)
    {
        PinEntry entry = GetOrAdd(key);
        if (entry.Slots.Exists(slot => slot.Place == place))
        {
            return true; // an attempt that failed half-way came so far
        }

        PinOwnership? read = null;
        bool isWhole = stored is not null && PinRecord.TryRead(place, stored, out read);
        PinOwnership one = isWhole ? read! : new PinOwnership { Cluster = "", Cid = "", Owner = PinOwner.None, RequestId = "", State = PinState.Damaged };
        var slot = new PinSlot(entry, place) { Stored = one };
        entry.Slots.Add(slot);
        Set(slot, one);
        return isWhole;
    }
}
