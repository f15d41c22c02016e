namespace Gatehouse.Policy;

/// <summary>The result of authorization: a permit, or a denial that says which operation and resource failed.</summary>
public readonly struct Decision
{
    internal Decision(Permit permit) => Permit = permit;

    internal Decision(Denial denial) => Denial = denial;

    /// <summary>Whether it may go on.</summary>
    public bool IsAllowed => Permit.Policy is not null;

    /// <summary>Valid exactly when <see cref="IsAllowed"/>.</summary>
    public Permit Permit { get; }

    /// <summary>Why not; meaningful when not allowed.</summary>
    public Denial Denial { get; }
}

/// <summary>Why a decision was no.</summary>
/// <param name="Reason">The kind of refusal.</param>
/// <param name="Operation">Index of the first operation that failed.</param>
/// <param name="Resource">Index of its first resource that failed, or -1 for an operation without resources.</param>
public readonly record struct Denial(DenialReason Reason, int Operation, int Resource);

/// <summary>Kinds of refusal. Names are part of the audit record format and frozen.</summary>
public enum DenialReason : byte
{
    /// <summary>Not a denial.</summary>
    None = 0,

    /// <summary>No grant allows it.</summary>
    NoGrant = 1,

    /// <summary>A grant denies it.</summary>
    ExplicitDeny = 2,

    /// <summary>Nothing was asked, or the operation is not known to the catalogue.</summary>
    UnknownOperation = 3,
}
