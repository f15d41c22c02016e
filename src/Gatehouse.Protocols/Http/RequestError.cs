using System.Collections.Immutable;

namespace Gatehouse.Protocols.Http;

/// <summary>Why a request's head was refused.</summary>
public enum RequestError : byte
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The request line is not method, target and version with one space between (RFC 9112 section 3).</summary>
    BadRequestLine,

    /// <summary>The request line is longer than allowed.</summary>
    RequestLineTooLong,

    /// <summary>The version is neither HTTP/1.1 nor HTTP/1.0.</summary>
    BadVersion,

    /// <summary>The head is longer than allowed.</summary>
    HeadTooLong,

    /// <summary>More headers than <see cref="RequestHead.MaxHeaders"/>.</summary>
    TooManyHeaders,

    /// <summary>A line does not end with CR LF, or a CR stands alone.</summary>
    BadLineEnd,

    /// <summary>A header line without a colon, or a name that is no token (white space before the colon too).</summary>
    BadHeaderName,

    /// <summary>A control character in a header value, or bytes that are no UTF-8.</summary>
    BadHeaderValue,

    /// <summary>A folded header line (RFC 9112 section 5.2).</summary>
    FoldedLine,

    /// <summary>More than one Content-Length, or one that is no plain number.</summary>
    BadContentLength,
}

/// <summary>The frozen words for answer and audit record, and the status of the answer.</summary>
public static class RequestErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "request_line", "request_line_too_long", "version", "head_too_long", "too_many_headers", "line_end", "header_name",
        "header_value", "folded_line", "content_length",
    ];

    /// <summary>The word, such as <c>folded_line</c>; it never changes.</summary>
    public static string Word(RequestError error) => Words[(int)error];

    /// <summary>The status of the answer: 400, 414, 431 or 505 (RFC 9110 section 15, RFC 6585 section 5).</summary>
    public static int Status(RequestError error) => error switch
    {
        RequestError.RequestLineTooLong => 414,
        RequestError.HeadTooLong or RequestError.TooManyHeaders => 431,
        RequestError.BadVersion => 505,
        _ => 400,
    };
}
