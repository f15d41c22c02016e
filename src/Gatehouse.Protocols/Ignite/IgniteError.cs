namespace Gatehouse.Protocols.Ignite;

/// <summary>Why bytes were refused.</summary>
public enum IgniteError : byte
{
    /// <summary>They were not.</summary>
    None,

    /// <summary>They begin with another word than IGNI.</summary>
    WrongMagic,

    /// <summary>The frame is longer than allowed.</summary>
    FrameTooLarge,

    /// <summary>They cannot be read as the protocol has it.</summary>
    Malformed,

    /// <summary>The handshake is of another version than 3.0.0.</summary>
    UnsupportedVersion,

    /// <summary>The handshake has a key twice, letter case aside.</summary>
    DuplicateExtension,

    /// <summary>More parts, or longer ones, than a gate reads.</summary>
    TooMany,

    /// <summary>The operation's code is none that is known.</summary>
    UnknownOperation,

    /// <summary>The operation is known and never for a client behind a gate: 73, 75, and 1000 to 2000.</summary>
    ForbiddenOperation,

    /// <summary>The transaction token is 0 or below: the client maps the transaction itself, which was not negotiated.</summary>
    ForbiddenTransaction,
}

/// <summary>What is said of an error.</summary>
public static class IgniteErrors
{
    /// <summary>The word in audit records; never changed.</summary>
    public static string Word(this IgniteError error) => error switch
    {
        IgniteError.None => "none",
        IgniteError.WrongMagic => "wrong_magic",
        IgniteError.FrameTooLarge => "frame_too_large",
        IgniteError.UnsupportedVersion => "unsupported_version",
        IgniteError.DuplicateExtension => "duplicate_extension",
        IgniteError.TooMany => "too_many",
        IgniteError.UnknownOperation => "unknown_operation",
        IgniteError.ForbiddenOperation => "forbidden_operation",
        IgniteError.ForbiddenTransaction => "forbidden_transaction",
        _ => "malformed",
    };
}

/// <summary>Error codes on the wire: a group times 65,536 and a number within it.</summary>
public static class IgniteCodes
{
    /// <summary>Authentication: user and password are not right. Group 15, number 2.</summary>
    public const int InvalidCredentials = 983_042;

    /// <summary>
    /// A gate's denial. Group 15, number 4, which no node uses: clients show it within authentication and apart from a wrong
    /// password. A group of its own would break clients of 3.0 in Java, which look the group up.
    /// </summary>
    public const int AccessDenied = 983_044;
}
