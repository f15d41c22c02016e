using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// What lies below the TLS of an upstream. It notices that the connection ended before TLS was told so: a stream of TLS then
/// reads 0 either way, and only its own end (close_notify, RFC 8446 section 6.1) says that nothing was cut off.
/// </summary>
internal sealed class UpstreamSocketStream(Socket socket) : NetworkStream(socket, ownsSocket: false)
{
    private volatile bool _hasEnded;

    /// <summary>
    /// Whether the connection's end was read. TLS does not read on after a close_notify: true after it reported an end means
    /// that there was none.
    /// </summary>
    public bool HasEnded => _hasEnded;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<int> reading = base.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return NoticeAsync(reading, buffer.IsEmpty);
        }

        return new ValueTask<int>(Notice(reading.Result, buffer.IsEmpty));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> NoticeAsync(ValueTask<int> reading, bool isEmpty) => Notice(await reading, isEmpty);

    // A read into nothing waits for data and says nothing about the end.
    private int Notice(int count, bool isEmpty)
    {
        if (count == 0 && !isEmpty)
        {
            _hasEnded = true;
        }

        return count;
    }
}
