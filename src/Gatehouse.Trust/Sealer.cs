using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Problems;

namespace Gatehouse.Trust;

/// <summary>
/// Seals documents: AES-256-GCM with path and generation as associated data, so that a sealed document can neither be
/// changed nor moved to another place or time. Thread-safe.
/// Format: version 1, key id 8, nonce 12, ciphertext, tag 16.
/// </summary>
public sealed class Sealer : IDisposable
{
    /// <summary>Bytes that sealing adds.</summary>
    public const int Overhead = 1 + KeyIdBytes + NonceBytes + TagBytes;

    private const byte Version = 1;
    private const int KeyIdBytes = 8;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _sealKey;
    private readonly byte[] _nameKey;
    private readonly byte[] _keyId;

    /// <summary>Derives what it needs; the key itself is not kept.</summary>
    /// <param name="key">32 bytes.</param>
    internal Sealer(ReadOnlySpan<byte> key)
    {
        _sealKey = Derive(key, "gatehouse/seal/v1", 32);
        _nameKey = Derive(key, "gatehouse/name/v1", 32);
        _keyId = Derive(key, "gatehouse/key-id/v1", KeyIdBytes);
    }

    /// <summary>Seals.</summary>
    public byte[] Seal(string path, long generation, ReadOnlySpan<byte> plaintext)
    {
        byte[] result = GC.AllocateUninitializedArray<byte>(plaintext.Length + Overhead);
        result[0] = Version;
        _keyId.CopyTo(result.AsSpan(1));
        Span<byte> nonce = result.AsSpan(1 + KeyIdBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);

        // One cipher object a call: AesGcm holds a native context that two threads must not share.
        using AesGcm cipher = new(_sealKey, TagBytes);
        cipher.Encrypt(
            nonce,
            plaintext,
            result.AsSpan(1 + KeyIdBytes + NonceBytes, plaintext.Length),
            result.AsSpan(result.Length - TagBytes),
            AssociatedData(path, generation));
        return result;
    }

    /// <summary>Opens what <see cref="Seal"/> made for the very same path and generation.</summary>
    /// <exception cref="ProblemException">GH3020.</exception>
    public byte[] Open(string path, long generation, ReadOnlySpan<byte> sealedBytes) =>
        TryOpen(path, generation, sealedBytes)
        ?? throw TrustProblems.SealBroken.Exception(
            $"`{path}` does not open with this node's keys", "it was changed, moved from elsewhere, or sealed under another key; put back the right one");

    /// <summary>Opens; null where it was changed, moved to another path or generation, or sealed under another key.</summary>
    public byte[]? TryOpen(string path, long generation, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < Overhead || sealedBytes[0] != Version || !sealedBytes.Slice(1, KeyIdBytes).SequenceEqual(_keyId))
        {
            return null;
        }

        byte[] plaintext = GC.AllocateUninitializedArray<byte>(sealedBytes.Length - Overhead);
        using AesGcm cipher = new(_sealKey, TagBytes);
        try
        {
            cipher.Decrypt(
                sealedBytes.Slice(1 + KeyIdBytes, NonceBytes),
                sealedBytes[(1 + KeyIdBytes + NonceBytes)..^TagBytes],
                sealedBytes[^TagBytes..],
                plaintext,
                AssociatedData(path, generation));
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A name for content that tells nothing about it to who has not the key: HMAC-SHA256, 64 lower-case hex digits.</summary>
    public string NameOf(ReadOnlySpan<byte> content)
    {
        Span<byte> name = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_nameKey, content, name);
        return Convert.ToHexStringLower(name);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_sealKey);
        CryptographicOperations.ZeroMemory(_nameKey);
    }

    private static byte[] Derive(ReadOnlySpan<byte> key, string purpose, int length)
    {
        byte[] derived = new byte[length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, [], Encoding.ASCII.GetBytes(purpose));
        return derived;
    }

    // Version, key id, generation, then the path: fixed lengths first, so no two pairs give the same bytes.
    private byte[] AssociatedData(string path, long generation)
    {
        byte[] data = new byte[1 + KeyIdBytes + sizeof(long) + Encoding.UTF8.GetByteCount(path)];
        data[0] = Version;
        _keyId.CopyTo(data.AsSpan(1));
        BinaryPrimitives.WriteInt64BigEndian(data.AsSpan(1 + KeyIdBytes), generation);
        Encoding.UTF8.GetBytes(path, data.AsSpan(1 + KeyIdBytes + sizeof(long)));
        return data;
    }
}
