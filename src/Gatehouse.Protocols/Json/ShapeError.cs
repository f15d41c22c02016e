namespace Gatehouse.Protocols.Json;

/// <summary>What a body's shape did not accept.</summary>
internal enum ShapeError : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A member that is not listed.</summary>
    UnknownField,

    /// <summary>Another type than expected.</summary>
    UnexpectedType,

    /// <summary>More values to capture than allowed.</summary>
    TooManyCaptures,
}
