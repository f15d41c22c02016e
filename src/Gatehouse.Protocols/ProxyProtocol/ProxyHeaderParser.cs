using System.Buffers.Binary;
using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Text;

namespace Gatehouse.Protocols.ProxyProtocol;

/// <summary>
/// Reads PROXY protocol headers strictly. <c>UNKNOWN</c>, <c>AF_UNSPEC</c>, UDP and Unix addresses are refused: a gate decides
/// on the client's address and must have one. Pure.
/// </summary>
public static class ProxyHeaderParser
{
    /// <summary>Longest header read: version 2 with 4 KiB of addresses and TLVs.</summary>
    public const int MaxLength = FixedLength + MaxBody;

    private const int FixedLength = 16;
    private const int MaxBody = 4096;
    private const int MaxTextLength = 107;
    private const byte CrcType = 0x03;

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads a header from the beginning of a connection.</summary>
    /// <param name="data">All bytes received so far.</param>
    /// <param name="header">The header when parsed.</param>
    /// <param name="consumed">Its length when parsed.</param>
    public static ProxyHeaderStatus Parse(ReadOnlySpan<byte> data, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        if (data.IsEmpty)
        {
            return ProxyHeaderStatus.NeedMore;
        }

        return data[0] == (byte)'P' ? ParseText(data, out header, out consumed) : ParseBinary(data, out header, out consumed);
    }

    // Section 2.1: "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", at most 107 bytes, single spaces.
    private static ProxyHeaderStatus ParseText(ReadOnlySpan<byte> data, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        ReadOnlySpan<byte> prefix = "PROXY TCP"u8;
        int common = Math.Min(prefix.Length, data.Length);
        if (!data[..common].SequenceEqual(prefix[..common]))
        {
            return ProxyHeaderStatus.Invalid;
        }

        ReadOnlySpan<byte> window = data[..Math.Min(data.Length, MaxTextLength)];
        int end = window.IndexOf((byte)'\n');
        if (end < 0)
        {
            return data.Length >= MaxTextLength ? ProxyHeaderStatus.Invalid : ProxyHeaderStatus.NeedMore;
        }

        if (end < prefix.Length + 2 || window[end - 1] != (byte)'\r' || window[prefix.Length + 1] != (byte)' ')
        {
            return ProxyHeaderStatus.Invalid;
        }

        AddressFamily? family = window[prefix.Length] switch
        {
            (byte)'4' => AddressFamily.InterNetwork,
            (byte)'6' => AddressFamily.InterNetworkV6,
            _ => null,
        };
        ReadOnlySpan<byte> fields = window[(prefix.Length + 2)..(end - 1)];
        if (family is null
            || !TryReadAddress(ref fields, family.Value, out IPAddress? source)
            || !TryReadAddress(ref fields, family.Value, out IPAddress? destination)
            || !TryReadPort(ref fields, false, out int sourcePort)
            || !TryReadPort(ref fields, true, out int destinationPort))
        {
            return ProxyHeaderStatus.Invalid;
        }

        header = new ProxyHeader(new IPEndPoint(source, sourcePort), new IPEndPoint(destination, destinationPort));
        consumed = end + 1;
        return ProxyHeaderStatus.Parsed;
    }

    // Section 2.2: signature, version and command, family and protocol, length, addresses, TLVs.
    private static ProxyHeaderStatus ParseBinary(ReadOnlySpan<byte> data, out ProxyHeader header, out int consumed)
    {
        header = default;
        consumed = 0;
        int common = Math.Min(Signature.Length, data.Length);
        if (!data[..common].SequenceEqual(Signature[..common]))
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (data.Length < FixedLength)
        {
            return ProxyHeaderStatus.NeedMore;
        }

        bool isLocal = data[12] == 0x20;
        int length = BinaryPrimitives.ReadUInt16BigEndian(data[14..]);
        if ((!isLocal && data[12] != 0x21) || length > MaxBody)
        {
            return ProxyHeaderStatus.Invalid;
        }

        if (data.Length < FixedLength + length)
        {
            return ProxyHeaderStatus.NeedMore;
        }

        ReadOnlySpan<byte> whole = data[..(FixedLength + length)];
        int addresses = data[13] switch { 0x11 => 12, 0x21 => 36, _ => isLocal ? 0 : -1 };
        bool isKnown = addresses > 0;

        // LOCAL carries nothing that counts; of an unknown family not even the place of the TLVs is known.
        if (isLocal && !isKnown)
        {
            consumed = whole.Length;
            return ProxyHeaderStatus.Parsed;
        }

        if (addresses < 0 || length < addresses || !AreTlvsGood(whole, FixedLength + addresses))
        {
            return ProxyHeaderStatus.Invalid;
        }

        header = isLocal ? default : ReadAddresses(whole.Slice(FixedLength, addresses));
        consumed = whole.Length;
        return ProxyHeaderStatus.Parsed;
    }

    private static ProxyHeader ReadAddresses(ReadOnlySpan<byte> block)
    {
        int size = (block.Length - 4) / 2;
        return new ProxyHeader(
            new IPEndPoint(new IPAddress(block[..size]), BinaryPrimitives.ReadUInt16BigEndian(block[(2 * size)..])),
            new IPEndPoint(new IPAddress(block.Slice(size, size)), BinaryPrimitives.ReadUInt16BigEndian(block[((2 * size) + 2)..])));
    }

    // Section 2.2.3: a checksum that is there must be right, and TLVs must fill the rest exactly.
    private static bool AreTlvsGood(ReadOnlySpan<byte> whole, int position)
    {
        bool seenCrc = false;
        while (position < whole.Length)
        {
            if (whole.Length - position < 3)
            {
                return false;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(whole[(position + 1)..]);
            if (length > whole.Length - position - 3)
            {
                return false;
            }

            if (whole[position] == CrcType)
            {
                if (seenCrc || length != 4 || !IsCrcGood(whole, position + 3))
                {
                    return false;
                }

                seenCrc = true;
            }

            position += 3 + length;
        }

        return true;
    }

    private static bool IsCrcGood(ReadOnlySpan<byte> whole, int at)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < whole.Length; i++)
        {
            // The checksum's own bytes count as zero.
            crc = BitOperations.Crc32C(crc, i >= at && i < at + 4 ? (byte)0 : whole[i]);
        }

        return ~crc == BinaryPrimitives.ReadUInt32BigEndian(whole[at..]);
    }

    private static bool TryReadAddress(ref ReadOnlySpan<byte> fields, AddressFamily family, out IPAddress address)
    {
        address = IPAddress.None;
        int space = fields.IndexOf((byte)' ');
        if (space is <= 0 or > 39)
        {
            return false;
        }

        ReadOnlySpan<byte> text = fields[..space];
        fields = fields[(space + 1)..];
        foreach (byte c in text)
        {
            bool good = family == AddressFamily.InterNetwork ? IsDigit(c) || c == '.' : IsHex(c) || c is (byte)':' or (byte)'.';
            if (!good)
            {
                return false;
            }
        }

        // One text, one address: written back it must be the same, which leaves no octal, short or otherwise odd form for IPv4.
        if (!IPAddress.TryParse(Encoding.ASCII.GetString(text), out IPAddress? parsed) || parsed.AddressFamily != family)
        {
            return false;
        }

        address = parsed;
        return family == AddressFamily.InterNetworkV6 || Encoding.ASCII.GetBytes(parsed.ToString()).AsSpan().SequenceEqual(text);
    }

    private static bool TryReadPort(ref ReadOnlySpan<byte> fields, bool isLast, out int port)
    {
        port = 0;
        int end = isLast ? fields.Length : fields.IndexOf((byte)' ');
        if (end is <= 0 or > 5 || (end > 1 && fields[0] == '0') || !IsDigit(fields[0])
            || !Utf8Parser.TryParse(fields[..end], out port, out int used) || used != end || port > ushort.MaxValue)
        {
            return false;
        }

        fields = isLast ? default : fields[(end + 1)..];
        return true;
    }

    private static bool IsDigit(byte c) => c is >= (byte)'0' and <= (byte)'9';

    private static bool IsHex(byte c) => IsDigit(c) || (byte)(c | 0x20) is >= (byte)'a' and <= (byte)'f';
}
