using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Gatehouse.Problems;
using Gatehouse.Trust.Authorities;
using Gatehouse.Trust.Files;

namespace Gatehouse.Trust.Nodes;

/// <summary>Requests for a node's own certificates, and what comes of them.</summary>
internal static class LeafRequest
{
    private const int MaxRequest = 4096;
    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>A PKCS#10 request (RFC 2986) without extensions.</summary>
    public static byte[] Make(string nodeName, ECDsa key)
    {
        X500DistinguishedNameBuilder builder = new();
        builder.AddCommonName(nodeName);
        return new CertificateRequest(builder.Build(), key, HashAlgorithmName.SHA256).CreateSigningRequest();
    }

    /// <summary>The key of a request whose signature shows that its sender holds it; nothing else of it is looked at.</summary>
    /// <exception cref="ProblemException">GH3043.</exception>
    public static PublicKey KeyOf(ReadOnlySpan<byte> request)
    {
        try
        {
            if (request.Length <= MaxRequest)
            {
                CertificateRequest read = CertificateRequest.LoadSigningRequest(request, HashAlgorithmName.SHA256, out int used);
                using ECDsa? key = read.PublicKey.GetECDsaPublicKey();
                if (used == request.Length && key?.ExportParameters(false).Curve is { IsNamed: true } curve && curve.Oid.Value == P256)
                {
                    return read.PublicKey;
                }
            }
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or NotSupportedException)
        {
            throw TrustProblems.LeafRefused.Exception("a node's request for a certificate cannot be read", "it has to be a PKCS#10 request for a P-256 key", fault);
        }

        throw TrustProblems.LeafRefused.Exception("a node's request for a certificate is too large or not for a P-256 key", "it has to be a PKCS#10 request for a P-256 key");
    }

    /// <summary>Joins an issued certificate with its key.</summary>
    /// <exception cref="ProblemException">GH3043.</exception>
    public static IssuedCertificate Accept(LeafKind kind, ImmutableArray<byte[]> chain, ECDsa key, string clusterId, string nodeName, TrustView view)
    {
        try
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(chain[0]);
            using ECDsa? certified = leaf.GetECDsaPublicKey();
            if (certified is null || !certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                throw Refused("it is for another key");
            }

            if (kind == LeafKind.Mesh && !CertificateNames.NamesNode(leaf, ClusterCa.NodeUri(clusterId, nodeName)))
            {
                throw Refused($"it does not name node `{nodeName}` of this cluster");
            }

            // Of the active one alone: an issuer that lags behind a rotation must not bring back what this node has said is gone.
            TrustedAuthority issuer = view.Authorities[0];
            if (!issuer.SignedNode(leaf))
            {
                throw Refused("the active authority of this cluster has not signed it");
            }

            return new IssuedCertificate(leaf.CopyWithPrivateKey(key), [issuer.Nodes, .. issuer.Chain]);
        }
        catch (Exception fault) when (fault is CryptographicException or IndexOutOfRangeException or ArgumentException)
        {
            throw TrustProblems.LeafRefused.Exception("a certificate for this node cannot be read", "the node asks again by itself", fault);
        }
    }

    /// <summary>Keeps one of the node's own certificates with its key, sealed for this node alone.</summary>
    public static void Keep(TrustFiles files, NodeKey key, LeafKind kind, IssuedCertificate leaf)
    {
        LeafFile file = new() { Format = 1, Certificate = leaf.Certificate.RawData, Key = ClusterCa.KeyOf(leaf.Certificate) };
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(file, TrustJson.Default.LeafFile);
        SecretFile.Write(files.Leaf(kind), key.Sealer.Seal(PlaceOf(kind), 0, content));
        CryptographicOperations.ZeroMemory(file.Key);
        CryptographicOperations.ZeroMemory(content);
    }

    /// <summary>One of the node's own certificates as it was kept; null where there is none, or none of an authority that is accepted.</summary>
    /// <exception cref="ProblemException">GH3031.</exception>
    public static IssuedCertificate? Load(TrustFiles files, NodeKey key, LeafKind kind, TrustView view)
    {
        string path = files.Leaf(kind);
        if (SecretFile.ReadIfExists(path) is not { } content)
        {
            return null;
        }

        byte[] opened = key.Sealer.TryOpen(PlaceOf(kind), 0, content) ?? throw Broken(path, null);
        LeafFile? file = null;
        try
        {
            file = JsonSerializer.Deserialize(opened, TrustJson.Default.LeafFile);
            if (file is not { Format: 1 })
            {
                throw Broken(path, null);
            }

            X509Certificate2 leaf = ClusterCa.Join(file.Certificate, file.Key);
            return view.Authorities.FirstOrDefault(authority => authority.SignedNode(leaf)) is { } issuer
                ? new IssuedCertificate(leaf, [issuer.Nodes, .. issuer.Chain])
                : null;
        }
        catch (Exception fault) when (fault is JsonException or CryptographicException or ArgumentException)
        {
            throw Broken(path, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(file?.Key ?? []);
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private static string PlaceOf(LeafKind kind) => kind == LeafKind.Mesh ? "trust/mesh" : "trust/server";

    private static ProblemException Broken(string path, Exception? inner) =>
        TrustProblems.TrustInconsistent.Exception(
            $"`{path}` does not open with this node's key", "find out who changed it, then delete it: the next start issues a new certificate", inner);

    private static ProblemException Refused(string why) =>
        TrustProblems.LeafRefused.Exception("a certificate for this node was not put in use: " + why, "the node asks again by itself");
}
