using System.Collections.Immutable;

namespace Gatehouse.Protocols.Json;

/// <summary>Why a text is not one strict JSON value.</summary>
public enum JsonError : byte
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>Nothing, or only white space.</summary>
    Empty,

    /// <summary>A byte order mark.</summary>
    ByteOrderMark,

    /// <summary>Not UTF-8.</summary>
    InvalidUtf8,

    /// <summary>Against the grammar of RFC 8259 (comments, trailing commas, NaN, single quotes, raw control characters too).</summary>
    Syntax,

    /// <summary>The text ends within the value.</summary>
    Incomplete,

    /// <summary>Something follows the value.</summary>
    TrailingData,

    /// <summary>A member name twice in one object, compared unescaped.</summary>
    DuplicateName,

    /// <summary>A <c>\u</c> escape of half a surrogate pair.</summary>
    LoneSurrogate,

    /// <summary>Nested deeper than <see cref="StrictJson.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>A number longer than <see cref="StrictJson.MaxNumberLength"/> characters.</summary>
    NumberTooLong,

    /// <summary>A member name longer than <see cref="StrictJson.MaxNameLength"/> bytes as written.</summary>
    NameTooLong,

    /// <summary>The reader's caller had seen enough: a member or type that it does not accept.</summary>
    Rejected,
}

/// <summary>The frozen words for the audit record.</summary>
public static class JsonErrors
{
    private static readonly ImmutableArray<string> Words =
    [
        "none", "json_empty", "json_byte_order_mark", "json_invalid_utf8", "json_syntax", "json_incomplete",
        "json_trailing_data", "json_duplicate_name", "json_lone_surrogate", "json_too_deep", "json_number_too_long",
        "json_name_too_long", "json_rejected",
    ];

    /// <summary>The word, such as <c>json_duplicate_name</c>; it never changes.</summary>
    public static string Word(JsonError error) => Words[(int)error];
}
