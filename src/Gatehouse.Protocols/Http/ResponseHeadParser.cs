using System.Text;

namespace Gatehouse.Protocols.Http;

/// <summary>
/// Reads the head of an answer from an upstream that is not trusted (RFC 9112): CR LF only, no folding, exactly one framing.
/// Where RFC 9112 lets a recipient repair a message, this one refuses it.
/// </summary>
public static class ResponseHeadParser
{
    /// <summary>
    /// Reads a head from the beginning of <paramref name="buffer"/>. Interim answers but 101 are skipped and count towards
    /// the limit.
    /// </summary>
    /// <param name="buffer">All bytes received since the request was sent.</param>
    /// <param name="into">Takes the head, or the reason.</param>
    /// <param name="maxHeadBytes">Longest head in bytes, skipped interim answers included.</param>
    /// <param name="requestWasHead">Whether the request's method was HEAD: no body follows then.</param>
    /// <param name="consumed">Bytes up to the body; 0 unless done.</param>
    public static ParseStatus TryParse(
        ReadOnlySpan<byte> buffer, ResponseHead into, int maxHeadBytes, bool requestWasHead, out int consumed)
    {
        consumed = 0;
        into.Clear();
        int start = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = buffer[start..];
            int end = rest.IndexOf("\r\n\r\n"u8);
            if ((end < 0 ? buffer.Length : start + end + 4) > maxHeadBytes)
            {
                return Refuse(into, ResponseError.HeadTooLong);
            }

            if (end < 0)
            {
                // A hostile upstream is not waited for: what is wrong already is refused now.
                ResponseError early = CheckBeginning(rest);
                return early == ResponseError.None ? ParseStatus.NeedMore : Refuse(into, early);
            }

            ResponseError error = ParseOne(rest[..(end + 2)], into, requestWasHead);
            if (error != ResponseError.None)
            {
                return Refuse(into, error);
            }

            start += end + 4;
            if (into.StatusCode is >= 200 or 101)
            {
                consumed = start;
                return ParseStatus.Done;
            }

            into.Clear();
        }
    }

    private static ParseStatus Refuse(ResponseHead into, ResponseError error)
    {
        into.Clear();
        into.Error = error;
        return ParseStatus.Bad;
    }

    // Bare LF would otherwise let a head without an empty line of CR LF wait until the limit.
    private static ResponseError CheckBeginning(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> version = "HTTP/1."u8;
        int common = Math.Min(head.Length, version.Length);
        if (!head[..common].SequenceEqual(version[..common]))
        {
            return ResponseError.BadStatusLine;
        }

        int at;
        while ((at = head.IndexOf((byte)'\n')) >= 0)
        {
            if (at == 0 || head[at - 1] != '\r')
            {
                return ResponseError.BadLineEnd;
            }

            head = head[(at + 1)..];
        }

        return ResponseError.None;
    }

    private static ResponseError ParseOne(ReadOnlySpan<byte> head, ResponseHead into, bool requestWasHead)
    {
        int lineEnd = head.IndexOf((byte)'\n');
        if (lineEnd < 1 || head[lineEnd - 1] != '\r')
        {
            return ResponseError.BadLineEnd;
        }

        ResponseError error = ParseStatusLine(head[..(lineEnd - 1)], into);
        if (error == ResponseError.None)
        {
            error = into.Headers.Parse(head[(lineEnd + 1)..]);
        }

        return error == ResponseError.None ? ReadFraming(into, requestWasHead) : error;
    }

    private static ResponseError ParseStatusLine(ReadOnlySpan<byte> line, ResponseHead into)
    {
        // HTTP/1.1 200 Reason: the reason may be empty, the space before it is often missing then.
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ' ||
            (line.Length > 12 && line[12] != ' ') || line[9..12].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return ResponseError.BadStatusLine;
        }

        if (line[12..].ContainsAny(HttpTokens.Controls))
        {
            return line.Contains((byte)'\r') ? ResponseError.BadLineEnd : ResponseError.BadHeaderValue;
        }

        into.IsHttp10 = line[7] == '0';
        into.StatusCode = ((line[9] - '0') * 100) + ((line[10] - '0') * 10) + (line[11] - '0');
        return into.StatusCode is >= 100 and <= 599 ? ResponseError.None : ResponseError.BadStatusLine;
    }

    // RFC 9112 section 6.3, without its repairs.
    private static ResponseError ReadFraming(ResponseHead into, bool requestWasHead)
    {
        HeaderBlock headers = into.Headers;
        bool chunked = false;
        bool close = false;
        bool keepAlive = false;
        for (int i = 0; i < headers.Count; i++)
        {
            ReadOnlySpan<byte> name = headers.Name(i);
            switch (name.Length)
            {
                case 14 when Ascii.EqualsIgnoreCase(name, "content-length"u8):
                    if (into.ContentLength >= 0 || !HttpTokens.TryLength(headers.Value(i), out long length))
                    {
                        return ResponseError.BadContentLength;
                    }

                    into.ContentLength = length;
                    break;
                case 17 when Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8):
                    if (chunked || into.IsHttp10 || !Ascii.EqualsIgnoreCase(headers.Value(i), "chunked"u8))
                    {
                        return ResponseError.BadTransferEncoding;
                    }

                    chunked = true;
                    break;
                case 10 when Ascii.EqualsIgnoreCase(name, "connection"u8):
                    close |= HeaderRules.ListHas(headers.Value(i), "close"u8);
                    keepAlive |= HeaderRules.ListHas(headers.Value(i), "keep-alive"u8);
                    StripNamed(headers, headers.Value(i));
                    break;
            }
        }

        return Conclude(into, chunked, requestWasHead, !close && (keepAlive || !into.IsHttp10));
    }

    private static ResponseError Conclude(ResponseHead into, bool chunked, bool requestWasHead, bool mayKeepAlive)
    {
        if (chunked && into.ContentLength >= 0)
        {
            return ResponseError.ConflictingLengths;
        }

        // 1xx and 204 have neither (RFC 9110 section 8.6); a length of 0 is often sent and harmless.
        bool never = into.StatusCode is < 200 or 204;
        if (never && (chunked || into.ContentLength > 0))
        {
            return ResponseError.ConflictingLengths;
        }

        into.Framing = never || into.StatusCode == 304 || requestWasHead
            ? BodyFraming.None
            : chunked ? BodyFraming.Chunked
            : into.ContentLength > 0 ? BodyFraming.Length
            : into.ContentLength == 0 ? BodyFraming.None
            : BodyFraming.UntilClose;
        into.KeepAlive = mayKeepAlive && into.Framing != BodyFraming.UntilClose && !into.IsUpgrade;
        return ResponseError.None;
    }

    private static void StripNamed(HeaderBlock headers, ReadOnlySpan<byte> connection)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (!headers.IsStripped(i) && HeaderRules.ListHas(connection, headers.Name(i)))
            {
                headers.Strip(i);
            }
        }
    }
}
