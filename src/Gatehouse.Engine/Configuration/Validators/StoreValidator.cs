using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>The store: keys that go together, nothing in clear text off loopback, files and secret there.</summary>
internal sealed class StoreValidator : IConfigurationValidator
{
    private const int MostEndpoints = 16;
    private const int MaxPemBytes = 256 * 1024;

    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        StoreConfiguration store = configuration.Store;
        if (!store.IsEtcd)
        {
            foreach (string key in Etcd(store))
            {
                context.Report(StoreConfigurationProblems.Settings, $"`{key}` is for `kind: etcd`", "store." + key);
            }

            return;
        }

        foreach ((string key, string why, string? hint) in Conflicts(store))
        {
            context.Report(StoreConfigurationProblems.Settings, why, key.Length == 0 ? "store" : "store." + key, hint);
        }

        CheckEndpoints(store, context);
        CheckFiles(store, context);
        if (store.Password is { } password && password != SecretReference.Unread && password.Read(context.Resolve("."), out string whyNot) is null)
        {
            context.Report(ConfigurationProblems.Secret, whyNot, "store.password");
        }
    }

    private static IEnumerable<string> Etcd(StoreConfiguration store)
    {
        (string Key, bool Set)[] keys =
        [
            ("endpoints", !store.Endpoints.IsEmpty), ("ca", store.Ca is not null), ("certificate", store.Certificate is not null), ("key", store.Key is not null),
            ("user", store.User is not null), ("password", store.Password is not null), ("compaction", !store.Compaction),
        ];
        return keys.Where(static k => k.Set).Select(static k => k.Key);
    }

    private static IEnumerable<(string Key, string Why, string? Hint)> Conflicts(StoreConfiguration store)
    {
        if (store.Endpoints.IsEmpty)
        {
            yield return ("", "`kind: etcd` needs `endpoints`", "endpoints: ['https://10.0.0.1:2379']");
        }

        if (store.Endpoints.Length > MostEndpoints)
        {
            yield return ("endpoints", $"more than {MostEndpoints} endpoints", "name the members, not every address of them");
        }

        if ((store.Certificate is null) != (store.Key is null))
        {
            yield return (store.Certificate is null ? "key" : "certificate", "`certificate` and `key` go together", null);
        }

        if ((store.User is null) != (store.Password is null))
        {
            yield return (store.User is null ? "password" : "user", "`user` and `password` go together", null);
        }
    }

    private static void CheckEndpoints(StoreConfiguration store, ConfigurationContext context)
    {
        foreach (string text in store.Endpoints)
        {
            if (!StoreConfiguration.TryParseEndpoint(text, out Uri? endpoint))
            {
                continue;
            }

            bool secured = endpoint.Scheme == Uri.UriSchemeHttps;
            if (!secured && store.User is not null)
            {
                context.Report(StoreConfigurationProblems.Endpoint, $"`{endpoint.Authority}`: a password goes over TLS only", "store.endpoints", "any local user could take the port and read it");
            }

            if (!secured && !StoreConfiguration.IsLoopback(endpoint))
            {
                context.Report(StoreConfigurationProblems.Endpoint, $"`{endpoint.Authority}`: etcd is spoken to in clear text on loopback addresses only", "store.endpoints", "https://");
            }

            if (secured && store.Ca is null)
            {
                context.Report(StoreConfigurationProblems.Endpoint, $"`{endpoint.Authority}`: there is no `ca`: etcd's authority is never guessed", "store.endpoints", "ca: FILE with the authority's certificate");
            }
        }
    }

    private static void CheckFiles(StoreConfiguration store, ConfigurationContext context)
    {
        if (store.Ca is { Length: > 0 } ca)
        {
            _ = Certificates(ca, "store.ca", context);
        }

        if (store.Certificate is { Length: > 0 } certificate && Certificates(certificate, "store.certificate", context) is [var leaf, ..]
            && HasCommonName(leaf))
        {
            context.Report(EtcdProblems.CommonName, $"`{certificate}` has a common name in its subject", "store.certificate", "issue one whose subject has no CN; the user is `user` and `password`");
        }

        if (store.Key is { Length: > 0 } key)
        {
            try
            {
                SecretFile.Check(context.Resolve(key));
            }
            catch (ProblemException fault)
            {
                context.Report(StoreConfigurationProblems.Files, fault.Problem.Text, "store.key", fault.Problem.Hint);
            }
        }
    }

    /// <summary>Whether the subject has a common name (RFC 5280 section 4.1.2.6, attribute 2.5.4.3).</summary>
    public static bool HasCommonName(X509Certificate2 certificate) =>
        certificate.SubjectName.EnumerateRelativeDistinguishedNames().Any(static name => name.HasMultipleElements || name.GetSingleElementType().Value == "2.5.4.3");

    private static X509Certificate2Collection? Certificates(string file, string place, ConfigurationContext context)
    {
        string? text = BoundedFile.TryReadText(context.Resolve(file), MaxPemBytes, out string why);
        if (text is null)
        {
            context.Report(StoreConfigurationProblems.Files, $"`{file}` {why}", place);
            return null;
        }

        try
        {
            var found = new X509Certificate2Collection();
            found.ImportFromPem(text);
            if (found.Count > 0)
            {
                return found;
            }
        }
        catch (CryptographicException)
        {
            // Said below.
        }

        context.Report(StoreConfigurationProblems.Files, $"`{file}` holds no certificate in PEM", place);
        return null;
    }
}
