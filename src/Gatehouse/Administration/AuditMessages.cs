using System.Text.Json;
using Gatehouse.Audit;

namespace Gatehouse.Administration;

/// <summary><c>GET /v1/audit</c>.</summary>
public sealed record AuditSearchResponse
{
    /// <summary>Records as they stand in the trail, oldest first.</summary>
    public IReadOnlyList<JsonElement> Records { get; set; } = [];

    /// <summary>True when older matches were left out because of the limit.</summary>
    public bool Truncated { get; set; }

    /// <summary>With older matches: what to give as <c>before</c> for the page of those.</summary>
    public long? Next { get; set; }
}

/// <summary><c>POST /v1/audit/reindex</c>.</summary>
public sealed record AuditReindexResponse
{
    /// <summary>Closed segments that have an index now; that of the newest one is in memory.</summary>
    public int Segments { get; set; }

    /// <summary>Their size.</summary>
    public long Bytes { get; set; }

    /// <summary>How long it took.</summary>
    public long Milliseconds { get; set; }
}

/// <summary><c>POST /v1/audit/verify</c>.</summary>
public sealed record AuditVerifyResponse
{
    /// <summary>Whether the trail is whole.</summary>
    public bool Passed { get; set; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; set; }

    /// <summary>Whole records read.</summary>
    public long Records { get; set; }

    /// <summary>Segments read.</summary>
    public int Segments { get; set; }

    /// <summary>The first segment read; a later one than the first ever where old ones were deleted.</summary>
    public string? BeginsAt { get; set; }

    /// <summary>Everything up to this number is proven by the node's signature.</summary>
    public long SignedThrough { get; set; }

    /// <summary>Anchored in the store up to this number; null without an anchor.</summary>
    public long? AnchoredThrough { get; set; }

    /// <summary>Records after that: a cut there would not show yet.</summary>
    public long Tail { get; set; }

    /// <summary>The first broken place.</summary>
    public AuditBreakView? Break { get; set; }

    /// <summary>What the trail says of crashes and alarms.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>How the API shows a verification.</summary>
    public static AuditVerifyResponse From(AuditVerification found) => new()
    {
        Passed = found.IsWhole,
        Summary = found.ToString(),
        Records = found.Records,
        Segments = found.Segments,
        BeginsAt = found.BeginsAt,
        SignedThrough = found.SignedThrough,
        AnchoredThrough = found.HasAnchor ? found.AnchoredThrough : null,
        Tail = found.Tail,
        Notes = found.Notes,
        Break = found.Break is not { } broken ? null : new AuditBreakView
        {
            Kind = JsonNamingPolicy.SnakeCaseLower.ConvertName(broken.Kind.ToString()),
            Segment = broken.Segment,
            Line = broken.Line,
            Sequence = broken.Sequence,
            Text = broken.Text,
        },
    };
}

/// <summary>The first broken place of a trail.</summary>
public sealed record AuditBreakView
{
    /// <summary>How: <c>edited</c>, <c>missing</c>, <c>reordered</c>, <c>cut</c>, <c>bad_signature</c>, <c>foreign_key</c>, <c>unsigned</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>File name.</summary>
    public required string Segment { get; set; }

    /// <summary>Line in it, from 1.</summary>
    public int Line { get; set; }

    /// <summary>The record's number.</summary>
    public long Sequence { get; set; }

    /// <summary>One sentence.</summary>
    public required string Text { get; set; }
}
