namespace Gatehouse.Problems;

/// <summary>Private libp2p networks: GH556x and GH557x.</summary>
public static class SwarmProblems
{
    /// <summary>A caller that proved no accepted key.</summary>
    public static readonly ProblemDefinition KeyNotProven = new("GH5560", "The caller proved no accepted swarm key");

    /// <summary>A key that cannot be read.</summary>
    public static readonly ProblemDefinition KeyUnusable = new("GH5561", "A swarm key cannot be used");

    /// <summary>A key that anybody could guess.</summary>
    public static readonly ProblemDefinition KeyIsNoSecret = new("GH5562", "A swarm key is no secret");

    /// <summary>The upstream does not begin as a member of a private network does.</summary>
    public static readonly ProblemDefinition UpstreamSilent = new("GH5563", "The upstream does not speak as a private network's member");

    /// <summary>A step of a rotation that does not follow the one before.</summary>
    public static readonly ProblemDefinition RotationStep = new("GH5564", "The rotation of a swarm key is not at this step");

    /// <summary>A target that cannot be probed.</summary>
    public static readonly ProblemDefinition ProbeTarget = new("GH5565", "The address cannot be probed");

    /// <summary>A source that came too often, or failed too often.</summary>
    public static readonly ProblemDefinition OverLimit = new("GH5566", "The caller is over a limit of the swarm gate");

    /// <summary>All of this range.</summary>
    public static IReadOnlyList<ProblemDefinition> All { get; } =
    [
        KeyNotProven, KeyUnusable, KeyIsNoSecret, UpstreamSilent, RotationStep, ProbeTarget, OverLimit,
    ];
}
