using System.Buffers;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>Bytes on their way, in a buffer of the pool that is held only while there are any. Owned by one flow of control.</summary>
internal sealed class ByteBatch : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 1024;

    private byte[] _buffer = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The bytes; valid until the next change.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, Count);

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Count += bytes.Length;
    }

    /// <inheritdoc/>
    public void Advance(int count) => Count += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(Count);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(Count);
    }

    /// <summary>Empties it and gives the buffer back.</summary>
    public void Clear()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        Count = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private void Reserve(int count)
    {
        if (_buffer.Length - Count >= count)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(FirstSize, _buffer.Length * 2), Count + count));
        _buffer.AsSpan(0, Count).CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}

/// <summary>
/// What of a buffer goes on. As long as whole packets in a row go on as they came it is a piece of that buffer; the first
/// packet that is dropped or changed in between makes it a copy.
/// </summary>
internal sealed class PassedBytes : IDisposable
{
    private readonly ByteBatch _copy = new();
    private ReadOnlyMemory<byte> _source;
    private int _start;
    private int _end;
    private bool _isCopied;

    /// <summary>Whether nothing goes on.</summary>
    public bool IsEmpty => _isCopied ? _copy.Count == 0 : _start == _end;

    /// <summary>What goes on.</summary>
    public ReadOnlyMemory<byte> Bytes => _isCopied ? _copy.Written : _source[_start.._end];

    /// <summary>Begins with another buffer.</summary>
    public void Begin(ReadOnlyMemory<byte> source)
    {
        _source = source;
        _start = _end = 0;
        _isCopied = false;
        _copy.Clear();
    }

    /// <summary>Lets a piece of the buffer go on; pieces come in order.</summary>
    public void Pass(int at, int length)
    {
        if (!_isCopied && (at == _end || _start == _end))
        {
            _start = _start == _end ? at : _start;
            _end = at + length;
            return;
        }

        Copy().Append(_source.Span.Slice(at, length));
    }

    /// <summary>What is written here goes on behind all that did before.</summary>
    public ByteBatch Copy()
    {
        if (!_isCopied)
        {
            _isCopied = true;
            _copy.Append(_source.Span[_start.._end]);
        }

        return _copy;
    }

    /// <inheritdoc/>
    public void Dispose() => _copy.Dispose();
}
