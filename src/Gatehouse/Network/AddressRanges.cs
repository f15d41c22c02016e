using System.Buffers.Binary;
using System.Net;

namespace Gatehouse.Network;

/// <summary>Sets of addresses as disjoint ranges; the families are apart.</summary>
internal static class AddressRanges
{
    /// <summary>The addresses of any of these, in as few ranges as there can be.</summary>
    public static IEnumerable<AddressRange> Union(IEnumerable<AddressRange> ranges)
    {
        AddressRange? open = null;
        foreach (AddressRange next in ranges.OrderBy(static r => !r.IsIPv4).ThenBy(static r => r.First))
        {
            if (open is { } current && current.IsIPv4 == next.IsIPv4 && (next.First <= current.Last || next.First - current.Last == 1))
            {
                open = current with { Last = UInt128.Max(current.Last, next.Last) };
                continue;
            }

            if (open is { } done)
            {
                yield return done;
            }

            open = next;
        }

        if (open is { } last)
        {
            yield return last;
        }
    }

    /// <summary>The addresses of the first that are in none of the second.</summary>
    public static IEnumerable<AddressRange> Without(IEnumerable<AddressRange> ranges, IEnumerable<AddressRange> taken)
    {
        AddressRange[] holes = [.. Union(taken)];
        foreach (AddressRange range in Union(ranges))
        {
            UInt128 first = range.First;
            bool isOver = false;
            foreach (AddressRange hole in holes.Where(h => h.IsIPv4 == range.IsIPv4 && h.First <= range.Last && h.Last >= range.First))
            {
                if (hole.First > first)
                {
                    yield return new AddressRange(first, hole.First - 1);
                }

                isOver = hole.Last >= range.Last;
                first = isOver ? first : hole.Last + 1;
            }

            if (!isOver)
            {
                yield return new AddressRange(first, range.Last);
            }
        }
    }

    /// <summary>Whether all of it is loopback.</summary>
    public static bool IsLoopback(AddressRange range) => IPAddress.IsLoopback(Address(range.First)) && IPAddress.IsLoopback(Address(range.Last));

    /// <summary>An address, a CIDR where the range is one, or first and last.</summary>
    public static string Format(AddressRange range)
    {
        if (range.IsSingle)
        {
            return Address(range.First).ToString();
        }

        UInt128 size = range.Last - range.First;
        bool isNetwork = (size & (size + 1)) == 0 && (range.First & size) == 0;
        int length = (int)UInt128.LeadingZeroCount(size);
        return isNetwork
            ? AddressParser.Format(new AddressPrefix((ulong)(range.First >> 64), (ulong)range.First, length))
            : $"{Address(range.First)}-{Address(range.Last)}";
    }

    private static IPAddress Address(UInt128 bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, bits);
        var address = new IPAddress(bytes);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }
}
