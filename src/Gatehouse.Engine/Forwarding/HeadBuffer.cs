using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Gatehouse.Engine.Forwarding;

/// <summary>A pooled buffer that a request head is written into; it grows and keeps its size.</summary>
internal sealed class HeadBuffer : IBufferWriter<byte>, IDisposable
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\n\u000b\u000c\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f");

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);

    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Empties it.</summary>
    public void Clear() => Length = 0;

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Appends text that must be ASCII.</summary>
    /// <exception cref="InvalidOperationException">It is not.</exception>
    public void AppendAscii(string text)
    {
        if (Ascii.FromUtf16(text, GetSpan(text.Length), out int written) != OperationStatus.Done)
        {
            throw new InvalidOperationException("a request head may hold ASCII only here");
        }

        Length += written;
    }

    /// <summary>Appends <c>name: value CRLF</c>; false, with nothing appended, when the value holds a control character.</summary>
    public bool TryAppendHeader(string name, string value)
    {
        if (value.AsSpan().ContainsAny(Controls))
        {
            return false;
        }

        Span<byte> span = GetSpan(name.Length + (value.Length * 3) + 4);
        if (Ascii.FromUtf16(name, span, out int at) != OperationStatus.Done)
        {
            return false;
        }

        span[at++] = (byte)':';
        span[at++] = (byte)' ';
        if (Ascii.FromUtf16(value, span[at..], out int written) != OperationStatus.Done)
        {
            written = Encoding.UTF8.GetBytes(value, span[at..]);
        }

        at += written;
        span[at++] = (byte)'\r';
        span[at++] = (byte)'\n';
        Length += at;
        return true;
    }

    /// <summary>Appends a number in decimal.</summary>
    public void AppendNumber(long number)
    {
        _ = Utf8Formatter.TryFormat(number, GetSpan(20), out int written);
        Length += written;
    }

    /// <inheritdoc/>
    public void Advance(int count) => Length += count;

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] bytes = _bytes;
        _bytes = [];
        Length = 0;
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length >= count)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, Length + count));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
