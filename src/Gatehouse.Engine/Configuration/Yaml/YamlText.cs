using System.Globalization;
using System.Text;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Configuration.Yaml;

/// <summary>
/// Looks at the characters before the parser does: what an editor does not show, or two YAML versions read differently
/// (NEL and the Unicode line ends), is refused.
/// </summary>
internal static class YamlText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Decodes strictly; a byte order mark at the start is dropped. Null with a problem otherwise.</summary>
    public static string? Decode(ReadOnlySpan<byte> utf8, string source, ICollection<Problem> problems)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8[3..];
        }

        try
        {
            return Strict.GetString(utf8);
        }
        catch (DecoderFallbackException e)
        {
            int at = Math.Clamp(e.Index, 0, utf8.Length);
            int line = 1 + utf8[..at].Count((byte)'\n');
            int column = at - utf8[..at].LastIndexOf((byte)'\n');
            problems.Add(ConfigurationProblems.Characters.Because("the file is not valid UTF-8", new ProblemLocation(source, line, column)));
            return null;
        }
    }

    /// <summary>Whether every character may stand in a configuration; reports the first that may not.</summary>
    public static bool Check(string text, string source, ICollection<Problem> problems)
    {
        int line = 1;
        int start = 0;
        bool inIndent = true;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            string? why = c is '\t' && inIndent ? "a tab in the indentation; use spaces"
                : c is '\r' && (i + 1 == text.Length || text[i + 1] != '\n') ? "a carriage return without a line feed"
                : IsRefused(text, i) ? $"character U+{(int)c:X4} is not allowed"
                : null;
            if (why is not null)
            {
                ProblemDefinition definition = c is '\t' ? ConfigurationProblems.Malformed : ConfigurationProblems.Characters;
                problems.Add(definition.Because(why, new ProblemLocation(source, line, i - start + 1)));
                return false;
            }

            inIndent = c is '\n' || (inIndent && c is ' ');
            if (c is '\n')
            {
                line++;
                start = i + 1;
            }
        }

        return true;
    }

    /// <summary>Whether a value, its escapes read, holds only what the file itself may hold.</summary>
    public static bool IsPlain(string value) => !Enumerable.Range(0, value.Length).Any(i => value[i] is '\r' || IsRefused(value, i));

    private static bool IsRefused(string text, int at)
    {
        char c = text[at];
        if (c is >= ' ' and <= '~' or '\n' or '\r' or '\t')
        {
            return false;
        }

        if (char.IsSurrogate(c))
        {
            return char.IsHighSurrogate(c)
                ? at + 1 == text.Length || !char.IsLowSurrogate(text[at + 1])
                : at == 0 || !char.IsHighSurrogate(text[at - 1]);
        }

        // Format characters (directions, joiners, byte order marks) make a line look like another one.
        return char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
    }
}
