using System.Security.Cryptography;

namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// What is derived from one cluster secret for the mesh: a key for first messages and one for proofs inside of TLS
/// (HKDF-SHA256, RFC 5869). Thread-safe until it is disposed.
/// </summary>
public sealed class MeshKeys : IDisposable
{
    /// <summary>Bytes of a proof.</summary>
    public const int ProofSize = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _hello = new byte[32];
    private readonly byte[] _proof = new byte[32];

    /// <summary>Derives from a secret of 32 bytes.</summary>
    public MeshKeys(ReadOnlySpan<byte> secret)
    {
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, _hello, [], "gatehouse/secret/v1/mesh-hello"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, _proof, [], "gatehouse/secret/v1/mesh-proof"u8);
    }

    /// <summary>HMAC-SHA256 of a first message's text; 32 bytes.</summary>
    public void SignHello(ReadOnlySpan<byte> text, Span<byte> proof) => HMACSHA256.HashData(_hello, text, proof);

    /// <summary>HMAC-SHA256 of a text inside of TLS; 32 bytes.</summary>
    public void Sign(ReadOnlySpan<byte> text, Span<byte> proof) => HMACSHA256.HashData(_proof, text, proof);

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_hello);
        CryptographicOperations.ZeroMemory(_proof);
    }
}
