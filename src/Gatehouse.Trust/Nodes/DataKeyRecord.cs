using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.Membership;

namespace Gatehouse.Trust.Nodes;

/// <summary>
/// Hands a data key to the nodes of the cluster. It lies in the store in clear, for who cannot open the state yet must read it:
/// the key is wrapped to each node, the keys before it are sealed under it, and an issuer has signed the whole.
/// </summary>
internal sealed record DataKeyRecord
{
    public const int CurrentFormat = 1;

    public required int Format { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>Id of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The key, wrapped to each node, by node id.</summary>
    public required SortedDictionary<string, byte[]> Wraps { get; init; }

    /// <summary>The keys before it, sealed under it: what was sealed with them stays readable.</summary>
    public required byte[] Before { get; init; }

    /// <summary>Name of the issuer that made it.</summary>
    public required string By { get; init; }

    /// <summary>Its signature: ECDSA P-256 over SHA-256, 64 bytes r and s.</summary>
    public byte[] Signature { get; init; } = [];

    public static string PurposeOf(string clusterId) => "data-key/" + clusterId;

    public static string PlaceOf(string keyId) => "trust/keys-before/" + keyId;

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, TrustJson.Default.DataKeyRecord);

    /// <summary>Reads one; null where it is none of this version.</summary>
    public static DataKeyRecord? TryRead(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, TrustJson.Default.DataKeyRecord) is { Format: CurrentFormat } record ? record : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What is signed: every field with its length before it.</summary>
    public byte[] Signed()
    {
        using var bytes = new MemoryStream();
        Add(bytes, "gatehouse/data-key/v1"u8);
        Add(bytes, Encoding.UTF8.GetBytes(ClusterId));
        Add(bytes, Encoding.UTF8.GetBytes(KeyId));
        Add(bytes, Encoding.UTF8.GetBytes(By));
        Add(bytes, Before);
        foreach ((string node, byte[] wrapped) in Wraps)
        {
            Add(bytes, Encoding.UTF8.GetBytes(node));
            Add(bytes, wrapped);
        }

        return bytes.ToArray();
    }

    /// <summary>Whether an issuer among <paramref name="known"/> has signed it.</summary>
    public bool IsSignedByIssuer(MembershipDocument known)
    {
        if (!known.Nodes.TryGetValue(By, out NodeDocument? node) || !node.IsIssuer)
        {
            return false;
        }

        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(node.SigningKey, out _);
            return key.VerifyData(Signed(), Signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void Add(MemoryStream to, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        to.Write(length);
        to.Write(field);
    }
}
