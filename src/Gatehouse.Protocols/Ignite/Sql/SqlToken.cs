namespace Gatehouse.Protocols.Ignite.Sql;

/// <summary>Kinds of tokens.</summary>
internal enum SqlTokenKind : byte
{
    /// <summary>The end of the text.</summary>
    End = 0,

    /// <summary>A word without quotes.</summary>
    Word,

    /// <summary>A name in double quotes.</summary>
    Quoted,

    /// <summary>A name as <c>U&amp;"..."</c>.</summary>
    UnicodeQuoted,

    /// <summary>A text literal of any prefix.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>One of <c>( ) { } . , ;</c>.</summary>
    Mark,

    /// <summary>Any other operator, a parameter's <c>?</c> among them.</summary>
    Operator,

    /// <summary><c>/*+</c>.</summary>
    HintBegin,

    /// <summary><c>*/</c> of a hint.</summary>
    HintEnd,
}

/// <summary>A token, as a piece of the text.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Word">Which word.</param>
/// <param name="Mark">Which mark.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">Its length.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, SqlWord Word, char Mark, int Start, int Length);
