using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Files;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>How etcd is reached, files read and checked.</summary>
internal sealed record EtcdSettings : IDisposable
{
    /// <summary>Client URLs.</summary>
    public required ImmutableArray<Uri> Endpoints { get; init; }

    /// <summary>Authorities that members must chain to; empty where nothing has TLS.</summary>
    public ImmutableArray<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>Our certificate, without a common name; or null.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What is sent with it.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; init; } = [];

    /// <summary>User; or null.</summary>
    public string? User { get; init; }

    /// <summary>Its password.</summary>
    public string? Password { get; init; }

    /// <summary>What every key begins with, before the cluster's id.</summary>
    public string Prefix { get; init; } = "gatehouse";

    /// <summary>Whether history is compacted to an hour.</summary>
    public bool Compaction { get; init; } = true;

    /// <summary>Reads what the configuration names; its paths are absolute, or relative to <paramref name="folder"/>.</summary>
    /// <exception cref="ProblemException">GH1061, GH1062, GH1060, GH2063, and those of secrets.</exception>
    public static EtcdSettings Load(StoreConfiguration store, string folder)
    {
        ImmutableArray<Uri> endpoints =
        [
            .. store.Endpoints.Select(static text => StoreConfiguration.TryParseEndpoint(text, out Uri? endpoint)
                ? endpoint
                : throw StoreConfigurationProblems.Endpoint.Exception("an entry of `store.endpoints` is no client URL of etcd")),
        ];
        if (endpoints.IsEmpty)
        {
            throw StoreConfigurationProblems.Settings.Exception("`kind: etcd` needs `endpoints`");
        }

        if (endpoints.FirstOrDefault(static e => e.Scheme != Uri.UriSchemeHttps && !StoreConfiguration.IsLoopback(e)) is { } clear)
        {
            throw StoreConfigurationProblems.Endpoint.Exception($"`{clear.Authority}`: etcd is spoken to in clear text on loopback addresses only");
        }

        if (store.Ca is null && endpoints.Any(static e => e.Scheme == Uri.UriSchemeHttps))
        {
            throw StoreConfigurationProblems.Endpoint.Exception("there is no `ca`: etcd's authority is never guessed");
        }

        if (store.User is not null && endpoints.Any(static e => e.Scheme != Uri.UriSchemeHttps))
        {
            throw StoreConfigurationProblems.Endpoint.Exception("a password goes over TLS only", "any local user could take the port and read it");
        }

        (X509Certificate2? certificate, ImmutableArray<X509Certificate2> chain) = Identity(store, folder);
        return new EtcdSettings
        {
            Endpoints = endpoints,
            Authorities = store.Ca is { } ca ? [.. Read(Path.GetFullPath(ca, folder))] : [],
            Certificate = certificate,
            Chain = chain,
            User = store.User,
            Password = store.Password is { } place
                ? place.Read(folder, out string why) ?? throw ConfigurationProblems.Secret.Exception(why)
                : null,
            Prefix = store.Prefix,
            Compaction = store.Compaction,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificate?.Dispose();
        foreach (X509Certificate2 one in Authorities.Concat(Chain))
        {
            one.Dispose();
        }
    }

    /// <summary>No password, no key.</summary>
    public override string ToString() => string.Join(", ", Endpoints.Select(static e => e.Authority));

    private static (X509Certificate2? Certificate, ImmutableArray<X509Certificate2> Chain) Identity(StoreConfiguration store, string folder)
    {
        if (store.Certificate is not { } file || store.Key is not { } keyFile)
        {
            return (null, []);
        }

        X509Certificate2Collection chain = Read(Path.GetFullPath(file, folder));

        // The gateway refuses the names of users in certificates, as it cannot act as them; better said here than by it.
        if (StoreValidator.HasCommonName(chain[0]))
        {
            throw EtcdProblems.CommonName.Exception(
                $"`{file}` has a common name in its subject", "issue one whose subject has no CN; the user is `user` and `password`");
        }

        try
        {
            string key = Encoding.Latin1.GetString(SecretFile.Read(Path.GetFullPath(keyFile, folder)));
            using X509Certificate2 plain = X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), key);
            return (new X509Certificate2(plain), [.. chain.Skip(1)]);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw StoreConfigurationProblems.Files.Exception($"`{keyFile}` is no key of the certificate `{file}`");
        }
    }

    private static X509Certificate2Collection Read(string path)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(File.ReadAllText(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw StoreConfigurationProblems.Files.Exception($"`{path}` cannot be read: {fault.Message}", null, fault);
        }

        return found.Count > 0 ? found : throw StoreConfigurationProblems.Files.Exception($"`{path}` holds no certificate in PEM");
    }
}
