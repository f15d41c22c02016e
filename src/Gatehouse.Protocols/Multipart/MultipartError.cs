namespace Gatehouse.Protocols.Multipart;

/// <summary>Why a body is not passed on as <c>multipart/form-data</c>. The words of <see cref="MultipartErrors"/> are frozen.</summary>
public enum MultipartError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>It does not begin with the boundary: no preamble is taken (RFC 2046 section 5.1.1 lets readers ignore one).</summary>
    Preamble,

    /// <summary>What follows a boundary is neither a line end nor the end.</summary>
    BoundaryLine,

    /// <summary>Something follows the end.</summary>
    Epilogue,

    /// <summary>It ends within a part.</summary>
    CutShort,

    /// <summary>Headers of a part are longer than allowed.</summary>
    HeadersTooLong,

    /// <summary>A header line that can be read in more than one way: folded, without colon, with a bare CR or LF, with control characters.</summary>
    HeaderLine,

    /// <summary>A header that no part needs (RFC 7578 section 4.8).</summary>
    UnknownHeader,

    /// <summary>A header that comes twice.</summary>
    RepeatedHeader,

    /// <summary>A part without <c>Content-Disposition: form-data</c>.</summary>
    NoDisposition,

    /// <summary>A <c>Content-Disposition</c> that can be read in more than one way.</summary>
    Disposition,

    /// <summary>A transfer encoding other than none (deprecated by RFC 7578 section 4.7).</summary>
    TransferEncoding,

    /// <summary>A part is not as long as it says.</summary>
    PartLength,

    /// <summary>More parts than allowed.</summary>
    TooManyParts,

    /// <summary>A part larger than allowed.</summary>
    PartTooLarge,

    /// <summary>Whoever takes the parts refuses one.</summary>
    PartRefused,
}

/// <summary>Frozen words.</summary>
public static class MultipartErrors
{
    /// <summary>The word of an error.</summary>
    public static string Word(MultipartError error) => error switch
    {
        MultipartError.None => "none",
        MultipartError.Preamble => "multipart_preamble",
        MultipartError.BoundaryLine => "multipart_boundary",
        MultipartError.Epilogue => "multipart_epilogue",
        MultipartError.CutShort => "multipart_cut_short",
        MultipartError.HeadersTooLong => "multipart_headers_too_long",
        MultipartError.HeaderLine => "multipart_header_line",
        MultipartError.UnknownHeader => "multipart_header_unknown",
        MultipartError.RepeatedHeader => "multipart_header_repeated",
        MultipartError.NoDisposition => "multipart_no_disposition",
        MultipartError.Disposition => "multipart_disposition",
        MultipartError.TransferEncoding => "multipart_transfer_encoding",
        MultipartError.PartLength => "multipart_part_length",
        MultipartError.TooManyParts => "multipart_too_many_parts",
        MultipartError.PartTooLarge => "multipart_part_too_large",
        _ => "multipart_part_refused",
    };
}
