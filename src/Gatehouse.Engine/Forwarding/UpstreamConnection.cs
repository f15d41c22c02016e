using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Engine.Forwarding;

/// <summary>
/// One connection to an upstream with its buffers. Owned by one forward at a time; idle ones are owned by the pool.
/// Only <see cref="Abort"/> and the deadline may be touched by other threads.
/// </summary>
internal sealed class UpstreamConnection : IDisposable
{
    private const int ReadSize = 16 * 1024;
    private const long Expired = -1;

    private readonly Socket _socket;
    private readonly PostedRead _receive;
    private byte[] _read = [];
    private HeadBuffer? _head;
    private ResponseHead? _response;
    private ChunkedDecoder? _chunks;
    private SslStream? _tls;
    private UpstreamSocketStream? _below;
    private long _deadline;
    private int _disposed;

    public UpstreamConnection(Socket socket)
    {
        _socket = socket;
        _receive = new PostedRead(Receive, count => End += count);
    }

    /// <summary>The request head and what follows it at once is put together here.</summary>
    public HeadBuffer Head => _head ??= new HeadBuffer();

    /// <summary>
    /// Whether it waits without a buffer while nothing is there: for connections that are many and mostly silent. Costs a call
    /// of the kernel for each wait.
    /// </summary>
    public bool IsSparing { get; set; }

    /// <summary>Whether a response came over it before.</summary>
    public bool IsReused { get; set; }

    /// <summary>Timestamp of the moment it became idle.</summary>
    public long IdleSince { get; set; }

    /// <summary>Whether the deadline cut it.</summary>
    public bool IsTimedOut => Volatile.Read(ref _deadline) == Expired;

    /// <summary>Start of the bytes received and not used.</summary>
    public int Start { get; private set; }

    /// <summary>End of the bytes received.</summary>
    public int End { get; private set; }

    /// <summary>Bytes received and not used.</summary>
    public ReadOnlySpan<byte> Received => _read.AsSpan(Start, End - Start);

    /// <summary>The same as memory.</summary>
    public ReadOnlyMemory<byte> ReceivedMemory => _read.AsMemory(Start, End - Start);

    /// <summary>The response head being read.</summary>
    public ResponseHead Response => _response ??= new ResponseHead();

    /// <summary>The decoder of its body.</summary>
    public ChunkedDecoder Chunks => _chunks ??= new ChunkedDecoder();

    internal Socket Socket => _socket;

    /// <summary>Length of the buffer it holds for receiving.</summary>
    internal int Held => _read.Length;

    /// <summary>Uses up received bytes.</summary>
    public void Consume(int count)
    {
        Start += count;
        if (Start == End)
        {
            Start = End = 0;
        }
    }

    /// <summary>From here on bytes go through TLS.</summary>
    public void Secure(SslStream tls, UpstreamSocketStream below)
    {
        _tls = tls;
        _below = below;
    }

    /// <summary>
    /// Whether an end that was read is one that anybody on the way could have made: TLS did not say that it is over
    /// (RFC 9112 section 9.8). Without TLS nobody can tell.
    /// </summary>
    public bool IsCutOff => _below is { HasEnded: true };

    /// <summary>Receives more behind what is there; the count, 0 at the end.</summary>
    public ValueTask<int> ReceiveMoreAsync() => _receive.WaitAsync();

    /// <summary>Whether a head of the largest size allowed is in the buffer already.</summary>
    public bool IsFull(int limit) => End - Start >= limit;

    /// <summary>Sends all of it.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_tls is not null)
        {
            return _tls.WriteAsync(bytes);
        }

        ValueTask<int> sending = _socket.SendAsync(bytes, SocketFlags.None);
        if (!sending.IsCompletedSuccessfully)
        {
            return FinishSendAsync(sending, bytes);
        }

        int sent = sending.Result;
        return sent == bytes.Length ? ValueTask.CompletedTask : SendRestAsync(bytes[sent..]);
    }

    /// <summary>Tells the upstream that nothing more comes.</summary>
    public async ValueTask ShutdownSendAsync()
    {
        if (_tls is not null)
        {
            await _tls.ShutdownAsync();
        }

        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Progress must be seen until then; 0 takes the limit off. False: the limit had already struck.</summary>
    public bool SetDeadline(long timestamp)
    {
        long before = Volatile.Read(ref _deadline);
        return before != Expired && Interlocked.CompareExchange(ref _deadline, timestamp, before) == before;
    }

    /// <summary>Cuts it when its deadline has passed.</summary>
    public void CheckDeadline(long now)
    {
        long deadline = Volatile.Read(ref _deadline);
        if (deadline > 0 && deadline < now && Interlocked.CompareExchange(ref _deadline, Expired, deadline) == deadline)
        {
            Abort();
        }
    }

    /// <summary>
    /// Makes it ready to lie idle; false when it cannot be kept. From now on its receive is under way, so that a close or
    /// bytes that nobody asked for are known without a question to the kernel.
    /// </summary>
    public bool TryRest() => Start == End && !_receive.Post();

    /// <summary>
    /// Whether an idle connection can be used again: nothing came and it was not closed. Bytes that nobody asked for
    /// would be taken for the next request's answer.
    /// </summary>
    public bool IsQuiet() => _receive.IsQuiet && Start == End;

    /// <summary>Ends it at once from any thread; what waits on it fails.</summary>
    public void Abort()
    {
        try
        {
            _socket.Dispose();
        }
        catch (SocketException)
        {
            // Already gone: that is what was wanted.
        }
    }

    /// <summary>Closes it and gives its buffers back. Only the owner calls it, with nothing under way.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Abort();
        _tls?.Dispose();
        Start = End = 0;
        if (_receive.IsPosted)
        {
            // A receive that was just aborted may still hold its buffer; that one is left to the collector.
            _read = [];
        }
        else
        {
            GiveBack();
        }

        _head?.Dispose();
    }

    private ValueTask<int> Receive()
    {
        if (IsSparing && Start == End)
        {
            return ReceiveSparinglyAsync();
        }

        MakeRoom();
        return ReadAsync(_read.AsMemory(End));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveSparinglyAsync()
    {
        GiveBack();
        await ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
        MakeRoom();
        return await ReadAsync(_read.AsMemory()).ConfigureAwait(false);
    }

    private ValueTask<int> ReadAsync(Memory<byte> into) =>
        _tls is null ? _socket.ReceiveAsync(into, SocketFlags.None) : _tls.ReadAsync(into);

    private void GiveBack()
    {
        byte[] read = _read;
        _read = [];
        if (read.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(read);
        }
    }

    private void MakeRoom()
    {
        if (_read.Length == 0)
        {
            _read = ArrayPool<byte>.Shared.Rent(ReadSize);
        }

        if (Start > 0)
        {
            _read.AsSpan(Start, End - Start).CopyTo(_read);
            End -= Start;
            Start = 0;
        }

        if (End == _read.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_read.Length * 2);
            _read.AsSpan(0, End).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_read);
            _read = larger;
        }
    }

    private async ValueTask FinishSendAsync(ValueTask<int> sending, ReadOnlyMemory<byte> bytes)
    {
        int sent = await sending;
        await SendRestAsync(bytes[sent..]);
    }

    private async ValueTask SendRestAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
        }
    }
}
