using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Audit;

/// <summary>
/// The code of a denial: node, segment, number of the denial and 40 random bits as Crockford base32 with a check
/// character, <c>GH-XXXX-XXXX-XXXX-XXXX-XXXX</c>. It says where to look, and cannot be guessed.
/// </summary>
/// <param name="Node">12 bits of a hash of the node's name.</param>
/// <param name="Segment">Number of the segment that was written when it was made, modulo 2^20. The record may stand in a later one.</param>
/// <param name="Sequence">Number of the denial since the start, modulo 2^23.</param>
/// <param name="Random">40 random bits.</param>
public readonly record struct ReceiptCode(int Node, int Segment, int Sequence, long Random)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int Length = 27;

    /// <summary>A new code with fresh random bits.</summary>
    public static ReceiptCode New(int node, int segment, int sequence)
    {
        Span<byte> random = stackalloc byte[8];
        random.Clear();
        RandomNumberGenerator.Fill(random[..5]);
        return new ReceiptCode(node & 0xFFF, segment & 0xFFFFF, sequence & 0x7FFFFF, BitConverter.ToInt64(random));
    }

    /// <summary>The 12 bits that stand for a node's name.</summary>
    public static int NodeBits(string node)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes(node), hash);
        return ((hash[0] << 8) | hash[1]) & 0xFFF;
    }

    /// <summary>The code as it is shown and written into the record.</summary>
    public override string ToString() => string.Create(Length, this, static (text, code) => code.Write(text));

    /// <summary>
    /// Reads a code as a person may type it: any case, with or without groups and prefix, <c>O</c> for 0, <c>I</c> and
    /// <c>L</c> for 1. False also where the check character says that it was mistyped.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ReceiptCode code)
    {
        code = default;
        text = text.Trim();
        if (text.StartsWith("GH-", StringComparison.OrdinalIgnoreCase))
        {
            text = text[3..];
        }

        Span<byte> digits = stackalloc byte[20];
        int count = 0;
        foreach (char c in text)
        {
            if (c is '-' or ' ')
            {
                continue;
            }

            int digit = DigitOf(c);
            if (digit < 0 || count == digits.Length)
            {
                return false;
            }

            digits[count++] = (byte)digit;
        }

        if (count != digits.Length || digits[19] != CheckOf(digits[..19]))
        {
            return false;
        }

        UInt128 bits = 0;
        foreach (byte digit in digits[..19])
        {
            bits = (bits << 5) | digit;
        }

        code = new ReceiptCode(
            (int)(uint)(bits >> 83), (int)(uint)(bits >> 63) & 0xFFFFF, (int)(uint)(bits >> 40) & 0x7FFFFF, (long)(ulong)bits & 0xFF_FFFF_FFFF);
        return true;
    }

    private void Write(Span<char> text)
    {
        UInt128 bits = ((UInt128)(uint)Node << 83) | ((UInt128)(uint)Segment << 63) | ((UInt128)(uint)Sequence << 40) | (ulong)Random;
        Span<byte> digits = stackalloc byte[20];
        for (int i = 18; i >= 0; i--)
        {
            digits[i] = (byte)((uint)bits & 31);
            bits >>= 5;
        }

        digits[19] = (byte)CheckOf(digits[..19]);
        "GH".CopyTo(text);
        int at = 2;
        for (int i = 0; i < digits.Length; i++)
        {
            if (i % 4 == 0)
            {
                text[at++] = '-';
            }

            text[at++] = Alphabet[digits[i]];
        }
    }

    /// <summary>A weighted sum modulo 31: finds each single wrong character but 0 for Z, and most swapped neighbours.</summary>
    private static int CheckOf(ReadOnlySpan<byte> digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            sum += (i + 1) * digits[i];
        }

        return sum % 31;
    }

    private static int DigitOf(char c) => char.ToUpperInvariant(c) switch
    {
        'O' => 0,
        'I' or 'L' => 1,
        char upper => Alphabet.IndexOf(upper, StringComparison.Ordinal),
    };
}
