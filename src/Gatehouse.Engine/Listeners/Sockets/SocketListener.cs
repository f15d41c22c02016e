using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>Takes connections off one bound socket until it is unbound, whatever single ones do and whatever the kernel lacks.</summary>
internal sealed class SocketListener(
    Socket listening,
    Func<Socket, CancellationToken, ValueTask<Socket>> accept,
    TimeProvider time,
    ILogger logger) : IConnectionListener
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LogEvery = TimeSpan.FromSeconds(30);

    private readonly BlockPool _pool = new();
    private volatile bool _isUnbound;
    private long _loggedAt;
    private bool _isFailing;

    /// <inheritdoc/>
    public EndPoint EndPoint { get; } = listening.LocalEndPoint!; // bound by whoever made this

    /// <summary>The next connection; null once unbound. Throws for nothing but the caller's own cancellation.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            SocketException fault;
            try
            {
                Socket socket = await accept(listening, cancellationToken);
                Recover();
                if (TryTake(socket, out SocketConnection? connection))
                {
                    return connection;
                }

                continue;
            }
            catch (ObjectDisposedException)
            {
                return null;
            }
            catch (SocketException failure)
            {
                fault = failure;
            }

            if (_isUnbound)
            {
                return null;
            }

            // No descriptors, no memory, a network that is down (accept(2)): the connection stays in the backlog, and asking
            // again at once would spin.
            Report(fault);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _isUnbound = true;
        listening.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await UnbindAsync();
        _pool.Dispose();
    }

    // False: the client was gone before it was looked at.
    private bool TryTake(Socket socket, out SocketConnection? connection)
    {
        try
        {
            connection = new SocketConnection(socket, _pool, time, logger);
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            connection = null;
            return false;
        }
    }

    private void Report(SocketException fault)
    {
        if (!_isFailing || time.GetElapsedTime(_loggedAt) >= LogEvery)
        {
            _isFailing = true;
            _loggedAt = time.GetTimestamp();
            Log.AcceptFailed(logger, EndPoint, fault.Message);
        }
    }

    private void Recover()
    {
        if (_isFailing)
        {
            _isFailing = false;
            Log.AcceptsAgain(logger, EndPoint);
        }
    }
}
