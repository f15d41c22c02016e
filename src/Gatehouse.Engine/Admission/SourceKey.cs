using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Gatehouse.Engine.Admission;

/// <summary>What counts as one source in budgets: an IPv4 address, or an IPv6 /64 (one subscriber has all of it).</summary>
/// <param name="Bits">The address, or the first 64 bits.</param>
/// <param name="IsIPv6">Which of both.</param>
internal readonly record struct SourceKey(ulong Bits, bool IsIPv6)
{
    /// <summary>The key of an address; IPv4-mapped counts as IPv4.</summary>
    public static SourceKey Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out int written))
        {
            return default;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork && written == 4)
        {
            return new SourceKey(BinaryPrimitives.ReadUInt32BigEndian(bytes), false);
        }

        return address.IsIPv4MappedToIPv6
            ? new SourceKey(BinaryPrimitives.ReadUInt32BigEndian(bytes[12..]), false)
            : new SourceKey(BinaryPrimitives.ReadUInt64BigEndian(bytes), true);
    }
}
