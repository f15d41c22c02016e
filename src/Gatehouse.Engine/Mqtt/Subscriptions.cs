using System.Text;

namespace Gatehouse.Engine.Mqtt;

/// <summary>
/// What a session has subscribed, as far as this connection saw it, and the requests for it under way. Thread-safe: both
/// directions and the sweep come here.
/// </summary>
internal sealed class Subscriptions
{
    /// <summary>A slot whose filter went on to the broker.</summary>
    public const byte Passed = 0xff;

    private const int MostPending = 1024;

    // What all filters of a session may hold together, in characters.
    private const int MostText = 2 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<ushort, PendingSubscribe> _pending = [];
    private readonly Dictionary<ushort, int> _own = [];
    private int _pendingCount;
    private ushort _lastOwn;
    private int _text;

    /// <summary>How many filters are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>Whether a filter may be added to those that are held or asked for.</summary>
    public bool HasRoomFor(string filter, int limit, int more)
    {
        lock (_lock)
        {
            return _held.ContainsKey(filter) || ((limit == 0 || _held.Count + more < limit) && _text + filter.Length <= MostText);
        }
    }

    /// <summary>Notes a SUBSCRIBE that goes on; false when too many are without an answer.</summary>
    public bool TryBegin(ushort id, PendingSubscribe pending)
    {
        lock (_lock)
        {
            if (_pendingCount >= MostPending)
            {
                return false;
            }

            _pendingCount++;
            if (!_pending.TryAdd(id, pending))
            {
                // 3.1 lets a client send a request again (section 4.1): the broker answers each, in order.
                _pending[id].Append(pending);
            }

            foreach ((string filter, byte qos) in pending.Filters)
            {
                _text += _held.ContainsKey(filter) ? 0 : filter.Length;
                _held[filter] = qos;
            }

            return true;
        }
    }

    /// <summary>Takes the SUBSCRIBE that a SUBACK answers; null where the gate knows none.</summary>
    public PendingSubscribe? End(ushort id)
    {
        lock (_lock)
        {
            if (!_pending.Remove(id, out PendingSubscribe? pending))
            {
                return null;
            }

            _pendingCount--;
            if (pending.Next is { } next)
            {
                _pending[id] = next;
            }

            return pending;
        }
    }

    /// <summary>Forgets filters that the broker refused or the client gave up.</summary>
    public void Forget(string filter)
    {
        lock (_lock)
        {
            _text -= _held.Remove(filter) ? filter.Length : 0;
        }
    }

    /// <summary>Whether a filter is held.</summary>
    public bool Holds(string filter)
    {
        lock (_lock)
        {
            return _held.ContainsKey(filter);
        }
    }

    /// <summary>A packet id for an UNSUBSCRIBE of the gate's own, far from those that clients begin with.</summary>
    public ushort BeginOwn()
    {
        lock (_lock)
        {
            do
            {
                _lastOwn = _lastOwn <= 1 ? ushort.MaxValue : (ushort)(_lastOwn - 1);
            }
            while (_pending.ContainsKey(_lastOwn));

            _own[_lastOwn] = _own.GetValueOrDefault(_lastOwn) + 1;
            return _lastOwn;
        }
    }

    /// <summary>Whether an UNSUBACK answers the gate and not the client.</summary>
    public bool EndOwn(ushort id)
    {
        lock (_lock)
        {
            if (!_own.TryGetValue(id, out int count))
            {
                return false;
            }

            if (count == 1)
            {
                _own.Remove(id);
            }
            else
            {
                _own[id] = count - 1;
            }

            return true;
        }
    }

    /// <summary>Copies what is held.</summary>
    public void CopyTo(List<KeyValuePair<string, byte>> into)
    {
        lock (_lock)
        {
            into.AddRange(_held);
        }
    }

    /// <summary>The filters for a line of a list, some of them where they are many.</summary>
    public string Describe(int most)
    {
        lock (_lock)
        {
            if (_held.Count == 0)
            {
                return "no subscriptions";
            }

            var text = new StringBuilder();
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{_held.Count} subscription{(_held.Count == 1 ? "" : "s")}: ");
            text.AppendJoin(", ", _held.Keys.Take(most));
            return _held.Count > most ? text.Append(", ...").ToString() : text.ToString();
        }
    }
}

/// <summary>A SUBSCRIBE without its answer.</summary>
/// <param name="Slots">For each filter of the client's request, in order: <see cref="Subscriptions.Passed"/>, or the code it gets.</param>
/// <param name="Filters">Those that went on, in order, with the quality of service asked for.</param>
internal sealed record PendingSubscribe(byte[] Slots, KeyValuePair<string, byte>[] Filters)
{
    /// <summary>Receipts of the filters that were refused, or null.</summary>
    public string? Receipts { get; init; }

    /// <summary>The next one under the same packet id.</summary>
    public PendingSubscribe? Next { get; private set; }

    /// <summary>Puts another behind all that are under the same packet id.</summary>
    public void Append(PendingSubscribe pending)
    {
        PendingSubscribe last = this;
        while (last.Next is { } next)
        {
            last = next;
        }

        last.Next = pending;
    }
}
