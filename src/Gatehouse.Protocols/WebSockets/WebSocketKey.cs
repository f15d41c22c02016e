using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Protocols.WebSockets;

/// <summary><c>Sec-WebSocket-Key</c> and its answer (RFC 6455 sections 4.1 and 4.2.2).</summary>
public static class WebSocketKey
{
    /// <summary>Length of a key in characters: the Base64 of 16 bytes.</summary>
    public const int Length = 24;

    private const int Bytes = 16;

    /// <summary>Whether it is the Base64 of 16 bytes in its one spelling: unused bits 0, padded, nothing around.</summary>
    public static bool IsCanonical(ReadOnlySpan<byte> key)
    {
        Span<byte> decoded = stackalloc byte[Bytes];
        Span<byte> again = stackalloc byte[Length];
        return key.Length == Length
            && Base64.DecodeFromUtf8(key, decoded, out int used, out int written) == System.Buffers.OperationStatus.Done
            && used == Length && written == Bytes
            && Base64.EncodeToUtf8(decoded, again, out _, out _) == System.Buffers.OperationStatus.Done
            && again.SequenceEqual(key);
    }

    /// <summary>A new one for random bytes.</summary>
    /// <param name="random">16 bytes.</param>
    public static string Make(ReadOnlySpan<byte> random) =>
        random.Length == Bytes ? Convert.ToBase64String(random) : throw new ArgumentException("a key is made of 16 bytes", nameof(random));

    /// <summary>The value of <c>Sec-WebSocket-Accept</c> for a key.</summary>
    public static string Accept(string key)
    {
#pragma warning disable CA5350 // RFC 6455 says SHA-1; it proves that the other side speaks WebSocket, nothing more.
        byte[] hash = SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
