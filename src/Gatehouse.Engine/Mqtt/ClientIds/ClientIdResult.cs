using System.Diagnostics.CodeAnalysis;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>What came of a claim. The words are part of the trail and do not change.</summary>
internal enum ClientIdOutcome
{
    /// <summary>The id is the principal's.</summary>
    Granted = 0,

    /// <summary>Another principal has it.</summary>
    TakenByOther = 1,

    /// <summary>The principal, or the node, has as many as it may.</summary>
    TooMany = 2,

    /// <summary>What must be kept cannot be, or what is kept is not known.</summary>
    Unavailable = 3,
}

/// <summary>What came of a claim.</summary>
internal readonly record struct ClientIdResult
{
    private static readonly string[] Words = ["granted", "client_id_taken", "client_id_limit", "client_id_unavailable"];

    private ClientIdResult(ClientIdOutcome outcome, ClientIdClaim? claim)
    {
        Outcome = outcome;
        Claim = claim;
    }

    /// <summary>What came of it.</summary>
    public ClientIdOutcome Outcome { get; }

    /// <summary>The claim; null where it was not granted.</summary>
    public ClientIdClaim? Claim { get; }

    /// <summary>The outcome as the trail has it.</summary>
    public string Word => Words[(int)Outcome];

    /// <summary>What a refusal is about; null where it was granted.</summary>
    public ProblemDefinition? Problem => Outcome switch
    {
        ClientIdOutcome.Granted => null,
        ClientIdOutcome.TakenByOther => ClientIdProblems.ClientIdTaken,
        ClientIdOutcome.TooMany => ClientIdProblems.OwnerHasTooMany,
        _ => ClientIdProblems.ClientIdNotKept,
    };

    /// <summary>Whether it was granted.</summary>
    public bool TryGet([NotNullWhen(true)] out ClientIdClaim? claim)
    {
        claim = Claim;
        return claim is not null;
    }

    internal static ClientIdResult Granted(ClientIdClaim claim) => new(ClientIdOutcome.Granted, claim);

    internal static ClientIdResult Refused(ClientIdOutcome outcome) => new(outcome, null);
}
