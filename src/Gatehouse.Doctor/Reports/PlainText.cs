using System.Globalization;
using System.Text;

namespace Gatehouse.Doctor.Reports;

/// <summary>Text of files and processes in reports that may go to a terminal: what would move the cursor, or reorder or hide text, is replaced.</summary>
internal static class PlainText
{
    /// <summary>The text; lines and tabs stay.</summary>
    public static string Of(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            clean.Append(IsHostile(rune) ? Rune.ReplacementChar : rune);
        }

        return clean.ToString();
    }

    private static bool IsHostile(Rune rune) => rune.Value is not ('\n' or '\t') && Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;
}
