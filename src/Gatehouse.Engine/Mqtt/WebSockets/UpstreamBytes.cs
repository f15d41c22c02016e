using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>A connection to an upstream below WebSocket. What was received with the answer's head is read first.</summary>
internal sealed class UpstreamBytes(UpstreamConnection connection) : ByteStream
{
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.Received.IsEmpty ? ReceiveAsync(buffer) : new ValueTask<int>(Take(buffer));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        connection.SendAsync(buffer);

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer) =>
        await connection.ReceiveMoreAsync() == 0 ? 0 : Take(buffer);

    private int Take(Memory<byte> buffer)
    {
        int count = Math.Min(connection.Received.Length, buffer.Length);
        connection.Received[..count].CopyTo(buffer.Span);
        connection.Consume(count);
        return count;
    }
}
