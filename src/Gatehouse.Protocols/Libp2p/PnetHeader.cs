using System.Security.Cryptography;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>
/// How a connection of a private network begins (libp2p's specs, pnet/Private-Networks-PSK-V1): 24 random bytes in clear, then
/// everything encrypted, first of all the 20 bytes of the multistream header. Knowing these is what makes a key provable.
/// </summary>
public static class PnetHeader
{
    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = XSalsa20.NonceSize;

    /// <summary>Bytes of the multistream header.</summary>
    public const int HeaderSize = 20;

    /// <summary>Nonce and header: what proves a key.</summary>
    public const int ProofSize = NonceSize + HeaderSize;

    /// <summary>The multistream header: its length with the line end, and the protocol's name.</summary>
    public static ReadOnlySpan<byte> Header => "\u0013/multistream/1.0.0\n"u8;

    /// <summary>The header and a first proposal, as an initiator sends them.</summary>
    public static ReadOnlySpan<byte> Proposal => "\u0013/multistream/1.0.0\n\u0007/noise\n"u8;

    /// <summary>Whether bytes begin as a connection without a private network does; short ones as far as they go.</summary>
    public static bool IsClear(ReadOnlySpan<byte> first) =>
        !first.IsEmpty && first[..Math.Min(first.Length, HeaderSize)].SequenceEqual(Header[..Math.Min(first.Length, HeaderSize)]);

    /// <summary>Whether the first 44 bytes were sent by somebody who holds the key. Constant time.</summary>
    public static bool IsProvenBy(SwarmKey key, ReadOnlySpan<byte> first)
    {
        if (first.Length < ProofSize)
        {
            return false;
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        first.Slice(NonceSize, HeaderSize).CopyTo(header);
        using (XSalsa20 cipher = key.Cipher(first[..NonceSize]))
        {
            cipher.Apply(header);
        }

        bool isProven = CryptographicOperations.FixedTimeEquals(header, Header);
        header.Clear();
        return isProven;
    }
}
