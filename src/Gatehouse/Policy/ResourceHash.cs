using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Gatehouse.Policy;

/// <summary>
/// The keyed 64-bit hash of names and their segments: folded 64 by 64 bit multiplications under keys drawn once a
/// process, so that nobody can prepare names that collide. A hit is always followed by a comparison of bytes.
/// </summary>
internal static class ResourceHash
{
    private static readonly ulong Key0 = Draw();
    private static readonly ulong Key1 = Draw();
    private static readonly ulong Key2 = Draw();
    private static readonly ulong Key3 = Draw();

    /// <summary>The state before the first part.</summary>
    public static ulong Start => Key2;

    /// <summary>Takes one more part into a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(ulong state, ulong part) => Fold(state ^ Key3, part ^ Key0);

    /// <summary>Hashes bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> bytes) => bytes.Length <= 16 ? OfShort(bytes) : OfLong(bytes);

    private static ulong OfShort(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int length = bytes.Length;
        ulong a;
        ulong b = 0;
        if (length >= 4)
        {
            int middle = (length >> 3) << 2;
            a = ((ulong)Read32(ref first, 0) << 32) | Read32(ref first, middle);
            b = ((ulong)Read32(ref first, length - 4) << 32) | Read32(ref first, length - 4 - middle);
        }
        else
        {
            a = length == 0 ? 0 : ((ulong)first << 16) | ((ulong)Unsafe.Add(ref first, length >> 1) << 8) | Unsafe.Add(ref first, length - 1);
        }

        return Fold(Key1 ^ (ulong)length, Fold(a ^ Key1, b ^ Key0));
    }

    private static ulong OfLong(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int length = bytes.Length;
        ulong seed = Key0;
        for (int at = 0; at + 16 < length; at += 16)
        {
            seed = Fold(Read64(ref first, at) ^ Key1, Read64(ref first, at + 8) ^ seed);
        }

        return Fold(Key1 ^ (ulong)length, Fold(Read64(ref first, length - 16) ^ Key1, Read64(ref first, length - 8) ^ seed));
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static uint Read32(ref byte first, int at) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));

    private static ulong Read64(ref byte first, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at));

    private static ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes) | 1;
    }
}
