namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Owners with client ids, one object each, and how many ids each keeps. Thread-safe; may be called under an entry's lock.</summary>
internal sealed class ClientIdOwners
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ClientIdOwner, Slot> _slots = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _slots.Count;
            }
        }
    }

    /// <summary>The slot of an owner, for one more id.</summary>
    public Slot Rent(ClientIdOwner owner)
    {
        lock (_lock)
        {
            if (!_slots.TryGetValue(owner, out Slot? slot))
            {
                slot = new Slot(owner);
                _slots.Add(owner, slot);
            }

            slot.Ids++;
            return slot;
        }
    }

    /// <summary>One id less.</summary>
    public void Return(Slot slot)
    {
        lock (_lock)
        {
            if (--slot.Ids == 0)
            {
                _slots.Remove(slot.Owner);
            }
        }
    }

    /// <summary>One owner.</summary>
    internal sealed class Slot(ClientIdOwner owner)
    {
        private int _kept;

        public ClientIdOwner Owner { get; } = owner;

        internal int Ids { get; set; }

        /// <summary>One more id that may outlive its connection, where there is room.</summary>
        public bool TryKeep(int most)
        {
            if (Interlocked.Increment(ref _kept) <= most)
            {
                return true;
            }

            Interlocked.Decrement(ref _kept);
            return false;
        }

        /// <summary>One more, room or not: the broker keeps it already.</summary>
        public void Keep() => Interlocked.Increment(ref _kept);

        /// <summary>One less.</summary>
        public void Unkeep() => Interlocked.Decrement(ref _kept);
    }
}
