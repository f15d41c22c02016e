using System.Collections.Immutable;

namespace Gatehouse.Membership;

/// <summary>A certification authority of the cluster.</summary>
public sealed record AuthorityDocument
{
    /// <summary>First 16 lower-case hex digits of the SHA-256 of the root certificate.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is in its life.</summary>
    public required TrustPhase Phase { get; init; }

    /// <summary>The root certificate (DER).</summary>
    public required byte[] Root { get; init; }

    /// <summary>The intermediate that signs nodes and servers (DER).</summary>
    public required byte[] Nodes { get; init; }

    /// <summary>The intermediate that signs clients (DER).</summary>
    public required byte[] Users { get; init; }

    /// <summary>Certificates (DER) between the root and the two, where the hierarchy is the operator's own.</summary>
    public ImmutableArray<byte[]> Chain { get; init; } = [];

    /// <summary>Its keys, wrapped to each issuer, by node id.</summary>
    public ImmutableSortedDictionary<string, byte[]> Keys { get; init; } =
        ImmutableSortedDictionary.Create<string, byte[]>(StringComparer.Ordinal);

    /// <summary>When it came into the cluster.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Whether it was brought by the operator.</summary>
    public bool External { get; init; }
}

/// <summary>A cluster secret. Sealed with everything else of the cluster state, never shown.</summary>
public sealed record SecretDocument
{
    /// <summary>8 lower-case hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is in its life.</summary>
    public required TrustPhase Phase { get; init; }

    /// <summary>32 bytes.</summary>
    public required byte[] Value { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Without the secret itself.</summary>
    public override string ToString() => $"secret {Id} ({Phase})";
}

/// <summary>A key that seals the cluster's documents.</summary>
public sealed record DataKeyDocument
{
    /// <summary>What sealed documents name it by.</summary>
    public required string Id { get; init; }

    /// <summary>How far it is in its life; an old one stays, so that older generations open.</summary>
    public required TrustPhase Phase { get; init; }

    /// <summary>The key, wrapped to each node, by node id.</summary>
    public ImmutableSortedDictionary<string, byte[]> Keys { get; init; } =
        ImmutableSortedDictionary.Create<string, byte[]>(StringComparer.Ordinal);

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>A rotation under way.</summary>
public sealed record RotationDocument
{
    /// <summary>8 lower-case hex digits.</summary>
    public required string Id { get; init; }

    /// <summary><c>ca</c>, <c>secret</c> or <c>data-key</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>prepare</c>, <c>distribute</c>, <c>activate</c>, <c>retire</c> or <c>rollback</c>: the step that was committed last.</summary>
    public required string Step { get; init; }

    /// <summary>Id of the authority, secret or key that was active before.</summary>
    public required string From { get; init; }

    /// <summary>Id of the one that takes its place.</summary>
    public required string To { get; init; }

    /// <summary>Whether each step follows by itself once every node has done the one before.</summary>
    public bool Automatic { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Who began it, <c>realm/name</c>.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When <see cref="Step"/> was committed.</summary>
    public required DateTimeOffset StepSince { get; init; }
}
