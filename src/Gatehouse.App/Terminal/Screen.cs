using System.Globalization;
using System.Text;

namespace Gatehouse.App.Terminal;

/// <summary>Where a command writes: text for people or JSON, with colour and width only where there is a terminal.</summary>
/// <param name="output">Answers.</param>
/// <param name="error">Problems and questions.</param>
/// <param name="width">Columns of the terminal; 0: not a terminal, nothing is cut.</param>
/// <param name="useColor">Whether colours are wanted.</param>
internal sealed class Screen(TextWriter output, TextWriter error, int width = 0, bool useColor = false)
{
    /// <summary>Answers.</summary>
    public TextWriter Output { get; } = output;

    /// <summary>Problems and questions.</summary>
    public TextWriter Error { get; } = error;

    /// <summary>Columns; 0: not a terminal.</summary>
    public int Width { get; } = width;

    /// <summary>The process's own terminal. Colour only on one, and not with <c>NO_COLOR</c> (no-color.org) or <c>TERM=dumb</c>.</summary>
    public static Screen ForProcess()
    {
        bool isTerminal = !Console.IsOutputRedirected;
        int width = 0;
        if (isTerminal)
        {
            try
            {
                width = Console.WindowWidth;
            }
            catch (IOException)
            {
                // A terminal without a size: nothing is cut.
            }
        }

        bool useColor = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        var output = new StreamWriter(Console.OpenStandardOutput(), encoding, 4096) { AutoFlush = true };
        var error = new StreamWriter(Console.OpenStandardError(), encoding, 256) { AutoFlush = true };
        return new Screen(output, error, width, useColor);
    }

    /// <summary>One line, control characters neutralised.</summary>
    public void Line(string text) => Output.WriteLine(Plain(text));

    /// <summary>One line for problems.</summary>
    public void Problem(string text) => Error.WriteLine(Plain(text));

    /// <summary>Text in a style, where styles are wanted; the text is neutralised first.</summary>
    public string Styled(string text, Style style) => useColor && style != Style.None
        ? $"\e[{(int)style}m{Plain(text)}\e[0m"
        : Plain(text);

    /// <summary>
    /// Names and audit data come from strangers: what would move the cursor, ring, retitle the window, or reorder or hide text
    /// is replaced.
    /// </summary>
    public static string Plain(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsHostile(rune))
            {
                return Neutralised(text);
            }
        }

        return text;
    }

    private static string Neutralised(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            clean.Append(IsHostile(rune) ? Rune.ReplacementChar : rune);
        }

        return clean.ToString();
    }

    private static bool IsHostile(Rune rune) => rune == Rune.ReplacementChar ? false : Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;
}

/// <summary>SGR codes (ECMA-48 8.3.117).</summary>
internal enum Style
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>Stands out.</summary>
    Bold = 1,

    /// <summary>Stands back.</summary>
    Dim = 2,

    /// <summary>Bad.</summary>
    Red = 31,

    /// <summary>Good.</summary>
    Green = 32,

    /// <summary>Look here.</summary>
    Yellow = 33,
}
