using System.Globalization;
using System.Text;

namespace Gatehouse.Engine.Realms;

/// <summary>
/// Names and groups that somebody else's system gave. Nothing may be in them that a person cannot see or that ends a line:
/// control and formatting characters (bidirectional marks, zero width), odd spaces, halves of pairs, spaces at the ends.
/// </summary>
internal static class ForeignText
{
    /// <summary>Longest name, in UTF-16 units.</summary>
    public const int MaxName = 256;

    /// <summary>Longest group or attribute value, in UTF-16 units.</summary>
    public const int MaxValue = 512;

    /// <summary>Whether it may be a principal's name.</summary>
    public static bool IsName(string text) => text.Length <= MaxName && IsVisible(text);

    /// <summary>Whether it may be a group or an attribute's value.</summary>
    public static bool IsValue(string text) => text.Length <= MaxValue && IsVisible(text);

    private static bool IsVisible(string text)
    {
        if (text.Length == 0 || text[0] == ' ' || text[^1] == ' ')
        {
            return false;
        }

        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int used) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            rest = rest[used..];
            switch (Rune.GetUnicodeCategory(rune))
            {
                case UnicodeCategory.Control:
                case UnicodeCategory.Format:
                case UnicodeCategory.LineSeparator:
                case UnicodeCategory.ParagraphSeparator:
                case UnicodeCategory.PrivateUse:
                case UnicodeCategory.OtherNotAssigned:
                case UnicodeCategory.SpaceSeparator when rune.Value != ' ':
                    return false;
                default:
                    break;
            }
        }

        return true;
    }
}
