using System.Buffers;
using System.IO.Compression;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What is wrong with a compressed body.</summary>
public enum InflateError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Not of its format, or of another length or checksum than it says.</summary>
    Corrupt,

    /// <summary>It ends too early.</summary>
    Truncated,

    /// <summary>Something follows: another member, or anything else.</summary>
    TrailingData,

    /// <summary>Larger than allowed, decompressed.</summary>
    TooLarge,

    /// <summary>It expands more than allowed.</summary>
    ExpandsTooMuch,
}

/// <summary>What decompression may cost.</summary>
public sealed record InflateLimits
{
    /// <summary>Most bytes that come out.</summary>
    public long MaxBytes { get; init; } = 100L * 1024 * 1024;

    /// <summary>Most bytes that come out for each that goes in, from <see cref="RatioFrom"/> on.</summary>
    public int MaxRatio { get; init; } = 100;

    /// <summary>Bytes that may come out before the ratio counts.</summary>
    public long RatioFrom { get; init; } = 1024 * 1024;
}

/// <summary>
/// Decompresses a body with <c>Content-Encoding: gzip</c> (RFC 1952, one member) or <c>deflate</c> (RFC 1950) as it comes, in
/// pieces of any size. Its checksum is compared at the end only, so the upstream must not get the body's end before
/// <see cref="Finish"/> has said that nothing is wrong. One body, one caller.
/// </summary>
public sealed class Inflater : IDisposable
{
    // The last bytes are held back until the end is known and then read one by one: only so it can be seen where the
    // compressed data ends, for the platform's decompressor does not tell.
    private const int HeldBack = 64;
    private const int Output = 16 * 1024;

    private readonly InflateLimits _limits;
    private readonly InflateFrame _frame;
    private readonly Feed _feed = new();
    private readonly DeflateStream _inflate;
    private readonly byte[] _tail;
    private int _held;
    private long _in;
    private long _out;
    private bool _isOver;

    private Inflater(InflateFrame frame, InflateLimits limits)
    {
        _limits = limits;
        _frame = frame;
        _tail = new byte[HeldBack + frame.TrailerLength];
        _inflate = new DeflateStream(_feed, CompressionMode.Decompress);
    }

    /// <summary>What was wrong; after it nothing is read.</summary>
    public InflateError Error { get; private set; }

    /// <summary>
    /// Makes one for a value of <c>Content-Encoding</c>; null for none and <c>identity</c>. False for every other coding, and for
    /// more than one.
    /// </summary>
    public static bool TryCreate(string? contentEncoding, InflateLimits limits, out Inflater? inflater)
    {
        string coding = (contentEncoding ?? "").Trim(' ', '\t').ToLowerInvariant();
        inflater = coding switch
        {
            "gzip" or "x-gzip" => new Inflater(new InflateFrame(isGzip: true), limits),
            "deflate" => new Inflater(new InflateFrame(isGzip: false), limits),
            _ => null,
        };
        return inflater is not null || coding is "" or "identity";
    }

    /// <summary>Takes the next piece.</summary>
    public InflateError Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        if (Error == InflateError.None && !_frame.IsHeaderRead)
        {
            Error = _frame.Header(ref piece);
        }

        // What is held back comes first.
        int released = Math.Max(_held + piece.Length - _tail.Length, 0);
        if (Error == InflateError.None && released > 0)
        {
            int from = Math.Min(_held, released);
            Inflate(_tail.AsSpan(0, from), output);
            _tail.AsSpan(from, _held - from).CopyTo(_tail);
            _held -= from;
            Inflate(piece[..(released - from)], output);
            piece = piece[(released - from)..];
        }

        if (Error == InflateError.None)
        {
            piece.CopyTo(_tail.AsSpan(_held));
            _held += piece.Length;
        }

        return Error;
    }

    /// <summary>Says that the body is over; what was held back comes out.</summary>
    public InflateError Finish(IBufferWriter<byte> output)
    {
        int data = _held - _frame.TrailerLength;
        if (Error == InflateError.None && (!_frame.IsHeaderRead || data < 0))
        {
            Error = InflateError.Truncated;
        }

        for (int i = 0; i < data && Error == InflateError.None; i++)
        {
            Inflate(_tail.AsSpan(i, 1), output);
        }

        if (Error == InflateError.None)
        {
            Error = !_isOver ? InflateError.Truncated : _frame.Matches(_tail.AsSpan(data, _frame.TrailerLength)) ? InflateError.None : InflateError.Corrupt;
        }

        return Error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inflate.Dispose();
        _feed.Dispose();
    }

    private void Inflate(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        while (data.Length > 0 && Error == InflateError.None)
        {
            if (_isOver)
            {
                Error = InflateError.TrailingData;
                return;
            }

            _in += _feed.Give(ref data);
            try
            {
                Drain(output);
            }
            catch (InvalidDataException)
            {
                Error = InflateError.Corrupt;
            }

            if (_isOver && _feed.HasMore)
            {
                Error = InflateError.TrailingData;
            }
        }
    }

    private void Drain(IBufferWriter<byte> output)
    {
        while (Error == InflateError.None)
        {
            _feed.IsAsked = false;
            Span<byte> span = output.GetSpan(Output)[..Output];
            int count = _inflate.Read(span);
            if (count == 0)
            {
                // Who has not asked for more has reached the end.
                _isOver = !_feed.IsAsked;
                return;
            }

            _out += count;
            if (_out > _limits.MaxBytes)
            {
                Error = InflateError.TooLarge;
            }
            else if (_out > _limits.RatioFrom && _out / _limits.MaxRatio > _in)
            {
                Error = InflateError.ExpandsTooMuch;
            }
            else
            {
                _frame.Count(span[..count]);
                output.Advance(count);
            }
        }
    }

    /// <summary>A stream of what is there, which ends for now where nothing is.</summary>
    private sealed class Feed : Stream
    {
        private readonly byte[] _bytes = new byte[4096];
        private int _at;
        private int _end;

        public bool IsAsked { get; set; }

        public bool HasMore => _at < _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public int Give(ref ReadOnlySpan<byte> data)
        {
            _at = 0;
            _end = Math.Min(data.Length, _bytes.Length);
            data[.._end].CopyTo(_bytes);
            data = data[_end..];
            return _end;
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _at);
            IsAsked |= count == 0;
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            // Nothing is written.
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
