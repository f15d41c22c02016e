using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gatehouse.Policy.Tables;

/// <summary>
/// Looks at 16 to 64 bytes at once. Names come in every length, and a loop or a jump on the length is guessed wrong as often
/// as not; four loads of 16 bytes cover every such length, the later ones moved back so that they end where the bytes end.
/// </summary>
internal static class WideBytes
{
    /// <summary>Fewest bytes.</summary>
    public const int Min = 16;

    /// <summary>Most bytes.</summary>
    public const int Max = 64;

    /// <summary>Whether a length can be looked at in this way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fits(int length) => (uint)(length - Min) <= Max - Min;

    /// <summary>The smaller of two numbers that are not far apart; without the jump that the compiler may make of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Least(int a, int b) => b + ((a - b) & ((a - b) >> 31));

    /// <summary>Whether <paramref name="bytes"/> begin with all of <paramref name="head"/>, whose length <see cref="Fits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool StartsWith(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> head)
    {
        Debug.Assert(Fits(head.Length), "the length was not looked at");
        if (bytes.Length < head.Length)
        {
            return false;
        }

        ref byte a = ref MemoryMarshal.GetReference(bytes);
        ref byte b = ref MemoryMarshal.GetReference(head);
        int last = head.Length - 16;
        int second = Least(16, last);
        int third = Least(32, last);
        Vector128<byte> difference =
            (Vector128.LoadUnsafe(ref a) ^ Vector128.LoadUnsafe(ref b))
            | (Vector128.LoadUnsafe(ref a, (nuint)second) ^ Vector128.LoadUnsafe(ref b, (nuint)second))
            | (Vector128.LoadUnsafe(ref a, (nuint)third) ^ Vector128.LoadUnsafe(ref b, (nuint)third))
            | (Vector128.LoadUnsafe(ref a, (nuint)last) ^ Vector128.LoadUnsafe(ref b, (nuint)last));
        return difference == Vector128<byte>.Zero;
    }

    /// <summary>A bit for each byte that equals <paramref name="value"/>; the length of <paramref name="bytes"/> <see cref="Fits"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Find(ReadOnlySpan<byte> bytes, byte value)
    {
        Debug.Assert(Fits(bytes.Length), "the length was not looked at");
        ref byte first = ref MemoryMarshal.GetReference(bytes);
        int last = bytes.Length - 16;
        int second = Least(16, last);
        int third = Least(32, last);
        var wanted = Vector128.Create(value);
        return Bits(ref first, 0, wanted) | Bits(ref first, second, wanted) | Bits(ref first, third, wanted) | Bits(ref first, last, wanted);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Bits(ref byte first, int at, Vector128<byte> wanted) =>
        (ulong)Vector128.Equals(Vector128.LoadUnsafe(ref first, (nuint)at), wanted).ExtractMostSignificantBits() << at;
}
