using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Trust.Enrolment;

/// <summary>
/// How a node proves to a joiner that it knows the joiner's token, before the joiner says anything that is secret. A certificate
/// of the cluster alone is not enough: one that was issued to a server of any other program could answer in the node's place.
/// </summary>
public static class EnrolmentProof
{
    /// <summary>Bytes of a nonce and of a proof.</summary>
    public const int Bytes = 32;

    /// <summary>
    /// HMAC-SHA256 under the hash of the token's key, over token id, nonce and the SHA-256 of the very certificate of this
    /// connection: a proof that was fetched elsewhere fits no other connection.
    /// </summary>
    /// <param name="keyHash">SHA-256 of the token's key.</param>
    /// <param name="tokenId">16 hex digits.</param>
    /// <param name="nonce">The joiner's, 32 bytes.</param>
    /// <param name="certificateHash">SHA-256 of the server certificate (DER) of the connection.</param>
    public static byte[] Of(ReadOnlySpan<byte> keyHash, string tokenId, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> certificateHash) =>
        HMACSHA256.HashData(keyHash, (byte[])[.. Encoding.ASCII.GetBytes("gatehouse/enrolment/v1/" + tokenId + "/"), .. nonce, .. certificateHash]);

    /// <summary>Whether a key is the one whose hash is kept; in constant time.</summary>
    public static bool IsKey(ReadOnlySpan<byte> keyHash, ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key, hash);
        return CryptographicOperations.FixedTimeEquals(hash, keyHash);
    }
}
