using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gatehouse.Policy.Tables;

/// <summary>A name split into its first segments, with the hash of each and the state after it. Lives on the stack of one lookup.</summary>
internal readonly ref struct ResourcePath
{
    private readonly ref Buffers _buffers;

    /// <summary>Splits off at most <paramref name="depth"/> segments, which is at most <see cref="Probe.MaxDepth"/>.</summary>
    public ResourcePath(ReadOnlySpan<byte> name, int depth, ref Buffers buffers)
    {
        Name = name;
        _buffers = ref buffers;
        ulong state = ResourceHash.Start;
        int start = 0;
        int chunk = -ChunkLength;
        ulong slashes = 0;
        buffers.States[0] = state;
        buffers.Starts[0] = 0;
        for (int count = 1; count <= depth; count++)
        {
            while (slashes == 0 && (chunk += ChunkLength) < name.Length)
            {
                slashes = FindSlashes(name[chunk..]);
            }

            int end = slashes == 0 ? name.Length : chunk + BitOperations.TrailingZeroCount(slashes);
            ulong hash = ResourceHash.OfPart(name, start, end - start);
            state = ResourceHash.Combine(state, hash);
            start = end + 1;
            buffers.Hashes[count - 1] = hash;
            buffers.States[count] = state;
            buffers.Starts[count] = start;
            if (slashes == 0)
            {
                Count = count;
                IsSplit = true;
                return;
            }

            slashes &= slashes - 1;
        }

        // There is more than anybody asked for.
        Count = depth + 1;
    }

    /// <summary>The whole name.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>How many segments it has; one more than was asked for means "that many or more".</summary>
    public int Count { get; }

    /// <summary>Whether it is split to its end.</summary>
    public bool IsSplit { get; }

    private const int ChunkLength = 64;

    /// <summary>The hash state after the first segments.</summary>
    public ulong StateAfter(int segments) => _buffers.States[segments];

    /// <summary>The hash of one segment from the left.</summary>
    public ulong HashOf(int position) => _buffers.Hashes[position];

    /// <summary>A segment from the left.</summary>
    public ReadOnlySpan<byte> Segment(int position) => Name[_buffers.Starts[position]..(_buffers.Starts[position + 1] - 1)];

    /// <summary>Finds where the last segments begin: <c>starts[k]</c> is that of the k-th from the right, <c>starts[0]</c> lies behind the end.</summary>
    public bool TrySplitTail(ref Tails starts, int depth)
    {
        starts[0] = Name.Length + 1;
        for (int k = 1; k <= depth; k++)
        {
            int end = starts[k - 1] - 1;
            if (end < 0)
            {
                return false;
            }

            starts[k] = Name[..end].LastIndexOf((byte)'/') + 1;
        }

        return true;
    }

    /// <summary>Where the last segments begin.</summary>
    [InlineArray(Probe.MaxTailDepth + 1)]
    internal struct Tails
    {
        private int _first;
    }

    // One bit for each `/` among the first 64 bytes.
    private static ulong FindSlashes(ReadOnlySpan<byte> bytes)
    {
        int length = Math.Min(bytes.Length, ChunkLength);
        if (length >= WideBytes.Min)
        {
            return WideBytes.Find(bytes[..length], (byte)'/');
        }

        if (length >= 8)
        {
            ref byte first = ref MemoryMarshal.GetReference(bytes);
            var ends = Vector128.Create(Unsafe.ReadUnaligned<ulong>(ref first), Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, length - 8)));
            uint both = Vector128.Equals(ends.AsByte(), Vector128.Create((byte)'/')).ExtractMostSignificantBits();
            return (both & 0xff) | ((ulong)(both >> 8) << (length - 8));
        }

        ulong few = 0;
        for (int i = 0; i < length; i++)
        {
            few |= (bytes[i] == (byte)'/' ? 1UL : 0) << i;
        }

        return few;
    }

    /// <summary>
    /// Room for the split, the hashes of the probes and what they found, on the stack of the lookup and not cleared. No
    /// stackalloc: the runtime would compile the lookup once and for all, before it knows the keys.
    /// </summary>
    [SuppressMessage("Performance", "CA1815", Justification = "never compared")]
    internal struct Buffers
    {
        public Hashed Found;
        public Matches Entries;
        public Numbers States;
        public Numbers Hashes;
        public Places Starts;

        [InlineArray(PatternTable.MaxProbes)]
        internal struct Hashed
        {
            private ulong _first;
        }

        [InlineArray(PatternTable.MaxProbes)]
        internal struct Matches
        {
            private uint _first;
        }

        [InlineArray(Probe.MaxDepth + 2)]
        internal struct Numbers
        {
            private ulong _first;
        }

        [InlineArray(Probe.MaxDepth + 2)]
        internal struct Places
        {
            private int _first;
        }
    }
}
