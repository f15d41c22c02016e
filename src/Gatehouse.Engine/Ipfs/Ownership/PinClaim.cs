namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>
/// One request's hold on a CID of a cluster, for one owner: until it is disposed, nobody else changes who owns it. Held across the
/// request to the upstream. Not thread-safe; used by one request.
/// </summary>
internal sealed class PinClaim : IDisposable
{
    private readonly PinLedger _ledger;

    internal PinClaim(PinLedger ledger, PinEntry entry, string cluster, string cid, PinOwner owner)
    {
        _ledger = ledger;
        Entry = entry;
        Cluster = cluster;
        Cid = cid;
        Owner = owner;
    }

    /// <summary>The cluster.</summary>
    public string Cluster { get; }

    /// <summary>The CID.</summary>
    public string Cid { get; }

    /// <summary>Who asks.</summary>
    public PinOwner Owner { get; }

    /// <summary>Whether it is the asker's, alone or with others.</summary>
    public bool IsOwner => Mine is not null;

    /// <summary>The asker's ownership; null: none.</summary>
    public PinOwnership? Mine => _ledger.MineOf(this);

    /// <summary>Everybody else whose it is. One of state <see cref="PinState.Damaged"/> is somebody's whom nobody can name.</summary>
    public IReadOnlyList<PinOwnership> Others => _ledger.OthersOf(this);

    internal PinEntry Entry { get; }

    /// <summary>What was before the last change; the change itself, to see whether there was one.</summary>
    internal (PinOwnership? Before, PinSlot Slot)? Changed { get; set; }

    internal bool IsEnded { get; set; }

    /// <summary>
    /// Writes the asker down as an owner, before the upstream is asked to pin. Who is one already keeps request id and time; name and
    /// metadata are the new ones.
    /// </summary>
    /// <param name="name">The label.</param>
    /// <param name="meta">This owner's metadata.</param>
    /// <param name="most">Pins that the principal may have in this cluster; 0: as many as the ledger allows.</param>
    /// <param name="cancellation">Ends waiting for the store; nothing changed then.</param>
    public ValueTask<PinOutcome> AddAsync(string name, IReadOnlyDictionary<string, string> meta, int most, CancellationToken cancellation) =>
        _ledger.AddAsync(this, name, meta, most, PinState.Adding, cancellation);

    /// <summary>
    /// Begins to leave. <see cref="PinRemoval.LastLeaves"/>: ask the upstream to unpin, then <see cref="ConfirmAsync"/> or
    /// <see cref="WithdrawAsync"/>. Everything else is done.
    /// </summary>
    public ValueTask<PinRemoval> RemoveAsync(CancellationToken cancellation) => _ledger.RemoveAsync(this, cancellation);

    /// <summary>The upstream did as it was asked. False: not on disk yet; it is tried again, and asked about after a crash.</summary>
    public ValueTask<bool> ConfirmAsync(CancellationToken cancellation) => _ledger.EndAsync(this, isDone: true, cancellation);

    /// <summary>
    /// The upstream certainly did nothing: what was before holds again. Where nobody knows (a timeout, a cut connection, an answer that
    /// may still have had an effect) call neither: it stays pending, and the upstream is asked about it later.
    /// </summary>
    public ValueTask<bool> WithdrawAsync(CancellationToken cancellation) => _ledger.EndAsync(this, isDone: false, cancellation);

    /// <summary>The pin is gone for everybody: it is nobody's. False: not on disk.</summary>
    public async ValueTask<bool> ClearAsync(CancellationToken cancellation) =>
        await _ledger.ChangeAsync(Entry, static _ => null, cancellation) is not null;

    /// <summary>Lets the next one have the CID.</summary>
    public void Dispose() => _ledger.Release(this);
}
