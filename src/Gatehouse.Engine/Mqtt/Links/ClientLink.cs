using System.Buffers;
using System.Net.Security;
using Gatehouse.Engine.Listeners;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>
/// The client's side of a session: one flow reads, several write, each its packets as a whole. A buffer is held only while
/// bytes are in it, or while the client has just been busy.
/// </summary>
internal sealed class ClientLink(Stream stream, TimeProvider time) : IDisposable
{
    private const int FirstSize = 4 * 1024;
    private const int LargestFirst = 64 * 1024;

    // Reads this close to each other, so many in a row: a client that is busy, and has a buffer waiting for the next packet.
    private const int BusyReads = 16;
    private static readonly TimeSpan Close = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly PacketsBehind _behind = new();
    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _size = FirstSize;
    private long _lastRead;
    private int _closeReads;
    private bool _isBusy;
    private long _listensSince;

    /// <summary>Bytes received and not used; valid until the next read.</summary>
    public ReadOnlyMemory<byte> Received => _buffer.AsMemory(_start, _end - _start);

    /// <summary>How long it has been listened to in vain; nothing while it is not.</summary>
    public TimeSpan Silence => Volatile.Read(ref _listensSince) is var since && since != 0 ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>Whether the client takes no more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Uses bytes up.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Reads more behind what is there; 0 at the end. Throws what the stream throws.</summary>
    public async ValueTask<int> MoreAsync(CancellationToken cancellation = default)
    {
        // Its silence begins now: until here it may have spoken unheard.
        Volatile.Write(ref _listensSince, time.GetTimestamp());
        if (_start == _end && !_isBusy)
        {
            Release();

            // Reads nothing: it returns once there is something.
            _ = await stream.ReadAsync(Memory<byte>.Empty, cancellation);
        }

        MakeRoom();
        int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
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
        if (_end == _buffer.Length && _size < LargestFirst)
        {
            // Whoever fills it gets a larger one, so that more packets go on at once.
            _size *= 2;
        }

        return count;
    }

    /// <summary>
    /// Writes packets, or leaves them to be written behind the one that is under way; false when the client takes no more.
    /// </summary>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> packets) => WriteAsync(packets, endsMidPacket: null);

    /// <summary>Writes what the broker sent, which may end in the middle of a packet; false when the client takes no more.</summary>
    public ValueTask<bool> PassAsync(ReadOnlyMemory<byte> bytes, bool endsMidPacket) => WriteAsync(bytes, (bool?)endsMidPacket);

    /// <summary>Gives the buffer back; nothing may read any more.</summary>
    public void Dispose()
    {
        Release();
        _turn.Dispose();
        _behind.Dispose();
    }

    private async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, bool? endsMidPacket)
    {
        await _turn.WaitAsync();
        try
        {
            if (IsBroken)
            {
                return false;
            }

            if (endsMidPacket is null && _behind.IsMidPacket)
            {
                return _behind.TryLeave(bytes.Span);
            }

            await stream.WriteAsync(bytes, CancellationToken.None);
            if (_behind.Ends(endsMidPacket ?? false))
            {
                await stream.WriteAsync(_behind.Packets, CancellationToken.None);
                _behind.Clear();
            }

            await stream.FlushAsync(CancellationToken.None);
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            IsBroken = true;
        }
        finally
        {
            _turn.Release();
        }

        return !IsBroken;
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end < _buffer.Length && (_end > 0 || _buffer.Length >= _size))
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_size, _buffer.Length * (_end > 0 ? 2 : 1)));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        }

        _buffer = larger;
    }

    private void Release()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
