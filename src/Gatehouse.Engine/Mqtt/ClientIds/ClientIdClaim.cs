namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>
/// One connection's hold on a client id. It ends with exactly one of <see cref="Release()"/>, <see cref="Release(ClientIdLife)"/> and
/// <see cref="Abandon"/>; what comes after does nothing. Claims of one owner may overlap: each ends for itself alone.
/// Where it is not certain what the broker keeps, the longest that it may keep counts. Thread-safe.
/// </summary>
internal sealed class ClientIdClaim : IDisposable
{
    private readonly ClientIdBook _book;

    private readonly bool _isInOrder;
    private readonly long _grant;

    internal ClientIdClaim(ClientIdBook book, ClientIdEntry entry, ClientIdLife asked, TimeSpan now)
    {
        _book = book;
        Entry = entry;
        Life = asked;
        IsTakeover = entry.Live > 0;
        _isInOrder = entry.Pending == 0 && now >= entry.UncertainUntil;
        _grant = ++entry.Grants;
        entry.Live++;
        entry.Pending++;
    }

    /// <summary>Whether the same owner had the id connected already when this was granted: the broker will end that connection.</summary>
    public bool IsTakeover { get; }

    internal ClientIdEntry Entry { get; }

    // The rest is read and written under the entry's lock.

    /// <summary>What was asked for; what the broker said, once it did.</summary>
    internal ClientIdLife Life { get; set; }

    internal bool IsAccepted { get; set; }

    internal bool IsEnded { get; set; }

    /// <summary>
    /// The broker had answered every earlier CONNECT before this one was sent, and none was sent since: its session is as this connection
    /// made it. Of two CONNECTs under way at a time nobody here can tell which one the broker takes last.
    /// </summary>
    internal bool IsNewest => _isInOrder && Entry.Grants == _grant;

    /// <summary>
    /// The broker took the CONNECT (its CONNACK said so) and keeps the session for <paramref name="life"/>. Also for a later change of
    /// it. Only now does a clean session end what was kept before.
    /// </summary>
    /// <returns>
    /// False: the longer life that the broker gave cannot be written down; the connection must be closed. Always true at once where
    /// the life is none longer than was claimed.
    /// </returns>
    public ValueTask<bool> AcceptAsync(ClientIdLife life, CancellationToken cancellation) => _book.AcceptAsync(this, life, cancellation);

    /// <summary>The connection ended. Does not block; written down later.</summary>
    public void Release() => _book.End(this, null);

    /// <summary>The connection ended with a DISCONNECT that set another life (MQTT 5.0, 3.14.2.2.2).</summary>
    public void Release(ClientIdLife life) => _book.End(this, life);

    /// <summary>The broker never saw the CONNECT, or refused it: whatever was before the claim holds again.</summary>
    public void Abandon() => _book.Abandon(this);

    /// <summary>As <see cref="Release()"/>.</summary>
    public void Dispose() => Release();
}
