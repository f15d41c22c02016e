using Microsoft.AspNetCore.Connections;

namespace Gatehouse.Engine.Listeners.Sockets;

/// <summary>
/// The raw bytes of a client's connection, below TLS. Its first bytes can be looked at before they are read. One read and one
/// write at a time; what is written leaves with the next flush.
/// </summary>
internal abstract class ClientStream : Stream
{
    // What an idle connection holds: the read that waits for its next request goes here, so that no larger buffer has to
    // wait, nor the kernel be asked twice. Most requests fit; what does not is read straight into the caller's buffer.
    private const int OwnLength = 2048;

    // Where connections are many and mostly silent: a short packet within its TLS record.
    private const int SparingLength = 256;

    // So many reads in a row that filled it show a connection that is busy, where each read too few costs more calls of the
    // kernel and smaller sends; so many in a row that the smallest would have held, that it no longer is.
    private const int LargestSparing = 8 * 1024;
    private const int FullReads = 4;
    private const int SmallReads = 16;

    private byte[]? _own;
    private bool _isSparing;
    private int _wanted = OwnLength;
    private int _fullReads;
    private int _smallReads;
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public sealed override bool CanRead => true;

    /// <inheritdoc/>
    public sealed override bool CanSeek => false;

    /// <inheritdoc/>
    public sealed override bool CanWrite => true;

    /// <inheritdoc/>
    public sealed override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes received and not read; valid until the next call.</summary>
    public ReadOnlySpan<byte> Peeked => _own.AsSpan(_start, _end - _start);

    /// <summary>
    /// The stream of a connection: the transport's own, or one over its pipes. These may then be used through it only, and
    /// are replaced on the connection by pipes over it.
    /// </summary>
    public static ClientStream Of(ConnectionContext connection)
    {
        if (connection.Features.Get<IClientStreamFeature>() is { } feature)
        {
            return feature.Stream;
        }

        var stream = new TransportStream(connection.Transport);
        connection.Features.Set<IClientStreamFeature>(new PipedStream(stream));
        connection.Transport = new ClientPipe(stream);
        return stream;
    }

    /// <summary>From here on it waits with a small buffer, unless it becomes busy. No read may be under way.</summary>
    public void Spare()
    {
        _isSparing = true;
        _wanted = SparingLength;
        if (_start == _end)
        {
            _own = null;
            _start = _end = 0;
        }
    }

    /// <summary>Receives more behind <see cref="Peeked"/>; false when the client ended, or so many bytes are there already.</summary>
    public async ValueTask<bool> PeekMoreAsync(int atMost, CancellationToken cancellation)
    {
        int held = _end - _start;
        if (held >= atMost)
        {
            return false;
        }

        if (_own is null || _own.Length - held < 1)
        {
            byte[] larger = new byte[Math.Max(OwnLength, atMost)];
            Peeked.CopyTo(larger);
            _own = larger;
        }
        else if (_start > 0)
        {
            Peeked.CopyTo(_own);
        }

        _start = 0;
        _end = held;
        int count = await ReceiveAsync(_own.AsMemory(held), isOwn: false, cancellation);
        _end += count;
        return count > 0;
    }

    /// <summary>Takes bytes off the front of <see cref="Peeked"/>.</summary>
    public void Skip(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _end - _start);
        _start += count;
        if (_start == _end && _own?.Length > _wanted)
        {
            _own = null;
            _start = _end = 0;
        }
    }

    /// <summary>Reads; with an empty buffer it waits for bytes and leaves them.</summary>
    public sealed override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int held = _end - _start;
        if (held > 0)
        {
            int count = Math.Min(held, buffer.Length);
            _own.AsSpan(_start, count).CopyTo(buffer.Span);
            Skip(count);
            return new ValueTask<int>(count);
        }

        if (!buffer.IsEmpty)
        {
            return ReceiveAsync(buffer, isOwn: false, cancellationToken);
        }

        _start = _end = 0;
        if (_own is null || _own.Length < _wanted)
        {
            _own = GC.AllocateUninitializedArray<byte>(_wanted);
        }

        return ReceiveAsync(_own, isOwn: true, cancellationToken);
    }

    /// <inheritdoc/>
    public sealed override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Takes bytes for the next flush.</summary>
    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);

    /// <inheritdoc/>
    public sealed override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    // Everything runs asynchronously; a blocking call on a socket thread would be a bug.

    /// <inheritdoc/>
    public sealed override void Flush() => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public sealed override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Sends what was written, then the end; reading goes on. Never throws for a dead connection.</summary>
    public abstract ValueTask EndAsync();

    /// <summary>
    /// Receives into <paramref name="into"/>, 0 at the end. With <paramref name="isOwn"/> it is the stream's own memory: then
    /// the count goes to <see cref="Hold"/>, whose result is the call's.
    /// </summary>
    protected abstract ValueTask<int> ReceiveAsync(Memory<byte> into, bool isOwn, CancellationToken cancellation);

    /// <summary>Keeps received bytes for the next read.</summary>
    protected int Hold(int count)
    {
        _end = count;
        if (_isSparing)
        {
            Adapt(count);
        }

        return 0;
    }

    private void Adapt(int count)
    {
        _fullReads = count == _own!.Length ? _fullReads + 1 : 0; // it was read into
        _smallReads = count <= SparingLength && _wanted > SparingLength ? _smallReads + 1 : 0;
        if (_fullReads == FullReads)
        {
            _wanted = Math.Min(_wanted * 8, LargestSparing);
            _fullReads = 0;
        }
        else if (_smallReads == SmallReads)
        {
            _wanted = SparingLength;
            _smallReads = 0;
        }
    }

    private sealed class PipedStream(ClientStream stream) : IClientStreamFeature
    {
        public ClientStream Stream => stream;
    }
}

/// <summary>The raw bytes of a connection, without pipes. Who reads them must not touch the connection's <c>Transport</c>.</summary>
internal interface IClientStreamFeature
{
    /// <summary>The one stream of the connection.</summary>
    ClientStream Stream { get; }
}
