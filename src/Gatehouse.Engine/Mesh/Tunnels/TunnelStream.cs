using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Mesh.Tunnels;

/// <summary>
/// The raw bytes of a tunnel, below TLS. An idle tunnel waits with a small buffer; a busy one reads 64 KiB at once. Writes are
/// gathered until the flush, so that several TLS records are one send. One read and one write at a time.
/// </summary>
internal sealed class TunnelStream : Stream
{
    private const int SmallLength = 1024;
    private const int LargeLength = 64 * 1024;
    private const int SmallReads = 16;

    private readonly Socket _socket;
    private byte[] _own;
    private int _start;
    private int _end;
    private int _smallReads;
    private byte[]? _gather;
    private int _gathered;

    /// <summary>Takes over a connected socket.</summary>
    /// <param name="socket">Closed by its owner.</param>
    /// <param name="first">Bytes that were received already.</param>
    public TunnelStream(Socket socket, ReadOnlySpan<byte> first)
    {
        _socket = socket;
        _own = new byte[Math.Max(SmallLength, first.Length)];
        first.CopyTo(_own);
        _end = first.Length;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads; with an empty buffer it waits for bytes and keeps them.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end)
        {
            return new ValueTask<int>(Take(buffer.Span));
        }

        if (!buffer.IsEmpty && _own.Length < LargeLength)
        {
            return ReceiveAsync(buffer, cancellationToken);
        }

        return FillAsync(buffer, cancellationToken);
    }

    /// <summary>Takes bytes for the next flush.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int after = _gathered + buffer.Length;
        if (after <= LargeLength)
        {
            Gather(buffer.Span, after);
            return ValueTask.CompletedTask;
        }

        return SendThenAsync(buffer, cancellationToken);
    }

    /// <summary>Sends what was written.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_gathered == 0)
        {
            return Task.CompletedTask;
        }

        ValueTask sending = SendGatheredAsync(cancellationToken);
        return sending.IsCompletedSuccessfully ? Task.CompletedTask : sending.AsTask();
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Everything runs asynchronously; a blocking call on a socket thread would be a bug.

    /// <inheritdoc/>
    public override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private int Take(Span<byte> into)
    {
        int count = Math.Min(_end - _start, into.Length);
        _own.AsSpan(_start, count).CopyTo(into);
        _start += count;
        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        int count = await ReceiveOnceAsync(buffer, cancellation);
        if (count == buffer.Length && count >= SmallLength)
        {
            // More is there than fits: the next read takes much at once.
            Grow();
        }

        return count;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> FillAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        _start = _end = 0;
        int count = await ReceiveOnceAsync(_own, cancellation);
        _end = count;
        if (count == _own.Length)
        {
            GrowHeld();
        }
        else if (count > SmallLength)
        {
            _smallReads = 0;
        }
        else if (_own.Length > SmallLength && ++_smallReads >= SmallReads)
        {
            Shrink();
        }

        return buffer.IsEmpty ? 0 : Take(buffer.Span);
    }

    private void Grow()
    {
        if (_own.Length < LargeLength)
        {
            _own = GC.AllocateUninitializedArray<byte>(LargeLength);
            _start = _end = 0;
        }

        _smallReads = 0;
    }

    private void GrowHeld()
    {
        if (_own.Length < LargeLength)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(LargeLength);
            _own.AsSpan(0, _end).CopyTo(larger);
            _own = larger;
        }

        _smallReads = 0;
    }

    private void Shrink()
    {
        byte[] smaller = new byte[SmallLength];
        _own.AsSpan(0, _end).CopyTo(smaller);
        _own = smaller;
        _smallReads = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveOnceAsync(Memory<byte> into, CancellationToken cancellation)
    {
        try
        {
            return await _socket.ReceiveAsync(into, SocketFlags.None, cancellation);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            throw new IOException(fault.Message, fault);
        }
    }

    private void Gather(ReadOnlySpan<byte> bytes, int after)
    {
        if (_gather is null)
        {
            _gather = ArrayPool<byte>.Shared.Rent(after);
        }
        else if (_gather.Length < after)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(LargeLength);
            _gather.AsSpan(0, _gathered).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_gather);
            _gather = larger;
        }

        bytes.CopyTo(_gather.AsSpan(_gathered));
        _gathered = after;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendThenAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellation)
    {
        await SendGatheredAsync(cancellation);
        if (buffer.Length <= LargeLength)
        {
            Gather(buffer.Span, buffer.Length);
        }
        else
        {
            await SendAsync(buffer, cancellation);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendGatheredAsync(CancellationToken cancellation)
    {
        byte[]? gather = _gather;
        if (gather is null)
        {
            return;
        }

        try
        {
            await SendAsync(gather.AsMemory(0, _gathered), cancellation);
        }
        finally
        {
            _gather = null;
            _gathered = 0;
            ArrayPool<byte>.Shared.Return(gather);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellation)..];
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            throw new IOException(fault.Message, fault);
        }
    }
}
