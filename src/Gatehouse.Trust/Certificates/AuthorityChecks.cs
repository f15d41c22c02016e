using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Certificates;

/// <summary>Whether a cluster can stand on a hierarchy.</summary>
internal static class AuthorityChecks
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string AnyPurpose = "2.5.29.37.0";
    private static readonly TimeSpan LeastLife = TimeSpan.FromDays(30);

    public static ProblemException Unfit(string text, string? hint = null) => CertificateProblems.AuthorityUnfit.Exception(text, hint);

    /// <summary>Whether a certificate may sign, with so many authorities below it.</summary>
    /// <exception cref="ProblemException">GH3110.</exception>
    public static void EnsureSigner(X509Certificate2 certificate, string what, DateTimeOffset now, int pathLength)
    {
        string named = $"{what} (`{SigningRequest.TextOf(certificate.SubjectName)}`)";
        if (certificate.Extensions.OfType<X509BasicConstraintsExtension>().ToArray() is not [{ CertificateAuthority: true } constraint])
        {
            throw Unfit($"{named} is no CA: its basic constraints do not say CA:TRUE", "ask your CA for an intermediate, not for a server certificate");
        }

        if (constraint.HasPathLengthConstraint && constraint.PathLengthConstraint < pathLength)
        {
            throw Unfit(
                $"{named} allows {constraint.PathLengthConstraint} CAs below it, {pathLength} are needed",
                pathLength == 1 ? "have `nodes` and `users` signed by it instead: gatehouse ca csr --out DIR" : null);
        }

        X509KeyUsageFlags usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages ?? X509KeyUsageFlags.None;
        if (!usage.HasFlag(X509KeyUsageFlags.KeyCertSign))
        {
            throw Unfit($"the key usage of {named} does not allow signing certificates (keyCertSign)");
        }

        if (PublicKeyFacts.Of(certificate.PublicKey) is { Weakness: { } weakness } key)
        {
            throw Unfit($"the key of {named} is too weak: {key.Description}, {weakness}");
        }

        DateTimeOffset end = CertificateLife.NotAfter(certificate);
        if (CertificateLife.NotBefore(certificate) > now || end < now + LeastLife)
        {
            throw Unfit(
                $"{named} is good from {CertificateLife.NotBefore(certificate):yyyy-MM-dd} to {end:yyyy-MM-dd}; it must be good now and for {LeastLife.Days} days more");
        }
    }

    /// <summary>Everything: each certificate by itself, the paths, the keys, and a leaf of each kind that is issued for trial.</summary>
    /// <exception cref="ProblemException">GH3110, GH3111.</exception>
    public static void Ensure(AuthorityMaterial authority, string clusterId, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        EnsureSigner(authority.Root, "the root", now, authority.Chain.Length + 1);
        for (int i = 0; i < authority.Chain.Length; i++)
        {
            EnsureSigner(authority.Chain[i], "the CA certificate", now, i + 1);
            EnsurePurposes(authority.Chain[i], "the CA certificate", ServerAuthentication, ClientAuthentication);
        }

        EnsurePurposes(authority.Root, "the root", ServerAuthentication, ClientAuthentication);
        EnsureIntermediate(authority.Nodes, "`nodes`", now, ServerAuthentication, ClientAuthentication);
        EnsureIntermediate(authority.Users, "`users`", now, ClientAuthentication);
        string[] keys = [.. new[] { authority.Root, authority.Nodes, authority.Users }.Concat(authority.Chain).Select(static c => PublicKeyFacts.HashOf(c.PublicKey))];
        if (keys.Distinct(StringComparer.Ordinal).Count() != keys.Length)
        {
            throw Unfit("two certificates of the hierarchy have the same key; `nodes` and `users` need one each", "gatehouse ca csr --out DIR makes them");
        }

        Try(authority, authority.Nodes, Trial(CertificateProfile.Node, [], $"spiffe://{clusterId}/node/trial"), now);
        Try(authority, authority.Users, Trial(CertificateProfile.Client, [], null), now);
        foreach (string name in names)
        {
            Try(authority, authority.Nodes, Trial(CertificateProfile.Server, [name], null), now);
        }
    }

    private static void EnsureIntermediate(X509Certificate2 certificate, string what, DateTimeOffset now, params ReadOnlySpan<string> purposes)
    {
        EnsureSigner(certificate, what, now, pathLength: 0);
        EnsurePurposes(certificate, what, purposes);
        if (!PublicKeyFacts.Of(certificate.PublicKey).Description.StartsWith("ecdsa-", StringComparison.Ordinal))
        {
            throw Unfit($"the key of {what} is no ECDSA key", "gatehouse ca csr --out DIR makes the right ones");
        }

        if (!certificate.Extensions.OfType<X509KeyUsageExtension>().First().KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign))
        {
            throw Unfit($"the key usage of {what} does not allow signing revocation lists (cRLSign)");
        }
    }

    // An authority without the extension may sign for anything; with it, for these only.
    private static void EnsurePurposes(X509Certificate2 certificate, string what, params ReadOnlySpan<string> purposes)
    {
        foreach (X509EnhancedKeyUsageExtension extension in certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>())
        {
            HashSet<string?> allowed = [.. extension.EnhancedKeyUsages.Cast<Oid>().Select(static oid => oid.Value)];
            foreach (string purpose in purposes)
            {
                if (!allowed.Contains(purpose) && !allowed.Contains(AnyPurpose))
                {
                    throw Unfit($"{what} (`{SigningRequest.TextOf(certificate.SubjectName)}`) may not sign for {(purpose == ServerAuthentication ? "servers" : "clients")}: its extended key usage does not have it");
                }
            }
        }
    }

    private static CertificateOrder Trial(string profile, ImmutableArray<string> names, string? uri) =>
        new() { Profile = CertificateProfile.Find(profile)!, CommonName = names is [] && uri is null ? "trial" : "", Names = names, Uri = uri, Days = 1 };

    // What no list of rules finds is found by doing it: name constraints, unknown critical extensions, wrong signatures.
    private static void Try(AuthorityMaterial authority, X509Certificate2 issuer, CertificateOrder request, DateTimeOffset now)
    {
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        using X509Certificate2 leaf = LeafIssuer.Issue(issuer, request, key.PublicKey, now);
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority.Root);
        chain.ChainPolicy.ExtraStore.AddRange(authority.Chain.ToArray());
        chain.ChainPolicy.ExtraStore.Add(issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(request.Profile.IsServer ? ServerAuthentication : ClientAuthentication));
        if (!chain.Build(leaf))
        {
            string name = request.Uri ?? request.Names.FirstOrDefault() ?? "a user";
            throw Unfit(
                $"a certificate for {name} under `{SigningRequest.TextOf(issuer.SubjectName)}` does not verify: {string.Join(", ", chain.ChainStatus.Select(static found => found.Status))}",
                "look at name constraints, path lengths and signatures of the hierarchy: openssl x509 -noout -text -in FILE");
        }
    }
}
