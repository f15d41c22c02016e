using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Gatehouse.Audit;

namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// One record in 40 bytes: where it stands, and enough of it to tell most records that do not match. Names are hashed, so an
/// entry may fit a record that is not looked for, never the other way round; the record itself decides.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 8)]
internal readonly record struct IndexEntry
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 40;

    private const int LengthShift = 40;
    private const int OutcomeShift = 57;
    private const int SealShift = 59;
    private const int FamilyShift = 60;
    private const long MaxOffset = 1L << LengthShift;

    // The order of the fields, of those behind properties too, is that of the file, without a gap.
    private readonly ulong _place;

    private IndexEntry(AuditRecord record, long offset, uint number)
    {
        Ticks = record.Time.UtcTicks;
        Number = number;
        User = Hash(record.User);
        Receipt = Hash(record.Receipt);
        (Source, int family) = Of(record.SourceAddress);
        _gateAndAction = (Hash(record.Gate) << 8) | (byte)record.Action;
        _place = (ulong)offset
            | ((ulong)record.Line.Length << LengthShift)
            | ((ulong)record.Outcome << OutcomeShift)
            | ((record.Seal is null ? 0UL : 1UL) << SealShift)
            | ((ulong)family << FamilyShift);
    }

    /// <summary>The record's timestamp.</summary>
    public long Ticks { get; }

    /// <summary>An IPv4 address, or the first half of an IPv6 one.</summary>
    public ulong Source { get; }

    /// <summary>The record's number less that of the segment's first.</summary>
    public uint Number { get; }

    /// <summary>Hash of the user's name, 0 none.</summary>
    public uint User { get; }

    /// <summary>Hash of the receipt, 0 none.</summary>
    public uint Receipt { get; }

    private readonly uint _gateAndAction;

    /// <summary>24 bits of the gate's hash.</summary>
    public uint Gate => _gateAndAction >> 8;

    /// <summary>The event's action.</summary>
    public AuditAction Action => (AuditAction)(byte)_gateAndAction;

    /// <summary>The line's place in the segment.</summary>
    public long Offset => (long)(_place & (MaxOffset - 1));

    /// <summary>The line's length without its end.</summary>
    public int Length => (int)(_place >> LengthShift) & 0x1FFFF;

    /// <summary>The event's outcome.</summary>
    public AuditOutcome Outcome => (AuditOutcome)((_place >> OutcomeShift) & 3);

    /// <summary>Whether the record is a signed one of the trail's own.</summary>
    public bool IsSealed => ((_place >> SealShift) & 1) != 0;

    /// <summary>Kind of <see cref="Source"/>: 0 none, 4 or 6.</summary>
    public int Family => (int)((_place >> FamilyShift) & 7);

    /// <summary>The entry of a record; false where it does not fit, and the segment stays without an index.</summary>
    public static bool TryOf(AuditRecord record, long offset, long first, out IndexEntry entry)
    {
        long number = record.Sequence - first;
        bool fits = number is >= 0 and <= uint.MaxValue && offset is >= 0 and < MaxOffset;
        entry = fits ? new IndexEntry(record, offset, (uint)number) : default;
        return fits;
    }

    /// <summary>FNV-1a over the characters; never 0 for a text. Made collisions cost a look at the record and nothing else.</summary>
    public static uint Hash(string? text)
    {
        if (text is null)
        {
            return 0;
        }

        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = (hash ^ c) * 16777619;
        }

        // The lowest bits are what is left of a gate's hash as well.
        hash ^= hash >> 15;
        return (hash & 0xFFFFFF) == 0 ? hash | 1 : hash;
    }

    /// <summary>An address as entries hold it.</summary>
    public static (ulong Bits, int Family) Of(IPAddress? address)
    {
        if (address is null)
        {
            return (0, 0);
        }

        Span<byte> bytes = stackalloc byte[16];
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? (BinaryPrimitives.ReadUInt32BigEndian(bytes), 4)
            : (BinaryPrimitives.ReadUInt64BigEndian(bytes), 6);
    }
}
