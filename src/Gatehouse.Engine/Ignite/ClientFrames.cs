using System.Buffers;
using System.Net.Security;
using System.Numerics;
using Gatehouse.Engine.Listeners;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// The client's side: one flow reads frames as a whole, two write, each its frames as a whole. A buffer is held only while bytes are
/// in it, or while the client has just been busy; a large frame takes its room from the gate's budget.
/// </summary>
internal sealed class ClientFrames(Stream stream, ByteBudget budget, TimeProvider time) : IDisposable
{
    private const int FirstSize = 8 * 1024;
    private const int Free = 64 * 1024;

    // A large frame holds room that others may wait for: it has so long, and a second more for so many bytes.
    private const int Pace = 512 * 1024;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    // Reads this close to each other, so many in a row: a client that is busy, and has a buffer waiting for the next request.
    private const int BusyReads = 16;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private ByteBudget _budget = budget;
    private byte[] _buffer = [];
    private ByteBudget.Share? _share;
    private int _start;
    private int _end;
    private int _closeReads;
    private long _lastRead;
    private bool _isBusy;
    private long _listensSince;
    private long _largeSince;
    private TimeSpan _largeLimit;

    /// <summary>Bytes received and not used; valid until the next read. Whoever owns the reading may change them.</summary>
    public Memory<byte> Received => _buffer.AsMemory(_start, _end - _start);

    /// <summary>How long it has been listened to in vain; nothing while it is not.</summary>
    public TimeSpan Silence => Volatile.Read(ref _listensSince) is var since && since != 0 ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Whether a large frame has been coming for too long.</summary>
    public bool IsTooSlow => Volatile.Read(ref _largeSince) is var since && since != 0 && time.GetElapsedTime(since) > _largeLimit;

    /// <summary>Whether the client takes no more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Bytes written.</summary>
    public long Sent { get; private set; }

    /// <summary>Takes room for large frames from another budget from now on.</summary>
    public void Admit(ByteBudget admitted) => _budget = admitted;

    /// <summary>Uses up received bytes.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }

        if (_share is not null && count > 0)
        {
            // What comes next has its own time.
            Volatile.Write(ref _largeSince, time.GetTimestamp());
        }
    }

    /// <summary>Reads more behind what is there; 0 at the end. Throws what the stream throws.</summary>
    /// <param name="frame">Length of the frame that has begun, 0 where it is not known.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async ValueTask<int> MoreAsync(int frame, CancellationToken cancellation)
    {
        if (_start == _end && !_isBusy)
        {
            Release();
            Volatile.Write(ref _listensSince, time.GetTimestamp());

            // Reads nothing: it returns once there is something.
            _ = await stream.ReadAsync(Memory<byte>.Empty, cancellation);
        }

        // Waiting for room is not the client's silence.
        Volatile.Write(ref _listensSince, 0);
        await MakeRoomAsync(frame, cancellation);
        Volatile.Write(ref _listensSince, time.GetTimestamp());

        // A large frame stands alone: what came behind it would keep its room, and its time would run for the next ones.
        int room = (_share is null ? _buffer.Length : Math.Min(_buffer.Length, frame)) - _end;
        int count = await stream.ReadAsync(_buffer.AsMemory(_end, room), cancellation);
        Volatile.Write(ref _listensSince, 0);
        long now = time.GetTimestamp();
        _closeReads = time.GetElapsedTime(_lastRead, now) < Close ? Math.Min(_closeReads + 1, BusyReads) : 0;
        _lastRead = now;
        if (_isBusy != _closeReads >= BusyReads)
        {
            _isBusy = !_isBusy;
            if (stream is SslStream tls)
            {
                TlsMemory.Spare(tls, isSparing: !_isBusy);
            }
        }

        _end += count;
        return count;
    }

    /// <summary>Waits for the turn to write; nobody else writes until <see cref="LeaveWriting"/>.</summary>
    public Task EnterWritingAsync() => _turn.WaitAsync();

    /// <summary>Gives the turn to the next.</summary>
    public void LeaveWriting() => _turn.Release();

    /// <summary>Writes, in one's turn; false when the client takes no more.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (IsBroken)
        {
            return false;
        }

        try
        {
            await stream.WriteAsync(bytes, CancellationToken.None);
            await stream.FlushAsync(CancellationToken.None);
            Sent += bytes.Length;
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            IsBroken = true;
        }

        return !IsBroken;
    }

    /// <summary>Writes whole frames, waiting for the turn; false when the client takes no more.</summary>
    public async ValueTask<bool> WriteWholeAsync(ReadOnlyMemory<byte> frames)
    {
        await _turn.WaitAsync();
        try
        {
            return await WriteAsync(frames);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Gives the buffer back; nothing may read any more.</summary>
    public void Dispose()
    {
        Release();
        _turn.Dispose();
    }

    private async ValueTask MakeRoomAsync(int frame, CancellationToken cancellation)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == 0 && _buffer.Length > Free)
        {
            Release();
        }

        if (_end < _buffer.Length && frame <= _buffer.Length)
        {
            return;
        }

        int wanted = Math.Max(Math.Max(FirstSize, frame), _end == _buffer.Length ? Math.Min(_buffer.Length * 2, Free) : 0);
        if (wanted > Free && (_share is null || _share.Count < wanted))
        {
            // Nobody waits for room while holding some: two who did so would wait for each other.
            _share?.Dispose();
            _share = null;
            _share = await _budget.TakeAsync((long)BitOperations.RoundUpToPowerOf2((uint)wanted), cancellation); // as the pool gives it
            _largeLimit = Grace + TimeSpan.FromSeconds(wanted / Pace);
            Volatile.Write(ref _largeSince, time.GetTimestamp());
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
    }

    private void Release()
    {
        Return(_buffer);
        _buffer = [];
        _start = _end = 0;
        _share?.Dispose();
        _share = null;
        Volatile.Write(ref _largeSince, 0);
    }

    // Requests hold rows and parameters: whoever rents the array next is not to find them.
    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: buffer.Length <= Free);
        }
    }
}
