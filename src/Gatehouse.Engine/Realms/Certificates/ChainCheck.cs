using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Certificates;

namespace Gatehouse.Engine.Realms.Certificates;

/// <summary>
/// The authorities of a realm.
/// </summary>
/// <param name="Anchors">One of these must stand above the certificate.</param>
/// <param name="Supporting">What completes the chain of an anchor that is no root; does not vouch by itself.</param>
internal sealed record CertificateAuthorities(X509Certificate2Collection Anchors, X509Certificate2Collection Supporting)
{
    /// <summary>All of them.</summary>
    public X509Certificate2Collection All { get; } = [.. Anchors, .. Supporting];
}

/// <summary>Whether a certificate is good for a client and comes from the realm's authorities. Asks nobody, downloads nothing.</summary>
internal sealed class ChainCheck(CertificateAuthorities authorities)
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int MinRsaBits = 2048;

    // MD5 and SHA-1 with RSA, SHA-1 with ECDSA and DSA.
    private static readonly string[] BrokenSignatures = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1", "1.2.840.10040.4.3"];

    /// <summary>Judges it; the reason when it is not good, else null and its chain from the leaf up to the anchor.</summary>
    public string? Check(X509Certificate2 leaf, DateTimeOffset now, out X509Certificate2[] path)
    {
        path = [];
        if (now.UtcDateTime < leaf.NotBefore.ToUniversalTime())
        {
            return CertificateReasons.NotYet;
        }

        if (now.UtcDateTime > leaf.NotAfter.ToUniversalTime())
        {
            return CertificateReasons.Expired;
        }

        if (!IsForClients(leaf))
        {
            return CertificateReasons.Purpose;
        }

        using var chain = new X509Chain { ChainPolicy = MakePolicy(now) };
        bool isBuilt = chain.Build(leaf);
        X509Certificate2[] elements = [.. chain.ChainElements.Select(static e => e.Certificate)];
        int anchor = Array.FindIndex(elements, 1, IsAnchor);
        if (anchor < 0 || !(isBuilt || EndsAtAnchor(chain, anchor)))
        {
            return CertificateReasons.Untrusted;
        }

        // The anchor itself is the operator's choice; its own signature proves nothing.
        path = elements[..(anchor + 1)];
        return Array.Exists(path[..anchor], IsWeak) ? CertificateReasons.Weak : null;
    }

    /// <summary>Whether an extension says so: without it the chain's policy takes it for good for anything (RFC 5280 section 4.2.1.12).</summary>
    private static bool IsForClients(X509Certificate2 leaf)
    {
        X509EnhancedKeyUsageExtension[] purposes = [.. leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()];
        return purposes.Length == 1
            && purposes[0].EnhancedKeyUsages.Cast<Oid>().Any(static o => o.Value == ClientAuthentication)
            && leaf.Extensions.OfType<X509KeyUsageExtension>().All(static u => u.KeyUsages.HasFlag(X509KeyUsageFlags.DigitalSignature))
            && !leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(static b => b.CertificateAuthority);
    }

    private static bool IsWeak(X509Certificate2 certificate)
    {
        if (BrokenSignatures.Contains(certificate.SignatureAlgorithm.Value, StringComparer.Ordinal))
        {
            return true;
        }

        using RSA? rsa = certificate.GetRSAPublicKey();
        return rsa?.KeySize < MinRsaBits;
    }

    // An intermediate that is trusted without its root: everything but the missing top must be in order.
    private static bool EndsAtAnchor(X509Chain chain, int anchor) =>
        anchor == chain.ChainElements.Count - 1 && chain.ChainStatus.All(static s => s.Status == X509ChainStatusFlags.PartialChain);

    private bool IsAnchor(X509Certificate2 certificate) =>
        authorities.Anchors.Any(a => a.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));

    private X509ChainPolicy MakePolicy(DateTimeOffset now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationFlags = X509VerificationFlags.NoFlag,
            VerificationTime = now.UtcDateTime,
            VerificationTimeIgnored = false,
        };
        policy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        policy.CustomTrustStore.AddRange(authorities.All);
        return policy;
    }
}
