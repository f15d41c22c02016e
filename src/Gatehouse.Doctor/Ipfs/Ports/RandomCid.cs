using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Ipfs.Ports;

/// <summary>The name of content that nobody has (multiformats, CID version 1: raw bytes, SHA-256, base32), to look something up that is not there.</summary>
internal static class RandomCid
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>A new one.</summary>
    public static string Make()
    {
        byte[] bytes = [1, 0x55, 0x12, 0x20, .. RandomNumberGenerator.GetBytes(32)];
        var text = new StringBuilder("b");
        int bits = 0, held = 0;
        foreach (byte b in bytes)
        {
            held = (held << 8) | b;
            for (bits += 8; bits >= 5; bits -= 5)
            {
                text.Append(Alphabet[(held >> (bits - 5)) & 31]);
            }

            held &= (1 << bits) - 1;
        }

        return bits == 0 ? text.ToString() : text.Append(Alphabet[(held << (5 - bits)) & 31]).ToString();
    }
}
