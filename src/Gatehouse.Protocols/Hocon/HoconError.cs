namespace Gatehouse.Protocols.Hocon;

/// <summary>Why a text is not read, and where.</summary>
/// <param name="Reason">A word that never changes, such as <c>hocon_include</c>; one of <see cref="HoconReasons"/>.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The column in UTF-16 units, from 1.</param>
/// <param name="Detail">What is wrong, for people; never a piece of the text.</param>
public sealed record HoconError(string Reason, int Line, int Column, string Detail);

/// <summary>The frozen words for the audit record.</summary>
public static class HoconReasons
{
    /// <summary>Nothing, or only white space and comments.</summary>
    public const string Empty = "hocon_empty";

    /// <summary>Longer than <see cref="HoconDocument.MaxLength"/>.</summary>
    public const string TooLong = "hocon_too_long";

    /// <summary>Not UTF-8, or a byte order mark.</summary>
    public const string Encoding = "hocon_encoding";

    /// <summary>A control character, a carriage return of its own, or a character that may stand in quotes only.</summary>
    public const string Character = "hocon_character";

    /// <summary>Against the grammar.</summary>
    public const string Syntax = "hocon_syntax";

    /// <summary>A key that could be read in two ways.</summary>
    public const string Key = "hocon_key";

    /// <summary>A string that does not end, or with an escape that is none.</summary>
    public const string Text = "hocon_string";

    /// <summary><c>include</c>.</summary>
    public const string Include = "hocon_include";

    /// <summary><c>${..}</c>.</summary>
    public const string Substitution = "hocon_substitution";

    /// <summary>A key that has a value already, upper and lower case being the same.</summary>
    public const string Duplicate = "hocon_duplicate_key";

    /// <summary>An object or array with something else put together to one value.</summary>
    public const string Concatenation = "hocon_concatenation";

    /// <summary>Nested deeper than <see cref="HoconDocument.MaxDepth"/>.</summary>
    public const string TooDeep = "hocon_too_deep";

    /// <summary>More than <see cref="HoconDocument.MaxValues"/> values.</summary>
    public const string TooMany = "hocon_too_many";
}
