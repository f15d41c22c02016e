using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Policy;

/// <summary>Source networks as sorted, merged ranges; asked by bisection, without allocation. IPv4 and IPv6 apart.</summary>
internal sealed class SourceRanges
{
    private readonly (UInt128 First, UInt128 Last)[] _v4;
    private readonly (UInt128 First, UInt128 Last)[] _v6;

    public SourceRanges(IReadOnlyCollection<IPNetwork> networks)
    {
        _v4 = Merge(networks.Where(static n => n.BaseAddress.AddressFamily == AddressFamily.InterNetwork));
        _v6 = Merge(networks.Where(static n => n.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6));
    }

    /// <summary>
    /// Reads a CIDR or a single address in its plain form only: no octal, hexadecimal or shortened IPv4, no zone, no bits
    /// behind the mask, no IPv4 mapped into IPv6; what two programs could read differently is refused.
    /// </summary>
    public static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        int slash = text.IndexOf('/');
        string address = slash < 0 ? text : text[..slash];
        if (!IPAddress.TryParse(address, out IPAddress? parsed) || address.Contains('%') || address.Contains('[') || parsed.IsIPv4MappedToIPv6)
        {
            return false;
        }

        int width = parsed.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (width == 32 && parsed.ToString() != address)
        {
            return false;
        }

        int bits = width;
        if (slash >= 0)
        {
            ReadOnlySpan<char> mask = text.AsSpan(slash + 1);
            if (mask.Length is 0 or > 3 || mask.ContainsAnyExceptInRange('0', '9') || (mask.Length > 1 && mask[0] == '0'))
            {
                return false;
            }

            bits = int.Parse(mask);
        }

        (UInt128 First, UInt128 Last) = bits <= width ? RangeOf(ToNumber(parsed), bits, width) : (1, 0);
        if (First > Last || First != ToNumber(parsed))
        {
            return false;
        }

        network = new IPNetwork(parsed, bits);
        return true;
    }

    /// <summary>Whether an address lies in one of them.</summary>
    public bool Contains(IPAddress address)
    {
        UInt128 number = ToNumber(address);
        bool v4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (!v4 && number >> 32 == 0xffff)
        {
            // An IPv4 address in IPv6 dress is that IPv4 address.
            (v4, number) = (true, number & uint.MaxValue);
        }

        (UInt128 First, UInt128 Last)[] ranges = v4 ? _v4 : _v6;
        int low = 0;
        int high = ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            if (number < ranges[middle].First)
            {
                high = middle - 1;
            }
            else if (number > ranges[middle].Last)
            {
                low = middle + 1;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return address.TryWriteBytes(bytes, out int written) && written == 16
            ? BinaryPrimitives.ReadUInt128BigEndian(bytes)
            : BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    private static (UInt128 First, UInt128 Last) RangeOf(UInt128 address, int bits, int width)
    {
        UInt128 all = width == 32 ? uint.MaxValue : UInt128.MaxValue;
        UInt128 host = bits == 0 ? all : bits == width ? 0 : (UInt128.One << (width - bits)) - 1;
        return (address & (all ^ host), address | host);
    }

    private static (UInt128 First, UInt128 Last)[] Merge(IEnumerable<IPNetwork> networks)
    {
        var merged = new List<(UInt128 First, UInt128 Last)>();
        foreach ((UInt128 First, UInt128 Last) range in networks
            .Select(static n => RangeOf(ToNumber(n.BaseAddress), n.PrefixLength, n.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
            .OrderBy(static r => r.First))
        {
            // CIDR ranges nest or lie apart, they never overlap in part.
            if (merged.Count == 0 || range.First > merged[^1].Last)
            {
                merged.Add(range);
            }
            else if (range.Last > merged[^1].Last)
            {
                merged[^1] = (merged[^1].First, range.Last);
            }
        }

        return [.. merged];
    }
}
