namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>What was read of a request besides its operations.</summary>
public sealed record IgniteRestRequest
{
    /// <summary>The id of the deployment unit that it deploys or removes, or null.</summary>
    public string? UnitId { get; init; }

    /// <summary>The version of that unit, or null.</summary>
    public string? UnitVersion { get; init; }

    /// <summary>Whether the body changes <c>ignite.security</c>, or may.</summary>
    public bool TouchesSecurity { get; init; }

    /// <summary>The configuration in the body as JSON, secrets masked; null where there is none.</summary>
    public string? RedactedBody { get; init; }
}

/// <summary>Why a request is refused: it could be read in another way than the gate reads it.</summary>
/// <param name="Reason">A word that never changes.</param>
/// <param name="Detail">What is wrong, for people; never a piece of the request.</param>
public sealed record IgniteRestFault(string Reason, string Detail);
