using System.Net.WebSockets;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>
/// The bytes in a WebSocket's binary messages as one stream: packets need not end where frames or messages do (MQTT 5.0
/// section 6). Each write is one message. A close is answered; a text message is a reason to close. While it waits in a read
/// into nothing it holds no buffer. One read and one write at a time.
/// </summary>
internal sealed class WebSocketStream(WebSocket socket, TimeProvider time) : ByteStream
{
    // Whoever does not take the close frame by then is not told.
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    // Frames without bytes in a row, after which others get their turn on the thread.
    private const int EmptyAtOnce = 64;

    private bool _hasEnded;

    /// <summary>What the other side did wrong, a frozen word: <c>text_message</c> or <c>websocket_frame</c>; null: nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Reads; 0 at the end, which a close, a broken frame and a connection that is gone all are.</summary>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _hasEnded ? new ValueTask<int>(0) : ReceiveAsync(buffer, cancellationToken);

    /// <summary>Waits for bytes, or the end, without a buffer.</summary>
    public async ValueTask WaitAsync()
    {
        if (await ReadAsync(Memory<byte>.Empty) > 0)
        {
            throw new InvalidOperationException("a read into nothing brought bytes");
        }
    }

    /// <summary>Sends one binary message; nothing for no bytes.</summary>
    /// <exception cref="IOException">The connection is gone or was closed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return;
        }

        try
        {
            await socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        catch (Exception fault) when (IsEnd(fault))
        {
            throw new IOException("the WebSocket is closed", fault);
        }
    }

    /// <summary>Sends a close frame and does not wait for its answer. Never throws for a dead connection.</summary>
    public async ValueTask CloseAsync(WebSocketCloseStatus status)
    {
        if (socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived))
        {
            return;
        }

        using CancellationTokenSource limit = new(CloseLimit, time);
        try
        {
            await socket.CloseOutputAsync(status, null, limit.Token);
        }
        catch (Exception fault) when (IsEnd(fault) || fault is OperationCanceledException)
        {
            // Gone meanwhile: there is nobody to tell.
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            socket.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsEnd(Exception fault) =>
        fault is WebSocketException or IOException or System.Net.Sockets.SocketException or ObjectDisposedException or InvalidOperationException;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            for (int empty = 1; ; empty++)
            {
                ValueWebSocketReceiveResult received = await socket.ReceiveAsync(buffer, cancellationToken);
                if (received.MessageType != WebSocketMessageType.Binary)
                {
                    await EndAsync(received.MessageType);
                    return 0;
                }

                // A read into nothing is done when a frame with bytes has begun; a message of none goes unseen.
                if (received.Count > 0 || (buffer.IsEmpty && !received.EndOfMessage))
                {
                    return received.Count;
                }

                if (empty % EmptyAtOnce == 0)
                {
                    await Task.Yield();
                }
            }
        }
        catch (Exception fault) when (IsEnd(fault) || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // What breaks the rules of frames is answered with 1002 by the platform.
            Fault ??= fault is WebSocketException { WebSocketErrorCode: WebSocketError.Faulted } ? "websocket_frame" : null;
            _hasEnded = true;
            return 0;
        }
    }

    private async ValueTask EndAsync(WebSocketMessageType type)
    {
        _hasEnded = true;
        if (type == WebSocketMessageType.Text)
        {
            // MQTT 5.0 section 6: MQTT goes in binary frames; anything else closes the connection.
            Fault = "text_message";
            await CloseAsync(WebSocketCloseStatus.InvalidMessageType);
        }
        else
        {
            await CloseAsync(WebSocketCloseStatus.NormalClosure);
        }
    }
}
