using System.Security.Cryptography;

namespace Gatehouse.Audit;

/// <summary>The node's key for signed records of its trail: ECDSA P-256 over SHA-256.</summary>
public interface IAuditSigner
{
    /// <summary>The public key as SubjectPublicKeyInfo (DER).</summary>
    ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>Signs a SHA-256; the signature is 64 bytes, r then s (IEEE P1363). Called by one thread at a time.</summary>
    void Sign(ReadOnlySpan<byte> hash, Span<byte> signature);
}

/// <summary>A signer over a key in memory. The caller owns the key and disposes of it after the trail.</summary>
public sealed class EcdsaAuditSigner : IAuditSigner
{
    private readonly ECDsa _key;

    /// <summary>Uses <paramref name="key"/>, which must be on P-256.</summary>
    /// <exception cref="ArgumentException">Another curve.</exception>
    public EcdsaAuditSigner(ECDsa key)
    {
        if (key.KeySize != 256)
        {
            throw new ArgumentException("the audit key must be on the curve P-256", nameof(key));
        }

        _key = key;
        PublicKey = key.ExportSubjectPublicKeyInfo();
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <inheritdoc/>
    public void Sign(ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        if (!_key.TrySignHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation, out int written) || written != 64)
        {
            throw new CryptographicException("the audit key made a signature of another size");
        }
    }
}
