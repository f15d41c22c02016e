using System.Buffers;

namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What is wrong with a streamed JSON text.</summary>
public enum JsonStreamError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Against the grammar of RFC 8259.</summary>
    Syntax,

    /// <summary>Nested too deep.</summary>
    TooDeep,

    /// <summary>A value that is to be replaced is too long.</summary>
    TooLong,

    /// <summary>It ends within the value.</summary>
    Incomplete,

    /// <summary>Whoever replaces a value did not want to.</summary>
    Refused,
}

/// <summary>
/// Passes a JSON text on in pieces of any size, while a few values of it are replaced or added. Objects and arrays on the way to
/// such values are read token by token; all others are passed over at the speed of memory, their brackets counted. An error ends
/// it: what was passed on must not get an end then.
/// </summary>
public abstract class JsonStream
{
    /// <summary>A value that nobody asks for.</summary>
    private protected const int Nobody = -1;

    private const int MaxFrames = 32;
    private const int MaxName = 1024;
    private static readonly SearchValues<byte> EndsRun = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\t\n\u000b\f\r\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f"u8);

    private static readonly SearchValues<byte> OfScalars =
        SearchValues.Create("0123456789+-.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    private readonly int _maxHeld;
    private readonly Frame[] _frames = new Frame[MaxFrames];
    private readonly ArrayBufferWriter<byte> _held = new();
    private JsonSkipper _skipper;
    private State _state = State.Value;
    private int _depth;
    private int _next;
    private int _at;
    private int _run;
    private bool _isName;
    private bool _isHeld;
    private bool _isNameTooLong;
    private bool _isEscaped;
    private bool _isPaused;

    private protected JsonStream(int root, int maxHeld)
    {
        _next = root;
        _maxHeld = maxHeld;
    }

    private enum State : byte
    {
        Value = 0,
        FirstElement,
        FirstName,
        Name,
        Colon,
        After,
        Text,
        Scalar,
        Skipping,
        End,
    }

    /// <summary>What was wrong; after it nothing is read.</summary>
    public JsonStreamError Error { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <param name="piece">Bytes of the text; may end anywhere.</param>
    /// <param name="output">Takes what is to be passed on.</param>
    /// <param name="consumed">How many bytes were used. Fewer than all where much was added: flush, then come with the rest.</param>
    public JsonStreamError Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, out int consumed)
    {
        _at = 0;
        _run = 0;
        _isPaused = false;
        while (_at < piece.Length && Error == JsonStreamError.None && !_isPaused)
        {
            switch (_state)
            {
                case State.Skipping:
                    _at += _skipper.Read(piece[_at..], out bool isDone);
                    Error = _skipper.Error;
                    _state = isDone ? State.After : State.Skipping;
                    break;
                case State.Text:
                    Text(piece, output);
                    break;
                case State.Scalar:
                    Scalar(piece, output);
                    break;
                default:
                    Structure(piece, output);
                    break;
            }
        }

        consumed = _at;
        if (Error == JsonStreamError.None && !_isHeld)
        {
            output.Write(piece[_run.._at]);
        }

        return Error;
    }

    /// <summary>Takes the next piece whole, however much is added.</summary>
    public JsonStreamError Push(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        while (piece.Length > 0 && Push(piece, output, out int consumed) == JsonStreamError.None)
        {
            piece = piece[consumed..];
        }

        return Error;
    }

    /// <summary>Says that the text is over.</summary>
    public JsonStreamError Finish()
    {
        bool isWhole = _depth == 0 && !_isHeld && _state is State.After or State.End or State.Scalar;
        Error = Error == JsonStreamError.None && !isWhole ? JsonStreamError.Incomplete : Error;
        return Error;
    }

    /// <summary>What a member's value is to us, or <see cref="Nobody"/>.</summary>
    private protected abstract int Member(int parent, ReadOnlySpan<byte> name);

    /// <summary>What the elements of an array are to us, or <see cref="Nobody"/>.</summary>
    private protected abstract int Element(int parent);

    /// <summary>Whether a string or other scalar is to be given to <see cref="Replace"/>, by its first byte.</summary>
    private protected abstract bool Holds(int node, byte first);

    /// <summary>Whether an object or array is read token by token.</summary>
    private protected abstract bool Enters(int node, bool isObject);

    /// <summary>Writes what takes the place of a value, which is as written; false refuses.</summary>
    private protected abstract bool Replace(int node, ReadOnlySpan<byte> written, IBufferWriter<byte> output);

    /// <summary>Whether something may be added to an object or array that is read token by token.</summary>
    private protected virtual bool Inserts(int node) => false;

    /// <summary>
    /// Adds to an array before an element, and to an array or object before its end. False where there is more to come after a
    /// flush.
    /// </summary>
    private protected virtual bool Insert(int node, bool isEnd, bool isEmpty, IBufferWriter<byte> output) => true;

    private void Structure(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        byte next = piece[_at];
        if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            _at++;
            return;
        }

        bool isObject = _depth > 0 && _frames[_depth - 1].IsObject;
        switch (_state)
        {
            case State.FirstElement when next == ']':
                Close(piece, output, isEmpty: true);
                break;
            case State.Value or State.FirstElement:
                Begin(piece, output);
                break;
            case State.FirstName when next == '}':
                Close(piece, output, isEmpty: true);
                break;
            case State.FirstName or State.Name when next == '"':
                _held.ResetWrittenCount();
                _isName = true;
                _isNameTooLong = false;
                _state = State.Text;
                _at++;
                break;
            case State.Colon when next == ':':
                _state = State.Value;
                _at++;
                break;
            case State.After when _depth > 0 && next == ',':
                _state = isObject ? State.Name : State.Value;
                _at++;
                break;
            case State.After when _depth > 0 && next == (isObject ? '}' : ']'):
                Close(piece, output, isEmpty: false);
                break;
            default:
                Error = JsonStreamError.Syntax;
                break;
        }
    }

    private void Begin(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        byte first = piece[_at];
        if (_depth > 0 && !_frames[_depth - 1].IsObject)
        {
            int array = _frames[_depth - 1].Node;
            if (Inserts(array) && !Add(piece, output, array, isEnd: false, isEmpty: false))
            {
                return;
            }

            _next = Element(array);
        }

        switch (first)
        {
            case (byte)'{' or (byte)'[' when _next == Nobody || !Enters(_next, first == '{'):
                _skipper.Begin();
                _state = State.Skipping;
                break;
            case (byte)'{' or (byte)'[' when _depth == MaxFrames:
                Error = JsonStreamError.TooDeep;
                break;
            case (byte)'{' or (byte)'[':
                _frames[_depth++] = new Frame(first == '{', _next);
                _state = first == '{' ? State.FirstName : State.FirstElement;
                _at++;
                break;
            case (byte)'"' or (byte)'t' or (byte)'f' or (byte)'n' or (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                Hold(piece, output, first);
                break;
            default:
                Error = JsonStreamError.Syntax;
                break;
        }
    }

    private void Hold(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, byte first)
    {
        _isName = false;
        _isHeld = _next != Nobody && Holds(_next, first);
        _state = first == '"' ? State.Text : State.Scalar;
        if (_isHeld)
        {
            output.Write(piece[_run.._at]);
            _held.ResetWrittenCount();
            _held.Write([first]);
        }

        _at++;
    }

    private void Close(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, bool isEmpty)
    {
        int node = _frames[_depth - 1].Node;
        if (Inserts(node) && !Add(piece, output, node, isEnd: true, isEmpty))
        {
            return;
        }

        _depth--;
        _state = _depth == 0 ? State.End : State.After;
        _at++;
    }

    private bool Add(ReadOnlySpan<byte> piece, IBufferWriter<byte> output, int node, bool isEnd, bool isEmpty)
    {
        output.Write(piece[_run.._at]);
        _run = _at;
        _isPaused = !Insert(node, isEnd, isEmpty, output);
        return !_isPaused;
    }

    /// <summary>Within a string, the quote before it consumed.</summary>
    private void Text(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int start = _at;
        bool isOver = false;
        while (_at < piece.Length && !isOver)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                _at++;
                continue;
            }

            int run = piece[_at..].IndexOfAny(EndsRun);
            _at = run < 0 ? piece.Length : _at + run + 1;
            byte end = run < 0 ? (byte)0 : piece[_at - 1];
            isOver = end == '"';
            _isEscaped = end == '\\';
            if (run >= 0 && !isOver && !_isEscaped)
            {
                Error = JsonStreamError.Syntax;
                return;
            }
        }

        Keep(piece[start.._at]);
        if (!isOver || Error != JsonStreamError.None)
        {
            return;
        }

        if (_isName)
        {
            _state = State.Colon;
            _isName = false;
            _next = _isNameTooLong ? Nobody : Member(_frames[_depth - 1].Node, _held.WrittenSpan[..^1]);
        }
        else
        {
            AfterValue(output);
        }
    }

    private void Scalar(ReadOnlySpan<byte> piece, IBufferWriter<byte> output)
    {
        int run = piece[_at..].IndexOfAnyExcept(OfScalars);
        int end = run < 0 ? piece.Length : _at + run;
        Keep(piece[_at..end]);
        _at = end;
        if (run >= 0 && Error == JsonStreamError.None)
        {
            AfterValue(output);
        }
    }

    private void AfterValue(IBufferWriter<byte> output)
    {
        _state = State.After;
        if (_isHeld)
        {
            _isHeld = false;
            _run = _at;
            Error = Replace(_next, _held.WrittenSpan, output) ? JsonStreamError.None : JsonStreamError.Refused;
        }
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (!_isName && !_isHeld)
        {
            return;
        }

        bool fits = _held.WrittenCount + part.Length <= (_isName ? MaxName : _maxHeld);
        if (fits)
        {
            _held.Write(part);
        }
        else if (_isName)
        {
            // Passed on; no name that anybody asks for is that long.
            _isNameTooLong = true;
        }
        else
        {
            Error = JsonStreamError.TooLong;
        }
    }

    private readonly record struct Frame(bool IsObject, int Node);
}
