using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>
/// A client's connection below WebSocket: first the bytes that came with the request's head, then the connection itself,
/// read ahead, since frames are asked for in a few bytes each. A read into nothing waits without a buffer. Each write leaves
/// at once. It does not own the connection.
/// </summary>
internal sealed class TransportBytes(Stream connection, byte[] first) : ByteStream
{
    private const int Ahead = 4096;

    private byte[] _bytes = first;
    private int _start;
    private int _end = first.Length;
    private bool _isRented;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_start < _end)
        {
            return new ValueTask<int>(Take(buffer));
        }

        if (buffer.IsEmpty)
        {
            GiveBack();
        }

        return buffer.Length is 0 or >= Ahead ? connection.ReadAsync(buffer, cancellationToken) : ReadAheadAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await connection.WriteAsync(buffer, cancellationToken);
        await connection.FlushAsync(cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAheadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (!_isRented)
        {
            _bytes = ArrayPool<byte>.Shared.Rent(Ahead);
            _isRented = true;
        }

        _start = _end = 0;
        _end = await connection.ReadAsync(_bytes, cancellationToken);
        return Take(buffer);
    }

    private int Take(Memory<byte> buffer)
    {
        int count = Math.Min(_end - _start, buffer.Length);
        _bytes.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    // Only here: at any other time a read may be under way into it. One that is left behind is the collector's.
    private void GiveBack()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        _start = _end = 0;
        if (_isRented)
        {
            _isRented = false;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}

/// <summary>A connection's pipes as a stream.</summary>
internal sealed class PipeBytes(IDuplexPipe pipes) : ByteStream
{
    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ReadResult read = await pipes.Input.ReadAsync(cancellationToken);
        ReadOnlySequence<byte> data = read.Buffer;
        int count = (int)Math.Min(data.Length, buffer.Length);
        SequencePosition end = data.GetPosition(count);
        data.Slice(0, end).CopyTo(buffer.Span);
        pipes.Input.AdvanceTo(end);
        return read.IsCanceled ? throw new IOException("the read was cancelled") : count;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        FlushResult flush = await pipes.Output.WriteAsync(buffer, cancellationToken);
        if (flush.IsCompleted)
        {
            throw new IOException("the client takes no more");
        }
    }
}
