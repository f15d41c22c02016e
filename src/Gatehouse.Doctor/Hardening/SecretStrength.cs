using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Hardening;

/// <summary>Whether a secret that is there may stay. In doubt it goes.</summary>
internal static class SecretStrength
{
    /// <summary>Shortest password or cookie that stays.</summary>
    public const int LeastWord = 24;

    private const int LeastDifferent = 10;

    // SHA-256 of 64 lower-case digits that stand in published sample files.
    private static readonly FrozenSet<string> Published = FrozenSet.Create(
        StringComparer.Ordinal,
        "b918c6e08647a860eae53954fd659c55441824da5eba63027c90b4429f805a5f",
        "167b265ead7b5e69d506a28624ac92d052ed17cbf075d3761972d82bb037de2f",
        "4cfa1c9c2e70d4489cfb39441182d929d1030365f96c5b3cdc760bdb016ee374",
        "dbd27eb9855215e2e8b0047fa7a8f5a61f367a947bb3678fdd551e24bc1970d3");

    /// <summary>What is wrong with the secret of a private swarm (64 hexadecimal digits), or null.</summary>
    public static string? FaultOfKey(string? secret)
    {
        if (string.IsNullOrEmpty(secret))
        {
            return "it is empty";
        }

        if (secret.Length != 64 || !secret.All(char.IsAsciiHexDigit))
        {
            return "it is not 64 hexadecimal digits";
        }

        byte[] key = Convert.FromHexString(secret);
        return Published.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(secret.ToLowerInvariant())))) ? "it stands in a published example"
            : Repeats(key) || key.Distinct().Count() < 16 || IsCounted(secret) || key.All(static b => b is >= 0x20 and < 0x7f) ? "it can be guessed"
            : null;
    }

    /// <summary>Whether a password, token or cookie is long and mixed enough, and no name that stands beside it.</summary>
    public static bool IsGoodWord(string? word, params ReadOnlySpan<string> notThese) =>
        word is { Length: >= LeastWord } && word.Distinct().Count() >= LeastDifferent && !notThese.Contains(word) && !Repeats(Encoding.UTF8.GetBytes(word));

    private static bool Repeats(byte[] bytes)
    {
        for (int length = 1; length <= 8; length++)
        {
            int period = length;
            if (bytes.Length > period && Enumerable.Range(period, bytes.Length - period).All(i => bytes[i] == bytes[i - period]))
            {
                return true;
            }
        }

        return false;
    }

    // 0123456789abcdef0123..., upwards or downwards.
    private static bool IsCounted(string digits)
    {
        int[] values = [.. digits.Select(static c => Convert.ToInt32(c.ToString(), 16))];
        int step = (values[1] - values[0]) & 15;
        return step is 1 or 15 && values.Zip(values.Skip(1)).All(pair => ((pair.Second - pair.First) & 15) == step);
    }
}
