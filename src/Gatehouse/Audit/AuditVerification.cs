using System.Globalization;
using System.Text;

namespace Gatehouse.Audit;

/// <summary>One file of a trail, as the verifier reads it.</summary>
/// <param name="Name">File name: <c>audit-00000001.jsonl</c>.</param>
/// <param name="Open">Opens it for reading from the start; the verifier disposes of the stream.</param>
public sealed record AuditSegment(string Name, Func<Stream> Open);

/// <summary>How a trail is broken. Names are part of the JSON output and frozen.</summary>
public enum AuditBreakKind : byte
{
    /// <summary>A record's bytes are not the ones that were chained.</summary>
    Edited = 1,

    /// <summary>Records or a segment are missing in between.</summary>
    Missing = 2,

    /// <summary>Records stand in another order, or twice.</summary>
    Reordered = 3,

    /// <summary>The end is missing: the trail stops before what was anchored.</summary>
    Cut = 4,

    /// <summary>A signed record's signature does not match.</summary>
    BadSignature = 5,

    /// <summary>A segment is signed with a key that is not the node's.</summary>
    ForeignKey = 6,

    /// <summary>More records without a signed one between them than the trail ever writes.</summary>
    Unsigned = 7,
}

/// <summary>The first broken place of a trail.</summary>
/// <param name="Kind">How.</param>
/// <param name="Segment">File name.</param>
/// <param name="Line">Line in that file, from 1.</param>
/// <param name="Sequence">Number of the broken or first missing record.</param>
/// <param name="Text">One sentence.</param>
public sealed record AuditBreak(AuditBreakKind Kind, string Segment, int Line, long Sequence, string Text)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Segment}:{Line}: record {Sequence}: {Text}");
}

/// <summary>What verification found.</summary>
public sealed record AuditVerification
{
    /// <summary>The first broken place, or null for a trail that is whole.</summary>
    public AuditBreak? Break { get; init; }

    /// <summary>Whether nothing is broken.</summary>
    public bool IsWhole => Break is null;

    /// <summary>Name of the first segment read; a later one than the first ever where retention removed older ones.</summary>
    public string? BeginsAt { get; init; }

    /// <summary>Number of segments read.</summary>
    public int Segments { get; init; }

    /// <summary>Number of whole records read before the end or the break.</summary>
    public long Records { get; init; }

    /// <summary>Number of the first record.</summary>
    public long FirstSequence { get; init; }

    /// <summary>Number of the last whole record.</summary>
    public long LastSequence { get; init; }

    /// <summary>Number of the last signed record; everything up to it is proven by the key.</summary>
    public long SignedThrough { get; init; }

    /// <summary>Number of the record that was found as anchored, 0 without an anchor.</summary>
    public long AnchoredThrough { get; init; }

    /// <summary>Whether an anchor was given.</summary>
    public bool HasAnchor { get; init; }

    /// <summary>Records after the anchored one (after the last signed one without an anchor): a cut there would not show yet.</summary>
    public long Tail => LastSequence - (HasAnchor ? AnchoredThrough : SignedThrough);

    /// <summary>Bytes of a torn or just being written last line.</summary>
    public int TornBytes { get; init; }

    /// <summary>Whether the last segment was closed in order.</summary>
    public bool IsClosed { get; init; }

    /// <summary>What the trail itself says of crashes and alarms, oldest first, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>One line for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Break is not null)
        {
            text.Append("broken: ").Append(Break).Append("; ");
        }

        if (Records == 0)
        {
            return text.Append("no records").ToString();
        }

        text.Append(CultureInfo.InvariantCulture, $"complete up to checkpoint {SignedThrough}, ");
        text.Append(HasAnchor
            ? string.Create(CultureInfo.InvariantCulture, $"anchored to {AnchoredThrough}, ")
            : "no anchor to compare with, ");
        text.Append(CultureInfo.InvariantCulture, $"tail unanchored ({Tail} records), begins at segment {BeginsAt}");
        return text.ToString();
    }
}

/// <summary>What a trail is verified against.</summary>
public sealed record AuditVerifyOptions
{
    /// <summary>Public keys (SubjectPublicKeyInfo, DER) that may sign this trail: from the node's trust, never from the files.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> TrustedKeys { get; init; }

    /// <summary>The newest anchored head, read before the files are; null where there is none.</summary>
    public AuditAnchor? Anchor { get; init; }
}
