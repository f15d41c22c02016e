using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gatehouse.Membership;

/// <summary>Who belongs to the cluster, and what its members trust. Part of the cluster state; immutable.</summary>
public sealed record MembershipDocument
{
    /// <summary>Of a cluster that has not been set up.</summary>
    public static MembershipDocument Default { get; } = new();

    /// <summary>Nodes by name.</summary>
    public ImmutableSortedDictionary<string, NodeDocument> Nodes { get; init; } =
        ImmutableSortedDictionary.Create<string, NodeDocument>(StringComparer.Ordinal);

    /// <summary>Enrolment tokens by id.</summary>
    public ImmutableSortedDictionary<string, TokenDocument> Tokens { get; init; } =
        ImmutableSortedDictionary.Create<string, TokenDocument>(StringComparer.Ordinal);

    /// <summary>Authorities that nodes accept; one is active.</summary>
    public ImmutableArray<AuthorityDocument> Authorities { get; init; } = [];

    /// <summary>Cluster secrets that nodes accept; one is active.</summary>
    public ImmutableArray<SecretDocument> Secrets { get; init; } = [];

    /// <summary>Data keys that nodes can open documents with; one is active, old ones stay for the history.</summary>
    public ImmutableArray<DataKeyDocument> DataKeys { get; init; } = [];

    /// <summary>The rotation under way; null: none.</summary>
    public RotationDocument? Rotation { get; init; }

    /// <summary>Which peers may use a service, by the service's name.</summary>
    public ImmutableSortedDictionary<string, TrustedPeersDocument> TrustedPeers { get; init; } =
        ImmutableSortedDictionary.Create<string, TrustedPeersDocument>(StringComparer.Ordinal);

    /// <summary>Who gets nothing any more, by <see cref="DenialDocument.KeyOf"/>.</summary>
    public ImmutableSortedDictionary<string, DenialDocument> Denied { get; init; } =
        ImmutableSortedDictionary.Create<string, DenialDocument>(StringComparer.Ordinal);

    /// <summary>The authority that issues; null before the cluster is set up.</summary>
    [JsonIgnore]
    public AuthorityDocument? ActiveAuthority => Authorities.FirstOrDefault(static a => a.Phase == TrustPhase.Active);

    /// <summary>Id of the data key under which the state is sealed, 16 lower-case hex digits; null before the cluster is set up.</summary>
    [JsonIgnore]
    public string? DataKey => DataKeys.FirstOrDefault(static k => k.Phase == TrustPhase.Active)?.Id;

    /// <summary>The secret in use; null before the cluster is set up.</summary>
    [JsonIgnore]
    public SecretDocument? ActiveSecret => Secrets.FirstOrDefault(static s => s.Phase == TrustPhase.Active);
}

/// <summary>How far a key or authority is in its life.</summary>
public enum TrustPhase
{
    /// <summary>Accepted, not yet used.</summary>
    Next = 0,

    /// <summary>Used and accepted.</summary>
    Active = 1,

    /// <summary>Accepted still, used no more.</summary>
    Old = 2,
}
