namespace Gatehouse.App.Terminal;

/// <summary>Names and values, one a line, the values in one column.</summary>
internal sealed class Facts
{
    private readonly List<(string Name, string Value, Style Style)> _lines = [];

    /// <summary>Adds a line; nothing for a null value.</summary>
    public Facts Add(string name, string? value, Style style = Style.None)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _lines.Add((name, value, style));
        }

        return this;
    }

    /// <summary>Writes them.</summary>
    public void Write(Screen screen)
    {
        int width = _lines.Count == 0 ? 0 : _lines.Max(static line => line.Name.Length);
        foreach ((string name, string value, Style style) in _lines)
        {
            screen.Output.WriteLine($"{screen.Styled(name.PadRight(width), Style.Dim)}  {screen.Styled(value, style)}");
        }
    }
}
