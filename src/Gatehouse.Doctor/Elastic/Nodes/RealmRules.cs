using System.Collections.Immutable;
using System.Text;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>How realms look at identities: ES-024 and ES-025.</summary>
internal static class RealmRules
{
    private const int LeastSecretBytes = 32;
    private static readonly string[] RequiredOfTokens = ["required_issuer", "required_audience"];
    private static readonly string[] TokenTypes = ["jwt", "openid", "jwt-key-by-oidc", "jwt-key-by-jwks"];

    /// <summary>ES-024: the chain of realms has a weak link.</summary>
    public static IEnumerable<Observation> RealmsAreWeak(NodeSubject node) =>
        node.IsOpenSearch ? OpenSearchDirectories(node) : [.. FileSuperusers(node), .. ElasticsearchDirectories(node)];

    /// <summary>ES-025: tokens are taken from anybody, or for anybody.</summary>
    public static IEnumerable<Observation> TokensAreTakenTooEasily(NodeSubject node) => node.IsOpenSearch ? OpenSearchTokens(node) : ElasticsearchTokens(node);

    // `users_roles`: a role, a colon, names with commas. It holds while the cluster is down, and nothing audits its changes.
    private static IEnumerable<Observation> FileSuperusers(NodeSubject node)
    {
        if (node.Locate("users_roles") is not { } path || node.Security.Value == false || node.Settings.Names("xpack.security.authc.realms.file").Any(name => node.Settings[$"xpack.security.authc.realms.file.{name}.enabled"].Flag(true) == false))
        {
            yield break;
        }

        FileContent content = node.Host.Read(path);
        if (content.Bytes is null && !content.IsMissing)
        {
            yield return Observation.Unknown($"`users_roles` cannot be read: {content.Why}") with { Evidence = [new Evidence(EvidenceKind.File, path, "superuser")] };
        }

        string[] lines = Encoding.UTF8.GetString(content.Bytes ?? []).Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim().Split(':') is ["superuser", { Length: > 0 } users])
            {
                yield return Observation.Of(Severity.Medium, "users of the file realm are superusers", new Evidence(EvidenceKind.File, path, $"superuser: {users.Trim()}", i + 1, 1));
            }
        }
    }

    private static IEnumerable<Observation> ElasticsearchDirectories(NodeSubject node)
    {
        foreach (Realm realm in node.Realms)
        {
            if (realm.Type is "ldap" or "active_directory")
            {
                foreach (Observation observation in DirectoryUrls(node, realm))
                {
                    yield return observation;
                }
            }

            Setting mode = realm["ssl.verification_mode"];
            if (mode.IsUnknown)
            {
                yield return mode.Doubt();
            }
            else if (mode.Text is "none")
            {
                yield return Observation.At(Severity.High, $"the realm `{realm.Name}` takes any certificate from its server", mode);
            }
        }
    }

    private static IEnumerable<Observation> DirectoryUrls(NodeSubject node, Realm realm)
    {
        Setting url = realm["url"];
        if (url.IsDoubtful())
        {
            yield return url.Doubt();
        }
        else if (!url.IsSet && realm.Type == "active_directory")
        {
            yield return Observation.Of(Severity.High, $"the realm `{realm.Name}` has no `url` and talks to its domain in plain text", node.Stands(realm["domain_name"]));
        }
        else if (url.Words().FirstOrDefault(static u => u.StartsWith("ldap://", StringComparison.OrdinalIgnoreCase)) is { } plain)
        {
            bool isHere = Reach.IsLoopback(Addresses.HostOf(plain), node);
            yield return Observation.At(isHere ? Severity.Low : Severity.High, $"the realm `{realm.Name}` sends passwords to its directory in plain text", url);
        }
    }

    private static IEnumerable<Observation> OpenSearchDirectories(NodeSubject node)
    {
        SecurityFile config = SecurityFolder.Read(node, "config.yml");
        if (config.Why is { } why)
        {
            yield return Observation.Unknown($"`config.yml` cannot be read: {why}") with { Evidence = [new Evidence(EvidenceKind.File, config.Path, "authc")] };
        }

        IEnumerable<(string Name, Setting Backend)> backends =
        [
            .. SecurityFolder.Domains(config).Select(domain => (domain.Name, SecurityFolder.Below(config, domain, "authentication_backend"))),
            .. config.Tree.Under("config.dynamic.authz").Where(static z => z.Child("http_enabled")?.AsBoolean() ?? true).Select(z => (z.Name, SecurityFolder.Below(config, z, "authorization_backend"))),
        ];
        foreach ((string name, Setting backend) in backends.Where(b => SecurityFolder.Below(config, b.Backend, "type").Text is "ldap" or "ldap2"))
        {
            Setting ssl = SecurityFolder.Below(config, backend, "config.enable_ssl"), start = SecurityFolder.Below(config, backend, "config.enable_start_tls");
            if (ssl.IsUnknown || start.IsUnknown)
            {
                yield return (ssl.IsUnknown ? ssl : start).Doubt();
            }
            else if (ssl.Flag(false) != true && start.Flag(false) != true)
            {
                yield return Observation.Of(Severity.High, $"`{name}` sends passwords to its directory in plain text", Shown.All(ssl.IsSet ? ssl : backend));
            }
            else if (SecurityFolder.Below(config, backend, "config.verify_hostnames") is { } verified && verified.Flag(true) == false)
            {
                yield return Observation.At(Severity.High, $"`{name}` takes the certificate of any host from its directory", verified);
            }
        }
    }

    private static IEnumerable<Observation> ElasticsearchTokens(NodeSubject node)
    {
        foreach (Realm realm in node.Realms.Where(static r => r.Type is "jwt" or "oidc"))
        {
            bool isJwt = realm.Type == "jwt";
            Setting[] needed = isJwt
                ? [realm["allowed_issuer"], realm["allowed_audiences"], realm["allowed_signature_algorithms"]]
                : [realm["op.issuer"], realm["rp.client_id"], realm["rp.signature_algorithm"]];
            Setting[] missing = [.. needed.Where(static s => !s.IsSet)];
            if (missing.Length > 0)
            {
                yield return Observation.Of($"the realm `{realm.Name}` does not say which tokens it takes: {string.Join(", ", missing.Select(static s => $"`{s.Name}`"))}", [.. missing.SelectMany(s => node.Stands(s))]);
            }

            foreach (Setting doubtful in needed.Where(static s => s.IsDoubtful()))
            {
                yield return doubtful.Doubt();
            }

            if (needed[2].Words().Contains("none", StringComparer.OrdinalIgnoreCase))
            {
                yield return Observation.At($"the realm `{realm.Name}` takes tokens without a signature", needed[2]);
            }

            if (isJwt && needed[2].Words().Any(static word => word.StartsWith("HS", StringComparison.OrdinalIgnoreCase)))
            {
                foreach (Observation observation in SharedSecret(node, realm, needed[2]))
                {
                    yield return observation;
                }
            }
        }
    }

    // The secret lies in the keystore: only where that opens is its length known.
    private static IEnumerable<Observation> SharedSecret(NodeSubject node, Realm realm, Setting algorithms)
    {
        string? key = node.Keystore?.Value($"{realm.Path}.hmac_key");
        if (key is not null && Encoding.UTF8.GetByteCount(key) < LeastSecretBytes)
        {
            yield return Observation.At($"the realm `{realm.Name}` verifies tokens with a secret of less than {LeastSecretBytes} bytes", algorithms);
        }
        else if (key is null)
        {
            yield return Observation.Unknown($"how long the secret of the realm `{realm.Name}` is cannot be seen", algorithms) with { Severity = Severity.Info };
        }
    }

    private static IEnumerable<Observation> OpenSearchTokens(NodeSubject node)
    {
        SecurityFile config = SecurityFolder.Read(node, "config.yml");
        if (config.Why is { } why)
        {
            yield return Observation.Unknown($"`config.yml` cannot be read: {why}") with { Evidence = [new Evidence(EvidenceKind.File, config.Path, "authc")] };
        }

        foreach (Setting domain in SecurityFolder.Domains(config))
        {
            Setting type = SecurityFolder.Below(config, domain, "http_authenticator.type");
            if (!TokenTypes.Contains(type.Text, StringComparer.Ordinal))
            {
                continue;
            }

            Setting[] missing = [.. RequiredOfTokens.Select(name => SecurityFolder.Below(config, domain, $"http_authenticator.config.{name}")).Where(static s => !s.HasValue() && !s.IsUnknown)];
            if (missing.Length > 0)
            {
                yield return Observation.Of($"`{domain.Name}` does not say which tokens it takes: {string.Join(", ", missing.Select(static s => $"`{s.Name}`"))}", Shown.All(type));
            }

            Setting key = SecurityFolder.Below(config, domain, "http_authenticator.config.signing_key");
            if (key.AsTexts() is { IsEmpty: false } keys && keys.Any(IsShortSecret))
            {
                yield return Observation.At($"`{domain.Name}` verifies tokens with a secret of less than {LeastSecretBytes} bytes", key);
            }
        }
    }

    // A key in PEM is a public one; anything else is a secret in base64.
    private static bool IsShortSecret(string key)
    {
        if (key.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return false;
        }

        byte[] bytes = new byte[key.Length + 4];
        return !Convert.TryFromBase64String(key.Trim(), bytes, out int length) || length < LeastSecretBytes;
    }
}
