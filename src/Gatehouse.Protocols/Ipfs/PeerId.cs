using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>The id of a peer, which is also the name of an IPNS key (libp2p, "Peer Ids").</summary>
public static class PeerId
{
    private const byte Key = 0x72; // multicodec libp2p-key
    private const int MaxText = 128;

    /// <summary>Reads an id in either of its forms.</summary>
    /// <param name="text">Base58 without a letter before it, or a CID of codec libp2p-key.</param>
    /// <param name="canonical">The CID in base32: one text for one peer.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? canonical)
    {
        canonical = null;
        if (text.Length is < 2 or > MaxText || !Ascii.IsValid(text))
        {
            return false;
        }

        byte[] ascii = Encoding.ASCII.GetBytes(text);
        if (ascii.AsSpan().StartsWith("Qm"u8) || ascii[0] == (byte)'1')
        {
            byte[] bytes = new byte[MaxText];
            canonical = Multibase.TryDecodeBase58(ascii, bytes, out int length) && IsId(bytes.AsSpan(0, length))
                ? Multibase.EncodeBase32([1, Key, .. bytes.AsSpan(0, length)])
                : null;
            return canonical is not null;
        }

        canonical = Cid.TryParse(ascii, out Cid? cid) && cid.Codec == Key ? cid.Text : null;
        return canonical is not null;
    }

    /// <summary>Whether it is the usual form in base58, of which there is one for each peer.</summary>
    public static bool IsPlain(string text) => text.Length > 0 && text[0] is 'Q' or '1' && TryParse(text, out _);

    // The key itself where it is short (identity), else its SHA-256.
    private static bool IsId(ReadOnlySpan<byte> bytes) =>
        Multihash.IsOne(bytes) && bytes.Length > 4 && (bytes[0] == 0 || (bytes[0] == 0x12 && bytes[1] == 32));
}
