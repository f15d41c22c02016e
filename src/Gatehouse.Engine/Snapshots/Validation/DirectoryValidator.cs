using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Identity;
using Gatehouse.Problems;
using Gatehouse.Protocols.Ldap;

namespace Gatehouse.Engine.Snapshots.Validation;

/// <summary>How a directory is asked: never in clear text over a network, never with authorities that nobody pinned.</summary>
internal sealed class DirectoryValidator : IRealmValidator
{
    private const int MaxServers = 16;
    private const int MaxTemplates = 8;
    private const int MaxAuthorities = 262_144;
    private static readonly SearchValues<char> NotInShortNames = SearchValues.Create(@"\/:*?""<>|@ ");

    /// <inheritdoc/>
    public void Validate(RealmDocument realm, ICollection<Problem> problems)
    {
        if (realm.Directory is not { } settings || realm.Kind is not (RealmKind.Ldap or RealmKind.ActiveDirectory))
        {
            return;
        }

        var found = new Findings(realm, problems);
        CheckServers(settings, found);
        CheckRanges(settings, found);
        CheckSearcher(settings, found);
        CheckPlaces(settings, found);
        CheckGroups(settings, found);
        if (realm.Kind == RealmKind.ActiveDirectory)
        {
            CheckDomain(settings, found);
        }
        else
        {
            CheckUsers(settings, found);
        }
    }

    private static void CheckServers(DirectorySettings settings, Findings found)
    {
        ImmutableArray<string> urls = settings.Urls.IsDefault ? [] : settings.Urls;
        if (urls.Length is 0 or > MaxServers)
        {
            found.Add(IdentityProblems.DirectoryServers, $"it has {urls.Length} servers, 1 to {MaxServers} are allowed");
        }

        bool needsAuthorities = false;
        foreach (string url in urls)
        {
            if (DirectoryServer.Parse(url, settings.StartTls) is not { } server)
            {
                found.Add(IdentityProblems.DirectoryServers, $"`{url}` is not `ldaps://host[:port]` or `ldap://host[:port]`");
            }
            else if (server.Transport != DirectoryTransport.Clear)
            {
                needsAuthorities = true;
            }
            else if (!settings.AllowClearText || !server.IsLoopback)
            {
                found.Add(
                    IdentityProblems.DirectoryClearText,
                    settings.AllowClearText ? $"`{url}` is not on this host: passwords would cross the network in clear text" : $"`{url}` would be asked in clear text",
                    "use `ldaps://`, or set start_tls; allow_clear_text is for loopback addresses");
            }
        }

        if (needsAuthorities && RefuseAuthorities(settings.Authorities) is { } wrong)
        {
            found.Add(IdentityProblems.DirectoryAuthorities, wrong, "give the PEM of the authority that signed the servers' certificates");
        }
    }

    private static string? RefuseAuthorities(string? pem)
    {
        if (string.IsNullOrWhiteSpace(pem))
        {
            return "no authorities are set";
        }

        if (pem.Length > MaxAuthorities || pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
        {
            return pem.Length > MaxAuthorities ? "its authorities are too long" : "a private key stands among its authorities";
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates.Count == 0 ? "its authorities hold no certificate"
                : !certificates.Any(static c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData)) ? "none of its authorities is a root: chains must end in one that signed itself"
                : null;
        }
        catch (CryptographicException)
        {
            return "its authorities are not certificates in PEM";
        }
        finally
        {
            foreach (X509Certificate2 certificate in certificates)
            {
                certificate.Dispose();
            }
        }
    }

    private static void CheckRanges(DirectorySettings settings, Findings found)
    {
        foreach ((string name, int value, int least, int most) in (ReadOnlySpan<(string, int, int, int)>)
        [
            ("nested_depth", settings.NestedDepth, 0, 16), ("connect_seconds", settings.ConnectSeconds, 1, 60),
            ("answer_seconds", settings.AnswerSeconds, 1, 120), ("pool_size", settings.PoolSize, 2, 256), ("cache_seconds", settings.CacheSeconds, 0, 300),
        ])
        {
            if (value < least || value > most)
            {
                found.Add(IdentityProblems.DirectoryRange, $"{name} {value} is not within {least} and {most}");
            }
        }
    }

    private static void CheckSearcher(DirectorySettings settings, Findings found)
    {
        bool hasPassword = !string.IsNullOrEmpty(settings.BindPassword);
        if (settings.BindDn is null ? hasPassword : settings.BindDn.Length == 0 || !hasPassword)
        {
            found.Add(IdentityProblems.DirectorySearcher, "bind_dn and bind_password belong together; neither may be empty", "an empty password would search as nobody");
        }
    }

    private static void CheckPlaces(DirectorySettings settings, Findings found)
    {
        foreach ((string name, string? value) in (ReadOnlySpan<(string, string?)>)[("user_base", settings.UserBase), ("group_base", settings.GroupBase)])
        {
            if (value is not null && (!DistinguishedName.TryParse(value, out DistinguishedName? place) || place!.Parts.IsEmpty))
            {
                found.Add(IdentityProblems.DirectoryName, $"{name} `{value}` is no distinguished name");
            }
        }

        if (settings.NameAttribute is { } attribute && (attribute.Length is 0 or > 128 || attribute.Any(static c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.'))))
        {
            found.Add(IdentityProblems.DirectoryName, $"name_attribute `{attribute}` is no attribute");
        }
    }

    private static void CheckGroups(DirectorySettings settings, Findings found)
    {
        if (settings.GroupFilter is { } filter)
        {
            string? wrong = settings.GroupBase is null ? "without group_base no group is searched" : LdapTemplate.CheckFilter(filter, 1);
            if (wrong is not null)
            {
                found.Add(IdentityProblems.DirectoryFilter, $"group_filter `{filter}`: {wrong}");
            }
        }
    }

    /// <summary>LDAP: users are found by a search, or named by templates.</summary>
    private static void CheckUsers(DirectorySettings settings, Findings found)
    {
        ImmutableArray<string> templates = settings.UserDnTemplates.IsDefault ? [] : settings.UserDnTemplates;
        if (settings.Domain is not null || settings.NetbiosName is not null)
        {
            found.Add(IdentityProblems.DirectoryUsers, "domain and netbios_name are for active-directory");
        }

        if (settings.BindDn is not null ? settings.UserBase is null || templates.Length > 0 : templates.Length is 0 or > MaxTemplates)
        {
            found.Add(
                IdentityProblems.DirectoryUsers,
                settings.BindDn is not null ? "with bind_dn it needs user_base and no user_dn_templates" : $"without bind_dn it needs 1 to {MaxTemplates} user_dn_templates");
        }

        foreach (string template in templates)
        {
            if (LdapTemplate.CheckName(template) is { } wrong)
            {
                found.Add(IdentityProblems.DirectoryName, $"user_dn_templates `{template}`: {wrong}");
            }
        }

        if (settings.BindDn is null)
        {
            if (settings.UserFilter is not null)
            {
                found.Add(IdentityProblems.DirectoryUsers, "without bind_dn nothing is searched: user_filter has no meaning");
            }

            return;
        }

        string filter = settings.UserFilter ?? LdapTemplate.DefaultUserFilter;
        if (LdapTemplate.CheckFilter(filter, 0) is { } fault)
        {
            found.Add(IdentityProblems.DirectoryFilter, $"user_filter `{filter}`: {fault}");
        }
        else if (settings.NameAttribute is null && LdapTemplate.MatchedAttributes(filter).Length != 1)
        {
            // Otherwise one user could come under several names, and a rule about one of them would miss the others.
            found.Add(IdentityProblems.DirectoryUsers, "its user_filter compares the name with several attributes or none: set name_attribute, so that a user has one name");
        }
    }

    /// <summary>Active Directory: users are found by account or principal name within the domain.</summary>
    private static void CheckDomain(DirectorySettings settings, Findings found)
    {
        bool isDomain = settings.Domain is { Length: > 0 and <= 255 } domain
            && Array.TrueForAll(domain.Split('.'), static label => label.Length is > 0 and <= 63 && label.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        if (!isDomain)
        {
            found.Add(IdentityProblems.DirectoryUsers, $"domain `{settings.Domain}` is no domain: active-directory needs one, such as `example.com`");
        }

        if (settings.NetbiosName is { } netbios && (netbios.Length is 0 or > 15 || netbios.AsSpan().ContainsAny(NotInShortNames) || netbios.Any(char.IsControl)))
        {
            found.Add(IdentityProblems.DirectoryUsers, $"netbios_name `{netbios}` is no short name of a domain");
        }

        if (!settings.UserDnTemplates.IsDefaultOrEmpty)
        {
            found.Add(IdentityProblems.DirectoryUsers, "user_dn_templates are for ldap: active-directory binds by the domain");
        }

        if (settings.UserFilter is { } filter && LdapTemplate.CheckFilter(filter, 0) is { } wrong)
        {
            found.Add(IdentityProblems.DirectoryFilter, $"user_filter `{filter}`: {wrong}");
        }
    }

    private sealed class Findings(RealmDocument realm, ICollection<Problem> problems)
    {
        public void Add(ProblemDefinition definition, string text, string? hint = null) =>
            problems.Add(definition.Because($"realm `{realm.Name}`: {text}", hint: hint));
    }
}
