using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>
/// One connection to a broker as a stream of bytes, whatever carries it. One flow of control receives and one sends;
/// <see cref="Abort"/> may come from any thread.
/// </summary>
internal interface IBroker : IDisposable
{
    /// <summary>Bytes received and not used.</summary>
    ReadOnlyMemory<byte> Received { get; }

    /// <summary>Uses up received bytes.</summary>
    void Consume(int count);

    /// <summary>
    /// Receives more behind what is there; the count, 0 at the end. Where nothing is left from before it waits without a buffer.
    /// </summary>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">Likewise.</exception>
    /// <exception cref="ObjectDisposedException">It was aborted.</exception>
    ValueTask<int> ReceiveMoreAsync();

    /// <summary>Sends all of it; throws as <see cref="ReceiveMoreAsync"/> does.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Tells the broker that nothing more comes, behind all that was sent; what the broker sends can still be received. Throws as
    /// <see cref="ReceiveMoreAsync"/> does.
    /// </summary>
    ValueTask EndSendingAsync();

    /// <summary>Ends it at once; what waits on it fails.</summary>
    void Abort();
}

/// <summary>A connection to a broker, or why not.</summary>
/// <param name="Broker">Set exactly when <paramref name="Failure"/> is none.</param>
/// <param name="Failure">The kind of failure.</param>
/// <param name="Detail">For people; holds no secret.</param>
internal readonly record struct BrokerDialResult(IBroker? Broker, DialFailure Failure, string? Detail);
