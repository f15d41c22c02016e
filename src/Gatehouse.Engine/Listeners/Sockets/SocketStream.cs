using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// The bytes of a socket. Reads go straight into the caller's buffer. Writes are gathered in one rented buffer until the
/// flush, so that an answer of several TLS records is one send; the buffer goes back when it was sent.
/// </summary>
internal sealed class SocketStream(SocketConnection connection, Socket socket) : ClientStream
{
    private const int SmallGather = 4 * 1024;
    private const int LargeGather = 64 * 1024;

    private byte[]? _gather;
    private int _gathered;
    private int _reading;
    private int _writing;
    private bool _isBroken;

    /// <summary>Whether somebody waits for bytes, and so learns of the end himself.</summary>
    public bool IsReading => Volatile.Read(ref _reading) != 0;

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BeginWrite();
        if (TryGather(buffer.Span))
        {
            EndWrite();
            return ValueTask.CompletedTask;
        }

        return SendAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken)
    {
        // Also where a write failed before: nothing is left of it, and whoever disposes of TLS flushes once more.
        if (_gathered == 0)
        {
            return Task.CompletedTask;
        }

        BeginWrite();
        ValueTask<int> sending = BeginSend(_gather.AsMemory(0, _gathered), cancellationToken);
        if (!sending.IsCompletedSuccessfully)
        {
            return FinishFlushAsync(sending, cancellationToken);
        }

        int sent = sending.Result;
        if (sent < _gathered)
        {
            return FinishFlushAsync(new ValueTask<int>(sent), cancellationToken);
        }

        ReturnGather();
        EndWrite();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async ValueTask EndAsync()
    {
        try
        {
            await FlushAsync(CancellationToken.None);
            connection.Shutdown();
        }
        catch (IOException)
        {
            // Nobody is there to be told.
        }
    }

    /// <inheritdoc/>
    protected override ValueTask<int> ReceiveAsync(Memory<byte> into, bool isOwn, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException("a read is under way");
        }

        ValueTask<int> receiving;
        try
        {
            receiving = socket.ReceiveAsync(into, SocketFlags.None, cancellation);
        }
        catch (ObjectDisposedException fault)
        {
            Volatile.Write(ref _reading, 0);
            return ValueTask.FromException<int>(Closed(fault));
        }

        return receiving.IsCompletedSuccessfully
            ? new ValueTask<int>(Received(receiving.Result, isOwn))
            : AwaitReceiveAsync(receiving, isOwn);
    }

    /// <summary>Gives the buffer back once nothing can be sent any more; a send under way does it itself.</summary>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _writing, 1) == 0)
        {
            Break();
            EndWrite();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitReceiveAsync(ValueTask<int> receiving, bool isOwn)
    {
        try
        {
            return Received(await receiving, isOwn);
        }
        catch (SocketException fault)
        {
            throw Broken(fault);
        }
        catch (ObjectDisposedException fault)
        {
            throw Closed(fault);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    private int Received(int count, bool isOwn)
    {
        Volatile.Write(ref _reading, 0);
        if (count == 0)
        {
            connection.OnClientGone();
        }

        return isOwn ? Hold(count) : count;
    }

    // False: it does not fit, or is not worth a copy.
    private bool TryGather(ReadOnlySpan<byte> bytes)
    {
        int after = _gathered + bytes.Length;
        if (after > LargeGather)
        {
            return false;
        }

        if (_gather is null)
        {
            _gather = ArrayPool<byte>.Shared.Rent(after <= SmallGather ? SmallGather : LargeGather);
        }
        else if (_gather.Length < after)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(LargeGather);
            _gather.AsSpan(0, _gathered).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_gather);
            _gather = larger;
        }

        bytes.CopyTo(_gather.AsSpan(_gathered));
        _gathered = after;
        return true;
    }

    // Owns the write from BeginWrite on, as FinishFlushAsync does.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            if (_gathered > 0)
            {
                await SendAllAsync(_gather.AsMemory(0, _gathered), BeginSend(_gather.AsMemory(0, _gathered), cancellation), cancellation);
                ReturnGather();
            }

            if (!TryGather(bytes.Span))
            {
                await SendAllAsync(bytes, BeginSend(bytes, cancellation), cancellation);
            }
        }
        catch
        {
            // Part of it may have left: nothing may follow that.
            Break();
            throw;
        }
        finally
        {
            EndWrite();
        }
    }

    private async Task FinishFlushAsync(ValueTask<int> sending, CancellationToken cancellation)
    {
        try
        {
            await SendAllAsync(_gather.AsMemory(0, _gathered), sending, cancellation);
            ReturnGather();
        }
        catch
        {
            // Part of it may have left: nothing may follow that.
            Break();
            throw;
        }
        finally
        {
            EndWrite();
        }
    }

    private async ValueTask SendAllAsync(ReadOnlyMemory<byte> bytes, ValueTask<int> sending, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                bytes = bytes[await sending..];
                if (bytes.IsEmpty)
                {
                    return;
                }

                sending = socket.SendAsync(bytes, SocketFlags.None, cancellation);
            }
        }
        catch (SocketException fault)
        {
            throw Broken(fault);
        }
        catch (ObjectDisposedException fault)
        {
            throw Closed(fault);
        }
    }

    private ValueTask<int> BeginSend(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            return socket.SendAsync(bytes, SocketFlags.None, cancellation);
        }
        catch (ObjectDisposedException fault)
        {
            return ValueTask.FromException<int>(fault);
        }
    }

    // Two writers would share one rented buffer, and could give it back twice.
    private void BeginWrite()
    {
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("a write is under way");
        }

        if (_isBroken)
        {
            EndWrite();
            throw new IOException("a write on this connection failed before");
        }
    }

    private void EndWrite() => Volatile.Write(ref _writing, 0);

    private void Break()
    {
        _isBroken = true;
        ReturnGather();
    }

    private void ReturnGather()
    {
        byte[]? gather = _gather;
        _gather = null;
        _gathered = 0;
        if (gather is not null)
        {
            ArrayPool<byte>.Shared.Return(gather);
        }
    }

    private IOException Broken(SocketException fault)
    {
        connection.OnClientGone();
        return fault.SocketErrorCode switch
        {
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                new ConnectionResetException("the client reset the connection", fault),
            SocketError.OperationAborted or SocketError.Interrupted => Closed(fault),
            _ => new IOException(fault.Message, fault),
        };
    }

    private static IOException Closed(Exception fault) => new("the connection was closed here", fault);
}
