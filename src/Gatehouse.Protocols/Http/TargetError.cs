using System.Collections.Immutable;

namespace Gatehouse.Protocols.Http;

/// <summary>Why a request target was refused. The words for the audit record come from <see cref="TargetErrors"/>.</summary>
public enum TargetError : byte
{
    /// <summary>It was not refused.</summary>
    None = 0,

    /// <summary>Nothing was there.</summary>
    Empty,

    /// <summary>Longer than <see cref="CanonicalTarget.MaxLength"/> characters.</summary>
    TooLong,

    /// <summary>Absolute form, authority form or <c>*</c> (RFC 9112 section 3.2); only the origin form is served.</summary>
    NotOriginForm,

    /// <summary>An empty segment: <c>//</c> anywhere in the path.</summary>
    EmptySegment,

    /// <summary><c>.</c> or <c>..</c>, raw, encoded, or between encoded slashes.</summary>
    DotSegment,

    /// <summary>A control character or a space, raw or encoded: U+0000 to U+001F, U+007F to U+009F; a raw space too.</summary>
    ControlCharacter,

    /// <summary><c>\</c>: raw anywhere, encoded in the path or in a parameter's name.</summary>
    Backslash,

    /// <summary>A <c>%</c> without two hexadecimal digits after it (<c>%%</c> and <c>%u</c> too).</summary>
    BadEscape,

    /// <summary>Escapes that are not UTF-8: overlong, surrogate, cut short, above U+10FFFF.</summary>
    InvalidUtf8,

    /// <summary>A raw character outside ASCII.</summary>
    NotAscii,

    /// <summary>A raw <c>#</c>: a fragment never goes over the wire.</summary>
    Fragment,

    /// <summary>A raw <c>;</c>: path parameters and second query separators are read differently by every server.</summary>
    Semicolon,

    /// <summary>A parameter without a name: <c>=x</c>, <c>&amp;&amp;</c>, or a <c>&amp;</c> at either end.</summary>
    EmptyParameterName,

    /// <summary>More than <see cref="CanonicalTarget.MaxSegments"/> segments.</summary>
    TooManySegments,

    /// <summary>More than <see cref="CanonicalTarget.MaxParameters"/> parameters.</summary>
    TooManyParameters,
}

/// <summary>The frozen words for the audit record.</summary>
public static class TargetErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "target_empty", "target_too_long", "target_not_origin_form", "target_empty_segment", "target_dot_segment",
        "target_control_character", "target_backslash", "target_bad_escape", "target_invalid_utf8", "target_not_ascii",
        "target_fragment", "target_semicolon", "target_empty_parameter_name", "target_too_many_segments",
        "target_too_many_parameters",
    ];

    /// <summary>The word, such as <c>target_dot_segment</c>; it never changes.</summary>
    public static string Word(TargetError error) => Words[(int)error];
}
