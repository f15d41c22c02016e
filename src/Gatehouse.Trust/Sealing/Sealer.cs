using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Problems;

namespace Gatehouse.Trust.Sealing;

/// <summary>
/// Seals documents: AES-256-GCM with path and generation as associated data, so that a sealed document can neither be
/// changed nor moved to another place or time. It holds a ring of keys: one seals, all open, each document names its own. Thread-safe.
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

    private readonly Lock _changing = new();

    // The first seals; all of them open.
    private volatile SealingKey[] _keys;

    /// <summary>Derives what it needs; the key itself is not kept.</summary>
    /// <param name="key">32 bytes.</param>
    internal Sealer(ReadOnlySpan<byte> key) => _keys = [new SealingKey(key)];

    private Sealer(SealingKey[] keys) => _keys = keys;

    /// <summary>Id of the key that seals, 16 lower-case hex digits.</summary>
    public string KeyId => _keys[0].Id;

    /// <summary>Ids of all keys that open.</summary>
    public IReadOnlyList<string> KeyIds => [.. _keys.Select(static key => key.Id)];

    /// <summary>Id of a key, as sealed documents carry it.</summary>
    internal static string IdOf(ReadOnlySpan<byte> key) => Convert.ToHexStringLower(SealingKey.Derive(key, "gatehouse/key-id/v1", KeyIdBytes));

    /// <summary>Id of the key that a document was sealed under, or null where it is no sealed document.</summary>
    public static string? KeyIdOf(ReadOnlySpan<byte> sealedBytes) =>
        sealedBytes.Length < Overhead || sealedBytes[0] != Version ? null : Convert.ToHexStringLower(sealedBytes.Slice(1, KeyIdBytes));

    /// <summary>Whether it opens what was sealed under a key.</summary>
    public bool Knows(string keyId) => Find(keyId) is not null;

    /// <summary>The same keys, sealing under another of them. What is accepted later is not in it.</summary>
    /// <exception cref="ProblemException">GH3022: no such key.</exception>
    public Sealer Under(string keyId)
    {
        SealingKey[] keys = _keys;
        if (keys[0].Id == keyId)
        {
            return this;
        }

        SealingKey first = Find(keyId) ?? throw TrustProblems.DataKeyUnknown.Exception(
            $"this node does not hold data key `{keyId}`", "it comes with the next change of the cluster state; look at `gatehouse status`");
        return new Sealer([first, .. keys.Where(key => key != first)]);
    }

    /// <summary>Opens with one more key from now on.</summary>
    internal void Accept(ReadOnlySpan<byte> key)
    {
        var next = new SealingKey(key);
        lock (_changing)
        {
            if (Find(next.Id) is null)
            {
                _keys = [.. _keys, next];
            }
        }
    }

    /// <summary>Seals under one of its keys from now on; false where it has no such key.</summary>
    public bool TryActivate(string keyId)
    {
        lock (_changing)
        {
            if (Find(keyId) is not { } first)
            {
                return false;
            }

            _keys = [first, .. _keys.Where(key => key != first)];
            return true;
        }
    }

    /// <summary>Seals.</summary>
    public byte[] Seal(string path, long generation, ReadOnlySpan<byte> plaintext)
    {
        byte[] result = GC.AllocateUninitializedArray<byte>(plaintext.Length + Overhead);
        SealingKey key = _keys[0];
        result[0] = Version;
        key.IdBytes.CopyTo(result.AsSpan(1));
        Span<byte> nonce = result.AsSpan(1 + KeyIdBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);

        // One cipher object a call: AesGcm holds a native context that two threads must not share.
        using AesGcm cipher = new(key.Seal, TagBytes);
        cipher.Encrypt(
            nonce,
            plaintext,
            result.AsSpan(1 + KeyIdBytes + NonceBytes, plaintext.Length),
            result.AsSpan(result.Length - TagBytes),
            AssociatedData(key, path, generation));
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
        if (sealedBytes.Length < Overhead || sealedBytes[0] != Version || Find(sealedBytes.Slice(1, KeyIdBytes)) is not { } key)
        {
            return null;
        }

        byte[] plaintext = GC.AllocateUninitializedArray<byte>(sealedBytes.Length - Overhead);
        using AesGcm cipher = new(key.Seal, TagBytes);
        try
        {
            cipher.Decrypt(
                sealedBytes.Slice(1 + KeyIdBytes, NonceBytes),
                sealedBytes[(1 + KeyIdBytes + NonceBytes)..^TagBytes],
                sealedBytes[^TagBytes..],
                plaintext,
                AssociatedData(key, path, generation));
            return plaintext;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>A name for content that tells nothing about it to who has not the key: HMAC-SHA256, 64 lower-case hex digits.</summary>
    public string NameOf(ReadOnlySpan<byte> content) => NameOf(_keys[0], content);

    /// <summary>The name that content has under the key of a document which was sealed with it.</summary>
    public string NameOf(ReadOnlySpan<byte> content, ReadOnlySpan<byte> sealedBytes) =>
        NameOf(Find(sealedBytes.Slice(1, KeyIdBytes)) ?? _keys[0], content);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SealingKey key in _keys)
        {
            key.Clear();
        }
    }

    private static string NameOf(SealingKey key, ReadOnlySpan<byte> content)
    {
        Span<byte> name = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Name, content, name);
        return Convert.ToHexStringLower(name);
    }

    // Version, key id, generation, then the path: fixed lengths first, so no two pairs give the same bytes.
    private static byte[] AssociatedData(SealingKey key, string path, long generation)
    {
        byte[] data = new byte[1 + KeyIdBytes + sizeof(long) + Encoding.UTF8.GetByteCount(path)];
        data[0] = Version;
        key.IdBytes.CopyTo(data.AsSpan(1));
        BinaryPrimitives.WriteInt64BigEndian(data.AsSpan(1 + KeyIdBytes), generation);
        Encoding.UTF8.GetBytes(path, data.AsSpan(1 + KeyIdBytes + sizeof(long)));
        return data;
    }

    private SealingKey? Find(ReadOnlySpan<byte> id)
    {
        foreach (SealingKey key in _keys)
        {
            if (id.SequenceEqual(key.IdBytes))
            {
                return key;
            }
        }

        return null;
    }

    private SealingKey? Find(string id) => Array.Find(_keys, key => string.Equals(key.Id, id, StringComparison.Ordinal));

    /// <summary>What is derived from one key.</summary>
    private sealed class SealingKey
    {
        public SealingKey(ReadOnlySpan<byte> key)
        {
            Seal = Derive(key, "gatehouse/seal/v1", 32);
            Name = Derive(key, "gatehouse/name/v1", 32);
            IdBytes = Derive(key, "gatehouse/key-id/v1", KeyIdBytes);
            Id = Convert.ToHexStringLower(IdBytes);
        }

        public byte[] Seal { get; }

        public byte[] Name { get; }

        public byte[] IdBytes { get; }

        public string Id { get; }

        public static byte[] Derive(ReadOnlySpan<byte> key, string purpose, int length)
        {
            byte[] derived = new byte[length];
            HKDF.DeriveKey(HashAlgorithmName.SHA256, key, derived, [], Encoding.ASCII.GetBytes(purpose));
            return derived;
        }

        public void Clear()
        {
            CryptographicOperations.ZeroMemory(Seal);
            CryptographicOperations.ZeroMemory(Name);
        }
    }
}
