using System.Globalization;
using System.Text;

namespace Gatehouse.Doctor.Texts.Units;

/// <summary>Words of a command line as systemd splits it (systemd.service, "Command lines"): quotes around words, escapes of C; what is left open ends with the text.</summary>
internal static class UnitWords
{
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && char.IsWhiteSpace(text[at]))
            {
                at++;
            }

            if (at >= text.Length)
            {
                return words;
            }

            words.Add(Word(text, ref at));
        }
    }

    private static string Word(string text, ref int at)
    {
        var word = new StringBuilder();
        char quote = '\0';
        for (; at < text.Length && (quote != '\0' || !char.IsWhiteSpace(text[at])); at++)
        {
            char c = text[at];
            if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == '\\' && at + 1 < text.Length)
            {
                Escape(text, ref at, word);
            }
            else
            {
                word.Append(c);
            }
        }

        return word.ToString();
    }

    private static void Escape(string text, ref int at, StringBuilder word)
    {
        char c = text[++at];
        int known = "abfnrtvs\\\"'".IndexOf(c, StringComparison.Ordinal);
        if (known >= 0)
        {
            word.Append("\a\b\f\n\r\t\v \\\"'"[known]);
        }
        else if (c == 'x' && at + 2 < text.Length && byte.TryParse(text.AsSpan(at + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            word.Append((char)value);
            at += 2;
        }
        else
        {
            word.Append('\\').Append(c);
        }
    }
}
