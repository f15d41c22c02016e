using System.Collections.Immutable;
using System.Net;
using Gatehouse.Identity;

namespace Gatehouse.Policy;

/// <summary>Who asks, from where and when: all facts but the operations themselves.</summary>
/// <param name="Principal">Who.</param>
/// <param name="Roles">The names of its roles on the snapshot in use.</param>
/// <param name="Source">The client's address; IPv4-mapped IPv6 already unmapped.</param>
/// <param name="Gate">The name of the gate it came through.</param>
/// <param name="HasClientCertificate">Whether a verified client certificate is present.</param>
/// <param name="Now">The moment of the decision.</param>
/// <param name="RequestId">The request's number, for the permit and the receipt.</param>
public readonly record struct AuthorizationContext(
    Principal Principal,
    ImmutableArray<string> Roles,
    IPAddress Source,
    string Gate,
    bool HasClientCertificate,
    DateTimeOffset Now,
    ulong RequestId)
{
    /// <summary>
    /// Roles that must allow it besides: what an API key leaves of its owner's rights. Default: no such limit.
    /// </summary>
    public ImmutableArray<string> Limit { get; init; }

    /// <summary>The quality of service asked for, 0 to 2; null where there is none or it is not known.</summary>
    public byte? Qos { get; init; }

    /// <summary>Whether the message is to be retained; null where there is none or it is not known.</summary>
    public bool? Retain { get; init; }

    /// <summary>Whether what is asked for is the principal's own.</summary>
    public Ownership Ownership { get; init; }

    /// <summary>The very list whose names the roles are, where somebody keeps it: its grants need no looking up.</summary>
    public RoleList? List { get; init; }
}

/// <summary>Whether what an operation is on belongs to the principal, as the gate's ledger says. Systems without owners leave it unknown.</summary>
public enum Ownership : byte
{
    /// <summary>It was not asked, or there is nothing that could belong to anybody. Never as good as <see cref="Own"/>.</summary>
    Unknown = 0,

    /// <summary>It is somebody else's, or nobody's.</summary>
    Foreign = 1,

    /// <summary>It is the principal's, alone or with others.</summary>
    Own = 2,
}

/// <summary>Facts of three values as <see cref="Ownership"/>.</summary>
public static class OwnershipFact
{
    /// <summary>Null: it is not known.</summary>
    public static Ownership Of(bool? isOwn) => isOwn switch
    {
        true => Ownership.Own,
        false => Ownership.Foreign,
        null => Ownership.Unknown,
    };
}
