using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Connections;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// One accepted connection. Whoever wants the bytes takes the stream of <see cref="IClientStreamFeature"/>, or the pipes of
/// <see cref="Transport"/>, which are made when they are first asked for; never both.
/// </summary>
internal sealed class SocketConnection : ConnectionContext,
    IClientStreamFeature,
    IConnectionIdFeature,
    IConnectionItemsFeature,
    IConnectionTransportFeature,
    IConnectionLifetimeFeature,
    IConnectionEndPointFeature,
    IConnectionSocketFeature,
    IMemoryPoolFeature,
    IPeerWatch
{
    // What was written before the close has this long to leave; a client that does not read must not keep its place.
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(5);

    private static long _lastId;

    private readonly SocketStream _stream;
#pragma warning disable CA2213 // It may fall after the end, on another thread; without a timer it has nothing to dispose of.
    private readonly CancellationTokenSource _gone = new();
#pragma warning restore CA2213
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConnectionFeatureSet _features;
    private ClientPipe? _pipe;
    private IDuplexPipe? _transport;
    private IDictionary<object, object?>? _items;
    private int _isGone;
    private int _isClosed;

    /// <summary>Takes over an accepted socket.</summary>
    /// <exception cref="SocketException">The client is gone already; the socket is still the caller's.</exception>
    public SocketConnection(Socket socket, MemoryPool<byte> pool, TimeProvider time, ILogger logger)
    {
        Socket = socket;
        MemoryPool = pool;
        _time = time;
        _logger = logger;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        if (socket.AddressFamily != AddressFamily.Unix)
        {
            socket.NoDelay = true;
        }

        _stream = new SocketStream(this, socket);
        _features = new ConnectionFeatureSet(this);
        ConnectionClosed = _gone.Token;
        ConnectionId = Interlocked.Increment(ref _lastId).ToString("x8", CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public Socket Socket { get; }

    /// <inheritdoc/>
    public MemoryPool<byte> MemoryPool { get; }

    /// <inheritdoc/>
    public ClientStream Stream => _stream;

    /// <inheritdoc/>
    public override string ConnectionId { get; set; }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get; set; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get; set; }

    /// <summary>
    /// Falls when a read meets the client's end, when <see cref="Look"/> finds it gone while nobody reads, and when the
    /// connection ends here. Callbacks run on the thread pool.
    /// </summary>
    public override CancellationToken ConnectionClosed { get; set; }

    /// <inheritdoc/>
    public override IFeatureCollection Features => _features;

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    /// <inheritdoc/>
    public override IDuplexPipe Transport
    {
        get => _transport ??= _pipe ??= new ClientPipe(_stream);
        set => _transport = value;
    }

    /// <inheritdoc/>
    public void Look()
    {
        if (Volatile.Read(ref _isGone) == 0 && !_stream.IsReading && SocketCalls.HasPeerLeft(Socket))
        {
            OnClientGone();
        }
    }

    /// <summary>
    /// Ends it at once; what waits on it fails. With a reset, or, without a reason (the HTTP server's way when the client has
    /// ended), as a close. Any thread, never throws.
    /// </summary>
    public override void Abort(ConnectionAbortedException? abortReason)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            if (abortReason is null)
            {
                Shutdown();
            }

            Close(isReset: abortReason is not null);
            OnClientGone();
        }
    }

    /// <inheritdoc/>
    public override void Abort() => Abort(new ConnectionAbortedException());

    /// <summary>Sends what was written, then closes. Only the owner calls it, with nothing under way.</summary>
    public override async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _isClosed) == 0)
        {
            Task sending = SendRestAsync();
            if (!sending.IsCompleted)
            {
                await SendWithinAsync(sending);
            }
        }

        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            Shutdown();
            if (!_stream.IsReading)
            {
                SocketCalls.Drain(Socket);
            }

            Close(isReset: false);
        }

        await _stream.DisposeAsync();
        OnClientGone();
        await base.DisposeAsync();
    }

    /// <summary>Tells the client that nothing more comes.</summary>
    internal void Shutdown()
    {
        try
        {
            Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It was faster.
        }
        catch (ObjectDisposedException)
        {
            // Aborted meanwhile.
        }
    }

    /// <summary>The client has ended or is out of reach.</summary>
    internal void OnClientGone()
    {
        if (Interlocked.Exchange(ref _isGone, 1) == 0)
        {
            // Foreign code hangs on the token; it must not run below a read or under a registry's sweep.
            ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.FireGone(), this, preferLocal: false);
        }
    }

    private void FireGone()
    {
        try
        {
            _gone.Cancel();
        }
        catch (AggregateException fault)
        {
            Log.ClientGoneFailed(_logger, fault);
        }
    }

    private async Task SendWithinAsync(Task sending)
    {
        using ITimer limit = _time.CreateTimer(
            static state => ((SocketConnection)state!).Abort(), this, CloseWithin, Timeout.InfiniteTimeSpan);
        await sending;
    }

    private async Task SendRestAsync()
    {
        try
        {
            if (_pipe is not null)
            {
                await _pipe.CompleteAsync(isReading: _stream.IsReading);
            }

            await _stream.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            // Nobody is there to get it.
        }
        catch (OperationCanceledException)
        {
            // The pipe's flush was cancelled before.
        }
        catch (InvalidOperationException)
        {
            // A write was left under way: closing ends it.
        }
    }

    private void Close(bool isReset)
    {
        try
        {
            if (isReset)
            {
                Socket.Close(timeout: 0);
            }
            else
            {
                Socket.Dispose();
            }
        }
        catch (SocketException)
        {
            // Gone: that is what was wanted.
        }
    }
}
