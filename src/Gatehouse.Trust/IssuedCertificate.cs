using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Trust;

/// <summary>A certificate with its private key in memory, and the intermediates a peer needs.</summary>
public sealed class IssuedCertificate
{
    internal IssuedCertificate(X509Certificate2 certificate, ImmutableArray<X509Certificate2> chain)
    {
        Certificate = certificate;
        Chain = chain;
    }

    /// <summary>The leaf with its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Intermediates from the leaf's issuer upwards, without the root.</summary>
    public ImmutableArray<X509Certificate2> Chain { get; }

    /// <summary>Leaf and intermediates as PEM.</summary>
    public string ChainPem() => throw new NotSupportedException();

    /// <summary>The private key as PKCS#8 PEM. A secret: write it with <see cref="SecretFile"/> only.</summary>
    public string KeyPem() => throw new NotSupportedException();
}
