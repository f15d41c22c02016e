using System.Collections.Immutable;

namespace Gatehouse.Membership;

/// <summary>A certificate that the cluster's authority issued.</summary>
public sealed record CertificateDocument
{
    /// <summary>Serial number, lower-case hex digits.</summary>
    public required string Serial { get; init; }

    /// <summary>Profile, such as <c>server</c> or <c>erlang</c>.</summary>
    public required string Profile { get; init; }

    /// <summary>Common name.</summary>
    public required string Subject { get; init; }

    /// <summary>DNS names, addresses and URIs in it.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>SHA-256 of its SubjectPublicKeyInfo, 64 lower-case hex digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>It holds from then.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>It holds until then.</summary>
    public required DateTimeOffset NotAfter { get; init; }

    /// <summary>Who asked for it, <c>realm/name</c>.</summary>
    public required string IssuedBy { get; init; }

    /// <summary>Id of the authority.</summary>
    public required string Authority { get; init; }

    /// <summary>The node that it is for; null: none.</summary>
    public string? Node { get; init; }
}

/// <summary>A public key that is accepted no more, in whatever certificate.</summary>
public sealed record RevocationDocument
{
    /// <summary>SHA-256 of the SubjectPublicKeyInfo, 64 lower-case hex digits.</summary>
    public required string KeyHash { get; init; }

    /// <summary>Serial number of the certificate that was named, for the list of revoked certificates; null: a key alone.</summary>
    public string? Serial { get; init; }

    /// <summary>Whose it was.</summary>
    public required string Subject { get; init; }

    /// <summary>Why, in the words of RFC 5280, 5.3.1.</summary>
    public required string Reason { get; init; }

    /// <summary>Since when.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Who did it, <c>realm/name</c>.</summary>
    public required string By { get; init; }

    /// <summary>When the certificate ends by itself; null: not known.</summary>
    public DateTimeOffset? NotAfter { get; init; }
}
