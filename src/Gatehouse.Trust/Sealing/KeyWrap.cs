using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Trust.Sealing;

/// <summary>
/// Wraps a secret to a node's public key: ephemeral ECDH on P-256, HKDF-SHA256 over both public keys and the purpose,
/// AES-256-GCM. Format: version 1, length of the ephemeral key 1, ephemeral SubjectPublicKeyInfo, ciphertext, tag 16.
/// </summary>
internal static class KeyWrap
{
    private const byte Version = 1;
    private const int TagBytes = 16;
    private const int NonceBytes = 12;
    private const int KeyBytes = 32;

    /// <summary>Wraps to the holder of <paramref name="recipient"/> (SubjectPublicKeyInfo).</summary>
    public static byte[] Wrap(ReadOnlySpan<byte> recipient, string purpose, ReadOnlySpan<byte> secret)
    {
        using ECDiffieHellman to = ECDiffieHellman.Create();
        to.ImportSubjectPublicKeyInfo(recipient, out _);
        using ECDiffieHellman ephemeral = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        byte[] ephemeralKey = ephemeral.ExportSubjectPublicKeyInfo();
        byte[] keyAndNonce = Agree(ephemeral, to.PublicKey, ephemeralKey, recipient, purpose);
        byte[] result = new byte[2 + ephemeralKey.Length + secret.Length + TagBytes];
        result[0] = Version;
        result[1] = checked((byte)ephemeralKey.Length);
        ephemeralKey.CopyTo(result, 2);
        int start = 2 + ephemeralKey.Length;
        using AesGcm cipher = new(keyAndNonce.AsSpan(0, KeyBytes), TagBytes);

        // The nonce comes from the same derivation: the key is used for this one message.
        cipher.Encrypt(
            keyAndNonce.AsSpan(KeyBytes),
            secret,
            result.AsSpan(start, secret.Length),
            result.AsSpan(start + secret.Length),
            result.AsSpan(0, start));
        CryptographicOperations.ZeroMemory(keyAndNonce);
        return result;
    }

    /// <summary>Unwraps; null where it was changed, or wrapped to another key or for another purpose.</summary>
    public static byte[]? TryUnwrap(ECDiffieHellman own, string purpose, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < 2 || wrapped[0] != Version || wrapped.Length < 2 + wrapped[1] + TagBytes)
        {
            return null;
        }

        int start = 2 + wrapped[1];
        ReadOnlySpan<byte> ephemeralKey = wrapped[2..start];
        byte[]? keyAndNonce = null;
        try
        {
            using ECDiffieHellman from = ECDiffieHellman.Create();
            from.ImportSubjectPublicKeyInfo(ephemeralKey, out _);
            keyAndNonce = Agree(own, from.PublicKey, ephemeralKey, own.ExportSubjectPublicKeyInfo(), purpose);
            byte[] secret = new byte[wrapped.Length - start - TagBytes];
            using AesGcm cipher = new(keyAndNonce.AsSpan(0, KeyBytes), TagBytes);
            cipher.Decrypt(keyAndNonce.AsSpan(KeyBytes), wrapped[start..^TagBytes], wrapped[^TagBytes..], secret, wrapped[..start]);
            return secret;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException or PlatformNotSupportedException)
        {
            // A point off the curve (which .NET calls unsupported), another curve or a bad tag: all the same to the caller.
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(keyAndNonce);
        }
    }

    private static byte[] Agree(
        ECDiffieHellman own, ECDiffieHellmanPublicKey other, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> recipient, string purpose)
    {
        byte[] shared = own.DeriveRawSecretAgreement(other);
        byte[] keyAndNonce = new byte[KeyBytes + NonceBytes];
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256, shared, keyAndNonce, [.. ephemeral, .. recipient], Encoding.UTF8.GetBytes("gatehouse/wrap/v1/" + purpose));
        CryptographicOperations.ZeroMemory(shared);
        return keyAndNonce;
    }
}
