namespace Gatehouse.Trust.Enrolment;

/// <summary>Why a text is no enrolment token.</summary>
public enum TokenFault
{
    /// <summary>It is one.</summary>
    None = 0,

    /// <summary>It does not begin as a token does.</summary>
    NotAToken = 1,

    /// <summary>It begins as a token of another version of Gatehouse.</summary>
    OtherVersion = 2,

    /// <summary>A part is missing, or there is more than one token.</summary>
    WrongLength = 3,

    /// <summary>A character is none that a token has.</summary>
    WrongCharacter = 4,

    /// <summary>The checksum does not fit: something was changed or left out.</summary>
    Damaged = 5,

    /// <summary>The checksum fits, but what it says is no token.</summary>
    Malformed = 6,
}
