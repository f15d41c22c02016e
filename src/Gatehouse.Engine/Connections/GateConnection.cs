using System.Net;
using System.Runtime.InteropServices;

namespace Gatehouse.Engine.Connections;

/// <summary>A connection in the registry. One work item (HTTP/1.1) sits in a field, more (HTTP/2) in a list.</summary>
internal sealed class GateConnection : LiveConnection
{
    // Work that says goodbye by itself has this long for it.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Action<string> _abort;
    private ILiveWork? _only;
    private List<ILiveWork>? _more;
    private string? _cutReason;

    internal GateConnection(
        long id, string gate, IPEndPoint source, DateTimeOffset since, bool isFiltered, Action<string> abort, IPeerWatch? peer, TimeProvider time)
        : base(id, gate, source, since)
    {
        IsFiltered = isFiltered;
        Peer = peer;
        _abort = abort;
        _time = time;
    }

    /// <summary>Whether the IP filter holds for it; not for Unix sockets, whose source is a placeholder.</summary>
    public bool IsFiltered { get; }

    /// <summary>Since when it is not known whether a deny rule by name holds for it; the registry's own.</summary>
    public DateTimeOffset? DoubtedSince { get; set; }

    /// <summary>Finds out whether the client is gone; null where the transport does by itself.</summary>
    public IPeerWatch? Peer { get; }

    /// <summary>Why it was cut, or null while it lives.</summary>
    public string? CutReason => Volatile.Read(ref _cutReason);

    /// <inheritdoc/>
    public override void Add(ILiveWork work)
    {
        string? cut;
        lock (_lock)
        {
            cut = _cutReason;
            if (cut is null)
            {
                if (_only is null && _more is null or { Count: 0 })
                {
                    _only = work;
                }
                else
                {
                    (_more ??= []).Add(work);
                }
            }
        }

        // A request that begins on a connection being cut must not slip through.
        if (cut is not null)
        {
            work.Cut(cut);
        }
    }

    /// <inheritdoc/>
    public override void Remove(ILiveWork work) => TryTake(work);

    /// <inheritdoc/>
    public override void Cut(string reason)
    {
        List<ILiveWork> works = [];
        lock (_lock)
        {
            // Under the lock: work is either copied here or sees the reason in Add.
            if (_cutReason is not null)
            {
                return;
            }

            _cutReason = reason;
            CopyWork(works);
        }

        foreach (ILiveWork work in works)
        {
            CutWork(work, reason);
        }

        // A source or certificate that is no longer let in is told nothing more.
        if (reason is CutReasons.AddressDenied or CutReasons.CertificateLost || !works.Exists(static work => work.ClosesConnection))
        {
            _abort(reason);
        }
        else
        {
            _ = AbortLaterAsync(reason);
        }
    }

    /// <summary>Takes work off; false when it had ended already.</summary>
    internal bool TryTake(ILiveWork work)
    {
        lock (_lock)
        {
            if (ReferenceEquals(_only, work))
            {
                _only = null;
                return true;
            }

            return _more?.Remove(work) ?? false;
        }
    }

    /// <summary>Appends what runs now; the caller's list is reused between calls.</summary>
    internal void CopyWork(List<ILiveWork> into)
    {
        lock (_lock)
        {
            if (_only is not null)
            {
                into.Add(_only);
            }

            if (_more is { Count: > 0 })
            {
                into.AddRange(CollectionsMarshal.AsSpan(_more));
            }
        }
    }

    private async Task AbortLaterAsync(string reason)
    {
        await Task.Delay(Farewell, _time);
        _abort(reason);
    }

    private static void CutWork(ILiveWork work, string reason)
    {
        try
        {
            work.Cut(reason);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The connection is aborted next, whatever its work thinks of that.
        }
    }
}
