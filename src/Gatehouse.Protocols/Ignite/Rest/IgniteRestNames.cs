using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Gatehouse.Operations;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ignite.Rest;

/// <summary>Names in paths and bodies.</summary>
internal static class IgniteRestNames
{
    private const int MaxUnit = 128;
    private const int MaxName = 256;

    private static readonly SearchValues<char> InUnits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<byte> InIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-"u8);

    /// <summary>Nodes make folders of them: no way out, no hidden file, no option of a command.</summary>
    public static bool IsUnitWord(string text) =>
        text.Length is >= 1 and <= MaxUnit && (char.IsAsciiLetterOrDigit(text[0]) || text[0] == '_') && text[^1] != '.'
        && !text.AsSpan().ContainsAnyExcept(InUnits) && !text.Contains("..", StringComparison.Ordinal);

    public static bool IsId(ReadOnlySpan<byte> text) => text.Length is >= 1 and <= 64 && !text.ContainsAnyExcept(InIds);

    public static bool IsZone(string text) =>
        text.Length is >= 1 and <= 128 && !char.IsAsciiDigit(text[0]) && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>A source of metrics, the whole body: white space around it would be another name or the same, as the reader likes.</summary>
    public static IgniteRestFault? ReadSource(ReadOnlySpan<byte> body, OperationSet into)
    {
        if (body.Length is 0 or > MaxName || body.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
        {
            return new IgniteRestFault("metric_source", "the body is the name of a source of metrics, without white space");
        }

        into.AddResource(body);
        return null;
    }

    public static IgniteRestFault? CheckClusterName(ReadOnlySpan<byte> body)
    {
        bool isName = body.Length is > 0 and <= MaxName && Utf8.IsValid(body) && !body.ContainsAnyInRange((byte)0, (byte)0x1f)
            && !body.Contains((byte)0x7f) && !PercentCoding.HasWideControl(body) && !string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(body));
        return isName ? null : new IgniteRestFault("cluster_name", "the body is the cluster's new name, without control characters");
    }
}
