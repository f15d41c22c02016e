using System.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>
/// The head of a client's request over HTTP/1.1 or HTTP/1.0, copied out of the receive buffer and read strictly. It keeps
/// the bytes of the last one: what a client repeats on a connection is compared, not read again. Reusable, owned by one
/// connection; filled by <see cref="RequestHeadParser"/>.
/// </summary>
public sealed class RequestHead
{
    /// <summary>Most header lines.</summary>
    public const int MaxHeaders = 200;

    private byte[] _bytes = new byte[512];
    private Field[] _fields = new Field[16];
    private int _lineLength;
    private int _length;

    /// <summary>The method, in the letters it came in.</summary>
    public string Method { get; private set; } = "";

    /// <summary>The target as it came: printable ASCII. The same string object as before when it came again.</summary>
    public string RawTarget { get; private set; } = "";

    /// <summary>Whether it came as HTTP/1.0.</summary>
    public bool IsHttp10 { get; private set; }

    /// <summary>Whether every header line is, byte for byte, that of the last head.</summary>
    public bool HasSameHeaders { get; private set; }

    /// <summary>Number of header lines.</summary>
    public int Count { get; private set; }

    /// <summary>The Content-Length; -1 without one.</summary>
    public long ContentLength { get; private set; }

    /// <summary>Why it was refused, after <see cref="ParseStatus.Bad"/>.</summary>
    public RequestError Error { get; internal set; }

    /// <summary>A header's name as it came: a token.</summary>
    public ReadOnlySpan<byte> Name(int index) => _bytes.AsSpan(At(index).Name, At(index).NameLength);

    /// <summary>A header's value without the white space around it: UTF-8 without control characters but HTAB.</summary>
    public ReadOnlySpan<byte> Value(int index) => _bytes.AsSpan(At(index).Value, At(index).ValueLength);

    /// <summary>How far the receive buffer was searched for the end of the head.</summary>
    internal int Searched { get; set; }

    /// <summary>Reads a whole head: the request line and the header lines, each with CR LF, without the empty line.</summary>
    internal RequestError Take(ReadOnlySpan<byte> head)
    {
        int line = head.IndexOf((byte)'\n') + 1;
        bool sameLine = line == _lineLength && head[..line].SequenceEqual(_bytes.AsSpan(0, _lineLength));
        HasSameHeaders = _length > 0 && head[line..].SequenceEqual(_bytes.AsSpan(_lineLength, _length - _lineLength));
        if (sameLine && HasSameHeaders)
        {
            return RequestError.None;
        }

        if (head.Length > _bytes.Length)
        {
            _bytes = new byte[Math.Max(head.Length, _bytes.Length * 2)];
        }

        int moved = line - _lineLength;
        head.CopyTo(_bytes);
        _lineLength = line;
        _length = head.Length;
        RequestError error = TakeLine(head[..line]);
        if (error == RequestError.None)
        {
            if (HasSameHeaders)
            {
                MoveFields(moved);
            }
            else
            {
                error = TakeFields(head, line);
            }
        }

        if (error != RequestError.None)
        {
            Forget();
        }

        return error;
    }

    /// <summary>Nothing of the last head may be used again.</summary>
    internal void Forget()
    {
        _length = _lineLength = Count = Searched = 0;
        HasSameHeaders = false;
    }

    private static string MethodOf(ReadOnlySpan<byte> method) => method switch
    {
        _ when method.SequenceEqual("GET"u8) => "GET",
        _ when method.SequenceEqual("POST"u8) => "POST",
        _ when method.SequenceEqual("PUT"u8) => "PUT",
        _ when method.SequenceEqual("HEAD"u8) => "HEAD",
        _ when method.SequenceEqual("DELETE"u8) => "DELETE",
        _ when method.SequenceEqual("PATCH"u8) => "PATCH",
        _ when method.SequenceEqual("OPTIONS"u8) => "OPTIONS",
        _ => Encoding.ASCII.GetString(method),
    };

    /// <summary>What is wrong with a request line, CR LF included.</summary>
    internal static RequestError CheckLine(ReadOnlySpan<byte> line) => ReadLine(line, out _, out _);

    // RFC 9112 section 3: method SP request-target SP HTTP-version, and nothing that a lenient reader would repair.
    private static RequestError ReadLine(ReadOnlySpan<byte> line, out int first, out int last)
    {
        first = last = 0;
        if (line.Length < 2 || line[^2] != '\r')
        {
            return RequestError.BadLineEnd;
        }

        line = line[..^2];
        first = line.IndexOf((byte)' ');
        last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first + 1 || line[..first].ContainsAnyExcept(HttpTokens.Bytes)
            || line[(first + 1)..last].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return RequestError.BadRequestLine;
        }

        ReadOnlySpan<byte> version = line[(last + 1)..];
        bool isHttp = version.Length == 8 && version.StartsWith("HTTP/"u8) && char.IsAsciiDigit((char)version[5])
            && version[6] == '.' && char.IsAsciiDigit((char)version[7]);
        return !isHttp ? RequestError.BadRequestLine
            : version[5] != '1' || version[7] > '1' ? RequestError.BadVersion
            : RequestError.None;
    }

    private RequestError TakeLine(ReadOnlySpan<byte> line)
    {
        RequestError error = ReadLine(line, out int first, out int last);
        if (error != RequestError.None)
        {
            return error;
        }

        IsHttp10 = line[^3] == '0';
        Method = MethodOf(line[..first]);
        ReadOnlySpan<byte> target = line[(first + 1)..last];
        if (!Ascii.Equals(target, RawTarget))
        {
            RawTarget = Encoding.ASCII.GetString(target);
        }

        return RequestError.None;
    }

    private RequestError TakeFields(ReadOnlySpan<byte> head, int at)
    {
        Count = 0;
        ContentLength = -1;
        while (at < head.Length)
        {
            int length = head[at..].IndexOf((byte)'\n');
            if (length < 1 || head[at + length - 1] != '\r')
            {
                return RequestError.BadLineEnd;
            }

            RequestError error = TakeField(head.Slice(at, length - 1), at);
            if (error != RequestError.None)
            {
                return error;
            }

            at += length + 1;
        }

        return RequestError.None;
    }

    private RequestError TakeField(ReadOnlySpan<byte> line, int start)
    {
        FieldLineError wrong = FieldLine.Read(line, out int nameLength, out int valueStart, out int valueLength);
        if (wrong != FieldLineError.None)
        {
            return wrong switch
            {
                FieldLineError.Folded => RequestError.FoldedLine,
                FieldLineError.BadName => RequestError.BadHeaderName,
                FieldLineError.BadLineEnd => RequestError.BadLineEnd,
                _ => RequestError.BadHeaderValue,
            };
        }

        if (Count == MaxHeaders)
        {
            return RequestError.TooManyHeaders;
        }

        ReadOnlySpan<byte> value = line.Slice(valueStart, valueLength);
        if (!System.Text.Unicode.Utf8.IsValid(value))
        {
            return RequestError.BadHeaderValue;
        }

        if (nameLength == 14 && Ascii.EqualsIgnoreCase(line[..nameLength], "content-length"u8))
        {
            if (ContentLength >= 0 || !HttpTokens.TryLength(value, out long length))
            {
                return RequestError.BadContentLength;
            }

            ContentLength = length;
        }

        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Count * 2);
        }

        _fields[Count++] = new Field(start, nameLength, start + valueStart, valueLength);
        return RequestError.None;
    }

    private void MoveFields(int by)
    {
        for (int index = 0; index < Count; index++)
        {
            ref Field field = ref _fields[index];
            field = field with { Name = field.Name + by, Value = field.Value + by };
        }
    }

    private ref readonly Field At(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        return ref _fields[index];
    }

    private readonly record struct Field(int Name, int NameLength, int Value, int ValueLength);
}
