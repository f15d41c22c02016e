namespace Gatehouse.Protocols.Ipfs;

/// <summary>What CIDs and peer ids are made of (multiformats): numbers of variable length, and hashes that say which they are.</summary>
internal static class Multihash
{
    /// <summary>Longest digest of the identity "hash", which is the content itself (as in Kubo's own check).</summary>
    public const int MaxIdentity = 128;

    private const int MinDigest = 20;

    /// <summary>Whether the bytes are one hash, complete, of a kind and length that Kubo takes.</summary>
    public static bool IsOne(ReadOnlySpan<byte> bytes)
    {
        if (!TryNumber(ref bytes, out ulong code) || !TryNumber(ref bytes, out ulong length) || length != (ulong)bytes.Length)
        {
            return false;
        }

        return code == 0 ? bytes.Length <= MaxIdentity : bytes.Length >= MinDigest && bytes.Length <= Longest(code);
    }

    /// <summary>An unsigned number as multiformats write it: seven bits a byte, shortest form only, 9 bytes at most.</summary>
    public static bool TryNumber(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(bytes.Length, 9); i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bool isShortest = i == 0 || bytes[i] != 0;
                bytes = bytes[(i + 1)..];
                return isShortest;
            }
        }

        return false;
    }

    // A cut digest is a different hash to nobody: Kubo takes it from 20 bytes on. Unknown kinds are refused, there and here.
    private static int Longest(ulong code) => code switch
    {
        0x11 => 20, // sha1
        0x12 or 0x16 or 0x1b or 0x56 => 32, // sha2-256, sha3-256, keccak-256, dbl-sha2-256
        0x13 or 0x14 or 0x1d => 64, // sha2-512, sha3-512, keccak-512
        0x15 or 0x1c => 48, // sha3-384, keccak-384
        0x17 or 0x1a => 28, // sha3-224, keccak-224
        0x1e => 64, // blake3
        >= 0xb201 and <= 0xb240 => (int)(code - 0xb200), // blake2b-8 to blake2b-512
        >= 0xb241 and <= 0xb260 => (int)(code - 0xb240), // blake2s-8 to blake2s-256
        _ => 0,
    };
}
