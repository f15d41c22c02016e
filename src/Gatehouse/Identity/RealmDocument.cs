using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Gatehouse.Identity;

/// <summary>Kinds of realms. The names are part of configuration and records and never change.</summary>
public enum RealmKind
{
    /// <summary>An LDAP directory (RFC 4511).</summary>
    Ldap,

    /// <summary>Microsoft's directory, or Samba's.</summary>
    ActiveDirectory,

    /// <summary>Client certificates.</summary>
    Pki,

    /// <summary>Signed tokens (RFC 7519) with keys that are configured or fetched.</summary>
    Jwt,

    /// <summary>The same with keys and issuer found by OpenID Connect Discovery.</summary>
    Oidc,

    /// <summary>Everybody who presents nothing.</summary>
    Anonymous,
}

/// <summary>A place where identities are verified, as it is kept in the store. <c>native</c> and <c>api-key</c> are always there.</summary>
public sealed record RealmDocument
{
    /// <summary>Its name, as gates and records write it; see <see cref="UserName"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The kind; settings of exactly this kind are there.</summary>
    public required RealmKind Kind { get; init; }

    /// <summary>Where it stands in the chain: lower is asked first, equal ones by name; <c>native</c> is 0.</summary>
    public int Order { get; init; } = 100;

    /// <summary>A disabled realm lets nobody in and ends what it let in.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Free text for people.</summary>
    public string? Description { get; init; }

    /// <summary>Counts up with each change: what was verified under other settings falls.</summary>
    public int Version { get; init; } = 1;

    /// <summary>For <see cref="RealmKind.Ldap"/> and <see cref="RealmKind.ActiveDirectory"/>.</summary>
    public DirectorySettings? Directory { get; init; }

    /// <summary>For <see cref="RealmKind.Pki"/>.</summary>
    public CertificateSettings? Certificate { get; init; }

    /// <summary>For <see cref="RealmKind.Jwt"/> and <see cref="RealmKind.Oidc"/>.</summary>
    public TokenSettings? Token { get; init; }

    /// <summary>For <see cref="RealmKind.Anonymous"/>.</summary>
    public AnonymousSettings? Anonymous { get; init; }
}

/// <summary>How a directory is asked.</summary>
public sealed record DirectorySettings
{
    /// <summary>Servers, tried in order: <c>ldaps://host[:port]</c>, or <c>ldap://host[:port]</c> with <see cref="StartTls"/>.</summary>
    public ImmutableArray<string> Urls { get; init; } = [];

    /// <summary>Whether <c>ldap://</c> goes over to TLS before anything is said (RFC 4511 section 4.14).</summary>
    public bool StartTls { get; init; }

    /// <summary>Speaks clear text. Only to a loopback address.</summary>
    public bool AllowClearText { get; init; }

    /// <summary>Authorities, PEM, that the servers' certificates must come from; nobody else's count.</summary>
    public string? Authorities { get; init; }

    /// <summary>Who searches; null binds as the user at once, by <see cref="UserDnTemplates"/> or the domain.</summary>
    public string? BindDn { get; init; }

    /// <summary>Its password. Never shown again.</summary>
    public string? BindPassword { get; init; }

    /// <summary>Where users are searched.</summary>
    public string? UserBase { get; init; }

    /// <summary>Filter with <c>{0}</c> for the escaped name; default <c>(uid={0})</c>, in Active Directory by account and principal name.</summary>
    public string? UserFilter { get; init; }

    /// <summary>Names of users without a search: <c>uid={0},ou=people,dc=example</c>.</summary>
    public ImmutableArray<string> UserDnTemplates { get; init; } = [];

    /// <summary>
    /// The attribute whose one value becomes the principal's name; null takes, in lower case, the name as presented, in Active
    /// Directory the account's (<c>sAMAccountName</c>).
    /// </summary>
    public string? NameAttribute { get; init; }

    /// <summary>Where groups are searched; null asks <c>memberOf</c> only.</summary>
    public string? GroupBase { get; init; }

    /// <summary>Filter with <c>{0}</c> for the escaped distinguished name and <c>{1}</c> for the name.</summary>
    public string? GroupFilter { get; init; }

    /// <summary>Whether <c>memberOf</c> of the user counts.</summary>
    public bool MemberOf { get; init; } = true;

    /// <summary>How many steps groups in groups are followed, 0 to 16; in Active Directory 1 or more means all.</summary>
    public int NestedDepth { get; init; }

    /// <summary>For Active Directory: the domain, <c>example.com</c>.</summary>
    public string? Domain { get; init; }

    /// <summary>For Active Directory: its short name, <c>EXAMPLE</c>.</summary>
    public string? NetbiosName { get; init; }

    /// <summary>Seconds for connecting.</summary>
    public int ConnectSeconds { get; init; } = 5;

    /// <summary>Seconds for an answer.</summary>
    public int AnswerSeconds { get; init; } = 10;

    /// <summary>Connections at once.</summary>
    public int PoolSize { get; init; } = 8;

    /// <summary>How long a verified login is remembered, 0 to 300 seconds.</summary>
    public int CacheSeconds { get; init; } = 300;

    /// <summary>Without the password: whatever prints a realm prints this.</summary>
    public override string ToString() => $"{nameof(DirectorySettings)} {{ {string.Join(", ", Urls.IsDefault ? [] : Urls)} }}";
}

/// <summary>What a client certificate says about who presents it.</summary>
public sealed record CertificateSettings
{
    /// <summary>Trust anchors, PEM; null: the gate's own client authorities.</summary>
    public string? Authorities { get; init; }

    /// <summary>Revocation lists, PEM or paths to files that are read anew when they change.</summary>
    public ImmutableArray<string> Crls { get; init; } = [];

    /// <summary>Where the name stands: <c>subject.CN</c>, <c>subject.UID</c>, an attribute's OID, <c>san.email</c>, <c>san.dns</c>, <c>san.uri</c>, <c>san.upn</c>.</summary>
    public string NameFrom { get; init; } = "subject.CN";

    /// <summary>Where groups stand, the same words; <c>subject.OU</c> and the like.</summary>
    public string? GroupsFrom { get; init; }
}

/// <summary>Which tokens are believed (RFC 8725).</summary>
public sealed record TokenSettings
{
    /// <summary>The issuer, compared byte for byte.</summary>
    public required string Issuer { get; init; }

    /// <summary>Audiences, one of which must be in the token.</summary>
    public ImmutableArray<string> Audiences { get; init; } = [];

    /// <summary>Algorithms; never <c>none</c>, never a shared secret's beside a public key's.</summary>
    public ImmutableArray<string> Algorithms { get; init; } = ["RS256", "ES256"];

    /// <summary>Keys as a JSON Web Key Set (RFC 7517); null fetches them.</summary>
    public string? Keys { get; init; }

    /// <summary>Whether <see cref="Keys"/> are secrets: those of HS algorithms are (RFC 7518 section 3.2), and must not be shown.</summary>
    [JsonIgnore]
    public bool HasSecretKeys => !Algorithms.IsDefault && Algorithms.Any(static name => name.StartsWith("HS", StringComparison.OrdinalIgnoreCase));

    /// <summary>Where keys are fetched; for OIDC null finds it by discovery.</summary>
    public string? KeysUrl { get; init; }

    /// <summary>Authorities, PEM, for fetching; null: the system's.</summary>
    public string? Authorities { get; init; }

    /// <summary>JSON pointer (RFC 6901) of the claim with the name.</summary>
    public string NameClaim { get; init; } = "/sub";

    /// <summary>JSON pointer of the claim with groups, a text or a list of texts.</summary>
    public string? GroupsClaim { get; init; }

    /// <summary>Claims that must have these values: JSON pointer to value.</summary>
    public ImmutableSortedDictionary<string, string> Require { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Seconds that clocks may differ.</summary>
    public int SkewSeconds { get; init; } = 60;

    /// <summary>Seconds that a token may be valid at most.</summary>
    public int MaxSeconds { get; init; } = 86_400;

    /// <summary>Without keys, which may be secrets shared with the issuer.</summary>
    public override string ToString() => $"{nameof(TokenSettings)} {{ {Issuer} }}";
}

/// <summary>Who presents nothing is this.</summary>
public sealed record AnonymousSettings
{
    /// <summary>The name in records.</summary>
    public string Name { get; init; } = "anonymous";

    /// <summary>Its roles.</summary>
    public ImmutableArray<string> Roles { get; init; } = [];
}
