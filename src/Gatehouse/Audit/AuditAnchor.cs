using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Gatehouse.Audit;

/// <summary>A head of the trail that is kept outside of its files, so that a cut behind it shows.</summary>
/// <param name="Segment">Name of the segment that holds the record.</param>
/// <param name="Sequence">The record's number.</param>
/// <param name="Head">SHA-256 of the record's line, 64 lower-case hex digits.</param>
public sealed record AuditAnchor(string Segment, long Sequence, string Head)
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>One line, as it is stored: <c>audit-00000003.jsonl 812 9f86...</c>.</summary>
    public override string ToString() => $"{Segment} {Sequence.ToString(CultureInfo.InvariantCulture)} {Head}";

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AuditAnchor? anchor)
    {
        anchor = null;
        string[] parts = text.Split(' ');
        if (parts.Length != 3 || SegmentName.NumberOf(parts[0]) == 0
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) || sequence < 1
            || parts[2].Length != 64 || parts[2].AsSpan().ContainsAnyExcept(LowerHex))
        {
            return false;
        }

        anchor = new AuditAnchor(parts[0], sequence, parts[2]);
        return true;
    }
}

/// <summary>Where heads of the trail are anchored; implemented over the store's runtime keys, one key a node.</summary>
public interface IAuditAnchor
{
    /// <summary>Keeps the newest head. Called at most once a second, at rotation and at close; may throw, then it is tried again.</summary>
    ValueTask PutAsync(AuditAnchor anchor, CancellationToken cancellation);

    /// <summary>The newest head kept, or null where there never was one. Throws when that cannot be told.</summary>
    ValueTask<AuditAnchor?> ReadAsync(CancellationToken cancellation);
}

/// <summary>Names of segment files: <c>audit-00000001.jsonl</c>, sortable as text.</summary>
public static class SegmentName
{
    private const string Prefix = "audit-";
    private const string Suffix = ".jsonl";

    /// <summary>The name of segment <paramref name="number"/>, which counts from 1.</summary>
    public static string Of(int number) => $"{Prefix}{number.ToString("D8", CultureInfo.InvariantCulture)}{Suffix}";

    /// <summary>The number in a segment's name, 0 where it is not one.</summary>
    public static int NumberOf(string name)
    {
        if (name.Length != Prefix.Length + 8 + Suffix.Length || !name.StartsWith(Prefix, StringComparison.Ordinal)
            || !name.EndsWith(Suffix, StringComparison.Ordinal))
        {
            return 0;
        }

        return int.TryParse(name.AsSpan(Prefix.Length, 8), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }
}
