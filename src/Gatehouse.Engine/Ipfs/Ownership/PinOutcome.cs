using System.Diagnostics.CodeAnalysis;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>What came of asking the ledger. The words are part of the trail and do not change.</summary>
internal enum PinOutcome
{
    /// <summary>It is done.</summary>
    Granted = 0,

    /// <summary>Other requests for the CID are under way for too long, or too many.</summary>
    Busy = 1,

    /// <summary>The principal has as many pins as it may.</summary>
    TooMany = 2,

    /// <summary>The node keeps as many as it may.</summary>
    Full = 3,

    /// <summary>Name or metadata are longer than what is kept, or the CID is.</summary>
    TooLong = 4,

    /// <summary>What must be kept cannot be, or what is kept is not known.</summary>
    Unavailable = 5,
}

/// <summary>What came of leaving a pin.</summary>
internal enum PinRemoval
{
    /// <summary>Nobody else has it: ask the upstream to unpin it, then confirm or withdraw.</summary>
    LastLeaves = 0,

    /// <summary>Others have it: the upstream keeps it, and is not asked.</summary>
    OthersStay = 1,

    /// <summary>It was not the principal's; nothing changed.</summary>
    NotOwner = 2,

    /// <summary>The store did not take it; nothing changed.</summary>
    Unavailable = 3,
}

/// <summary>Words and problems of outcomes.</summary>
internal static class PinOutcomes
{
    private static readonly string[] Words = ["granted", "pin_busy", "pin_limit", "pin_ledger_full", "pin_too_long", "pin_ledger_unavailable"];

    /// <summary>The outcome as the trail has it.</summary>
    public static string Word(this PinOutcome outcome) => Words[(int)outcome];

    /// <summary>What a refusal is about; null where there is none.</summary>
    public static ProblemDefinition? Problem(this PinOutcome outcome) => outcome switch
    {
        PinOutcome.Granted => null,
        PinOutcome.Busy => PinProblems.Busy,
        PinOutcome.TooMany => PinProblems.TooManyOfOwner,
        PinOutcome.Full => PinProblems.Full,
        PinOutcome.TooLong => PinProblems.TooLong,
        _ => PinProblems.NotWritten,
    };
}

/// <summary>What came of asking for a CID.</summary>
internal readonly record struct PinTake
{
    private PinTake(PinOutcome outcome, PinClaim? claim)
    {
        Outcome = outcome;
        Claim = claim;
    }

    /// <summary>What came of it.</summary>
    public PinOutcome Outcome { get; }

    /// <summary>The claim; null where it was not granted.</summary>
    public PinClaim? Claim { get; }

    /// <summary>Whether it was granted; the claim must be disposed.</summary>
    public bool TryGet([NotNullWhen(true)] out PinClaim? claim)
    {
        claim = Claim;
        return claim is not null;
    }

    internal static PinTake Granted(PinClaim claim) => new(PinOutcome.Granted, claim);

    internal static PinTake Refused(PinOutcome outcome) => new(outcome, null);
}
