using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gatehouse.Protocols.Hocon;

/// <summary>Paths of keys: <c>ignite.security</c>, <c>a."b.c".d</c>.</summary>
public static class HoconPath
{
    /// <summary>Most segments.</summary>
    public const int MaxSegments = 32;

    /// <summary>Longest segment in UTF-16 units.</summary>
    public const int MaxSegment = 256;

    private static readonly SearchValues<char> Bare =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>Reads a path that stands alone, such as a piece of an address.</summary>
    public static bool TryParse(string text, out ImmutableArray<string> segments, [NotNullWhen(false)] out HoconError? error)
    {
        var scanner = new HoconScanner(text);
        List<string> read = [];
        if (text.Length > MaxSegments * MaxSegment)
        {
            scanner.Fail(HoconReasons.TooLong, "the path is too long");
        }
        else if (scanner.Path(read, out _) && !scanner.IsAtEnd)
        {
            scanner.Fail(HoconReasons.Key, "something follows the path");
        }

        error = scanner.Error;
        segments = error is null ? [.. read] : [];
        return error is null;
    }

    /// <summary>The one spelling: quotes only where a segment has more than letters, digits, <c>_</c> and <c>-</c>.</summary>
    public static string Write(IEnumerable<string> segments)
    {
        var text = new StringBuilder();
        foreach (string segment in segments)
        {
            text.Append(text.Length == 0 ? "" : ".");
            if (IsBare(segment))
            {
                text.Append(segment);
            }
            else
            {
                text.Append('"').Append(segment.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
            }
        }

        return text.ToString();
    }

    /// <summary>Whether a segment needs no quotes.</summary>
    public static bool IsBare(string segment) => segment.Length > 0 && !segment.AsSpan().ContainsAnyExcept(Bare);

    internal static bool IsBare(char c) => Bare.Contains(c);
}
