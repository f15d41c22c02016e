using System.Collections.Immutable;

namespace Gatehouse.Protocols.Http;

/// <summary>Why an upstream's answer was refused.</summary>
public enum ResponseError : byte
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>The status line is none of HTTP/1.0 or HTTP/1.1 (RFC 9112 section 4).</summary>
    BadStatusLine,

    /// <summary>The head, interim answers included, is longer than allowed.</summary>
    HeadTooLong,

    /// <summary>A line does not end with CR LF, or a CR stands alone.</summary>
    BadLineEnd,

    /// <summary>A header line without a colon, or a name that is no token (white space before the colon too).</summary>
    BadHeaderName,

    /// <summary>A control character in a header value or the reason.</summary>
    BadHeaderValue,

    /// <summary>A folded header line (RFC 9112 section 5.2).</summary>
    FoldedLine,

    /// <summary>More headers than <see cref="HeaderBlock.MaxHeaders"/>.</summary>
    TooManyHeaders,

    /// <summary>More than one Content-Length, or one that is no plain number.</summary>
    BadContentLength,

    /// <summary>A Transfer-Encoding other than exactly one <c>chunked</c>, or one on HTTP/1.0.</summary>
    BadTransferEncoding,

    /// <summary>Both lengths at once, or a length where no body may be (RFC 9112 section 6.3).</summary>
    ConflictingLengths,

    /// <summary>A chunk's size is no hexadecimal number of at most 15 digits.</summary>
    BadChunkSize,

    /// <summary>A chunk's extension is too long or malformed.</summary>
    BadChunkExtension,

    /// <summary>The trailer section is longer than allowed.</summary>
    TrailersTooLong,
}

/// <summary>The frozen words for the audit record.</summary>
public static class ResponseErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "response_bad_status_line", "response_head_too_long", "response_bad_line_end", "response_bad_header_name",
        "response_bad_header_value", "response_folded_line", "response_too_many_headers", "response_bad_content_length",
        "response_bad_transfer_encoding", "response_conflicting_lengths", "response_bad_chunk_size",
        "response_bad_chunk_extension", "response_trailers_too_long",
    ];

    /// <summary>The word, such as <c>response_conflicting_lengths</c>; it never changes.</summary>
    public static string Word(ResponseError error) => Words[(int)error];
}
