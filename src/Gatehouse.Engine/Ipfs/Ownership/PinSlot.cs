namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>One owner's place at a CID: what is to be kept, and what the store has. Read and written under the table's lock.</summary>
internal sealed class PinSlot(PinEntry entry, string place)
{
    public PinEntry Entry { get; } = entry;

    /// <summary>Where its record lies in the store.</summary>
    public string Place { get; } = place;

    /// <summary>What holds; null: it is nobody's. Only the table sets it.</summary>
    public PinOwnership? Wanted { get; set; }

    /// <summary>What the store has, where that is known.</summary>
    public PinOwnership? Stored { get; set; }

    /// <summary>A write is under way, or failed: nobody knows what the store has.</summary>
    public bool IsUnknown { get; set; }

    /// <summary>Waits for the writer already.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Those who wait until the store has what it must have.</summary>
    public List<TaskCompletionSource<bool>>? Waiters { get; set; }

    /// <summary>Whether the store must be told.</summary>
    public bool NeedsWrite => IsUnknown || !ReferenceEquals(Wanted, Stored);

    /// <summary>Nothing of it is left, neither here nor in the store.</summary>
    public bool IsGone => Wanted is null && Stored is null && !IsUnknown && !IsQueued;
}

/// <summary>One CID of a cluster: its owners, and who holds it. Read and written under the table's lock.</summary>
internal sealed class PinEntry(string key)
{
    private Queue<TaskCompletionSource>? _turns;
    private bool _isHeld;

    public string Key { get; } = key;

    public List<PinSlot> Slots { get; } = [];

    /// <summary>Nobody holds it, and it says nothing.</summary>
    public bool IsGone => !_isHeld && Slots.Count == 0;

    /// <summary>Its owners.</summary>
    public IEnumerable<PinOwnership> Owners => Slots.Where(static slot => slot.Wanted is not null).Select(static slot => slot.Wanted!); // checked

    /// <summary>An owner's place; null: it has none.</summary>
    public PinSlot? Find(PinOwner owner) => Slots.Find(slot => slot.Wanted is { } wanted && wanted.Owner == owner && wanted.State != PinState.Damaged);

    /// <summary>Takes it where nobody has it.</summary>
    public bool TryHold()
    {
        bool isFree = !_isHeld;
        _isHeld = true;
        return isFree;
    }

    /// <summary>A turn behind all others.</summary>
    public TaskCompletionSource Wait()
    {
        var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_turns ??= []).Enqueue(turn);
        return turn;
    }

    /// <summary>Gives it to the next that still wants it.</summary>
    public void Release()
    {
        while (_turns is { Count: > 0 })
        {
            if (_turns.Dequeue().TrySetResult())
            {
                return;
            }
        }

        _turns = null;
        _isHeld = false;
    }
}
