using System.Buffers;

namespace Gatehouse.Protocols.Multipart;

/// <summary>
/// Reads a <c>multipart/form-data</c> body as it comes, in pieces of any size, and hands its parts on. Strict where readers differ: nothing
/// before the first boundary or after the last, exactly CRLF, no padding behind a boundary (RFC 2046 section 5.1.1). Memory is bounded by the
/// limit of a part's headers. An error is final. One object a body; never throws for what a client sends.
/// </summary>
/// <param name="boundary">As <see cref="MultipartType.TryReadBoundary"/> gave it.</param>
/// <param name="limits">Limits.</param>
/// <param name="sink">Takes the parts.</param>
public sealed class MultipartReader(ReadOnlyMemory<byte> boundary, MultipartLimits limits, IMultipartSink sink)
{
    private readonly byte[] _delimiter = [.. "\r\n--"u8, .. boundary.Span];
    private readonly ArrayBufferWriter<byte> _held = new(256);
    private Place _place = Place.Start;
    private long _length;
    private long? _announced;

    private enum Place
    {
        Start,
        AfterBoundary,
        Headers,
        Data,
        End,
        Over,
    }

    /// <summary>What was wrong; <see cref="MultipartError.None"/> so far.</summary>
    public MultipartError Error { get; private set; }

    /// <summary>Parts that have begun.</summary>
    public int Parts { get; private set; }

    /// <summary>Takes the next piece.</summary>
    public MultipartError Push(ReadOnlySpan<byte> bytes)
    {
        if (_held.WrittenCount == 0)
        {
            int taken = Take(bytes);
            _held.Write(bytes[taken..]);
            return Error;
        }

        _held.Write(bytes);
        byte[] whole = ArrayPool<byte>.Shared.Rent(_held.WrittenCount);
        int length = _held.WrittenCount;
        _held.WrittenSpan.CopyTo(whole);
        _held.ResetWrittenCount();
        int consumed = Take(whole.AsSpan(0, length));
        _held.Write(whole.AsSpan(consumed, length - consumed));
        ArrayPool<byte>.Shared.Return(whole);
        return Error;
    }

    /// <summary>The body is over.</summary>
    public MultipartError Finish()
    {
        bool isWhole = _place is Place.Over || (_place == Place.End && _held.WrittenCount == 0);
        return Error != MultipartError.None || isWhole ? Error : Fail(MultipartError.CutShort);
    }

    /// <summary>Takes what can be understood; how much it was. What is left is shorter than a delimiter or than headers may be.</summary>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (Error == MultipartError.None)
        {
            int taken = _place switch
            {
                Place.Start => TakeStart(bytes[at..]),
                Place.AfterBoundary => TakeBoundaryEnd(bytes[at..]),
                Place.Headers => TakeHeaders(bytes[at..]),
                Place.Data => TakeData(bytes[at..]),
                _ => TakeEnd(bytes[at..]),
            };
            if (taken < 0)
            {
                break;
            }

            at += taken;
        }

        return Error == MultipartError.None ? at : bytes.Length;
    }

    private int TakeStart(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> first = _delimiter.AsSpan(2);
        int common = Math.Min(first.Length, bytes.Length);
        if (!bytes[..common].SequenceEqual(first[..common]))
        {
            return FailAt(MultipartError.Preamble);
        }

        if (common < first.Length)
        {
            return -1;
        }

        _place = Place.AfterBoundary;
        return first.Length;
    }

    private int TakeBoundaryEnd(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return -1;
        }

        bool isLast = bytes.StartsWith("--"u8);
        if (!isLast && !bytes.StartsWith("\r\n"u8))
        {
            return FailAt(MultipartError.BoundaryLine);
        }

        if (Parts > 0)
        {
            if (_announced is not null && _announced != _length)
            {
                return FailAt(MultipartError.PartLength);
            }

            if (!sink.End())
            {
                return FailAt(MultipartError.PartRefused);
            }
        }
        else if (isLast)
        {
            return FailAt(MultipartError.CutShort); // RFC 2046 section 5.1.1: at least one part
        }

        _place = isLast ? Place.End : Place.Headers;
        return 2;
    }

    private int TakeHeaders(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.StartsWith("\r\n"u8) ? -2 : bytes.IndexOf("\r\n\r\n"u8);
        if (end == -2)
        {
            return FailAt(MultipartError.NoDisposition);
        }

        if (end > limits.MaxHeaders || (end < 0 && bytes.Length > limits.MaxHeaders + 3))
        {
            return FailAt(MultipartError.HeadersTooLong);
        }

        if (end < 0)
        {
            return -1;
        }

        if (Parts == limits.MaxParts)
        {
            return FailAt(MultipartError.TooManyParts);
        }

        MultipartError error = PartHeaders.TryRead(bytes[..(end + 2)], out MultipartPart? part);
        if (error != MultipartError.None)
        {
            return FailAt(error);
        }

        Parts++;
        _length = 0;
        _announced = part!.Length; // it was read
        if (_announced > limits.MaxPart)
        {
            return FailAt(MultipartError.PartTooLarge);
        }

        if (!sink.Begin(part))
        {
            return FailAt(MultipartError.PartRefused);
        }

        _place = Place.Data;
        return end + 4;
    }

    private int TakeData(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return -1;
        }

        int found = bytes.IndexOf(_delimiter);
        int data = found < 0 ? bytes.Length - Tail(bytes) : found;
        if (data > 0)
        {
            _length += data;
            if (_length > limits.MaxPart)
            {
                return FailAt(MultipartError.PartTooLarge);
            }

            if (!sink.Data(bytes[..data]))
            {
                return FailAt(MultipartError.PartRefused);
            }
        }

        if (found >= 0)
        {
            _place = Place.AfterBoundary;
            return found + _delimiter.Length;
        }

        return data == 0 ? -1 : data;
    }

    /// <summary>Length of the end that may be the beginning of a delimiter.</summary>
    private int Tail(ReadOnlySpan<byte> bytes)
    {
        int longest = Math.Min(bytes.Length, _delimiter.Length - 1);
        ReadOnlySpan<byte> end = bytes[^longest..];
        while (true)
        {
            int at = end.IndexOf((byte)'\r');
            if (at < 0)
            {
                return 0;
            }

            end = end[at..];
            if (_delimiter.AsSpan().StartsWith(end))
            {
                return end.Length;
            }

            end = end[1..];
        }
    }

    /// <summary>Clients end the last line, though RFC 2046 does not: CRLF or nothing.</summary>
    private int TakeEnd(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return -1;
        }

        if (_place == Place.Over || bytes.Length > 2 || !"\r\n"u8.StartsWith(bytes))
        {
            return FailAt(MultipartError.Epilogue);
        }

        if (bytes.Length == 1)
        {
            return -1;
        }

        _place = Place.Over;
        return 2;
    }

    private int FailAt(MultipartError error)
    {
        _ = Fail(error);
        return -1;
    }

    private MultipartError Fail(MultipartError error)
    {
        Error = error;
        return error;
    }
}
