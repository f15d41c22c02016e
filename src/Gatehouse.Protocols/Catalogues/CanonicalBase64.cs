using System.Buffers;
using System.Buffers.Text;

namespace Gatehouse.Protocols.Catalogues;

/// <summary>
/// Base64 in the one form that every decoder reads alike: RFC 4648 section 4, padded, no white space, zero trailing bits.
/// </summary>
internal static class CanonicalBase64
{
    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8);

    /// <summary>Decodes; <paramref name="into"/> must be as long as <paramref name="text"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> into, out int written)
    {
        written = 0;
        if (text.Length == 0)
        {
            return true;
        }

        int padding = text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0;
        if (text.Length % 4 != 0 || text[..^padding].ContainsAnyExcept(Alphabet) ||
            Base64.DecodeFromUtf8(text, into, out int consumed, out written) != OperationStatus.Done || consumed != text.Length)
        {
            return false;
        }

        // Trailing bits: what the last group decodes to must encode to that very group.
        int tail = 3 - padding;
        Span<byte> group = stackalloc byte[4];
        Base64.EncodeToUtf8(into.Slice(written - tail, tail), group, out _, out _);
        return group.SequenceEqual(text[^4..]);
    }
}
