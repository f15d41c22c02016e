using System.Security.Cryptography;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>Why a swarm key is no secret.</summary>
public enum SwarmKeyWeakness
{
    /// <summary>It stands in published sample configurations.</summary>
    Public,

    /// <summary>All bytes are one.</summary>
    AllEqual,

    /// <summary>A pattern of at most 8 bytes, repeated.</summary>
    Repeating,

    /// <summary>Hexadecimal digits counted up or down.</summary>
    Sequential,

    /// <summary>Text, written as bytes.</summary>
    Text,

    /// <summary>Fewer than 16 different bytes.</summary>
    FewBytes,
}

/// <summary>Tells a secret from something that somebody thought of.</summary>
public static class SwarmKeyQuality
{
    // SHA-256 of the 64 lower-case hexadecimal digits of secrets in published sample configurations.
    private static readonly byte[][] Published =
    [
        Convert.FromHexString("b918c6e08647a860eae53954fd659c55441824da5eba63027c90b4429f805a5f"),
        Convert.FromHexString("167b265ead7b5e69d506a28624ac92d052ed17cbf075d3761972d82bb037de2f"),
        Convert.FromHexString("4cfa1c9c2e70d4489cfb39441182d929d1030365f96c5b3cdc760bdb016ee374"),
        Convert.FromHexString("dbd27eb9855215e2e8b0047fa7a8f5a61f367a947bb3678fdd551e24bc1970d3"),
    ];

    /// <summary>What is wrong with 32 bytes as a secret; null for what looks random.</summary>
    public static SwarmKeyWeakness? Find(ReadOnlySpan<byte> key)
    {
        if (IsPublished(key))
        {
            return SwarmKeyWeakness.Public;
        }

        if (Repeats(key, 1))
        {
            return SwarmKeyWeakness.AllEqual;
        }

        for (int period = 2; period <= 8; period++)
        {
            if (Repeats(key, period))
            {
                return SwarmKeyWeakness.Repeating;
            }
        }

        if (Counts(key, 1) || Counts(key, -1))
        {
            return SwarmKeyWeakness.Sequential;
        }

        if (!key.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            return SwarmKeyWeakness.Text;
        }

        return Different(key) < 16 ? SwarmKeyWeakness.FewBytes : null;
    }

    private static bool IsPublished(ReadOnlySpan<byte> key)
    {
        Span<byte> digits = stackalloc byte[2 * SwarmKey.Size];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!Convert.TryToHexStringLower(key, digits, out int written) || written != digits.Length)
        {
            return false;
        }

        SHA256.HashData(digits, hash);
        CryptographicOperations.ZeroMemory(digits);
        foreach (byte[] published in Published)
        {
            if (hash.SequenceEqual(published))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Repeats(ReadOnlySpan<byte> key, int period) => key[period..].SequenceEqual(key[..^period]);

    private static bool Counts(ReadOnlySpan<byte> key, int step)
    {
        int before = key[0] >> 4;
        for (int i = 1; i < 2 * key.Length; i++)
        {
            int nibble = (i & 1) == 0 ? key[i / 2] >> 4 : key[i / 2] & 15;
            if (nibble != ((before + step) & 15))
            {
                return false;
            }

            before = nibble;
        }

        return true;
    }

    private static int Different(ReadOnlySpan<byte> key)
    {
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        int count = 0;
        foreach (byte b in key)
        {
            count += seen[b] ? 0 : 1;
            seen[b] = true;
        }

        return count;
    }
}
