using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
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
    private static readonly ulong Key4 = Draw();
    private static readonly ulong Key5 = Draw();
    private static readonly ulong Key6 = Draw();
    private static readonly ulong Key7 = Draw();
    private static readonly ulong Key8 = Draw();

    /// <summary>The state before the first part.</summary>
    public static ulong Start => Key2;

    /// <summary>Takes the hash of one more part into a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Combine(ulong state, ulong part) => Fold(state ^ Key3, part ^ Key0);

    /// <summary>Hashes bytes. To be taken into a state: by itself it is not mixed well enough to look anything up by.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 16 ? OfShort(bytes) : bytes.Length <= WideBytes.Max ? OfWide(bytes) : OfLong(bytes);

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
        int from = WideBytes.Least(start, name.Length - 16);
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
    private static ulong OfWords(ulong low, ulong high, int length) => Fold(low ^ Key1, high ^ (Key0 + ((ulong)length * Key4)));

    // 17 to 64 bytes: four folds side by side, each under keys of its own, without a loop whose end is guessed wrong. A byte
    // that is taken twice does no harm, one that is left out would.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong OfWide(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int last = bytes.Length - 16;
        int second = WideBytes.Least(16, last);
        int third = WideBytes.Least(32, last);
        return (Fold(Read64(ref first, 0) ^ Key1, Read64(ref first, 8) ^ (Key0 + ((ulong)bytes.Length * Key4)))
            + Fold(Read64(ref first, second) ^ Key3, Read64(ref first, second + 8) ^ Key5))
            ^ (Fold(Read64(ref first, third) ^ Key6, Read64(ref first, third + 8) ^ Key7)
            + Fold(Read64(ref first, last) ^ Key8, Read64(ref first, last + 8) ^ Key2));
    }

    private static ulong OfLong(ReadOnlySpan<byte> bytes)
    {
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int length = bytes.Length;
        ulong seed = Key0 + ((ulong)length * Key4);
        for (int at = 0; at + 16 < length; at += 16)
        {
            seed = Fold(Read64(ref first, at) ^ Key1, Read64(ref first, at + 8) ^ seed);
        }

        return Fold(Read64(ref first, length - 16) ^ Key1, Read64(ref first, length - 8) ^ seed);
    }

    // The high half by itself and the low half by itself: asked for both at once, the compiler takes one of them through memory.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Fold(ulong a, ulong b) =>
        Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, b) ^ (a * b) : Math.BigMul(a, b, out ulong low) ^ low;

    private static uint Read32(ref byte first, int at) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref first, at));

    private static ulong Read64(ref byte first, int at) => Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, at));

    private static ulong Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BitConverter.ToUInt64(bytes) | 1;
    }
}
