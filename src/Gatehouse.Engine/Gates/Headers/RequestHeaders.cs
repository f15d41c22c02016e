using System.Buffers;
using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Engine.Gates.Headers;

/// <summary>
/// A request's headers after one strict pass: what the gate itself reads, and what goes on to the upstream. The HTTP/2 server is not
/// strict by default; what two parsers could read differently is refused here. Reused: a client that repeats its headers
/// on an HTTP/1 connection has them read once. Owned by one exchange.
/// </summary>
internal sealed class RequestHeaders
{
    private const int LongestName = 256;

    private static readonly SearchValues<char> NotInValues = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(static c => c != '\t').Select(static c => (char)c), '\u007f']);

    private readonly ArrayBufferWriter<byte> _forward = new(512);
    private OwnHeader _seen;
    private bool _isFine;

    /// <summary><c>Authorization</c>.</summary>
    public string? Authorization { get; private set; }

    /// <summary><c>Host</c>, or <c>:authority</c>.</summary>
    public string? Host { get; private set; }

    /// <summary><c>Origin</c>.</summary>
    public string? Origin { get; private set; }

    /// <summary><c>Sec-Fetch-Site</c>.</summary>
    public string? FetchSite { get; private set; }

    /// <summary><c>Content-Type</c>.</summary>
    public string? ContentType { get; private set; }

    /// <summary><c>Content-Encoding</c>.</summary>
    public string? ContentEncoding { get; private set; }

    /// <summary>Whether a <c>Content-Encoding</c> is there.</summary>
    public bool HasContentEncoding => ContentEncoding is not null;

    /// <summary><c>Content-Length</c>.</summary>
    public long? ContentLength { get; private set; }

    /// <summary><c>Upgrade</c>.</summary>
    public string? Upgrade { get; private set; }

    /// <summary><c>Access-Control-Request-Method</c>: the request is a preflight.</summary>
    public string? RequestedMethod { get; private set; }

    /// <summary>Whom the client wants to act as: <c>X-Gatehouse-Run-As</c>, or Elasticsearch's <c>es-security-runas-user</c>.</summary>
    public string? RunAs { get; private set; }

    /// <summary>Whether <c>x-elastic-internal-origin</c> is there, by which Kibana's pages say that they are its own.</summary>
    public bool HasInternalOrigin => _seen.HasFlag(OwnHeader.InternalOrigin);

    /// <summary>Whether <c>X-Elastic-Product-Origin</c> says <c>kibana</c>.</summary>
    public bool SaysKibana { get; private set; }

    /// <summary><c>Access-Control-Request-Headers</c>.</summary>
    public string? RequestedHeaders { get; private set; }

    /// <summary>What <c>Connection</c> asks for.</summary>
    public ConnectionOption Connection { get; private set; }

    /// <summary>Whether the client waits for 100 (Continue) before it sends its body.</summary>
    public bool ExpectsContinue { get; private set; }

    /// <summary>Whether the body is chunked.</summary>
    public bool IsChunked { get; private set; }

    /// <summary>Reads those of an HTTP/2 request; null when they are fine, else the frozen word of what is wrong.</summary>
    public string? Read(IHeaderDictionary headers)
    {
        Reset();
        ContentLength = headers.ContentLength;
        string? wrong = null;
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            foreach (string? value in header.Value)
            {
                wrong ??= Take(header.Key, value ?? "");
            }
        }

        return Conclude(wrong, hasNoChunks: true); // RFC 9113 section 8.2.2
    }

    /// <summary>Reads those of an HTTP/1 request; null when they are fine, else the frozen word of what is wrong.</summary>
    public string? Read(RequestHead head)
    {
        if (head.HasSameHeaders && _isFine && !(head.IsHttp10 && IsChunked))
        {
            return null;
        }

        string? authorization = Authorization;
        Reset();
        ContentLength = head.ContentLength < 0 ? null : head.ContentLength;
        string? wrong = null;
        for (int index = 0; index < head.Count && wrong is null; index++)
        {
            wrong = Take(head.Name(index), head.Value(index), authorization);
        }

        // RFC 9110 section 7.8: an Upgrade that Connection does not name is none for some and one for others.
        wrong ??= Upgrade is null ? null
            : !Connection.HasFlag(ConnectionOption.Upgrade) ? "upgrade_without_connection"
            : IsChunked || ContentLength > 0 ? "upgrade_with_body"
            : null;
        return Conclude(wrong, hasNoChunks: head.IsHttp10);
    }

    /// <summary>Writes what goes on to the upstream.</summary>
    public void WriteTo(HeadBuffer head) => head.Append(_forward.WrittenSpan);

    /// <summary>
    /// The same without the codings: of a body that was unpacked here, and those in which the client would take a response that
    /// is looked into; without what tells which page and browser ask; and without the type of a body that is written anew.
    /// </summary>
    public void WriteTo(HeadBuffer head, bool withContentEncoding, bool withAcceptEncoding, bool withPage = true, bool withContentType = true)
    {
        ReadOnlySpan<byte> rest = _forward.WrittenSpan;
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOf("\r\n"u8) + 2;
            ReadOnlySpan<byte> name = rest[..rest.IndexOf((byte)':')];
            if ((withContentEncoding || !Ascii.EqualsIgnoreCase(name, "content-encoding"u8))
                && (withAcceptEncoding || !Ascii.EqualsIgnoreCase(name, "accept-encoding"u8))
                && (withContentType || !Ascii.EqualsIgnoreCase(name, "content-type"u8))
                && (withPage || !IsOfPage(name)))
            {
                head.Append(rest[..length]);
            }

            rest = rest[length..];
        }
    }

    /// <summary>The values of a header that goes on to the upstream, joined as RFC 9110 section 5.3 has it; empty without one.</summary>
    public string Forwarded(ReadOnlySpan<byte> name)
    {
        string found = "";
        ReadOnlySpan<byte> rest = _forward.WrittenSpan;
        while (!rest.IsEmpty)
        {
            int length = rest.IndexOf("\r\n"u8) + 2;
            int colon = rest.IndexOf((byte)':');
            if (Ascii.EqualsIgnoreCase(rest[..colon], name))
            {
                string value = Encoding.Latin1.GetString(rest[(colon + 1)..(length - 2)]).Trim();
                found = found.Length == 0 ? value : $"{found}, {value}";
            }

            rest = rest[length..];
        }

        return found;
    }

    private static bool IsOfPage(ReadOnlySpan<byte> name) =>
        Ascii.EqualsIgnoreCase(name, "origin"u8) || Ascii.EqualsIgnoreCase(name, "referer"u8) || Ascii.EqualsIgnoreCase(name, "user-agent"u8)
        || Ascii.EqualsIgnoreCase(name, "cookie"u8);

    private void Reset()
    {
        _forward.ResetWrittenCount();
        _seen = OwnHeader.None;
        Authorization = Host = Origin = FetchSite = ContentType = Upgrade = RequestedMethod = RequestedHeaders = RunAs = ContentEncoding = null;
        ExpectsContinue = IsChunked = _isFine = SaysKibana = false;
        Connection = ConnectionOption.None;
    }

    private string? Conclude(string? wrong, bool hasNoChunks)
    {
        // RFC 9112 section 6.1: both lengths, or chunks where there are none, are read differently by different parsers.
        wrong ??= IsChunked && ContentLength is not null ? "both_lengths"
            : IsChunked && hasNoChunks ? "transfer_encoding"
            : string.IsNullOrEmpty(Host) ? "host_missing"
            : null;
        _isFine = wrong is null;
        return wrong;
    }

    private string? Take(string name, string value)
    {
        if (value.AsSpan().ContainsAny(NotInValues))
        {
            return "header_control_character";
        }

        OwnHeader own = OwnHeaders.Find(name);
        string? wrong = own == OwnHeader.None ? null : TakeOwn(own, value);
        if (wrong is not null)
        {
            return wrong;
        }

        HeaderDecision decision = HeaderRules.ForRequest(name);
        if (decision == HeaderDecision.Forward)
        {
            int length = Encoding.UTF8.GetMaxByteCount(value.Length);
            byte[] bytes = ArrayPool<byte>.Shared.Rent(name.Length + length);
            int nameLength = Encoding.ASCII.GetBytes(name, bytes);
            int valueLength = Encoding.UTF8.GetBytes(value, bytes.AsSpan(nameLength));
            Keep(bytes.AsSpan(0, nameLength), bytes.AsSpan(nameLength, valueLength));
            ArrayPool<byte>.Shared.Return(bytes);
        }

        return decision == HeaderDecision.Refuse ? "header_refused" : null;
    }

    private string? Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, string? authorizationBefore)
    {
        Span<char> letters = stackalloc char[LongestName];
        if (name.Length > LongestName)
        {
            return "header_refused";
        }

        _ = Encoding.ASCII.GetChars(name, letters);
        letters = letters[..name.Length];
        OwnHeader own = OwnHeaders.Find(letters);
        if (own != OwnHeader.None)
        {
            // The same credentials as before are the same string: what they were verified by is remembered by it.
            string text = own == OwnHeader.Authorization && authorizationBefore is not null && Ascii.Equals(value, authorizationBefore)
                ? authorizationBefore
                : Encoding.UTF8.GetString(value);
            if (TakeOwn(own, text) is { } wrong)
            {
                return wrong;
            }
        }

        HeaderDecision decision = HeaderRules.ForRequest(letters);
        if (decision == HeaderDecision.Forward)
        {
            Keep(name, value);
        }

        return decision == HeaderDecision.Refuse ? "header_refused" : null;
    }

    private void Keep(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> line = _forward.GetSpan(name.Length + value.Length + 4);
        name.CopyTo(line);
        ": "u8.CopyTo(line[name.Length..]);
        value.CopyTo(line[(name.Length + 2)..]);
        "\r\n"u8.CopyTo(line[(name.Length + value.Length + 2)..]);
        _forward.Advance(name.Length + value.Length + 4);
    }

    /// <summary>Takes what the gate itself reads; none of it may come twice.</summary>
    private string? TakeOwn(OwnHeader own, string value)
    {
        if (_seen.HasFlag(own))
        {
            return "header_repeated";
        }

        _seen |= own;
        switch (own)
        {
            case OwnHeader.Authorization:
                Authorization = value;
                return null;
            case OwnHeader.Host:
                Host = value;
                return null;
            case OwnHeader.Origin:
                Origin = value;
                return null;
            case OwnHeader.FetchSite:
                FetchSite = value;
                return null;
            case OwnHeader.ContentType:
                ContentType = value;
                return null;
            case OwnHeader.ContentEncoding:
                ContentEncoding = value;
                return null;
            case OwnHeader.Upgrade:
                Upgrade = value;
                return null;
            case OwnHeader.RequestedMethod:
                RequestedMethod = value;
                return null;
            case OwnHeader.RunAs:
                RunAs = value;
                return null;
            case OwnHeader.ProductOrigin:
                SaysKibana = value == "kibana";
                return null;
            case OwnHeader.RequestedHeaders:
                RequestedHeaders = value;
                return null;
            default:
                return TakeFraming(own, value);
        }
    }

    private string? TakeFraming(OwnHeader own, string value)
    {
        switch (own)
        {
            case OwnHeader.TransferEncoding:
                // RFC 9112 section 6.1: anything but one `chunked` is read differently by different parsers.
                IsChunked = value.Equals("chunked", StringComparison.OrdinalIgnoreCase);
                return IsChunked ? null : "transfer_encoding";
            case OwnHeader.Expect:
                ExpectsContinue = value.Equals("100-continue", StringComparison.OrdinalIgnoreCase);
                return ExpectsContinue ? null : "expect";
            case OwnHeader.Connection:
                return TakeConnection(value);
            case OwnHeader.MovedLength:
                // The HTTP/2 server's repair of both lengths at once: smuggling.
                return "both_lengths";
            default:
                return null;
        }
    }

    /// <summary>A header named in Connection would have to be dropped (RFC 9110 section 7.6.1), before or after the decision: refused.</summary>
    private string? TakeConnection(string value)
    {
        foreach (Range range in value.AsSpan().Split(','))
        {
            ReadOnlySpan<char> option = value.AsSpan(range).Trim(" \t");
            if (option.Equals("close", StringComparison.OrdinalIgnoreCase))
            {
                Connection |= ConnectionOption.Close;
            }
            else if (option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase))
            {
                Connection |= ConnectionOption.KeepAlive;
            }
            else if (option.Equals("upgrade", StringComparison.OrdinalIgnoreCase))
            {
                Connection |= ConnectionOption.Upgrade;
            }
            else if (!option.Equals("te", StringComparison.OrdinalIgnoreCase))
            {
                return "connection_option";
            }
        }

        return null;
    }
}

/// <summary>What a <c>Connection</c> header asks for (RFC 9110 section 7.6.1).</summary>
[Flags]
internal enum ConnectionOption
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>close</c>.</summary>
    Close = 1,

    /// <summary><c>keep-alive</c>.</summary>
    KeepAlive = 2,

    /// <summary><c>upgrade</c>.</summary>
    Upgrade = 4,
}
