using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace Gatehouse.Engine.Tokens;

/// <summary>Base64url without padding (RFC 7515 section 2) in its one spelling: no spaces, no padding, no stray bits at the end.</summary>
internal static class CanonicalBase64Url
{
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Decodes; false for any other spelling.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.ContainsAnyExcept(Alphabet) || text.Length % 4 == 1)
        {
            return false;
        }

        byte[] decoded = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.DecodeFromChars(text, decoded, out _, out int written) != OperationStatus.Done)
        {
            return false;
        }

        // The last character may carry bits that decoding drops: several texts for the same bytes.
        bytes = written == decoded.Length ? decoded : decoded[..written];
        return text.SequenceEqual(Base64Url.EncodeToString(bytes));
    }
}
