using System.Text;

namespace Gatehouse.App.Terminal;

/// <summary>Columns that line up, two spaces between them, no boxes. Cut to the terminal's width; never cut when piped.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];
    private Func<int, string, Style> _style = static (_, _) => Style.None;

    /// <summary>Adds a row; one cell a column, null shows as <c>-</c>.</summary>
    public void Add(params string?[] cells) =>
        _rows.Add([.. cells.Select(static cell => string.IsNullOrEmpty(cell) ? "-" : Screen.Plain(cell))]);

    /// <summary>Gives cells a style by column and text.</summary>
    public Table WithStyle(Func<int, string, Style> style)
    {
        _style = style;
        return this;
    }

    /// <summary>Writes it; <paramref name="empty"/> where there are no rows.</summary>
    public void Write(Screen screen, string empty)
    {
        if (_rows.Count == 0)
        {
            screen.Problem(empty);
            return;
        }

        int[] widths = [.. columns.Select((name, i) => Math.Max(name.Length, _rows.Max(row => CellWidth.Of(row[i]))))];
        Shrink(widths, screen.Width);
        WriteRow(screen, columns, widths, static (_, _) => Style.Bold);
        foreach (string[] row in _rows)
        {
            WriteRow(screen, row, widths, _style);
        }
    }

    // The widest column gives way first; no column below 8.
    private static void Shrink(int[] widths, int available)
    {
        if (available <= 0)
        {
            return;
        }

        int excess = widths.Sum() + (2 * (widths.Length - 1)) - available;
        while (excess > 0)
        {
            int widest = Array.IndexOf(widths, widths.Max());
            if (widths[widest] <= 8)
            {
                return;
            }

            widths[widest]--;
            excess--;
        }
    }

    private static void WriteRow(Screen screen, string[] cells, int[] widths, Func<int, string, Style> style)
    {
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
        {
            string text = CellWidth.Cut(cells[i], widths[i]);
            line.Append(screen.Styled(text, style(i, cells[i])));
            if (i < cells.Length - 1)
            {
                line.Append(' ', widths[i] - CellWidth.Of(text) + 2);
            }
        }

        screen.Output.WriteLine(line.ToString());
    }
}

/// <summary>How many columns text takes; wide East Asian characters take two.</summary>
internal static class CellWidth
{
    /// <summary>Columns of a text.</summary>
    public static int Of(string text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }

        return width;
    }

    /// <summary>The text, cut with an ellipsis where it is wider.</summary>
    public static string Cut(string text, int width)
    {
        if (Of(text) <= width)
        {
            return text;
        }

        var cut = new StringBuilder();
        int used = 1;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += Of(rune);
            if (used > width)
            {
                break;
            }

            cut.Append(rune);
        }

        return cut.Append('…').ToString();
    }

    private static int Of(Rune rune) => rune.Value switch
    {
        _ when Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.EnclosingMark => 0,
        >= 0x1100 and <= 0x115F or >= 0x2E80 and <= 0xA4CF or >= 0xAC00 and <= 0xD7A3 or >= 0xF900 and <= 0xFAFF
            or >= 0xFE30 and <= 0xFE6F or >= 0xFF00 and <= 0xFF60 or >= 0xFFE0 and <= 0xFFE6 or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD => 2,
        _ => 1,
    };
}
