using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Gatehouse.Protocols.Libp2p;

/// <summary>
/// Salsa20 on many blocks at once: vector i holds word i of each block, so that the rounds are those of one block. At the end
/// words are turned back into blocks, four by four within each 128 bits.
/// </summary>
internal static class SalsaVectors
{
    private const int BlockSize = 64;

    /// <summary>How many blocks one call takes; 0 where there are no vectors.</summary>
    public static int Blocks { get; } = !BitConverter.IsLittleEndian ? 0
        : Avx2.IsSupported ? 8
        : Sse2.IsSupported || AdvSimd.Arm64.IsSupported ? 4 : 0;

    /// <summary>XORs the key stream from block <paramref name="counter"/> on onto <see cref="Blocks"/> blocks.</summary>
    public static void Xor(ReadOnlySpan<uint> state, ulong counter, Span<byte> bytes)
    {
        if (Avx2.IsSupported)
        {
            XorEight(state, counter, bytes[..(8 * BlockSize)]);
        }
        else
        {
            XorFour(state, counter, bytes[..(4 * BlockSize)]);
        }
    }

    /// <summary>Eight blocks with AVX2.</summary>
    internal static void XorEight(ReadOnlySpan<uint> state, ulong counter, Span<byte> bytes)
    {
        Span<Vector256<uint>> start = stackalloc Vector256<uint>[16];
        for (int i = 0; i < 16; i++)
        {
            start[i] = Vector256.Create(state[i]);
        }

        Span<uint> counters = stackalloc uint[16];
        Count(counter, counters[..8], counters[8..]);
        start[8] = Vector256.Create<uint>(counters[..8]);
        start[9] = Vector256.Create<uint>(counters[8..]);

        Vector256<uint> x0 = start[0], x1 = start[1], x2 = start[2], x3 = start[3], x4 = start[4], x5 = start[5], x6 = start[6], x7 = start[7];
        Vector256<uint> x8 = start[8], x9 = start[9], x10 = start[10], x11 = start[11], x12 = start[12], x13 = start[13], x14 = start[14], x15 = start[15];
        for (int round = 0; round < 10; round++)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x5, ref x9, ref x13, ref x1);
            Quarter(ref x10, ref x14, ref x2, ref x6);
            Quarter(ref x15, ref x3, ref x7, ref x11);
            Quarter(ref x0, ref x1, ref x2, ref x3);
            Quarter(ref x5, ref x6, ref x7, ref x4);
            Quarter(ref x10, ref x11, ref x8, ref x9);
            Quarter(ref x15, ref x12, ref x13, ref x14);
        }

        ref byte to = ref MemoryMarshal.GetReference(bytes);
        Turn(x0 + start[0], x1 + start[1], x2 + start[2], x3 + start[3], ref to);
        Turn(x4 + start[4], x5 + start[5], x6 + start[6], x7 + start[7], ref Unsafe.Add(ref to, 16));
        Turn(x8 + start[8], x9 + start[9], x10 + start[10], x11 + start[11], ref Unsafe.Add(ref to, 32));
        Turn(x12 + start[12], x13 + start[13], x14 + start[14], x15 + start[15], ref Unsafe.Add(ref to, 48));
    }

    /// <summary>Four blocks with SSE2 or AdvSimd.</summary>
    internal static void XorFour(ReadOnlySpan<uint> state, ulong counter, Span<byte> bytes)
    {
        Span<Vector128<uint>> start = stackalloc Vector128<uint>[16];
        for (int i = 0; i < 16; i++)
        {
            start[i] = Vector128.Create(state[i]);
        }

        Span<uint> counters = stackalloc uint[8];
        Count(counter, counters[..4], counters[4..]);
        start[8] = Vector128.Create<uint>(counters[..4]);
        start[9] = Vector128.Create<uint>(counters[4..]);

        Vector128<uint> x0 = start[0], x1 = start[1], x2 = start[2], x3 = start[3], x4 = start[4], x5 = start[5], x6 = start[6], x7 = start[7];
        Vector128<uint> x8 = start[8], x9 = start[9], x10 = start[10], x11 = start[11], x12 = start[12], x13 = start[13], x14 = start[14], x15 = start[15];
        for (int round = 0; round < 10; round++)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x5, ref x9, ref x13, ref x1);
            Quarter(ref x10, ref x14, ref x2, ref x6);
            Quarter(ref x15, ref x3, ref x7, ref x11);
            Quarter(ref x0, ref x1, ref x2, ref x3);
            Quarter(ref x5, ref x6, ref x7, ref x4);
            Quarter(ref x10, ref x11, ref x8, ref x9);
            Quarter(ref x15, ref x12, ref x13, ref x14);
        }

        ref byte to = ref MemoryMarshal.GetReference(bytes);
        Turn(x0 + start[0], x1 + start[1], x2 + start[2], x3 + start[3], ref to);
        Turn(x4 + start[4], x5 + start[5], x6 + start[6], x7 + start[7], ref Unsafe.Add(ref to, 16));
        Turn(x8 + start[8], x9 + start[9], x10 + start[10], x11 + start[11], ref Unsafe.Add(ref to, 32));
        Turn(x12 + start[12], x13 + start[13], x14 + start[14], x15 + start[15], ref Unsafe.Add(ref to, 48));
    }

    // Salsa20 counts in 64 bits over two words.
    private static void Count(ulong counter, Span<uint> low, Span<uint> high)
    {
        for (int i = 0; i < low.Length; i++)
        {
            (low[i], high[i]) = ((uint)(counter + (ulong)i), (uint)((counter + (ulong)i) >> 32));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d)
    {
        b ^= Rotate(a + d, 7);
        c ^= Rotate(b + a, 9);
        d ^= Rotate(c + b, 13);
        a ^= Rotate(d + c, 18);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rotate(Vector256<uint> x, int by) => (x << by) | (x >>> (32 - by));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Rotate(Vector128<uint> x, int by) => (x << by) | (x >>> (32 - by));

    // Four words of eight blocks: blocks 0 to 3 lie in the lower halves, 4 to 7 in the upper.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d, ref byte to)
    {
        Vector256<ulong> low = Avx2.UnpackLow(a, b).AsUInt64();
        Vector256<ulong> high = Avx2.UnpackHigh(a, b).AsUInt64();
        Vector256<ulong> low2 = Avx2.UnpackLow(c, d).AsUInt64();
        Vector256<ulong> high2 = Avx2.UnpackHigh(c, d).AsUInt64();
        XorHalves(Avx2.UnpackLow(low, low2).AsByte(), ref to);
        XorHalves(Avx2.UnpackHigh(low, low2).AsByte(), ref Unsafe.Add(ref to, BlockSize));
        XorHalves(Avx2.UnpackLow(high, high2).AsByte(), ref Unsafe.Add(ref to, 2 * BlockSize));
        XorHalves(Avx2.UnpackHigh(high, high2).AsByte(), ref Unsafe.Add(ref to, 3 * BlockSize));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorHalves(Vector256<byte> stream, ref byte to)
    {
        Xor(stream.GetLower(), ref to);
        Xor(stream.GetUpper(), ref Unsafe.Add(ref to, 4 * BlockSize));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d, ref byte to)
    {
        Vector128<ulong> low = Low(a, b).AsUInt64();
        Vector128<ulong> high = High(a, b).AsUInt64();
        Vector128<ulong> low2 = Low(c, d).AsUInt64();
        Vector128<ulong> high2 = High(c, d).AsUInt64();
        Xor(Vector128.Create(low.GetLower(), low2.GetLower()).AsByte(), ref to);
        Xor(Vector128.Create(low.GetUpper(), low2.GetUpper()).AsByte(), ref Unsafe.Add(ref to, BlockSize));
        Xor(Vector128.Create(high.GetLower(), high2.GetLower()).AsByte(), ref Unsafe.Add(ref to, 2 * BlockSize));
        Xor(Vector128.Create(high.GetUpper(), high2.GetUpper()).AsByte(), ref Unsafe.Add(ref to, 3 * BlockSize));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(Vector128<byte> stream, ref byte to) => (Vector128.LoadUnsafe(ref to) ^ stream).StoreUnsafe(ref to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Low(Vector128<uint> a, Vector128<uint> b) => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> High(Vector128<uint> a, Vector128<uint> b) => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);
}
