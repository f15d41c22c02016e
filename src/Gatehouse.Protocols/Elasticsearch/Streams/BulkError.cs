namespace Gatehouse.Protocols.Elasticsearch.Streams;

/// <summary>What is wrong with a bulk. Those that <c>classify</c> knows too have the same words there.</summary>
public enum BulkError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Lines that do not add up: empty, cut, two actions in one, no source behind an action, no item at all.</summary>
    MalformedLines,

    /// <summary>An action line that is not strict JSON.</summary>
    MalformedJson,

    /// <summary>Another type than expected: an action line that is no object, an index that is no string.</summary>
    UnexpectedType,

    /// <summary>A member that no action has.</summary>
    UnknownField,

    /// <summary>An action, or an <c>op_type</c>, that there is not.</summary>
    UnexpectedValue,

    /// <summary>No index, neither in the line nor in the path.</summary>
    MissingIndex,

    /// <summary>A name that no index can have.</summary>
    BadIndexName,

    /// <summary>A line over its limit.</summary>
    LineTooLong,

    /// <summary>More refused items than can be remembered.</summary>
    TooManyRefused,
}

/// <summary>The frozen words of <see cref="BulkError"/>.</summary>
public static class BulkErrors
{
    /// <summary>The word, as <c>classify</c> and the trail have it.</summary>
    public static string Word(BulkError error) => error switch
    {
        BulkError.MalformedLines => "malformed_lines",
        BulkError.MalformedJson => "malformed_json",
        BulkError.UnexpectedType => "unexpected_type",
        BulkError.UnknownField => "unknown_field",
        BulkError.UnexpectedValue => "unexpected_value",
        BulkError.MissingIndex => "missing_index",
        BulkError.BadIndexName => "bad_index_name",
        BulkError.LineTooLong => "line_too_long",
        BulkError.TooManyRefused => "too_many_refused",
        _ => "none",
    };
}
