using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Gatehouse.Layout;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// The hash table of a rule set: an index over records that hold group and pattern together. At 100,000 rules every look
/// waits for memory, and the waits are what a decision costs, so a name takes two: its bucket of the index, one line of
/// the processor's cache whose 16 entries are compared at once, and, where one has the bits of its hash, one record. An entry
/// carries the kind of the pattern, so that the way of matching is known before the record is there, and as many bits of the
/// hash as kind and offset leave free, so that a name that is not there nearly always costs the bucket only. Whether it is a
/// match the bytes of the record say. Immutable.
/// </summary>
internal readonly struct PlaceTable
{
    private const int BucketSize = 16;

    // Half full: one bucket in 250 overflows into the next. Its last entry says so; no other is like it.
    private const int BucketFill = 8;
    private const uint Overflow = uint.MaxValue;
    private const int Alignment = 4;
    private const int KindBits = 2;

    // A record begins with the length of its bytes, then the group: 4 bytes, or 8 where there are more groups than that holds.
    private const int LengthBits = 13;
    private const int MaxSmallGroup = (1 << (32 - LengthBits)) - 1;

    private readonly byte[] _memory;
    private readonly int _start;
    private readonly int _records;
    private readonly uint _buckets;
    private readonly uint _tagMask;
    private readonly int _headerSize;
    private readonly ulong _headerMask;

    public PlaceTable(IReadOnlyList<NewPlace> places)
    {
        _buckets = (uint)(places.Count / BucketFill) + 1;
        _headerSize = places.All(static p => p.Group <= MaxSmallGroup) ? sizeof(uint) : sizeof(ulong);
        _headerMask = _headerSize == sizeof(uint) ? uint.MaxValue : ulong.MaxValue;
        int length = Alignment; // offset 0 in the index marks a free entry
        foreach (NewPlace place in places)
        {
            length = checked(length + SizeOf(place));
        }

        // Every header is read as 8 bytes, the last one too.
        _memory = LineMemory.Allocate(checked(((int)_buckets * LineMemory.LineSize) + length + sizeof(ulong)), out _start);
        _records = _start + ((int)_buckets * LineMemory.LineSize);
        _tagMask = uint.MaxValue << (BitOperations.Log2((uint)length / Alignment) + 1 + KindBits);
        int offset = Alignment;
        foreach (NewPlace place in places)
        {
            Span<byte> record = _memory.AsSpan(_records + offset);
            BinaryPrimitives.WriteUInt64LittleEndian(record, ((ulong)place.Group << LengthBits) | (uint)place.Bytes.Length);
            place.Bytes.CopyTo(record[_headerSize..]);
            AddToIndex(BucketOf(place.Hash), TagOf(place.Hash) | ((uint)(offset / Alignment) << KindBits) | (uint)place.Kind);
            offset += SizeOf(place);
        }
    }

    /// <summary>Bytes held.</summary>
    public long Weight => _memory.Length;

    /// <summary>
    /// The one record that may have this hash, or 0. Where there may be several, <paramref name="several"/> is set, and
    /// <see cref="Next"/> gives them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Only(ulong hash, out bool several)
    {
        ref uint bucket = ref Bucket(BucketOf(hash));
        uint matches = Matches(ref bucket, hash);
        several = (matches & (matches - 1)) != 0 || Unsafe.Add(ref bucket, BucketSize - 1) == Overflow;
        uint entry = Unsafe.Add(ref bucket, BitOperations.TrailingZeroCount(matches | (1u << (BucketSize - 1)))); // not past the end
        return matches == 0 ? 0 : entry & ~_tagMask;
    }

    /// <summary>
    /// The next record that may have this hash; 0 when there is none. <paramref name="at"/> starts as 0 and is moved along.
    /// </summary>
    public uint Next(ref uint at, ulong hash)
    {
        while (at / BucketSize < _buckets)
        {
            ref uint bucket = ref Bucket((BucketOf(hash) + (at / BucketSize)) % _buckets);
            uint entry = Unsafe.Add(ref bucket, at % BucketSize);
            if (entry == 0)
            {
                return 0;
            }

            at++;
            if (at % BucketSize == 0 && entry != Overflow)
            {
                at = uint.MaxValue;
            }

            if (entry != Overflow && (entry & _tagMask) == TagOf(hash))
            {
                return entry & ~_tagMask;
            }
        }

        return 0;
    }

    /// <summary>Asks the processor to have the bucket of a hash at hand soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(Unsafe.AsPointer(ref Bucket(BucketOf(hash))));
        }
    }

    /// <summary>Asks the processor to have a record at hand soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void PrefetchRecord(uint entry)
    {
        if (Sse.IsSupported)
        {
            // Most records are shorter than a line and lie in one or two of them.
            ref byte record = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), (nuint)_records + OffsetOf(entry));
            Sse.Prefetch0(Unsafe.AsPointer(ref record));
            Sse.Prefetch0((byte*)Unsafe.AsPointer(ref record) + (LineMemory.LineSize / 2));
        }
    }

    /// <summary>The place of a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlaceView Read(uint entry)
    {
        ReadOnlySpan<byte> record = _memory.AsSpan(_records + (int)OffsetOf(entry));
        ulong header = BinaryPrimitives.ReadUInt64LittleEndian(record) & _headerMask;
        return new PlaceView((int)(header >> LengthBits), KindOf(entry), record.Slice(_headerSize, (int)header & ((1 << LengthBits) - 1)));
    }

    private int SizeOf(NewPlace place)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(place.Bytes.Length, 1 << LengthBits);
        return (_headerSize + place.Bytes.Length + Alignment - 1) / Alignment * Alignment;
    }

    private void AddToIndex(uint number, uint entry)
    {
        while (true)
        {
            Span<uint> bucket = MemoryMarshal.CreateSpan(ref Bucket(number), BucketSize);
            int free = bucket.IndexOf(0u);
            if (free >= 0)
            {
                bucket[free] = entry;
                return;
            }

            uint last = bucket[^1];
            number = (number + 1) % _buckets;
            if (last != Overflow)
            {
                bucket[^1] = Overflow;
                AddToIndex(number, last);
            }
        }
    }

    // A free entry, which is 0, or the mark of an overflow may be among the matches. Neither is taken for a place: there is more
    // than one free entry or the one gives 0, and a bucket with the mark is gone through one by one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Matches(ref uint bucket, ulong hash) =>
        (uint)Vector512.Equals(Vector512.LoadUnsafe(ref bucket) & Vector512.Create(_tagMask), Vector512.Create(TagOf(hash))).ExtractMostSignificantBits();

    // The number is below _buckets, as BucketOf gives it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref uint Bucket(uint number) =>
        ref Unsafe.As<byte, uint>(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_memory), (nuint)_start + (number * LineMemory.LineSize)));

    private static PatternKind KindOf(uint entry) => (PatternKind)(entry & ((1 << KindBits) - 1));

    private static uint OffsetOf(uint entry) => (entry >> KindBits) * Alignment;

    // The low half of the hash chooses the bucket, the high half is the tag: kind and offset use its lowest bits.
    private uint BucketOf(ulong hash) => (uint)(((hash & uint.MaxValue) * _buckets) >> 32);

    private uint TagOf(ulong hash) => (uint)(hash >> 32) & _tagMask;
}

/// <summary>A place to be put into the table.</summary>
/// <param name="Hash">The full hash.</param>
/// <param name="Group">The group of grants that name the pattern.</param>
/// <param name="Kind">How it matches.</param>
/// <param name="Bytes">What it matches by: the literal, the program, or for a pattern with placeholders its number.</param>
internal readonly record struct NewPlace(ulong Hash, int Group, PatternKind Kind, byte[] Bytes);

/// <summary>A place found.</summary>
internal readonly ref struct PlaceView(int group, PatternKind kind, ReadOnlySpan<byte> bytes)
{
    /// <summary>The group of grants that name the pattern.</summary>
    public int Group { get; } = group;

    /// <summary>How it matches.</summary>
    public PatternKind Kind { get; } = kind;

    /// <summary>What it matches by, see <see cref="NewPlace"/>.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}
