using System.Buffers;
using System.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>
/// The one canonical form of a request target, built from its raw bytes: what the gate decides on is what it forwards.
/// Origin form only (RFC 9112 section 3.2.1): split on <c>/</c> first, each segment decoded once as strict UTF-8; the query
/// split on <c>&amp;</c> only and on the first <c>=</c>. <c>+</c> in the query is read as a space and written as <c>%20</c>,
/// so that no server can read it otherwise; a plus sign must come as <c>%2B</c>. Everything is written back with one fixed set
/// of bare characters. Reusable, owned by one connection at a time; allocates nothing once warm. Not thread-safe.
/// </summary>
public sealed class CanonicalTarget
{
    /// <summary>Longest target, in characters as sent and in bytes as forwarded.</summary>
    public const int MaxLength = 8192;

    /// <summary>Most segments of a path.</summary>
    public const int MaxSegments = 256;

    /// <summary>Most parameters of a query.</summary>
    public const int MaxParameters = 128;

    private byte[] _bytes = new byte[512];
    private Piece[] _segments = new Piece[16];
    private Parameter[] _parameters = new Parameter[8];
    private int _byteCount;

    /// <summary>Number of path segments; 0 for <c>/</c>.</summary>
    public int SegmentCount { get; private set; }

    /// <summary>Whether the path ends with a slash after a segment; <c>/</c> alone has none.</summary>
    public bool HasTrailingSlash { get; private set; }

    /// <summary>Whether any segment holds an encoded slash.</summary>
    public bool HasAnyEncodedSlash { get; private set; }

    /// <summary>Number of query parameters.</summary>
    public int ParameterCount { get; private set; }

    /// <summary>Room that <see cref="WriteCanonical(Span{byte})"/> needs at most, in bytes.</summary>
    public int MaxCanonicalLength => (_byteCount * 3) + SegmentCount + (ParameterCount * 2) + 2;

    /// <summary>
    /// Reads a raw request target as it came over the wire. On a refusal the target is empty; nothing of it may be used.
    /// </summary>
    public TargetError Parse(string rawTarget)
    {
        Reset();
        TargetError error = ParseChecked(rawTarget);
        if (error != TargetError.None)
        {
            Reset();
        }

        return error;
    }

    /// <summary>A path segment, decoded UTF-8; valid until the next <see cref="Parse"/>.</summary>
    public ReadOnlySpan<byte> Segment(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)SegmentCount, nameof(index));
        return _bytes.AsSpan(_segments[index].Offset, _segments[index].Length);
    }

    /// <summary>Whether the segment came with <c>%2F</c>: its decoded form has a slash that separates nothing.</summary>
    public bool HasEncodedSlash(int segment) => segment < SegmentCount && _segments[segment].EncodedSlash;

    /// <summary>A parameter's name, decoded UTF-8, never empty.</summary>
    public ReadOnlySpan<byte> ParameterName(int index) => ParameterAt(index).Name.Of(_bytes);

    /// <summary>A parameter's value, decoded UTF-8; empty without one.</summary>
    public ReadOnlySpan<byte> ParameterValue(int index) => ParameterAt(index).Value.Of(_bytes);

    /// <summary>Whether the parameter has a <c>=</c>.</summary>
    public bool ParameterHasValue(int index) => ParameterAt(index).HasValue;

    /// <summary>Whether an earlier parameter has this one's name, ASCII case ignored.</summary>
    public bool IsRepeated(int parameter) => ParameterAt(parameter).Repeated;

    /// <summary>The value of the first parameter with exactly this name.</summary>
    public bool TryGetParameter(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (int i = 0; i < ParameterCount; i++)
        {
            if (ParameterName(i).SequenceEqual(name))
            {
                value = ParameterValue(i);
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>Writes the target in canonical form, for the upstream's request line.</summary>
    public void WriteCanonical(IBufferWriter<byte> into) =>
        into.Advance(WriteCanonical(into.GetSpan(MaxCanonicalLength)));

    /// <summary>Writes the target in canonical form; <paramref name="into"/> must hold <see cref="MaxCanonicalLength"/> bytes.</summary>
    /// <returns>The number of bytes written.</returns>
    public int WriteCanonical(Span<byte> into)
    {
        int written = WriteCanonicalPath(into);
        for (int i = 0; i < ParameterCount; i++)
        {
            ref readonly Parameter parameter = ref _parameters[i];
            into[written++] = i == 0 ? (byte)'?' : (byte)'&';
            written += PercentCoding.Encode(parameter.Name.Of(_bytes), into[written..]);
            if (parameter.HasValue)
            {
                into[written++] = (byte)'=';
                written += PercentCoding.Encode(parameter.Value.Of(_bytes), into[written..]);
            }
        }

        return written;
    }

    /// <summary>Writes the path alone (for records: a query may hold secrets), under the same rule.</summary>
    /// <returns>The number of bytes written.</returns>
    public int WriteCanonicalPath(Span<byte> into)
    {
        int written = 0;
        for (int i = 0; i < SegmentCount; i++)
        {
            into[written++] = (byte)'/';
            written += PercentCoding.Encode(Segment(i), into[written..]);
        }

        if (SegmentCount == 0 || HasTrailingSlash)
        {
            into[written++] = (byte)'/';
        }

        return written;
    }

    /// <summary>A decoded segment, name or value as it is written in canonical form, without any character that divides.</summary>
    public static string Encode(ReadOnlySpan<byte> decoded)
    {
        byte[] encoded = new byte[decoded.Length * 3];
        return Encoding.ASCII.GetString(encoded, 0, PercentCoding.Encode(decoded, encoded));
    }

    /// <summary>The canonical form. Allocates: for tests and error texts.</summary>
    public override string ToString()
    {
        byte[] bytes = new byte[MaxCanonicalLength];
        return Encoding.ASCII.GetString(bytes, 0, WriteCanonical(bytes.AsSpan()));
    }

    /// <summary>Drops the trailing slash, where the endpoint says <c>trailing-slash=strip</c>.</summary>
    internal void StripTrailingSlash() => HasTrailingSlash = false;

    private TargetError ParseChecked(string raw)
    {
        if (raw.Length == 0)
        {
            return TargetError.Empty;
        }

        if (raw.Length > MaxLength)
        {
            return TargetError.TooLong;
        }

        if (raw[0] != '/')
        {
            return TargetError.NotOriginForm;
        }

        if (_bytes.Length < raw.Length)
        {
            _bytes = new byte[Math.Max(raw.Length, _bytes.Length * 2)];
        }

        int question = raw.IndexOf('?', StringComparison.Ordinal);
        ReadOnlySpan<char> path = question < 0 ? raw.AsSpan(1) : raw.AsSpan(1, question - 1);
        TargetError error = ParsePath(path);
        if (error == TargetError.None && question >= 0 && question + 1 < raw.Length)
        {
            error = ParseQuery(raw.AsSpan(question + 1));
        }

        // The escaping of bare-but-odd characters may lengthen it: what is forwarded is held to the same limit.
        return error == TargetError.None && MaxCanonicalLength > MaxLength && CanonicalLength() > MaxLength
            ? TargetError.TooLong
            : error;
    }

    private TargetError ParsePath(ReadOnlySpan<char> path)
    {
        while (path.Length > 0)
        {
            int slash = path.IndexOf('/');
            ReadOnlySpan<char> segment = slash < 0 ? path : path[..slash];
            if (segment.Length == 0)
            {
                return TargetError.EmptySegment;
            }

            if (SegmentCount == MaxSegments)
            {
                return TargetError.TooManySegments;
            }

            TargetError error = PercentCoding.DecodeSegment(
                segment, _bytes.AsSpan(_byteCount), out int length, out bool encodedSlash);
            if (error != TargetError.None)
            {
                return error;
            }

            Grow(ref _segments, SegmentCount);
            _segments[SegmentCount++] = new Piece(_byteCount, length, encodedSlash);
            _byteCount += length;
            HasAnyEncodedSlash |= encodedSlash;
            HasTrailingSlash = slash == path.Length - 1;
            path = slash < 0 ? default : path[(slash + 1)..];
        }

        return TargetError.None;
    }

    private TargetError ParseQuery(ReadOnlySpan<char> query)
    {
        while (true)
        {
            int ampersand = query.IndexOf('&');
            ReadOnlySpan<char> pair = ampersand < 0 ? query : query[..ampersand];
            if (ParameterCount == MaxParameters)
            {
                return TargetError.TooManyParameters;
            }

            TargetError error = ParsePair(pair);
            if (error != TargetError.None || ampersand < 0)
            {
                return error;
            }

            query = query[(ampersand + 1)..];
        }
    }

    private TargetError ParsePair(ReadOnlySpan<char> pair)
    {
        int equals = pair.IndexOf('=');
        TargetError error = DecodePart(equals < 0 ? pair : pair[..equals], isName: true, out Piece name);
        if (error != TargetError.None)
        {
            return error;
        }

        if (name.Length == 0)
        {
            return TargetError.EmptyParameterName;
        }

        Piece value = default;
        if (equals >= 0)
        {
            error = DecodePart(pair[(equals + 1)..], isName: false, out value);
        }

        Grow(ref _parameters, ParameterCount);
        _parameters[ParameterCount] = new Parameter(name, value, equals >= 0, NameIsKnown(name.Of(_bytes)));
        ParameterCount++;
        return error;
    }

    private TargetError DecodePart(ReadOnlySpan<char> raw, bool isName, out Piece piece)
    {
        TargetError error = PercentCoding.DecodeParameter(raw, _bytes.AsSpan(_byteCount), isName, out int length);
        piece = new Piece(_byteCount, length, EncodedSlash: false);
        _byteCount += length;
        return error;
    }

    // Quadratic in the number of parameters, which MaxParameters bounds.
    private bool NameIsKnown(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < ParameterCount; i++)
        {
            if (Ascii.EqualsIgnoreCase(_parameters[i].Name.Of(_bytes), name) ||
                _parameters[i].Name.Of(_bytes).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private int CanonicalLength()
    {
        int length = SegmentCount + (HasTrailingSlash || SegmentCount == 0 ? 1 : 0);
        for (int i = 0; i < SegmentCount; i++)
        {
            length += PercentCoding.EncodedLength(Segment(i));
        }

        for (int i = 0; i < ParameterCount; i++)
        {
            length += 1 + (_parameters[i].HasValue ? 1 : 0) + PercentCoding.EncodedLength(ParameterName(i)) +
                PercentCoding.EncodedLength(ParameterValue(i));
        }

        return length;
    }

    private ref readonly Parameter ParameterAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)ParameterCount, nameof(index));
        return ref _parameters[index];
    }

    private void Reset()
    {
        _byteCount = 0;
        SegmentCount = 0;
        ParameterCount = 0;
        HasTrailingSlash = false;
        HasAnyEncodedSlash = false;
    }

    private static void Grow<T>(ref T[] array, int count)
    {
        if (count == array.Length)
        {
            Array.Resize(ref array, count * 2);
        }
    }

    private readonly record struct Piece(int Offset, int Length, bool EncodedSlash)
    {
        public ReadOnlySpan<byte> Of(byte[] bytes) => bytes.AsSpan(Offset, Length);
    }

    private readonly record struct Parameter(Piece Name, Piece Value, bool HasValue, bool Repeated);
}
