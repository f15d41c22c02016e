namespace Gatehouse.Protocols.Http;

/// <summary>
/// Reads the head of a request from a client that is not trusted (RFC 9112): CR LF only, no folding, no empty line before
/// the request line, one plain Content-Length. Where RFC 9112 lets a recipient repair a message, this one refuses it.
/// </summary>
public static class RequestHeadParser
{
    /// <summary>Longest request line in bytes, CR LF included.</summary>
    public const int MaxRequestLine = 8 * 1024;

    /// <summary>Longest head in bytes, request line and empty line included.</summary>
    public const int MaxHead = 64 * 1024;

    /// <summary>
    /// Reads a head from the beginning of <paramref name="buffer"/>. When it says that more is needed, the next call must
    /// bring the same bytes and more behind them.
    /// </summary>
    /// <param name="buffer">Bytes received and not used.</param>
    /// <param name="into">Takes the head, or the reason.</param>
    /// <param name="consumed">Bytes up to the body; 0 unless done.</param>
    public static ParseStatus TryParse(ReadOnlySpan<byte> buffer, RequestHead into, out int consumed)
    {
        consumed = 0;
        int from = Math.Min(into.Searched, buffer.Length);
        int found = buffer[from..].IndexOf("\r\n\r\n"u8);
        if (found < 0)
        {
            RequestError early = CheckBeginning(buffer, from);
            if (early != RequestError.None)
            {
                return Refuse(into, early);
            }

            into.Searched = Math.Max(0, buffer.Length - 3);
            return ParseStatus.NeedMore;
        }

        into.Searched = 0;
        int end = from + found + 2;
        RequestError error = end + 2 > MaxHead ? RequestError.HeadTooLong
            : buffer[..end].IndexOf((byte)'\n') >= MaxRequestLine ? RequestError.RequestLineTooLong
            : into.Take(buffer[..end]);
        if (error != RequestError.None)
        {
            return Refuse(into, error);
        }

        into.Error = RequestError.None;
        consumed = end + 2;
        return ParseStatus.Done;
    }

    private static ParseStatus Refuse(RequestHead into, RequestError error)
    {
        into.Forget();
        into.Error = error;
        return ParseStatus.Bad;
    }

    // A hostile client is not waited for: what can never become a head is refused now.
    private static RequestError CheckBeginning(ReadOnlySpan<byte> buffer, int from)
    {
        if (buffer.Length > 0 && !HttpTokens.Bytes.Contains(buffer[0]))
        {
            return RequestError.BadRequestLine;
        }

        if (buffer.Length >= MaxRequestLine && buffer[..MaxRequestLine].IndexOf((byte)'\n') < 0)
        {
            return RequestError.RequestLineTooLong;
        }

        ReadOnlySpan<byte> rest = buffer[from..];
        int at;
        while ((at = rest.IndexOf((byte)'\n')) >= 0)
        {
            int position = buffer.Length - rest.Length + at;
            if (position == 0 || buffer[position - 1] != '\r')
            {
                return RequestError.BadLineEnd;
            }

            rest = rest[(at + 1)..];
        }

        int line = buffer.IndexOf((byte)'\n') + 1;
        RequestError error = line == 0 ? RequestError.None : RequestHead.CheckLine(buffer[..line]);
        return error != RequestError.None ? error : buffer.Length >= MaxHead ? RequestError.HeadTooLong : RequestError.None;
    }
}
