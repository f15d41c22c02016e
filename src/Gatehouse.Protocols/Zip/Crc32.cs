using System.Buffers.Binary;

namespace Gatehouse.Protocols.Zip;

/// <summary>The check sum of zip (APPNOTE.TXT section 4.4.7), four bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    /// <summary>Goes on from <paramref name="crc"/>; 0 begins.</summary>
    public static uint Add(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] one = Tables[0];
        uint[] two = Tables[1];
        uint[] three = Tables[2];
        uint[] four = Tables[3];
        crc = ~crc;
        while (bytes.Length >= 4)
        {
            crc ^= BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            crc = four[(byte)crc] ^ three[(byte)(crc >> 8)] ^ two[(byte)(crc >> 16)] ^ one[crc >> 24];
            bytes = bytes[4..];
        }

        foreach (byte b in bytes)
        {
            crc = one[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        uint[][] tables = [new uint[256], new uint[256], new uint[256], new uint[256]];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            tables[0][i] = value;
        }

        for (int i = 0; i < 256; i++)
        {
            for (int table = 1; table < 4; table++)
            {
                uint before = tables[table - 1][i];
                tables[table][i] = (before >> 8) ^ tables[0][(byte)before];
            }
        }

        return tables;
    }
}
