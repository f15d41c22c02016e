using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Gatehouse.Trust.Authorities;

namespace Gatehouse.Trust.Certificates;

/// <summary>
/// An operator's own hierarchy: either a CA key that makes the two intermediates here, or two intermediates that the operator's
/// CA has signed over keys made here. Whatever comes out was tried: a leaf of each kind was issued below it and verified.
/// </summary>
public static class AuthorityImport
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string NodesName = "Gatehouse nodes";
    private const string UsersName = "Gatehouse users";

    /// <summary>The signing request of an intermediate, for the operator's CA: PEM. What must be in the certificate is asked for in it.</summary>
    public static string MakeRequest(LeafKey key, bool isUsers, string clusterId)
    {
        CertificateRequest request = key.RequestFor(NameOf(isUsers, clusterId));
        AddExtensions(request, isUsers);
        return request.CreateSigningRequestPem() + "\n";
    }

    /// <summary>Makes both intermediates with a CA key, which is not kept.</summary>
    /// <param name="authority">Whose key it is, first; then what is above it, up to the root. The root alone where the key is the root's.</param>
    /// <param name="key">The private key of the first.</param>
    /// <param name="clusterId">For the names of the intermediates.</param>
    /// <param name="names">Names that leaves will have, tried against name constraints.</param>
    /// <param name="now">The moment of issue.</param>
    /// <exception cref="ProblemException">GH3110, GH3111.</exception>
    public static AuthorityMaterial FromKey(
        ImmutableArray<X509Certificate2> authority, LeafKey key, string clusterId, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        return Readable(() =>
        {
            X509Certificate2 root = SplitRoot(authority, out ImmutableArray<X509Certificate2> chain);
            X509Certificate2 signer = authority[0];
            using X509Certificate2 withKey = Join(signer, key, "the CA certificate");
            AuthorityChecks.EnsureSigner(signer, "the CA certificate", now, pathLength: 1);
            X509Certificate2 nodes = Intermediate(withKey, isUsers: false, clusterId);
            X509Certificate2 users = Intermediate(withKey, isUsers: true, clusterId);
            var made = new AuthorityMaterial(root, chain, nodes, users);
            AuthorityChecks.Ensure(made, clusterId, names, now);
            return made;
        });
    }

    /// <summary>Puts together what the operator's CA has signed.</summary>
    /// <param name="nodes">The intermediate <c>nodes</c>.</param>
    /// <param name="nodesKey">Its key.</param>
    /// <param name="users">The intermediate <c>users</c>.</param>
    /// <param name="usersKey">Its key.</param>
    /// <param name="above">What is above both, the root among them, in any order.</param>
    /// <param name="clusterId">The cluster.</param>
    /// <param name="names">Names that leaves will have, tried against name constraints.</param>
    /// <param name="now">The moment of import.</param>
    /// <exception cref="ProblemException">GH3110, GH3111.</exception>
    public static AuthorityMaterial FromSigned(
        X509Certificate2 nodes,
        LeafKey nodesKey,
        X509Certificate2 users,
        LeafKey usersKey,
        IReadOnlyCollection<X509Certificate2> above,
        string clusterId,
        IReadOnlyCollection<string> names,
        DateTimeOffset now)
    {
        return Readable(() =>
        {
            ImmutableArray<X509Certificate2> path = Order(nodes, above);
            X509Certificate2 root = SplitRoot(path, out ImmutableArray<X509Certificate2> chain);
            var put = new AuthorityMaterial(
                root, chain, Join(nodes, nodesKey, "the certificate of `nodes`"), Join(users, usersKey, "the certificate of `users`"));
            AuthorityChecks.Ensure(put, clusterId, names, now);
            return put;
        });
    }

    // The platform reads parts of a certificate when they are asked for; each may turn out to be broken.
    private static AuthorityMaterial Readable(Func<AuthorityMaterial> import)
    {
        try
        {
            return import();
        }
        catch (Exception fault) when (fault is CryptographicException or System.Formats.Asn1.AsnContentException or ArgumentException or NotSupportedException)
        {
            throw CertificateProblems.AuthorityUnfit.Exception(
                "a part of the hierarchy's certificates cannot be read", "openssl x509 -noout -text -in FILE shows which", fault);
        }
    }

    // From the one below up to the root, by issuer names; what has no place there is left out.
    private static ImmutableArray<X509Certificate2> Order(X509Certificate2 below, IReadOnlyCollection<X509Certificate2> above)
    {
        ImmutableArray<X509Certificate2>.Builder path = ImmutableArray.CreateBuilder<X509Certificate2>();
        X509Certificate2 at = below;
        while (!IsSelfSigned(at) && path.Count <= above.Count)
        {
            X509Certificate2? next = above.FirstOrDefault(one => one.SubjectName.RawData.AsSpan().SequenceEqual(at.IssuerName.RawData) && !ReferenceEquals(one, at));
            if (next is null)
            {
                throw AuthorityChecks.Unfit(
                    $"nobody in these files has signed `{SigningRequest.TextOf(at.SubjectName)}`: `{SigningRequest.TextOf(at.IssuerName)}` is missing",
                    "give everything above the intermediates, the root included, with --chain FILE");
            }

            path.Add(next);
            at = next;
        }

        return path.ToImmutable();
    }

    private static X509Certificate2 SplitRoot(ImmutableArray<X509Certificate2> path, out ImmutableArray<X509Certificate2> chain)
    {
        if (path.IsDefaultOrEmpty || !IsSelfSigned(path[^1]))
        {
            throw AuthorityChecks.Unfit(
                "the hierarchy does not end in a root (a certificate signed by itself)", "give the root too: clients verify up to it");
        }

        chain = path[..^1];
        return path[^1];
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static X509Certificate2 Join(X509Certificate2 certificate, LeafKey key, string what)
    {
        if (PublicKeyFacts.HashOf(certificate.PublicKey) != PublicKeyFacts.HashOf(key.PublicKey))
        {
            throw CertificateProblems.AuthorityKeyMismatch.Exception($"the key is not that of {what}, `{SigningRequest.TextOf(certificate.SubjectName)}`");
        }

        return key.Join(certificate);
    }

    private static X509Certificate2 Intermediate(X509Certificate2 issuer, bool isUsers, string clusterId)
    {
        using LeafKey key = LeafKey.Make(KeyKind.EcdsaP256);
        CertificateRequest request = new(NameOf(isUsers, clusterId), key.PublicKey, LeafIssuer.HashOf(issuer), RSASignaturePadding.Pkcs1);
        AddExtensions(request, isUsers);
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key.PublicKey, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        using X509Certificate2 signed = LeafIssuer.Sign(request, issuer, CertificateLife.NotBefore(issuer), CertificateLife.NotAfter(issuer));
        return key.Join(signed);
    }

    private static void AddExtensions(CertificateRequest request, bool isUsers)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        OidCollection purposes = isUsers ? [new Oid(ClientAuthentication)] : [new Oid(ServerAuthentication), new Oid(ClientAuthentication)];
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, false));
    }

    private static X500DistinguishedName NameOf(bool isUsers, string clusterId)
    {
        X500DistinguishedNameBuilder name = new();
        name.AddCommonName($"{(isUsers ? UsersName : NodesName)} {clusterId[..8]}");
        return name.Build();
    }
}
