using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gatehouse.Membership;

/// <summary>A node of the cluster.</summary>
public sealed record NodeDocument
{
    /// <summary>The role of nodes that hold the CA's keys.</summary>
    public const string Issuer = "issuer";

    /// <summary>Its name, as in its certificate.</summary>
    public required string Name { get; init; }

    /// <summary>16 lower-case hex digits, made once.</summary>
    public required string Id { get; init; }

    /// <summary>Its number in the cluster, from 1; never given twice while the node is a member.</summary>
    public required int Number { get; init; }

    /// <summary>The loopback address by which its peers reach its services, such as <c>127.77.0.2</c>.</summary>
    public required string PeerAddress { get; init; }

    /// <summary>Its roles; <see cref="Issuer"/> or none.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>What keys are wrapped to: SubjectPublicKeyInfo (DER, P-256).</summary>
    public required byte[] WrapKey { get; init; }

    /// <summary>What its signatures are verified with: SubjectPublicKeyInfo (DER, P-256).</summary>
    public required byte[] SigningKey { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of its mesh certificate, 64 lower-case hex digits; kept over renewals.</summary>
    public required string MeshKey { get; init; }

    /// <summary>Where peers dial its mesh port, <c>HOST:PORT</c>, in the order in which they try.</summary>
    public ImmutableArray<string> Addresses { get; init; } = [];

    /// <summary>Where its admin API is reached, <c>HOST:PORT</c>; null: on its own host only.</summary>
    public string? AdminAddress { get; init; }

    /// <summary>Names and addresses that its certificate may carry although another node has them, both being on one host; null: none.</summary>
    public ImmutableArray<string>? SameHosts { get; init; }

    /// <summary>When it joined.</summary>
    public required DateTimeOffset Joined { get; init; }

    /// <summary>Who let it join, <c>realm/name</c>.</summary>
    public required string JoinedBy { get; init; }

    /// <summary>Whether it holds the CA's keys.</summary>
    [JsonIgnore]
    public bool IsIssuer => Roles.Contains(Issuer, StringComparer.Ordinal);
}

/// <summary>An enrolment token; its key is not kept.</summary>
public sealed record TokenDocument
{
    /// <summary>16 lower-case hex digits.</summary>
    public required string Id { get; init; }

    /// <summary>SHA-256 of its one-time key.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>Name of the node that may join with it.</summary>
    public required string Node { get; init; }

    /// <summary>Roles that the node gets.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];

    /// <summary>Services for which the node becomes a trusted peer; <c>*</c>: all that there are.</summary>
    public ImmutableArray<string> Services { get; init; } = [];

    /// <summary>Whether the node may take the place of one of the same name.</summary>
    public bool Replace { get; init; }

    /// <summary>Names and addresses that the node's certificate may carry although another node has them; null: none.</summary>
    public ImmutableArray<string>? SameHosts { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Who made it, <c>realm/name</c>.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>From then on it is worthless.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>SHA-256 of the signing key (SubjectPublicKeyInfo) of the node that is joining with it, 64 lower-case hex digits; null: nobody yet.</summary>
    public string? ReservedBy { get; init; }

    /// <summary>How often a join was begun with it.</summary>
    public int Begins { get; init; }
}

/// <summary>Which peers may use a service of the mesh.</summary>
public sealed record TrustedPeersDocument
{
    /// <summary>Every node of the cluster.</summary>
    public const string Everyone = "*";

    /// <summary>The service.</summary>
    public required string Service { get; init; }

    /// <summary>Names of nodes, sorted; or <see cref="Everyone"/> alone.</summary>
    public ImmutableArray<string> Peers { get; init; } = [];

    /// <summary>Whether a node is trusted for it.</summary>
    public bool Trusts(string node) =>
        Peers.Contains(node, StringComparer.Ordinal) || Peers.Contains(Everyone, StringComparer.Ordinal);
}
