using System.Globalization;

namespace Gatehouse.Network.Endpoints;

/// <summary>Ports from first to last.</summary>
/// <param name="First">First port, 1 to 65535.</param>
/// <param name="Last">Last port, not below the first.</param>
public readonly record struct PortSpan(int First, int Last)
{
    /// <summary>Whether it is one port.</summary>
    public bool IsSingle => First == Last;

    /// <summary>One port.</summary>
    public static PortSpan Of(int port) => new(port, port);

    /// <summary>Reads <c>9200</c> or <c>4370-4379</c>.</summary>
    public static bool TryParse(string text, out PortSpan span)
    {
        int dash = text.IndexOf('-', StringComparison.Ordinal);
        string last = dash < 0 ? text : text[(dash + 1)..];
        span = default;
        if (!TryParsePort(dash < 0 ? text : text[..dash], out int from) || !TryParsePort(last, out int to) || to < from)
        {
            return false;
        }

        span = new PortSpan(from, to);
        return true;
    }

    /// <summary>Whether a port is in it.</summary>
    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>Whether it has a port of another.</summary>
    public bool Overlaps(PortSpan other) => First <= other.Last && other.First <= Last;

    /// <summary><c>9200</c>, or <c>4370-4379</c>.</summary>
    public override string ToString() => Text('-');

    /// <summary>The same with another sign between first and last.</summary>
    public string Text(char between) => IsSingle
        ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}{between}{Last}");

    private static bool TryParsePort(string text, out int port)
    {
        port = 0;
        return text.Length is > 0 and <= 5 && text[0] != '0'
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
    }
}
