using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Snapshots.Validation;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Realms.Directory;

/// <summary>A realm's settings, checked and made ready. Immutable.</summary>
internal sealed class DirectoryPlan
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1"; // RFC 5280 section 4.2.1.12
    private readonly X509Certificate2Collection _authorities = [];

    /// <summary>Makes it ready.</summary>
    /// <exception cref="ProblemException">The settings are not accepted.</exception>
    public DirectoryPlan(RealmDocument document)
    {
        var problems = new List<Problem>();
        new DirectoryValidator().Validate(document, problems);
        if (problems.Count > 0 || document.Directory is null)
        {
            throw new ProblemException(problems.FirstOrDefault() ?? IdentityProblems.RealmSettings.Because($"realm `{document.Name}` has no settings `directory`"));
        }

        Document = document;
        Settings = document.Directory;
        IsActiveDirectory = document.Kind == RealmKind.ActiveDirectory;
        Servers = [.. Settings.Urls.Select(url => DirectoryServer.Parse(url, Settings.StartTls)!)]; // not null: checked above
        if (Settings.Authorities is { } pem)
        {
            _authorities.ImportFromPem(pem);
        }

        string? domain = IsActiveDirectory ? string.Join(',', Settings.Domain!.Split('.').Select(static label => $"DC={label}")) : null; // not null: checked above
        UserBase = Read(Settings.UserBase ?? domain);
        GroupBase = Read(Settings.GroupBase ?? domain);
        GroupFilter = Settings.GroupFilter ?? LdapTemplate.DefaultGroupFilter;
        UserFilter = Settings.UserFilter ?? (IsActiveDirectory ? null : LdapTemplate.DefaultUserFilter);
        MatchedAttribute = IsActiveDirectory || Settings.NameAttribute is not null ? null : LdapTemplate.MatchedAttributes(UserFilter!).FirstOrDefault();
    }

    /// <summary>What it was made from.</summary>
    public RealmDocument Document { get; }

    /// <summary>The settings.</summary>
    public DirectorySettings Settings { get; }

    /// <summary>Whether it is Microsoft's directory or Samba's.</summary>
    public bool IsActiveDirectory { get; }

    /// <summary>Servers in order.</summary>
    public ImmutableArray<DirectoryServer> Servers { get; }

    /// <summary>Where users are; null: wherever the templates put them.</summary>
    public DistinguishedName? UserBase { get; }

    /// <summary>Where groups are searched; null: nowhere.</summary>
    public DistinguishedName? GroupBase { get; }

    /// <summary>Filter for users; null: Active Directory's own.</summary>
    public string? UserFilter { get; }

    /// <summary>Filter for groups.</summary>
    public string GroupFilter { get; }

    /// <summary>
    /// The attribute that the user filter compares the name with, when that name becomes the principal's: a value must then be
    /// this very name, letter case aside. Directories take more for equal than that.
    /// </summary>
    public string? MatchedAttribute { get; }

    /// <summary>Whether an account of its own searches.</summary>
    public bool HasSearcher => Settings.BindDn is not null;

    /// <summary>For connecting, TLS included.</summary>
    public TimeSpan ConnectLimit => TimeSpan.FromSeconds(Settings.ConnectSeconds);

    /// <summary>For one answer.</summary>
    public TimeSpan AnswerLimit => TimeSpan.FromSeconds(Settings.AnswerSeconds);

    /// <summary>How a server's certificate is verified: by the pinned authorities and no others, without fetching anything.</summary>
    public X509ChainPolicy NewChainPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (X509Certificate2 authority in _authorities)
        {
            bool isRoot = authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);
            (isRoot ? policy.CustomTrustStore : policy.ExtraStore).Add(authority);
        }

        return policy;
    }

    private static DistinguishedName? Read(string? text) =>
        text is not null && DistinguishedName.TryParse(text, out DistinguishedName? name) ? name : null;
}
