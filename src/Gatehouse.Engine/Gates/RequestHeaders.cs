using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Protocols.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// A request's headers after one strict pass: what the gate itself reads, and what goes on to the upstream. Kestrel is not
/// strict by default; what two parsers could read differently is refused here. Reused; owned by one exchange.
/// </summary>
internal sealed class RequestHeaders
{
    private static readonly SearchValues<char> NotInValues = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(static c => c != '\t').Select(static c => (char)c), '\u007f']);

    private KeyValuePair<string, string>[] _forward = new KeyValuePair<string, string>[16];
    private int _count;

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

    /// <summary>Whether a <c>Content-Encoding</c> is there.</summary>
    public bool HasContentEncoding { get; private set; }

    /// <summary><c>Content-Length</c>.</summary>
    public long? ContentLength { get; private set; }

    /// <summary><c>Upgrade</c>.</summary>
    public string? Upgrade { get; private set; }

    /// <summary><c>Access-Control-Request-Method</c>: the request is a preflight.</summary>
    public string? RequestedMethod { get; private set; }

    /// <summary>Reads them; null when they are fine, else the frozen word of what is wrong.</summary>
    /// <param name="headers">As the server has them.</param>
    /// <param name="hasNoChunks">HTTP/1.0 and HTTP/2, which know no chunked framing (RFC 9113 section 8.2.2).</param>
    public string? Read(IHeaderDictionary headers, bool hasNoChunks)
    {
        Array.Clear(_forward, 0, _count);
        _count = 0;
        Authorization = Host = Origin = FetchSite = ContentType = Upgrade = RequestedMethod = null;
        HasContentEncoding = false;
        ContentLength = headers.ContentLength;
        string? wrong = null;
        foreach (KeyValuePair<string, StringValues> header in headers)
        {
            wrong ??= Take(header.Key, header.Value, hasNoChunks);
        }

        return wrong ?? (string.IsNullOrEmpty(Host) ? "host_missing" : null);
    }

    /// <summary>Writes what goes on to the upstream.</summary>
    public void WriteTo(HeadBuffer head)
    {
        for (int index = 0; index < _count; index++)
        {
            if (!head.TryAppendHeader(_forward[index].Key, _forward[index].Value))
            {
                // Read has looked at every value; reaching this is a bug, and the request must not go on without it.
                throw new InvalidOperationException("an unchecked header reached forwarding");
            }
        }
    }

    private string? Take(string name, StringValues values, bool hasNoChunks)
    {
        if (values.Count == 1)
        {
            string value = values[0] ?? "";
            if (value.AsSpan().ContainsAny(NotInValues))
            {
                return "header_control_character";
            }

            string? wrong = TakeOwn(name, value, hasNoChunks);
            if (wrong is not null)
            {
                return wrong;
            }
        }
        else if (IsSingle(name))
        {
            return "header_repeated";
        }

        switch (HeaderRules.ForRequest(name))
        {
            case HeaderDecision.Strip:
                return null;
            case HeaderDecision.Refuse:
                return "header_refused";
            default:
                return Keep(name, values);
        }
    }

    private string? Keep(string name, StringValues values)
    {
        foreach (string? value in values)
        {
            if (value.AsSpan().ContainsAny(NotInValues))
            {
                return "header_control_character";
            }

            if (_count == _forward.Length)
            {
                Array.Resize(ref _forward, _count * 2);
            }

            _forward[_count++] = new KeyValuePair<string, string>(name, value ?? "");
        }

        return null;
    }

    /// <summary>Takes what the gate itself reads. The server gives known names in their one spelling.</summary>
    private string? TakeOwn(string name, string value, bool hasNoChunks)
    {
        switch (name)
        {
            case "Authorization":
                Authorization = value;
                return null;
            case "Host":
                Host = value;
                return null;
            case "Origin":
                Origin = value;
                return null;
            case "Content-Type":
                ContentType = value;
                return null;
            case "Content-Encoding":
                HasContentEncoding = true;
                return null;
            case "Upgrade":
                Upgrade = value;
                return null;
            case "Access-Control-Request-Method":
                RequestedMethod = value;
                return null;
            case "Transfer-Encoding":
                // RFC 9112 section 6.1: anything but one `chunked` is read differently by different parsers.
                return hasNoChunks || !value.Equals("chunked", StringComparison.OrdinalIgnoreCase) ? "transfer_encoding" : null;
            case "Expect":
                return value.Equals("100-continue", StringComparison.OrdinalIgnoreCase) ? null : "expect";
            case "Connection":
                return IsPlainConnection(value) ? null : "connection_option";
            default:
                return TakeUnknown(name, value);
        }
    }

    private string? TakeUnknown(string name, string value)
    {
        if (name.Length == 14 && name.Equals("Sec-Fetch-Site", StringComparison.OrdinalIgnoreCase))
        {
            FetchSite = value;
        }

        // The server moves Content-Length there when Transfer-Encoding is present too: smuggling.
        return name.Length == 16 && name.Equals("X-Content-Length", StringComparison.OrdinalIgnoreCase) ? "both_lengths" : null;
    }

    /// <summary>A header named in Connection would have to be dropped (RFC 9110 section 7.6.1), before or after the decision: refused.</summary>
    private static bool IsPlainConnection(string value)
    {
        foreach (Range range in value.AsSpan().Split(','))
        {
            ReadOnlySpan<char> option = value.AsSpan(range).Trim();
            if (!option.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
                && !option.Equals("close", StringComparison.OrdinalIgnoreCase)
                && !option.Equals("upgrade", StringComparison.OrdinalIgnoreCase)
                && !option.Equals("te", StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsSingle(string name) =>
        name is "Authorization" or "Host" or "Origin" or "Content-Type" or "Content-Encoding" or "Content-Length" or "Upgrade"
            or "Transfer-Encoding" or "Expect" or "Connection" or "Access-Control-Request-Method"
        || name.Equals("Sec-Fetch-Site", StringComparison.OrdinalIgnoreCase)
        || name.Equals("X-Content-Length", StringComparison.OrdinalIgnoreCase);
}
