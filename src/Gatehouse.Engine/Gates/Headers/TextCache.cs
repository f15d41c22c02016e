using System.Buffers.Binary;
using System.Text;

namespace Gatehouse.Engine.Gates.Headers;

/// <summary>
/// Strings for header names and short values that upstreams send again and again, so that a response costs no allocation
/// for them. A fixed table, overwritten on collision; contents are compared, so a stale entry is only a miss.
/// </summary>
internal static class TextCache
{
    private const int MaxLength = 64;
    private static readonly string?[] Entries = new string?[1024];

    /// <summary>The text of header bytes; what is not ASCII becomes <c>?</c>.</summary>
    public static string Get(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxLength)
        {
            return Encoding.ASCII.GetString(bytes);
        }

        ref string? entry = ref Entries[Hash(bytes) & 1023];
        string? found = Volatile.Read(ref entry);
        if (found is not null && Ascii.Equals(bytes, found))
        {
            return found;
        }

        string made = Encoding.ASCII.GetString(bytes);
        Volatile.Write(ref entry, made);
        return made;
    }

    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        ulong head = 0;
        ulong tail = 0;
        if (bytes.Length >= 8)
        {
            head = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            tail = BinaryPrimitives.ReadUInt64LittleEndian(bytes[^8..]);
        }
        else
        {
            foreach (byte b in bytes)
            {
                head = (head << 8) | b;
            }
        }

        ulong mixed = (head ^ (tail * 0x9E3779B97F4A7C15UL) ^ (ulong)bytes.Length) * 0xD6E8FEB86659FD93UL;
        return (int)(mixed >> 40);
    }
}
