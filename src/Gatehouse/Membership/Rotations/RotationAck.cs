namespace Gatehouse.Membership.Rotations;

/// <summary>A node's word that it has done a step: <c>runtime/ack/ROTATION/STEP/NODE</c>.</summary>
public sealed record RotationAck
{
    /// <summary>The node's name.</summary>
    public required string Node { get; init; }

    /// <summary>The node's id: one that took the place of another of the same name speaks for itself.</summary>
    public required string NodeId { get; init; }

    /// <summary><see cref="Holding.Digest"/> of what the node holds; it names rotation, step and moment too.</summary>
    public required string Digest { get; init; }

    /// <summary>Generation of the cluster state that the node had then.</summary>
    public required long Generation { get; init; }

    /// <summary>When, by the node's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What the keys of all acknowledgements of a step begin with, in the store's runtime state.</summary>
    public static string Prefix(RotationDocument rotation) => $"ack/{rotation.Id}/{rotation.Step}/";

    /// <summary>The key of one node's.</summary>
    public static string KeyOf(RotationDocument rotation, string node) => Prefix(rotation) + node;
}
