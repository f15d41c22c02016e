using System.Buffers;
using System.IO.Pipelines;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>
/// A client's connection below WebSocket: first the bytes that came with the request's head, then the connection itself.
/// Each write leaves at once. It does not own the connection.
/// </summary>
internal sealed class TransportBytes(Stream connection, byte[] first) : ByteStream
{
    private int _used;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int left = first.Length - _used;
        if (left == 0)
        {
            return connection.ReadAsync(buffer, cancellationToken);
        }

        int count = Math.Min(left, buffer.Length);
        first.AsSpan(_used, count).CopyTo(buffer.Span);
        _used += count;
        return new ValueTask<int>(count);
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await connection.WriteAsync(buffer, cancellationToken);
        await connection.FlushAsync(cancellationToken);
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
