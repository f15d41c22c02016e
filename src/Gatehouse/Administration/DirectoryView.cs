using Gatehouse.Identity;

namespace Gatehouse.Administration;

/// <summary>See <see cref="DirectorySettings"/>; the password is never shown.</summary>
public sealed record DirectoryView
{
    /// <summary>Servers, tried in order.</summary>
    public IReadOnlyList<string> Urls { get; set; } = [];

    /// <summary>Whether <c>ldap://</c> goes over to TLS.</summary>
    public bool StartTls { get; set; }

    /// <summary>Clear text, to loopback only.</summary>
    public bool AllowClearText { get; set; }

    /// <summary>Authorities of the servers, PEM.</summary>
    public string? Authorities { get; set; }

    /// <summary>Who searches.</summary>
    public string? BindDn { get; set; }

    /// <summary>Only in requests: its password. Left out, the former one stays, as long as it goes to the same servers.</summary>
    public string? BindPassword { get; set; }

    /// <summary>Only in answers: whether there is a password. What a request says here is not looked at.</summary>
    public bool? BindPasswordSet { get; set; }

    /// <summary>Where users are searched.</summary>
    public string? UserBase { get; set; }

    /// <summary>Filter with <c>{0}</c> for the name.</summary>
    public string? UserFilter { get; set; }

    /// <summary>Names of users without a search.</summary>
    public IReadOnlyList<string> UserDnTemplates { get; set; } = [];

    /// <summary>The attribute whose value becomes the name.</summary>
    public string? NameAttribute { get; set; }

    /// <summary>Where groups are searched.</summary>
    public string? GroupBase { get; set; }

    /// <summary>Filter with <c>{0}</c> and <c>{1}</c>.</summary>
    public string? GroupFilter { get; set; }

    /// <summary>Whether <c>memberOf</c> counts.</summary>
    public bool MemberOf { get; set; } = true;

    /// <summary>Steps that groups in groups are followed.</summary>
    public int NestedDepth { get; set; }

    /// <summary>The domain.</summary>
    public string? Domain { get; set; }

    /// <summary>Its short name.</summary>
    public string? NetbiosName { get; set; }

    /// <summary>Seconds for connecting.</summary>
    public int ConnectSeconds { get; set; } = 5;

    /// <summary>Seconds for an answer.</summary>
    public int AnswerSeconds { get; set; } = 10;

    /// <summary>Connections at once.</summary>
    public int PoolSize { get; set; } = 8;

    /// <summary>Seconds that a verified login is remembered.</summary>
    public int CacheSeconds { get; set; } = 300;

    /// <summary>How the API shows them.</summary>
    public static DirectoryView From(DirectorySettings settings) => new()
    {
        Urls = settings.Urls,
        StartTls = settings.StartTls,
        AllowClearText = settings.AllowClearText,
        Authorities = settings.Authorities,
        BindDn = settings.BindDn,
        BindPasswordSet = settings.BindPassword is not null,
        UserBase = settings.UserBase,
        UserFilter = settings.UserFilter,
        UserDnTemplates = settings.UserDnTemplates,
        NameAttribute = settings.NameAttribute,
        GroupBase = settings.GroupBase,
        GroupFilter = settings.GroupFilter,
        MemberOf = settings.MemberOf,
        NestedDepth = settings.NestedDepth,
        Domain = settings.Domain,
        NetbiosName = settings.NetbiosName,
        ConnectSeconds = settings.ConnectSeconds,
        AnswerSeconds = settings.AnswerSeconds,
        PoolSize = settings.PoolSize,
        CacheSeconds = settings.CacheSeconds,
    };

    /// <summary>The document to keep.</summary>
    public DirectorySettings ToDocument() => new()
    {
        Urls = [.. Urls],
        StartTls = StartTls,
        AllowClearText = AllowClearText,
        Authorities = Authorities,
        BindDn = BindDn,
        BindPassword = string.IsNullOrEmpty(BindPassword) ? null : BindPassword,
        UserBase = UserBase,
        UserFilter = UserFilter,
        UserDnTemplates = [.. UserDnTemplates],
        NameAttribute = NameAttribute,
        GroupBase = GroupBase,
        GroupFilter = GroupFilter,
        MemberOf = MemberOf,
        NestedDepth = NestedDepth,
        Domain = Domain,
        NetbiosName = NetbiosName,
        ConnectSeconds = ConnectSeconds,
        AnswerSeconds = AnswerSeconds,
        PoolSize = PoolSize,
        CacheSeconds = CacheSeconds,
    };
}
