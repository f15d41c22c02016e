using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// A read that is begun before anybody waits for it: an idle or busy connection so notices its peer's going without a poll
/// before each use. One flow of control owns it (posts and waits); completion and <see cref="CancelWait"/> come from others.
/// </summary>
internal sealed class PostedRead : IValueTaskSource<int>
{
    /// <summary>What a wait gives that was cancelled; the read goes on.</summary>
    public const int Cancelled = -1;

    // A peer that always has more must not keep a thread of the sockets to itself.
    private const int MostAtOnce = 64;

    private const int None = 0;
    private const int Posted = 1;
    private const int Awaited = 2;
    private const int Arrived = 3;

    private readonly Func<ValueTask<int>> _start;
    private readonly Action<int> _accept;
    private readonly Action? _ended;
    private readonly Action _complete;
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter _awaiter;
    private ManualResetValueTaskSourceCore<int> _wait;
    private Exception? _fault;
    private int _count;
    private int _state;
    private int _atOnce;
    private volatile bool _cancelNext;

    /// <param name="start">Begins a read.</param>
    /// <param name="accept">Takes the count over, in the owner's flow, once it asks for the outcome; not called for the end.</param>
    /// <param name="ended">Called when the stream ends or breaks while nobody waits.</param>
    public PostedRead(Func<ValueTask<int>> start, Action<int> accept, Action? ended = null)
    {
        _start = start;
        _accept = accept;
        _ended = ended;
        _complete = Complete;
    }

    /// <summary>Whether a read is under way, so that its buffer must not be given to anybody else.</summary>
    public bool IsPosted => Volatile.Read(ref _state) is Posted or Awaited;

    /// <summary>Whether a read is under way or brought what nobody has asked for yet, so that its buffer must stay as it is.</summary>
    public bool IsHeld => Volatile.Read(ref _state) != None;

    /// <summary>Whether the read came to the end, which nobody has asked for yet.</summary>
    public bool HasEnded => Volatile.Read(ref _state) == Arrived && _count <= 0;

    /// <summary>Whether nothing was read and nothing ended since the read was posted.</summary>
    public bool IsQuiet => Volatile.Read(ref _state) == Posted;

    /// <summary>Begins a read unless one is there; true when its outcome is there at once.</summary>
    public bool Post()
    {
        if (Volatile.Read(ref _state) != None)
        {
            return Volatile.Read(ref _state) == Arrived;
        }

        ValueTask<int> read;
        try
        {
            read = _start();
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            read = ValueTask.FromException<int>(fault);
        }

        _awaiter = read.ConfigureAwait(false).GetAwaiter();
        if (_awaiter.IsCompleted)
        {
            Take();
            Volatile.Write(ref _state, Arrived);
            return true;
        }

        Volatile.Write(ref _state, Posted);
        _awaiter.UnsafeOnCompleted(_complete);
        return false;
    }

    /// <summary>
    /// Waits for the outcome of the read that was posted, or of one posted now: the count, 0 at the end,
    /// <see cref="Cancelled"/>. Throws what the stream throws.
    /// </summary>
    public ValueTask<int> WaitAsync()
    {
        if (Post() || Interlocked.CompareExchange(ref _state, Awaited, Posted) != Posted)
        {
            return ++_atOnce < MostAtOnce || _fault is not null ? Give() : GiveLater();
        }

        _atOnce = 0;
        var waiting = new ValueTask<int>(this, _wait.Version);
        if (_cancelNext)
        {
            _cancelNext = false;
            CancelWait();
        }

        return waiting;
    }

    /// <summary>Cancels the wait that is there, or else the next one.</summary>
    public void CancelNext()
    {
        _cancelNext = true;
        Interlocked.MemoryBarrier();
        if (CancelWait())
        {
            _cancelNext = false;
        }
    }

    /// <summary>Lets the one that waits go on without an outcome; false when nobody waits.</summary>
    public bool CancelWait()
    {
        if (Interlocked.CompareExchange(ref _state, Posted, Awaited) != Awaited)
        {
            return false;
        }

        _wait.SetResult(Cancelled);
        return true;
    }

    int IValueTaskSource<int>.GetResult(short token)
    {
        int result = _wait.GetResult(token);
        _wait.Reset();
        return result == Cancelled ? result : Outcome();
    }

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _wait.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _wait.OnCompleted(continuation, state, token, flags);

    private static bool IsEnd(Exception fault) =>
        fault is IOException or SocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;

    private void Complete()
    {
        Take();
        bool isEnd = _count <= 0;
        int before = Interlocked.Exchange(ref _state, Arrived);
        if (before == Awaited)
        {
            _wait.SetResult(0);
        }
        else if (isEnd)
        {
            _ended?.Invoke();
        }
    }

    private void Take()
    {
        _fault = null;
        try
        {
            _count = _awaiter.GetResult();
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            _fault = fault;
            _count = 0;
        }

        _awaiter = default;
    }

    private ValueTask<int> Give() =>
        _fault is null ? new ValueTask<int>(Outcome()) : ValueTask.FromException<int>(Forget(_fault));

    private ValueTask<int> GiveLater()
    {
        _atOnce = 0;
        var given = new ValueTask<int>(this, _wait.Version);
        ThreadPool.UnsafeQueueUserWorkItem(static read => read._wait.SetResult(0), this, preferLocal: false);
        return given;
    }

    private int Outcome()
    {
        if (_fault is { } fault)
        {
            throw Forget(fault);
        }

        // Only here: bytes that the owner saw before it took their outcome would leave a read behind that nobody takes.
        int count = _count;
        if (count > 0)
        {
            _accept(count);
        }

        Volatile.Write(ref _state, None);
        return count;
    }

    private Exception Forget(Exception fault)
    {
        Volatile.Write(ref _state, None);
        return fault;
    }
}
