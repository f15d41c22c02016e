using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Certificates;

/// <summary>What a certificate shall say.</summary>
public sealed record CertificateOrder
{
    /// <summary>Its purpose.</summary>
    public required CertificateProfile Profile { get; init; }

    /// <summary>Its common name, at most 64 characters; empty for none (etcd's gateway refuses a client certificate with one).</summary>
    public required string CommonName { get; init; }

    /// <summary>DNS names and addresses, each once, in the form of <see cref="LeafIssuer.NamesOf"/>.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>A URI name; only nodes have one.</summary>
    public string? Uri { get; init; }

    /// <summary>How long it is good, from 1 day; ends with its issuer at the latest.</summary>
    public required int Days { get; init; }

    /// <summary>Longest common name in characters (RFC 5280, appendix A.1).</summary>
    public const int MostCommonName = 64;

    /// <summary>Throws unless it can be a user's name in a certificate.</summary>
    /// <exception cref="ProblemException">GH3040.</exception>
    public static void EnsureUser(string name) => CertificateNames.EnsureClient(name);
}

/// <summary>Signs certificates. Pure but for randomness: the issuer with its key comes in, a certificate goes out.</summary>
public static class LeafIssuer
{
    /// <summary>Longest life of a leaf in days, which is the CA's own.</summary>
    public const int MostDays = 3653;

    /// <summary>Most names in one certificate.</summary>
    public const int MostNames = 100;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan Backdate = TimeSpan.FromMinutes(10);

    /// <summary>Names in their one form, each once, in the order given.</summary>
    /// <exception cref="ProblemException">GH3040, GH3103.</exception>
    public static ImmutableArray<string> NamesOf(IEnumerable<string> names)
    {
        ImmutableArray<string> all = [.. names.Select(CertificateNames.Canonical).Distinct(StringComparer.Ordinal)];
        return all.Length <= MostNames
            ? all
            : throw CertificateProblems.PropertiesInvalid.Exception($"a certificate has {MostNames} names at most, these are {all.Length}");
    }

    /// <summary>What is wrong with a request over a key, or null.</summary>
    public static Problem? Check(CertificateOrder request, PublicKeyFacts key)
    {
        if (key.Weakness is { } weakness)
        {
            return CertificateProblems.KeyWeak.Because($"{key.Description}: {weakness}", hint: $"key types: {KeyKinds.All}");
        }

        if (!request.Profile.Takes(key))
        {
            return Invalid(
                $"profile `{request.Profile.Name}` takes no key of type {key.Description}",
                $"one of {string.Join(", ", request.Profile.Keys.Select(KeyKinds.WordOf))}");
        }

        if (request.Days is < 1 or > MostDays)
        {
            return Invalid($"a certificate is good for 1 to {MostDays} days, not {request.Days}", "--days DAYS");
        }

        if (request.CommonName.Length > CertificateOrder.MostCommonName)
        {
            return Invalid($"a common name has {CertificateOrder.MostCommonName} characters at most (RFC 5280)", null);
        }

        return request.Profile.IsServer && request.Uri is null && request.Names.IsEmpty
            ? Invalid($"a certificate of profile `{request.Profile.Name}` needs a name that clients call it by", "--name gate.example.org, --name 192.0.2.7")
            : request.CommonName.Length == 0 && request.Uri is null && request.Names.IsEmpty
            ? Invalid("a certificate without any name belongs to nobody", "--user NAME or --name NAME")
            : null;
    }

    /// <summary>Signs.</summary>
    /// <param name="issuer">A CA certificate with its key.</param>
    /// <param name="request">What it says; without problems in <see cref="Check"/>.</param>
    /// <param name="key">Whose certificate it is.</param>
    /// <param name="now">The moment of issue.</param>
    /// <returns>The certificate, without a private key.</returns>
    /// <exception cref="ProblemException">GH3041, GH3102, GH3103.</exception>
    public static X509Certificate2 Issue(X509Certificate2 issuer, CertificateOrder request, PublicKey key, DateTimeOffset now)
    {
        if (Check(request, PublicKeyFacts.Of(key)) is { } problem)
        {
            throw new ProblemException(problem);
        }

        if (now >= CertificateLife.NotAfter(issuer))
        {
            throw TrustProblems.CaExpired.Exception($"the CA certificate `{issuer.Subject}` expired on {CertificateLife.NotAfter(issuer):yyyy-MM-dd}");
        }

        X500DistinguishedNameBuilder name = new();
        if (request.CommonName.Length > 0)
        {
            name.AddCommonName(request.CommonName);
        }

        // The padding is for the issuer's signature where its key is RSA; the hash as strong as the issuer's key.
        CertificateRequest made = new(name.Build(), key, HashOf(issuer), RSASignaturePadding.Pkcs1);
        AddExtensions(made, request, key, issuer);
        DateTimeOffset from = Later(now - Backdate, CertificateLife.NotBefore(issuer));
        DateTimeOffset to = Earlier(now + TimeSpan.FromDays(request.Days), CertificateLife.NotAfter(issuer));
        return Sign(made, issuer, from, to);
    }

    /// <summary>A new serial number, 16 bytes (RFC 5280, 4.1.2.2: positive; the top bits are fixed so that it always has 16).</summary>
    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x3F) | 0x40);
        return serial;
    }

    /// <summary>Signs with an issuer's key, of whatever kind it and the request's are.</summary>
    internal static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, DateTimeOffset from, DateTimeOffset to)
    {
        using ECDsa? curve = issuer.GetECDsaPrivateKey();
        using RSA? rsa = issuer.GetRSAPrivateKey();
        X509SignatureGenerator generator = curve is not null ? X509SignatureGenerator.CreateForECDsa(curve)
            : rsa is not null ? X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1)
            : throw new InvalidOperationException("an issuer has an ECDSA or RSA key");
        return request.Create(issuer.SubjectName, generator, from, to, NewSerial());
    }

    /// <summary>The hash that an issuer signs with.</summary>
    internal static HashAlgorithmName HashOf(X509Certificate2 issuer)
    {
        using ECDsa? curve = issuer.GetECDsaPublicKey();
        return curve is null ? HashAlgorithmName.SHA256 : LeafKey.HashFor(curve);
    }

    private static void AddExtensions(CertificateRequest made, CertificateOrder request, PublicKey key, X509Certificate2 issuer)
    {
        bool isRsa = PublicKeyFacts.Of(key).Description.StartsWith("rsa-", StringComparison.Ordinal);
        X509KeyUsageFlags usage = X509KeyUsageFlags.DigitalSignature
            | (isRsa && request.Profile.IsServer ? X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.None);
        OidCollection purposes = [];
        if (request.Profile.IsServer)
        {
            purposes.Add(new Oid(ServerAuthentication));
        }

        if (request.Profile.IsClient)
        {
            purposes.Add(new Oid(ClientAuthentication));
        }

        made.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        made.CertificateExtensions.Add(new X509KeyUsageExtension(usage, true));
        made.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
        made.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        made.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        if (AlternativeNames(request) is { } names)
        {
            made.CertificateExtensions.Add(names);
        }
    }

    private static X509Extension? AlternativeNames(CertificateOrder request)
    {
        if (request.Uri is null && request.Names.IsEmpty)
        {
            return null;
        }

        SubjectAlternativeNameBuilder builder = new();
        if (request.Uri is { } uri)
        {
            builder.AddUri(new Uri(uri));
        }

        foreach (string name in request.Names)
        {
            bool isAddress = IPAddress.TryParse(name, out IPAddress? address);
            if (!isAddress || request.Profile.HasAddressesAsDns)
            {
                builder.AddDnsName(name);
            }

            if (isAddress)
            {
                builder.AddIpAddress(address!);
            }
        }

        // RFC 5280, 4.2.1.6: critical where there is no subject.
        return builder.Build(critical: request.CommonName.Length == 0);
    }

    private static Problem Invalid(string text, string? hint) => CertificateProblems.PropertiesInvalid.Because(text, hint: hint);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
