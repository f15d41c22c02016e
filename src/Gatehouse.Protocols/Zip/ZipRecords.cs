using System.Buffers.Binary;

namespace Gatehouse.Protocols.Zip;

/// <summary>Numbers of an entry as a header says them, and the flags that both headers share.</summary>
/// <param name="Flags">General purpose bit flag.</param>
/// <param name="Method">0 stored, 8 deflate.</param>
/// <param name="Crc">Check sum.</param>
/// <param name="Packed">Packed bytes.</param>
/// <param name="Unpacked">Unpacked bytes.</param>
internal readonly record struct ZipNumbers(ushort Flags, ushort Method, uint Crc, uint Packed, uint Unpacked)
{
    private const ushort Descriptor = 0x0008;
    private const ushort Utf8 = 0x0800;
    private const ushort Encrypted = 0x0001;

    // Bits 1 and 2 say how hard deflate tried.
    private const ushort Known = Descriptor | Utf8 | 0x0006;

    /// <summary>Whether the numbers follow the content.</summary>
    public bool HasDescriptor => (Flags & Descriptor) != 0;

    /// <summary>Whether the name is UTF-8.</summary>
    public bool IsUtf8 => (Flags & Utf8) != 0;

    /// <summary>Whether what is written behind the content agrees: what was left out is 0, and some writers leave out a part only.</summary>
    public bool MayBecome(ZipNumbers said) =>
        (Crc == 0 || Crc == said.Crc) && (Packed == 0 || Packed == said.Packed) && (Unpacked == 0 || Unpacked == said.Unpacked);

    /// <summary>Reads them; they stand in one order in both headers.</summary>
    /// <param name="at">From the flags on.</param>
    public static ZipNumbers Read(ReadOnlySpan<byte> at) => new(
        BinaryPrimitives.ReadUInt16LittleEndian(at),
        BinaryPrimitives.ReadUInt16LittleEndian(at[2..]),
        BinaryPrimitives.ReadUInt32LittleEndian(at[8..]),
        BinaryPrimitives.ReadUInt32LittleEndian(at[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(at[16..]));

    /// <summary>What of flags and method does not pass.</summary>
    public ZipError Check()
    {
        if ((Flags & Encrypted) != 0)
        {
            return ZipError.Encrypted;
        }

        return (Flags & ~Known) != 0 ? ZipError.Flags
            : Method is not (0 or 8) ? ZipError.Method
            : Packed == uint.MaxValue || Unpacked == uint.MaxValue ? ZipError.Zip64
            : ZipError.None;
    }
}

/// <summary>Extra fields (APPNOTE.TXT section 4.5).</summary>
internal static class ZipExtraFields
{
    /// <summary>Whether they are well-formed and none of them changes what the entry is.</summary>
    public static ZipError Check(ReadOnlySpan<byte> extra)
    {
        while (!extra.IsEmpty)
        {
            if (extra.Length < 4)
            {
                return ZipError.ExtraField;
            }

            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                return ZipError.ExtraField;
            }

            switch (id)
            {
                case 0x0001:
                    return ZipError.Zip64;
                case 0x0017 or 0x9901: // strong encryption, AES
                    return ZipError.Encrypted;
                case 0x7075 or 0x000D or 0x756E: // another name; targets of links, of PKWARE and ASi
                    return ZipError.ExtraField;
                default:
                    extra = extra[(4 + length)..];
                    break;
            }
        }

        return ZipError.None;
    }
}
