using Gatehouse.Identity;

namespace Gatehouse.Administration;

/// <summary>A realm, as read and as written (<c>PUT /v1/realms/NAME</c>). Settings of its own kind only.</summary>
public sealed record RealmView
{
    /// <summary>Name; in a request it may be left out, else it must be the one of the path.</summary>
    public string? Name { get; set; }

    /// <summary><c>ldap</c>, <c>active-directory</c>, <c>pki</c>, <c>jwt</c>, <c>oidc</c> or <c>anonymous</c>.</summary>
    public required RealmKind Kind { get; set; }

    /// <summary>Where it stands in the chain: lower is asked first; <c>native</c> is 0.</summary>
    public int Order { get; set; } = 100;

    /// <summary>A disabled realm lets nobody in.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Free text.</summary>
    public string? Description { get; set; }

    /// <summary>
    /// Grows with each change. In a request: the one that was read, and the change is refused where another is in force; left
    /// out, it replaces whatever is.
    /// </summary>
    public int? Version { get; set; }

    /// <summary>Of <c>ldap</c> and <c>active-directory</c>.</summary>
    public DirectoryView? Directory { get; set; }

    /// <summary>Of <c>pki</c>.</summary>
    public CertificateView? Certificate { get; set; }

    /// <summary>Of <c>jwt</c> and <c>oidc</c>.</summary>
    public TokenView? Token { get; set; }

    /// <summary>Of <c>anonymous</c>.</summary>
    public AnonymousView? Anonymous { get; set; }

    /// <summary>How the API shows a realm: without its secrets.</summary>
    public static RealmView From(RealmDocument realm) => new()
    {
        Name = realm.Name,
        Kind = realm.Kind,
        Order = realm.Order,
        Enabled = realm.Enabled,
        Description = realm.Description,
        Version = realm.Version,
        Directory = realm.Directory is null ? null : DirectoryView.From(realm.Directory),
        Certificate = realm.Certificate is null ? null : CertificateView.From(realm.Certificate),
        Token = realm.Token is null ? null : TokenView.From(realm.Token),
        Anonymous = realm.Anonymous is null ? null : AnonymousView.From(realm.Anonymous),
    };

    /// <summary>The document to keep, with the secrets of the request only.</summary>
    public RealmDocument ToDocument(string name) => new()
    {
        Name = name,
        Kind = Kind,
        Order = Order,
        Enabled = Enabled,
        Description = string.IsNullOrEmpty(Description) ? null : Description,
        Directory = Directory?.ToDocument(),
        Certificate = Certificate?.ToDocument(),
        Token = Token?.ToDocument(),
        Anonymous = Anonymous?.ToDocument(),
    };
}

/// <summary>See <see cref="CertificateSettings"/>.</summary>
public sealed record CertificateView
{
    /// <summary>Trust anchors, PEM.</summary>
    public string? Authorities { get; set; }

    /// <summary>Revocation lists, PEM or paths.</summary>
    public IReadOnlyList<string> Crls { get; set; } = [];

    /// <summary>Where the name stands.</summary>
    public string NameFrom { get; set; } = "subject.CN";

    /// <summary>Where groups stand.</summary>
    public string? GroupsFrom { get; set; }

    /// <summary>How the API shows them.</summary>
    public static CertificateView From(CertificateSettings settings) => new()
    {
        Authorities = settings.Authorities,
        Crls = settings.Crls,
        NameFrom = settings.NameFrom,
        GroupsFrom = settings.GroupsFrom,
    };

    /// <summary>The document to keep.</summary>
    public CertificateSettings ToDocument() => new()
    {
        Authorities = Authorities,
        Crls = [.. Crls],
        NameFrom = NameFrom,
        GroupsFrom = GroupsFrom,
    };
}

/// <summary>See <see cref="AnonymousSettings"/>.</summary>
public sealed record AnonymousView
{
    /// <summary>The name in records.</summary>
    public string Name { get; set; } = "anonymous";

    /// <summary>Its roles; one at least.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>How the API shows them.</summary>
    public static AnonymousView From(AnonymousSettings settings) => new() { Name = settings.Name, Roles = settings.Roles };

    /// <summary>The document to keep.</summary>
    public AnonymousSettings ToDocument() => new() { Name = Name, Roles = [.. Roles.Distinct(StringComparer.Ordinal)] };
}

/// <summary><c>GET /v1/realms</c>: in the order in which they are asked.</summary>
public sealed record RealmListResponse
{
    /// <summary>The realms, without the built-in ones.</summary>
    public IReadOnlyList<RealmView> Realms { get; set; } = [];
}

/// <summary><c>POST /v1/realms/NAME/test</c>: what would be presented. Name and password, a token, or a certificate.</summary>
public sealed record RealmTestRequest
{
    /// <summary>The name.</summary>
    public string? User { get; set; }

    /// <summary>Its password.</summary>
    public string? Password { get; set; }

    /// <summary>A bearer token.</summary>
    public string? Token { get; set; }

    /// <summary>A certificate, PEM, taken as if its handshake had proved the key.</summary>
    public string? Certificate { get; set; }

    /// <summary>The address that the client would come from; null: the caller's own.</summary>
    public string? Source { get; set; }
}

/// <summary>How a login would have ended. Nobody is logged in.</summary>
public sealed record RealmTestResponse
{
    /// <summary>The realm.</summary>
    public required string Realm { get; set; }

    /// <summary>Whether it would be let in.</summary>
    public bool Accepted { get; set; }

    /// <summary><c>accepted</c>, <c>refused</c>, <c>inactive</c>, <c>unavailable</c>, <c>busy</c> or <c>not_mine</c>.</summary>
    public required string Verdict { get; set; }

    /// <summary>Why, in the word that the trail has.</summary>
    public string? Reason { get; set; }

    /// <summary>Each step, in order.</summary>
    public IReadOnlyList<RealmStepView> Steps { get; set; } = [];

    /// <summary>The principal's name.</summary>
    public string? User { get; set; }

    /// <summary>Its groups.</summary>
    public IReadOnlyList<string>? Groups { get; set; }

    /// <summary>Its attributes.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; set; }

    /// <summary>Roles that it would have.</summary>
    public IReadOnlyList<string>? Roles { get; set; }

    /// <summary>How long the login would stand at most.</summary>
    public DateTimeOffset? Until { get; set; }
}

/// <summary>One step of a login.</summary>
public sealed record RealmStepView
{
    /// <summary>What was done.</summary>
    public required string Step { get; set; }

    /// <summary>Whether it went well.</summary>
    public bool Fine { get; set; }

    /// <summary>What came of it.</summary>
    public string? Detail { get; set; }
}
