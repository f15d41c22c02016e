using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Gatehouse.Engine.Auditing.Scanning;

/// <summary>The time that every line begins with, without reading the line.</summary>
internal static class LineTime
{
    private const int Length = 28;
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    private static ReadOnlySpan<byte> Prefix => "{\"@timestamp\":\""u8;

    /// <summary>The time as it stands there; empty where the line does not begin as a record does.</summary>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> line) =>
        line.Length > Prefix.Length + Length && line.StartsWith(Prefix) ? line.Slice(Prefix.Length, Length) : default;

    /// <summary>A time in this form.</summary>
    public static byte[] Text(DateTimeOffset time) => Encoding.ASCII.GetBytes(time.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture));

    /// <summary>UTC ticks of a time in this form; false where it is none.</summary>
    public static bool TryTicks(ReadOnlySpan<byte> text, out long ticks)
    {
        bool isTime = Utf8Parser.TryParse(text, out DateTime time, out int used, 'O') && used == text.Length;
        ticks = time.Ticks;
        return isTime;
    }
}
