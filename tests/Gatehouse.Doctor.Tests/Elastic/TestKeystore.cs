using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Writes a node's store of secure settings as the nodes do.</summary>
internal static class TestKeystore
{
    /// <summary>Without a password.</summary>
    public static byte[] Make(int version, params (string Name, string Value)[] entries)
    {
        using var plain = new MemoryStream();
        Number(plain, entries.Length, isLittle: false);
        foreach ((string name, string value) in entries)
        {
            Word(plain, name);
            if (version == 3)
            {
                Word(plain, "STRING");
            }

            Number(plain, Encoding.UTF8.GetByteCount(value), isLittle: false);
            plain.Write(Encoding.UTF8.GetBytes(value));
        }

        byte[] salt = RandomNumberGenerator.GetBytes(64), nonce = RandomNumberGenerator.GetBytes(12);
        byte[] key = Rfc2898DeriveBytes.Pbkdf2("", salt, version >= 6 ? 210_000 : 10_000, HashAlgorithmName.SHA512, 16);
        byte[] open = plain.ToArray(), hidden = new byte[open.Length], tag = new byte[16];
        using (var cipher = new AesGcm(key, 16))
        {
            cipher.Encrypt(nonce, open, hidden, tag, salt);
        }

        using var data = new MemoryStream();
        foreach (byte[] part in new[] { salt, nonce, [.. hidden, .. tag] })
        {
            Number(data, part.Length, version >= 5);
            data.Write(part);
        }

        using MemoryStream file = Head(version, hasPassword: false);
        Number(file, (int)data.Length, version >= 5);
        file.Write(data.ToArray());
        file.Write(new byte[16]); // Lucene's footer, which is not looked at
        return file.ToArray();
    }

    /// <summary>With a password.</summary>
    public static byte[] Locked()
    {
        using MemoryStream file = Head(6, hasPassword: true);
        return file.ToArray();
    }

    private static MemoryStream Head(int version, bool hasPassword)
    {
        var file = new MemoryStream();
        Number(file, 0x3FD76C17, isLittle: false);
        file.WriteByte((byte)"elasticsearch.keystore".Length);
        file.Write("elasticsearch.keystore"u8);
        Number(file, version, isLittle: false);
        file.WriteByte(hasPassword ? (byte)1 : (byte)0);
        return file;
    }

    private static void Number(MemoryStream to, int value, bool isLittle)
    {
        byte[] bytes = new byte[4];
        if (isLittle)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        }

        to.Write(bytes);
    }

    private static void Word(MemoryStream to, string text)
    {
        to.WriteByte((byte)(text.Length >> 8));
        to.WriteByte((byte)text.Length);
        to.Write(Encoding.UTF8.GetBytes(text));
    }
}
