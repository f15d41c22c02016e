using System.Security.Cryptography;

namespace Gatehouse.Audit;

/// <summary>Checks signatures of records against keys that the caller trusts.</summary>
internal sealed class AuditSealCheck(IReadOnlyList<ReadOnlyMemory<byte>> trusted) : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create();
    private byte[] _used = [];

    /// <summary>Uses the key that a segment's first record names; false where it is not one of the trusted.</summary>
    public bool Use(byte[] publicKey)
    {
        foreach (ReadOnlyMemory<byte> key in trusted)
        {
            if (key.Span.SequenceEqual(publicKey))
            {
                if (!_used.AsSpan().SequenceEqual(publicKey))
                {
                    _key.ImportSubjectPublicKeyInfo(publicKey, out _);
                    _used = publicKey;
                }

                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a signed record's signature is by the key in use.</summary>
    public bool IsSigned(AuditRecord record)
    {
        if (_used.Length == 0 || record.Seal is not { Signature: { } signature } seal)
        {
            return false;
        }

        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha256.AppendData(AuditChain.SealDomain);
        sha256.AppendData(record.Line.Span[..seal.SignedLength]);
        Span<byte> hash = stackalloc byte[32];
        sha256.GetHashAndReset(hash);
        return _key.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
