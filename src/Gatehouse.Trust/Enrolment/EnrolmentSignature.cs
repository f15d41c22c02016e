using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Trust.Enrolment;

/// <summary>
/// What a node signs with its signing key when it joins or asks for a certificate: the step's name, then every field, each with
/// its length before it, so that no two lists of fields give the same bytes.
/// </summary>
public static class EnrolmentSignature
{
    /// <summary>Longest public key that is looked at, in bytes.</summary>
    public const int MostKey = 256;

    private const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>The bytes to sign.</summary>
    public static byte[] Bytes(string step, params ReadOnlySpan<byte[]> fields)
    {
        using var bytes = new MemoryStream();
        Add(bytes, Encoding.ASCII.GetBytes("gatehouse/signed/v1/" + step));
        foreach (byte[] field in fields)
        {
            Add(bytes, field);
        }

        return bytes.ToArray();
    }

    /// <summary>Texts as one field: their count and each with its length.</summary>
    public static byte[] Texts(IReadOnlyCollection<string> texts)
    {
        using var bytes = new MemoryStream();
        foreach (string text in texts)
        {
            Add(bytes, Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    /// <summary>Whether a P-256 key (SubjectPublicKeyInfo) signed the bytes: ECDSA over SHA-256, 64 bytes r and s. False for whatever is no such key.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length > MostKey || signature.Length != 64)
        {
            return false;
        }

        try
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out int used);
            return used == publicKey.Length && IsP256(key.ExportParameters(false).Curve)
                && key.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        }
        catch (Exception fault) when (fault is CryptographicException or PlatformNotSupportedException)
        {
            // A point off the curve, or another algorithm.
            return false;
        }
    }

    /// <summary>Whether it is a P-256 key (SubjectPublicKeyInfo) that secrets can be wrapped to.</summary>
    public static bool IsWrapKey(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length > MostKey)
        {
            return false;
        }

        try
        {
            using ECDiffieHellman key = ECDiffieHellman.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out int used);
            return used == publicKey.Length && IsP256(key.ExportParameters(false).Curve);
        }
        catch (Exception fault) when (fault is CryptographicException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    // By its name: a curve that is spelled out in numbers has none.
    private static bool IsP256(ECCurve curve) => curve.IsNamed && curve.Oid.Value == P256;

    private static void Add(MemoryStream to, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        to.Write(length);
        to.Write(field);
    }
}
