using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// The hash table of a rule set: a small index (open addressing, at most half full) over records that hold group and
/// literal together. An index entry carries as many bits of the hash as its offset leaves free, so a name that is not
/// there nearly always costs one look at the index, and one that is there a look at one record besides: at 100,000 rules
/// every look is a cache miss, and they are what a decision costs. Whether it is a match the bytes say. Immutable.
/// </summary>
internal sealed class PlaceTable
{
    private const int Alignment = 8;
    private const int KindBits = 2;

    private readonly uint[] _index;
    private readonly byte[] _records;
    private readonly int _mask;
    private readonly uint _tagMask;

    public PlaceTable(IReadOnlyList<NewPlace> places)
    {
        _index = new uint[BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, places.Count * 2))];
        _mask = _index.Length - 1;
        int length = Alignment;
        foreach (NewPlace place in places)
        {
            length = checked(length + SizeOf(place));
        }

        _records = new byte[length];
        _tagMask = uint.MaxValue << (BitOperations.Log2((uint)length / Alignment) + 1);
        int offset = Alignment; // 0 in the index marks a free entry
        foreach (NewPlace place in places)
        {
            Span<byte> record = _records.AsSpan(offset);
            int body = place.Kind == PatternKind.General ? place.General : place.Literal.Length;
            MemoryMarshal.Write(record, new Header(place.Group, (body << KindBits) | (int)place.Kind));
            place.Literal.CopyTo(record[Header.Size..]);
            int at = First(place.Hash);
            while (_index[at] != 0)
            {
                at = (at + 1) & _mask;
            }

            _index[at] = TagOf(place.Hash) | (uint)(offset / Alignment);
            offset += SizeOf(place);
        }
    }

    /// <summary>Bytes held.</summary>
    public long Weight => (_index.Length * sizeof(uint)) + _records.Length;

    /// <summary>Where the search for a hash begins.</summary>
    public int First(ulong hash) => (int)(hash >> 1) & _mask;

    /// <summary>
    /// The next record that may have this hash, for <see cref="Read"/>; moves <paramref name="at"/> behind it. 0 when there
    /// is none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Next(ref int at, ulong hash)
    {
        uint tag = TagOf(hash);
        uint[] index = _index;
        while (true)
        {
            uint entry = index[at & (index.Length - 1)];
            at++;
            if (entry == 0 || (entry & _tagMask) == tag)
            {
                return entry & ~_tagMask;
            }
        }
    }

    /// <summary>Asks the processor to have the place of a hash at hand soon.</summary>
    public unsafe void Prefetch(ulong hash)
    {
        if (Sse.IsSupported)
        {
            // Only a hint: the array may move meanwhile without harm.
            Sse.Prefetch0(Unsafe.AsPointer(ref _index[First(hash)]));
        }
    }

    /// <summary>The place of a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PlaceView Read(uint position)
    {
        ReadOnlySpan<byte> record = _records.AsSpan((int)position * Alignment);
        ref readonly Header header = ref MemoryMarshal.AsRef<Header>(record);
        var kind = (PatternKind)(header.Body & ((1 << KindBits) - 1));
        int body = header.Body >> KindBits;
        return kind == PatternKind.General
            ? new PlaceView(header.Group, kind, body, [])
            : new PlaceView(header.Group, kind, -1, record.Slice(Header.Size, body));
    }

    private static int SizeOf(NewPlace place) => (Header.Size + place.Literal.Length + Alignment - 1) / Alignment * Alignment;

    // The highest bits: the position uses the lowest ones.
    private uint TagOf(ulong hash) => (uint)(hash >> 32) & _tagMask;

    private readonly struct Header(int group, int body)
    {
        public const int Size = 8;

        public readonly int Group = group;

        /// <summary>Bytes of the literal or number of the general pattern, then the kind.</summary>
        public readonly int Body = body;
    }
}

/// <summary>A place to be put into the table.</summary>
/// <param name="Hash">The full hash.</param>
/// <param name="Group">The group of grants that name the pattern.</param>
/// <param name="Kind">How it matches.</param>
/// <param name="General">The number of a general pattern.</param>
/// <param name="Literal">The literal of any other.</param>
internal readonly record struct NewPlace(ulong Hash, int Group, PatternKind Kind, int General, byte[] Literal);

/// <summary>A place found.</summary>
internal readonly ref struct PlaceView(int group, PatternKind kind, int general, ReadOnlySpan<byte> literal)
{
    /// <summary>The group of grants that name the pattern.</summary>
    public int Group { get; } = group;

    /// <summary>How it matches.</summary>
    public PatternKind Kind { get; } = kind;

    /// <summary>The number of a general pattern.</summary>
    public int General { get; } = general;

    /// <summary>The literal of any other.</summary>
    public ReadOnlySpan<byte> Literal { get; } = literal;
}
