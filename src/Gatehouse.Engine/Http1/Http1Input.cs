using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Gatehouse.Engine.Forwarding;

namespace Gatehouse.Engine.Http1;

/// <summary>
/// The bytes that a client sends, as they come. While a request is being worked on, the next read is under way, so that the
/// client's going is noticed. Owned by one flow of control; only <see cref="CancelWait"/> may come from others.
/// </summary>
internal sealed class Http1Input : IDisposable
{
    private const int RestingSize = 4 * 1024;

    [SuppressMessage("Usage", "CA2213", Justification = "belongs to the connection")]
    private readonly Stream _stream;

    private readonly PostedRead _read;
    private readonly Action _gone;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(RestingSize);
    private int _start;
    private int _end;

    /// <param name="stream">Clear text from the client.</param>
    /// <param name="gone">Called when the client goes while nobody waits for its bytes.</param>
    public Http1Input(Stream stream, Action gone)
    {
        _stream = stream;
        _gone = gone;
        _read = new PostedRead(Read, count => _end += count, gone);
    }

    /// <summary>Bytes received and not used.</summary>
    public ReadOnlySpan<byte> Received => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The same, for whoever unpacks in place.</summary>
    public Memory<byte> ReceivedMemory => _buffer.AsMemory(_start, _end - _start);

    /// <summary>Uses up bytes.</summary>
    public void Consume(int count)
    {
        _start += count;
        if (_start == _end && !_read.IsHeld)
        {
            _start = _end = 0;
        }
    }

    /// <summary>Waits for more; the count, 0 at the end, <see cref="PostedRead.Cancelled"/>. Nothing received may be in use elsewhere.</summary>
    public ValueTask<int> MoreAsync() => _read.WaitAsync();

    /// <summary>Begins to read what comes after the request, unless it is there already. Nothing received may be in use elsewhere.</summary>
    public void Watch()
    {
        if (_start == _end && _read.Post() && _read.HasEnded)
        {
            _gone();
        }
    }

    /// <summary>Lets the one that waits go on without bytes; false when nobody waits.</summary>
    public bool CancelWait() => _read.CancelWait();

    /// <summary>Cancels the wait that is there, or else the next one.</summary>
    public void CancelNext() => _read.CancelNext();

    /// <summary>Gives a buffer that grew for a body or a long head back.</summary>
    public void Shrink()
    {
        if (_start == _end && _buffer.Length > RestingSize && !_read.IsHeld)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(RestingSize);
            _start = _end = 0;
        }
    }

    /// <summary>Makes room for larger pieces.</summary>
    public void Widen(int size)
    {
        if (_buffer.Length < size && !_read.IsHeld)
        {
            Grow(size);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _end = 0;
        if (!_read.IsPosted && buffer.Length > 0)
        {
            // What a read that was just cut off may still hold is left to the collector.
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ValueTask<int> Read()
    {
        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _buffer.Length && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Grow(_buffer.Length * 2);
        }

        return _stream.ReadAsync(_buffer.AsMemory(_end));
    }

    private void Grow(int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer, clearArray: true);
        _buffer = larger;
        _end -= _start;
        _start = 0;
    }
}
