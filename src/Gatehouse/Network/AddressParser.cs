using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Network;

/// <summary>A network as a 128-bit prefix; IPv4 lies under <c>::ffff:0:0/96</c>.</summary>
/// <param name="High">First 64 bits.</param>
/// <param name="Low">Last 64 bits.</param>
/// <param name="Length">Prefix length of the 128 bits.</param>
internal readonly record struct AddressPrefix(ulong High, ulong Low, int Length)
{
    /// <summary>Where IPv4 begins in the low half.</summary>
    public const ulong MappedLow = 0x0000_FFFF_0000_0000;

    /// <summary>Whether it is an IPv4 network.</summary>
    public bool IsIPv4 => Length >= 96 && High == 0 && (Low & 0xFFFF_FFFF_0000_0000) == MappedLow;

    /// <summary>The last address in it.</summary>
    public (ulong High, ulong Low) Last() => (High | ~MaskHigh(Length), Low | ~MaskLow(Length));

    /// <summary>The mask's first half.</summary>
    public static ulong MaskHigh(int length) => length >= 64 ? ulong.MaxValue : length == 0 ? 0 : ulong.MaxValue << (64 - length);

    /// <summary>The mask's second half.</summary>
    public static ulong MaskLow(int length) => length <= 64 ? 0 : ulong.MaxValue << (128 - length);

    /// <summary>The 128 bits of an address; false for other families.</summary>
    public static bool TryGetBits(IPAddress address, out ulong high, out ulong low)
    {
        // IPAddress writes at most 16 bytes and says how many; no allocation.
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out int written))
        {
            high = low = 0;
            return false;
        }

        if (written == 4)
        {
            high = 0;
            low = MappedLow | BinaryPrimitives.ReadUInt32BigEndian(bytes);
            return true;
        }

        high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        low = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        return true;
    }
}

/// <summary>Why a text is no network.</summary>
internal enum AddressParseStatus
{
    /// <summary>It is one.</summary>
    Parsed = 0,

    /// <summary>Not an address, or a form that others read differently.</summary>
    Invalid = 1,

    /// <summary>Bits set below the prefix length.</summary>
    HostBitsSet = 2,

    /// <summary>A range whose last address lies before its first.</summary>
    RangeReversed = 3,
}

/// <summary>Addresses from first to last, 128 bits each; IPv4 lies under <c>::ffff:0:0/96</c>.</summary>
/// <param name="First">First address.</param>
/// <param name="Last">Last address, not before the first.</param>
internal readonly record struct AddressRange(UInt128 First, UInt128 Last)
{
    private const int IPv4Bits = 32;

    /// <summary>Whether both ends are IPv4 addresses.</summary>
    public bool IsIPv4 => First >> IPv4Bits == AddressPrefix.MappedLow >> IPv4Bits && Last >> IPv4Bits == AddressPrefix.MappedLow >> IPv4Bits;

    /// <summary>Whether it is one address.</summary>
    public bool IsSingle => First == Last;

    /// <summary>The range of a network.</summary>
    public static AddressRange Of(AddressPrefix prefix)
    {
        (ulong high, ulong low) = prefix.Last();
        return new AddressRange(new UInt128(prefix.High, prefix.Low), new UInt128(high, low));
    }
}

/// <summary>Reads addresses, CIDRs and ranges in their full, unambiguous forms only.</summary>
internal static class AddressParser
{
    private static readonly SearchValues<char> IPv6Characters = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Reads an address, a CIDR, or a range <c>first-last</c> of one family.</summary>
    public static AddressParseStatus ParseRange(ReadOnlySpan<char> text, out AddressRange range, out AddressPrefix prefix)
    {
        range = default;
        int dash = text.IndexOf('-');
        if (dash < 0)
        {
            AddressParseStatus status = Parse(text, out prefix);
            range = AddressRange.Of(prefix);
            return status;
        }

        if (text.Contains('/')
            || Parse(text[..dash], out prefix) != AddressParseStatus.Parsed
            || Parse(text[(dash + 1)..], out AddressPrefix last) != AddressParseStatus.Parsed
            || prefix.IsIPv4 != last.IsIPv4)
        {
            prefix = default;
            return AddressParseStatus.Invalid;
        }

        range = new AddressRange(AddressRange.Of(prefix).First, AddressRange.Of(last).First);
        return range.First <= range.Last ? AddressParseStatus.Parsed : AddressParseStatus.RangeReversed;
    }

    /// <summary>Reads an address or CIDR.</summary>
    public static AddressParseStatus Parse(ReadOnlySpan<char> text, out AddressPrefix prefix)
    {
        prefix = default;
        ReadOnlySpan<char> address = text;
        int length = -1;
        int slash = text.IndexOf('/');
        if (slash >= 0)
        {
            address = text[..slash];
            if (!TryReadNumber(text[(slash + 1)..], 128, out length))
            {
                return AddressParseStatus.Invalid;
            }
        }

        ulong high;
        ulong low;
        if (address.Contains(':'))
        {
            if (!TryReadIPv6(address, out high, out low))
            {
                return AddressParseStatus.Invalid;
            }

            length = length < 0 ? 128 : length;
        }
        else
        {
            if (!TryReadIPv4(address, out uint bits) || length > 32)
            {
                return AddressParseStatus.Invalid;
            }

            high = 0;
            low = AddressPrefix.MappedLow | bits;
            length = length < 0 ? 128 : 96 + length;
        }

        if ((high & ~AddressPrefix.MaskHigh(length)) != 0 || (low & ~AddressPrefix.MaskLow(length)) != 0)
        {
            prefix = new AddressPrefix(high & AddressPrefix.MaskHigh(length), low & AddressPrefix.MaskLow(length), length);
            return AddressParseStatus.HostBitsSet;
        }

        prefix = new AddressPrefix(high, low, length);
        return AddressParseStatus.Parsed;
    }

    /// <summary>Whether a text is one address, however written.</summary>
    public static bool IsSingle(ReadOnlySpan<char> text) =>
        ParseRange(text, out AddressRange range, out _) == AddressParseStatus.Parsed && range.IsSingle;

    /// <summary>The text of a prefix as this parser reads it.</summary>
    public static string Format(AddressPrefix prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, prefix.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], prefix.Low);
        return prefix.IsIPv4
            ? $"{new IPAddress(bytes[12..])}/{prefix.Length - 96}"
            : $"{new IPAddress(bytes)}/{prefix.Length}";
    }

    // RFC 3986 section 3.2.2 dec-octet: inet_aton's short, octal and hexadecimal forms are what others would read differently.
    private static bool TryReadIPv4(ReadOnlySpan<char> text, out uint bits)
    {
        bits = 0;
        for (int part = 0; part < 4; part++)
        {
            int dot = part == 3 ? text.Length : text.IndexOf('.');
            if (dot < 0 || !TryReadNumber(text[..dot], 255, out int value))
            {
                return false;
            }

            bits = (bits << 8) | (uint)value;
            text = part == 3 ? default : text[(dot + 1)..];
        }

        return true;
    }

    // RFC 4291 section 2.2. The platform's parser is strict but for zones, brackets and ports, which the character check refuses;
    // a dotted tail must be strict too.
    private static bool TryReadIPv6(ReadOnlySpan<char> text, out ulong high, out ulong low)
    {
        high = low = 0;
        if (text.Length > 45 || text.ContainsAnyExcept(IPv6Characters))
        {
            return false;
        }

        int dot = text.IndexOf('.');
        if (dot >= 0 && !TryReadIPv4(text[(text[..dot].LastIndexOf(':') + 1)..], out _))
        {
            return false;
        }

        return IPAddress.TryParse(text, out IPAddress? address)
            && address.AddressFamily == AddressFamily.InterNetworkV6
            && AddressPrefix.TryGetBits(address, out high, out low);
    }

    private static bool TryReadNumber(ReadOnlySpan<char> text, int max, out int value)
    {
        value = 0;
        if (text.IsEmpty || text.Length > 3 || (text.Length > 1 && text[0] == '0'))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c))
            {
                return false;
            }

            value = (value * 10) + (c - '0');
        }

        return value <= max;
    }
}
