using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Gatehouse.Engine.Http1;

/// <summary>
/// The bytes of answers on their way to a client: gathered until the flush, so that a head and a short body are one write.
/// Its buffer is held only in between. Owned by one flow of control.
/// </summary>
internal sealed class Http1Output(Stream stream, Http1Clock clock) : PipeWriter, IDisposable
{
    private const int FirstSize = 8 * 1024;

    private byte[] _buffer = [];
    private int _count;
    private Task? _interim;

    /// <summary>Whether the client's side is broken: nothing more can be told.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        _count += bytes.Length;
    }

    /// <inheritdoc/>
    public override void Advance(int bytes) => _count += bytes;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_count);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_count);
    }

    /// <summary>Tells a client that waits with its body to send it (RFC 9110 section 15.2.1).</summary>
    public async ValueTask WriteContinueAsync()
    {
        _interim = WriteInterimAsync();
        await _interim;
    }

    /// <inheritdoc/>
    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_interim is { IsCompleted: false } || IsBroken)
        {
            return FlushSlowlyAsync();
        }

        if (_count == 0)
        {
            return new ValueTask<FlushResult>(default(FlushResult));
        }

        Task slow;
        try
        {
            ValueTask writing = stream.WriteAsync(_buffer.AsMemory(0, _count), CancellationToken.None);
            if (writing.IsCompletedSuccessfully)
            {
                slow = stream.FlushAsync(CancellationToken.None);
                if (slow.IsCompletedSuccessfully)
                {
                    Release();
                    return new ValueTask<FlushResult>(default(FlushResult));
                }
            }
            else
            {
                slow = writing.AsTask();
            }
        }
        catch (Exception fault) when (IsGone(fault))
        {
            slow = Task.FromException(fault);
        }

        return FinishAsync(slow);
    }

    /// <inheritdoc/>
    public override void CancelPendingFlush()
    {
        // A client that does not read is cut by its connection.
    }

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null)
    {
        // The connection goes on.
    }

    /// <inheritdoc/>
    public void Dispose() => Release();

    private static bool IsGone(Exception fault) =>
        fault is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or System.Net.Sockets.SocketException;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FlushResult> FinishAsync(Task writing)
    {
        clock.Wait(Http1Wait.Write);
        try
        {
            await writing;
            await stream.FlushAsync(CancellationToken.None);
        }
        catch (Exception fault) when (IsGone(fault))
        {
            IsBroken = true;
        }
        finally
        {
            clock.Wait(Http1Wait.None);
            Release();
        }

        return new FlushResult(isCanceled: false, isCompleted: IsBroken);
    }

    private async ValueTask<FlushResult> FlushSlowlyAsync()
    {
        if (_interim is not null)
        {
            await _interim.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _interim = null;
        }

        if (!IsBroken)
        {
            return await FlushAsync();
        }

        Release();
        return new FlushResult(isCanceled: false, isCompleted: true);
    }

    private async Task WriteInterimAsync()
    {
        try
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
            await stream.FlushAsync();
        }
        catch (Exception fault) when (IsGone(fault))
        {
            IsBroken = true;
        }
    }

    private void Release()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _count = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _count >= count)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstSize, _buffer.Length * 2), _count + count));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
