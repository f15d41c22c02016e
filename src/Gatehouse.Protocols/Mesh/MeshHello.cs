using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Protocols.Mesh;

/// <summary>
/// The first message of a connection, before TLS: 88 bytes that only a holder of the cluster secret can make, for one node and
/// a short time. Version 8, Unix time in milliseconds 8 (big-endian), nonce 32, zero 8, HMAC-SHA256 32 over these, the
/// cluster's id and the destination's name.
/// </summary>
public static class MeshHello
{
    /// <summary>Bytes of the message.</summary>
    public const int Size = 88;

    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = 32;

    /// <summary>Bytes of a cluster's id.</summary>
    public const int ClusterIdSize = 32;

    /// <summary>Longest name of a node in UTF-8.</summary>
    public const int MaxName = 255;

    /// <summary>How far the clocks of two nodes may be apart, milliseconds each way.</summary>
    public const long Window = 120_000;

    private const int TimeAt = 8;
    private const int NonceAt = 16;
    private const int ZeroAt = 48;
    private const int ProofAt = 56;

    /// <summary>The first eight bytes.</summary>
    public static ReadOnlySpan<byte> Version => "GHMESH01"u8;

    /// <summary>Writes the message.</summary>
    /// <param name="message">88 bytes.</param>
    /// <param name="unixMilliseconds">The caller's clock.</param>
    /// <param name="nonce">32 random bytes.</param>
    /// <param name="keys">Of the secret in use.</param>
    /// <param name="clusterId">32 ASCII characters.</param>
    /// <param name="destination">The name of the node that is called.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public static void Write(
        Span<byte> message, long unixMilliseconds, ReadOnlySpan<byte> nonce, MeshKeys keys, string clusterId, string destination)
    {
        if (message.Length != Size || nonce.Length != NonceSize)
        {
            throw new ArgumentException("a first message has 88 bytes, its nonce 32", nameof(message));
        }

        Version.CopyTo(message);
        BinaryPrimitives.WriteInt64BigEndian(message[TimeAt..], unixMilliseconds);
        nonce.CopyTo(message[NonceAt..]);
        message[ZeroAt..ProofAt].Clear();
        if (!TrySign(message[..ProofAt], keys, clusterId, destination, message[ProofAt..]))
        {
            throw new ArgumentException("the cluster's id or the node's name is too long", nameof(destination));
        }
    }

    /// <summary>Takes a message apart without looking at its proof; false when it is not of this form.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, out long unixMilliseconds, out ReadOnlySpan<byte> nonce)
    {
        unixMilliseconds = 0;
        nonce = default;
        if (message.Length != Size || !message.StartsWith(Version) || message[ZeroAt..ProofAt].ContainsAnyExcept((byte)0))
        {
            return false;
        }

        unixMilliseconds = BinaryPrimitives.ReadInt64BigEndian(message[TimeAt..]);
        nonce = message.Slice(NonceAt, NonceSize);
        return unixMilliseconds >= 0;
    }

    /// <summary>Whether a holder of the secret made the message for this node. Constant time.</summary>
    public static bool IsProvenBy(MeshKeys keys, ReadOnlySpan<byte> message, string clusterId, string node)
    {
        Span<byte> proof = stackalloc byte[MeshKeys.ProofSize];
        return message.Length == Size
            && TrySign(message[..ProofAt], keys, clusterId, node, proof)
            && CryptographicOperations.FixedTimeEquals(proof, message[ProofAt..]);
    }

    /// <summary>The sender's clock minus this node's, milliseconds; positive: the sender is ahead. Saturates.</summary>
    public static long Skew(long unixMilliseconds, long now) =>
        unixMilliseconds >= now ? Math.Max(unixMilliseconds - now, 0) : -Math.Max(now - unixMilliseconds, 0);

    /// <summary>Whether a skew is within the window.</summary>
    public static bool IsInWindow(long skew) => skew is >= -Window and <= Window;

    private static bool TrySign(ReadOnlySpan<byte> head, MeshKeys keys, string clusterId, string node, Span<byte> proof)
    {
        Span<byte> text = stackalloc byte[ProofAt + ClusterIdSize + MaxName];
        head.CopyTo(text);
        if (clusterId.Length != ClusterIdSize || Encoding.ASCII.GetBytes(clusterId, text[ProofAt..]) != ClusterIdSize
            || !Encoding.UTF8.TryGetBytes(node, text[(ProofAt + ClusterIdSize)..], out int length) || length == 0)
        {
            return false;
        }

        keys.SignHello(text[..(ProofAt + ClusterIdSize + length)], proof);
        return true;
    }
}
