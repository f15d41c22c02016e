using System.Text.Unicode;

namespace Gatehouse.Protocols.Json;

/// <summary>
/// Reads one complete JSON value (RFC 8259) as strictly as any reader behind the gate could: UTF-8 without a byte order mark,
/// no duplicate member names at any level (compared unescaped), no comments, nothing after the value, no half surrogate
/// pairs, bounded depth. Time is linear in the length, whatever the names are. Reusable, owned by one connection at a time.
/// </summary>
public sealed class StrictJson
{
    /// <summary>Most objects and arrays within each other.</summary>
    public const int MaxDepth = 64;

    /// <summary>Longest number, in characters.</summary>
    public const int MaxNumberLength = 128;

    /// <summary>Longest member name, in bytes as written.</summary>
    public const int MaxNameLength = 1024;

    /// <summary>Most values that a shape may capture from one text.</summary>
    internal const int MaxCaptures = 16384;

    private readonly JsonNames _names = new();
    private readonly Frame[] _frames = new Frame[MaxDepth];
    private Capture[] _captures = new Capture[16];
    private int _captureCount;
    private int _depth;
    private int _containers;
    private bool _closed;

    /// <summary>Whether the text is one strict JSON value.</summary>
    public JsonError Validate(ReadOnlySpan<byte> utf8) => Read(utf8, null);

    /// <summary>What the shape did not accept, when <see cref="Read"/> gave <see cref="JsonError.Rejected"/>.</summary>
    internal ShapeError Refusal { get; private set; }

    /// <summary>What the shape asked for, in the order of the text.</summary>
    internal ReadOnlySpan<Capture> Captures => _captures.AsSpan(0, _captureCount);

    /// <summary>Forgets the captures, where there is no body to read.</summary>
    internal void Reset()
    {
        _names.Reset();
        _captureCount = 0;
        _depth = 0;
        _containers = 0;
        _closed = false;
        Refusal = ShapeError.None;
    }

    /// <summary>Validates, holds the value to a shape and captures what the shape asks for, in one pass.</summary>
    internal JsonError Read(ReadOnlySpan<byte> utf8, BodyShape? shape)
    {
        Reset();
        _closed = shape is { IsClosed: true };
        if (utf8.StartsWith("\uFEFF"u8))
        {
            return JsonError.ByteOrderMark;
        }

        if (!Utf8.IsValid(utf8))
        {
            return JsonError.InvalidUtf8;
        }

        JsonText text = new(utf8);
        text.SkipSpace();
        if (text.AtEnd)
        {
            return JsonError.Empty;
        }

        JsonError error = Value(ref text, shape?.Root, 0);
        while (error == JsonError.None && _depth > 0)
        {
            error = Next(ref text);
        }

        if (error != JsonError.None)
        {
            return error;
        }

        text.SkipSpace();
        return text.AtEnd ? JsonError.None : JsonError.TrailingData;
    }

    /// <summary>The next member or element of the innermost open object or array, or its end.</summary>
    private JsonError Next(ref JsonText text)
    {
        ref Frame frame = ref _frames[_depth - 1];
        text.SkipSpace();
        if (text.Peek() == (frame.IsObject ? (byte)'}' : (byte)']'))
        {
            _names.Close(frame.Names);
            _depth--;
            return text.Expect(text.Peek());
        }

        if (frame.Count++ > 0)
        {
            JsonError error = text.Expect((byte)',');
            if (error != JsonError.None)
            {
                return error;
            }

            text.SkipSpace();
        }

        if (frame.IsObject)
        {
            return Member(ref text, ref frame);
        }

        return Value(ref text, frame.Shape?.Element, frame.Container);
    }

    private JsonError Member(ref JsonText text, ref Frame frame)
    {
        JsonError error = text.String(out int offset, out int length, out bool escaped);
        if (error != JsonError.None)
        {
            return error;
        }

        if (length > MaxNameLength)
        {
            return JsonError.NameTooLong;
        }

        if (!_names.TryAdd(text.Text, frame.Names, frame.Container, (offset, length, escaped), out ReadOnlySpan<byte> name))
        {
            return JsonError.DuplicateName;
        }

        ShapeNode? child = frame.Shape?.Member(name);
        if (child is null && _closed && frame.Shape is { IsOpen: false })
        {
            return Reject(ShapeError.UnknownField);
        }

        text.SkipSpace();
        error = text.Expect((byte)':');
        if (error != JsonError.None)
        {
            return error;
        }

        text.SkipSpace();
        return Value(ref text, child, frame.Container);
    }

    private JsonError Value(ref JsonText text, ShapeNode? shape, int container)
    {
        if (shape is { PresenceSlot: >= 0 } && !TryCapture(new Capture(shape.PresenceSlot, text.At, 0, Escaped: false, container)))
        {
            return Reject(ShapeError.TooManyCaptures);
        }

        if (text.AtEnd)
        {
            return JsonError.Incomplete;
        }

        byte first = text.Peek();
        switch (first)
        {
            case (byte)'{' or (byte)'[':
                return Open(ref text, shape, first == '{');
            case (byte)'"':
                return StringValue(ref text, shape, container);
            default:
                if (shape is not null && !shape.AcceptsScalar(_closed, isString: false))
                {
                    return Reject(ShapeError.UnexpectedType);
                }

                return first switch
                {
                    (byte)'t' => text.Literal("true"u8),
                    (byte)'f' => text.Literal("false"u8),
                    (byte)'n' => text.Literal("null"u8),
                    (byte)'-' or (>= (byte)'0' and <= (byte)'9') => text.Number(),
                    _ => JsonError.Syntax,
                };
        }
    }

    private JsonError Open(ref JsonText text, ShapeNode? shape, bool isObject)
    {
        if (_depth == MaxDepth)
        {
            return JsonError.TooDeep;
        }

        if (shape is not null && !shape.AcceptsContainer(_closed, isObject))
        {
            return Reject(ShapeError.UnexpectedType);
        }

        _frames[_depth++] = new Frame(isObject, ++_containers, shape, _names.Open());
        return text.Expect(text.Peek());
    }

    private JsonError StringValue(ref JsonText text, ShapeNode? shape, int container)
    {
        if (shape is not null && !shape.AcceptsScalar(_closed, isString: true))
        {
            return Reject(ShapeError.UnexpectedType);
        }

        JsonError error = text.String(out int offset, out int length, out bool escaped);
        if (error == JsonError.None && shape is { LeafSlot: >= 0 } &&
            !TryCapture(new Capture(shape.LeafSlot, offset, length, escaped, container)))
        {
            return Reject(ShapeError.TooManyCaptures);
        }

        return error;
    }

    private bool TryCapture(Capture capture)
    {
        if (_captureCount == MaxCaptures)
        {
            return false;
        }

        if (_captureCount == _captures.Length)
        {
            Array.Resize(ref _captures, _captureCount * 2);
        }

        _captures[_captureCount++] = capture;
        return true;
    }

    private JsonError Reject(ShapeError reason)
    {
        Refusal = reason;
        return JsonError.Rejected;
    }

    /// <summary>A value that a shape asked for: a string's text between its quotes, or the mere presence of a value.</summary>
    internal readonly record struct Capture(int Slot, int Offset, int Length, bool Escaped, int Container);

    private struct Frame(bool isObject, int container, ShapeNode? shape, JsonNames.Mark names)
    {
        public readonly bool IsObject = isObject;
        public readonly int Container = container;
        public readonly ShapeNode? Shape = shape;
        public readonly JsonNames.Mark Names = names;
        public int Count;
    }
}
