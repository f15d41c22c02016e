using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Gatehouse.Policy.Tables;

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

    /// <summary>
    /// Hashes a part of a name, with the same result as for the part alone. Segments come in every length, so this way
    /// for the short ones has no branch on the length to be guessed wrong.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong OfPart(ReadOnlySpan<byte> name, int start, int length)
    {
        if (length > 16 || name.Length < 16)
        {
            return Of(name.Slice(start, length));
        }

        // 16 bytes that hold the part, moved to its beginning, what lies behind it cleared.
        int from = Math.Min(start, name.Length - 16);
        var loaded = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(name), (nuint)from);
        var moved = Vector128.ShuffleNative(loaded, Vector128<byte>.Indices + Vector128.Create((byte)(start - from)));
        Vector128<ulong> words = (moved & Vector128.LessThan(Vector128<byte>.Indices, Vector128.Create((byte)length))).AsUInt64();
        return OfWords(words.GetElement(0), words.GetElement(1), length);
    }

    private static ulong OfShort(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int length = bytes.Length;
        return length switch
        {
            > 8 => OfWords(Read64(ref first, 0), Read64(ref first, length - 8) >> (8 * (16 - length)), length),
            >= 4 => OfWords(Read32(ref first, 0) | ((ulong)Read32(ref first, length - 4) << (8 * (length - 4))), 0, length),
            > 0 => OfWords(first | ((ulong)bytes[length >> 1] << (8 * (length >> 1))) | ((ulong)bytes[length - 1] << (8 * (length - 1))), 0, length),
            _ => OfWords(0, 0, 0),
        };
    }

    // At most 16 bytes, little end first, zeros behind them; the length keeps `a` and `a\0` apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OfWords(ulong low, ulong high, int length) => Fold(Key1 ^ (ulong)length, Fold(low ^ Key1, high ^ Key0));

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
