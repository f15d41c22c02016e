using System.Security.Cryptography.X509Certificates;

namespace Gatehouse.Trust;

/// <summary>Everything a running node holds of trust: identity, keys, CA and server certificate.</summary>
public sealed class NodeTrust : IDisposable
{
    internal NodeTrust()
    {
    }

    /// <summary>The node's id: 16 lower-case hex digits, made once.</summary>
    public string NodeId => throw new NotSupportedException();

    /// <summary>The node's name.</summary>
    public string NodeName => throw new NotSupportedException();

    /// <summary>The cluster's id: 32 lower-case hex digits, made once.</summary>
    public string ClusterId => throw new NotSupportedException();

    /// <summary>SHA-256 of the root certificate (DER), 64 lower-case hex digits.</summary>
    public string CaFingerprint => throw new NotSupportedException();

    /// <summary>PEM file with root and intermediates, for <c>curl --cacert</c>.</summary>
    public string CaBundlePath => throw new NotSupportedException();

    /// <summary>Where the node's own key lies.</summary>
    public string NodeKeyPath => throw new NotSupportedException();

    /// <summary>Where the highest generation seen is recorded: beside the node key, outside the data folder.</summary>
    public string HighestSeenPath => throw new NotSupportedException();

    /// <summary>Whether this start made the CA.</summary>
    public bool IsNew => throw new NotSupportedException();

    /// <summary>The root certificate, without its key.</summary>
    public X509Certificate2 Root => throw new NotSupportedException();

    /// <summary>The intermediate that signs node and server certificates, without its key.</summary>
    public X509Certificate2 NodesCa => throw new NotSupportedException();

    /// <summary>The intermediate that signs client certificates, without its key; what realm <c>pki</c> accepts.</summary>
    public X509Certificate2 UsersCa => throw new NotSupportedException();

    /// <summary>The server certificate in use, with key and chain.</summary>
    public IssuedCertificate Server => throw new NotSupportedException();

    /// <summary>Seals the cluster's documents.</summary>
    public Sealer Sealer => throw new NotSupportedException();

    /// <summary>Seals what belongs to this node alone.</summary>
    public Sealer NodeSealer => throw new NotSupportedException();

    /// <summary>The node's signing key as SubjectPublicKeyInfo (DER, ECDSA P-256).</summary>
    public ReadOnlyMemory<byte> SigningPublicKey => throw new NotSupportedException();

    /// <summary>Signs with the node's signing key: ECDSA P-256 over SHA-256, 64 bytes r and s. Thread-safe.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => throw new NotSupportedException();

    /// <summary>HMAC-SHA256 under the cluster secret and a purpose; 32 bytes.</summary>
    public byte[] SecretProof(string purpose, ReadOnlySpan<byte> data) => throw new NotSupportedException();

    /// <summary>Whether the server certificate has passed two thirds of its life.</summary>
    public bool NeedsRenewal(DateTimeOffset now) => throw new NotSupportedException();

    /// <summary>Issues a new server certificate, keeps it on disk and puts it into <see cref="Server"/>. The old one stays usable.</summary>
    public IssuedCertificate RenewServerCertificate(IReadOnlyCollection<string> names, DateTimeOffset now) =>
        throw new NotSupportedException();

    /// <summary>Issues a client certificate (CN and nothing else) by the <c>users</c> intermediate.</summary>
    public IssuedCertificate IssueClient(string name, DateTimeOffset now) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
