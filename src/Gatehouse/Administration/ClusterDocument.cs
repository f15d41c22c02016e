using System.Collections.Immutable;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Membership;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Administration;

/// <summary>The whole cluster state of one generation, as documents. Immutable; a change makes a new one.</summary>
public sealed record ClusterDocument
{
    /// <summary>Native users by name.</summary>
    public ImmutableSortedDictionary<string, UserDocument> Users { get; init; } =
        ImmutableSortedDictionary.Create<string, UserDocument>(StringComparer.Ordinal);

    /// <summary>Roles by name, without the built-in ones.</summary>
    public ImmutableSortedDictionary<string, RoleDocument> Roles { get; init; } =
        ImmutableSortedDictionary.Create<string, RoleDocument>(StringComparer.Ordinal);

    /// <summary>Realms by name, without the built-in ones.</summary>
    public ImmutableSortedDictionary<string, RealmDocument> Realms { get; init; } =
        ImmutableSortedDictionary.Create<string, RealmDocument>(StringComparer.Ordinal);

    /// <summary>Role mappings by name.</summary>
    public ImmutableSortedDictionary<string, MappingDocument> Mappings { get; init; } =
        ImmutableSortedDictionary.Create<string, MappingDocument>(StringComparer.Ordinal);

    /// <summary>API keys by id.</summary>
    public ImmutableSortedDictionary<string, ApiKeyDocument> ApiKeys { get; init; } =
        ImmutableSortedDictionary.Create<string, ApiKeyDocument>(StringComparer.Ordinal);

    /// <summary>Certificates that were issued, by serial number.</summary>
    public ImmutableSortedDictionary<string, CertificateDocument> Certificates { get; init; } =
        ImmutableSortedDictionary.Create<string, CertificateDocument>(StringComparer.Ordinal);

    /// <summary>Public keys that are accepted no more, by their hash.</summary>
    public ImmutableSortedDictionary<string, RevocationDocument> Revocations { get; init; } =
        ImmutableSortedDictionary.Create<string, RevocationDocument>(StringComparer.Ordinal);

    /// <summary>Nodes, tokens and what they trust.</summary>
    public MembershipDocument Membership { get; init; } = MembershipDocument.Default;

    /// <summary>Address rules, global and per gate.</summary>
    public ImmutableArray<AddressRule> Networks { get; init; } = [];

    /// <summary>Which events are recorded.</summary>
    public AuditPolicyDocument AuditPolicy { get; init; } = AuditPolicyDocument.Default;
}
