using System.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>
/// Header or trailer fields of an upstream's message, copied out of the receive buffer: names and values as spans, in the
/// order received, without allocation. Reusable, owned by one connection at a time.
/// </summary>
public sealed class HeaderBlock
{
    /// <summary>Most fields of one block.</summary>
    public const int MaxHeaders = 256;

    private byte[] _bytes = new byte[1024];
    private Field[] _fields = new Field[32];

    /// <summary>Number of fields.</summary>
    public int Count { get; private set; }

    /// <summary>A field's name as received: a token.</summary>
    public ReadOnlySpan<byte> Name(int index)
    {
        ref readonly Field field = ref At(index);
        return _bytes.AsSpan(field.Name, field.NameLength);
    }

    /// <summary>A field's value without the white space around it: no control characters but HTAB, any bytes above 0x7f.</summary>
    public ReadOnlySpan<byte> Value(int index)
    {
        ref readonly Field field = ref At(index);
        return _bytes.AsSpan(field.Value, field.ValueLength);
    }

    /// <summary>
    /// Whether the field must not be passed on: hop-by-hop, named in <c>Connection</c>, framing, or the gate's own business
    /// (see <see cref="HeaderRules.ForResponse"/>).
    /// </summary>
    public bool IsStripped(int index) => At(index).Stripped;

    /// <summary>The value of the first field of this name, ASCII case ignored.</summary>
    public bool TryGet(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(Name(i), name))
            {
                value = Value(i);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>
    /// Takes out what asks for credentials or answers them (RFC 9110 section 11.6): where the gate has a credential of its own
    /// it is not the client's business.
    /// </summary>
    public void StripChallenges()
    {
        for (int index = 0; index < Count; index++)
        {
            ReadOnlySpan<byte> name = Name(index);
            if (Ascii.EqualsIgnoreCase(name, "www-authenticate"u8) || Ascii.EqualsIgnoreCase(name, "authentication-info"u8))
            {
                Strip(index);
            }
        }
    }

    internal void Clear() => Count = 0;

    internal void Strip(int index) => _fields[index].Stripped = true;

    /// <summary>Reads field lines, each with its CR LF and without the empty line at the end (RFC 9112 section 5).</summary>
    internal ResponseError Parse(ReadOnlySpan<byte> lines)
    {
        Count = 0;
        if (lines.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(lines.Length, _bytes.Length * 2)];
        }

        lines.CopyTo(_bytes);
        int at = 0;
        while (at < lines.Length)
        {
            int length = lines[at..].IndexOf((byte)'\n');
            if (length < 1 || lines[at + length - 1] != '\r')
            {
                return ResponseError.BadLineEnd;
            }

            ResponseError error = ParseLine(lines.Slice(at, length - 1), at);
            if (error != ResponseError.None)
            {
                Count = 0;
                return error;
            }

            at += length + 1;
        }

        return ResponseError.None;
    }

    private ResponseError ParseLine(ReadOnlySpan<byte> line, int start)
    {
        FieldLineError error = FieldLine.Read(line, out int nameLength, out int valueStart, out int valueLength);
        if (error != FieldLineError.None)
        {
            return error switch
            {
                FieldLineError.Folded => ResponseError.FoldedLine,
                FieldLineError.BadName => ResponseError.BadHeaderName,
                FieldLineError.BadLineEnd => ResponseError.BadLineEnd,
                _ => ResponseError.BadHeaderValue,
            };
        }

        if (Count == MaxHeaders)
        {
            return ResponseError.TooManyHeaders;
        }

        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Count * 2);
        }

        _fields[Count++] = new Field
        {
            Name = start,
            NameLength = nameLength,
            Value = start + valueStart,
            ValueLength = valueLength,
            Stripped = HeaderRules.ForResponse(line[..nameLength]) == HeaderDecision.Strip,
        };
        return ResponseError.None;
    }

    private ref readonly Field At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _fields[index];
    }

    private struct Field
    {
        public int Name;
        public int NameLength;
        public int Value;
        public int ValueLength;
        public bool Stripped;
    }
}
