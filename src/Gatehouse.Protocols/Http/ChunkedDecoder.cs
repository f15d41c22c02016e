namespace Gatehouse.Protocols.Http;

/// <summary>What the chunked decoder says.</summary>
public enum ChunkStatus : byte
{
    /// <summary>All input was consumed and there is no data; more bytes are needed.</summary>
    NeedMore = 0,

    /// <summary>Data was found; call again with what was not consumed.</summary>
    Data,

    /// <summary>The body, trailers included, is complete.</summary>
    Done,

    /// <summary>Refused; the connection must be closed.</summary>
    Bad,
}

/// <summary>
/// Decodes chunked framing (RFC 9112 section 7.1) as the bytes come in, whatever their split. Extensions are dropped, CR LF
/// is required, sizes have at most 15 digits. Reusable, owned by one connection at a time.
/// </summary>
public sealed class ChunkedDecoder
{
    private const int MaxSizeDigits = 15;
    private const int MaxExtension = 256;
    private const int MaxTrailers = 8192;

    private readonly byte[] _trailerBytes = new byte[MaxTrailers];
    private int _trailerLength;
    private State _state;
    private long _left;
    private int _digits;
    private int _extension;

    private enum State : byte
    {
        Size = 0,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        Trailers,
        Done,
        Bad,
    }

    /// <summary>The trailer fields, after <see cref="ChunkStatus.Done"/>.</summary>
    public HeaderBlock Trailers { get; } = new();

    /// <summary>Why, after <see cref="ChunkStatus.Bad"/>.</summary>
    public ResponseError Error { get; private set; }

    /// <summary>Makes it ready for the next body.</summary>
    public void Reset()
    {
        _state = State.Size;
        _left = 0;
        _digits = 0;
        _extension = 0;
        _trailerLength = 0;
        Error = ResponseError.None;
        Trailers.Clear();
    }

    /// <summary>Takes the next bytes.</summary>
    /// <param name="input">Bytes received; may end anywhere.</param>
    /// <param name="consumed">How many of them were used; what follows the body is left alone.</param>
    /// <param name="data">Body bytes, a part of <paramref name="input"/>; not empty with <see cref="ChunkStatus.Data"/> only.</param>
    public ChunkStatus Decode(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> data)
    {
        consumed = 0;
        data = default;
        while (_state < State.Done && consumed < input.Length)
        {
            if (_state == State.Data)
            {
                data = input[consumed..];
                if (data.Length > _left)
                {
                    data = data[..(int)_left];
                }

                consumed += data.Length;
                _left -= data.Length;
                _state = _left == 0 ? State.DataReturn : State.Data;
                return ChunkStatus.Data;
            }

            Step(input[consumed++]);
        }

        return _state switch
        {
            State.Done => ChunkStatus.Done,
            State.Bad => ChunkStatus.Bad,
            _ => ChunkStatus.NeedMore,
        };
    }

    private void Step(byte next)
    {
        switch (_state)
        {
            case State.Size:
                SizeByte(next);
                break;
            case State.Extension:
                ExtensionByte(next);
                break;
            case State.SizeLineFeed:
                Require(next, (byte)'\n', _left == 0 ? State.Trailers : State.Data);
                _digits = 0;
                _extension = 0;
                break;
            case State.DataReturn:
                Require(next, (byte)'\r', State.DataLineFeed);
                break;
            case State.DataLineFeed:
                Require(next, (byte)'\n', State.Size);
                break;
            default:
                TrailerByte(next);
                break;
        }
    }

    private void SizeByte(byte next)
    {
        int digit = char.IsAsciiHexDigit((char)next)
            ? next <= '9' ? next - '0' : (next | 0x20) - 'a' + 10
            : -1;
        if (digit >= 0 && _digits < MaxSizeDigits)
        {
            _left = (_digits == 0 ? 0 : _left << 4) | (long)digit;
            _digits++;
        }
        else if (digit >= 0 || _digits == 0)
        {
            Refuse(ResponseError.BadChunkSize);
        }
        else if (next == '\r')
        {
            _state = State.SizeLineFeed;
        }
        else if (next == ';')
        {
            _state = State.Extension;
        }
        else
        {
            Refuse(ResponseError.BadChunkSize);
        }
    }

    private void ExtensionByte(byte next)
    {
        if (next == '\r')
        {
            _state = State.SizeLineFeed;
        }
        else if (next == '\n')
        {
            Refuse(ResponseError.BadLineEnd);
        }
        else if ((next < 0x20 && next != '\t') || next == 0x7f || ++_extension > MaxExtension)
        {
            Refuse(ResponseError.BadChunkExtension);
        }
    }

    private void TrailerByte(byte next)
    {
        if (_trailerLength == MaxTrailers)
        {
            Refuse(ResponseError.TrailersTooLong);
            return;
        }

        _trailerBytes[_trailerLength++] = next;
        ReadOnlySpan<byte> so = _trailerBytes.AsSpan(0, _trailerLength);
        if (next == '\n' && (so.Length == 1 || so[^2] != '\r'))
        {
            Refuse(ResponseError.BadLineEnd);
            return;
        }

        bool empty = so.Length == 2 && next == '\n';
        if (!empty && !so.EndsWith("\r\n\r\n"u8))
        {
            return;
        }

        ResponseError error = Trailers.Parse(so[..^2]);
        if (error != ResponseError.None)
        {
            Refuse(error);
            return;
        }

        _state = State.Done;
    }

    private void Require(byte next, byte wanted, State then)
    {
        _state = then;
        if (next != wanted)
        {
            Refuse(ResponseError.BadLineEnd);
        }
    }

    private void Refuse(ResponseError error)
    {
        Error = error;
        Trailers.Clear();
        _state = State.Bad;
    }
}
