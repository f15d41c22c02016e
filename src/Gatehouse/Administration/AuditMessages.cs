using System.Text.Json;

namespace Gatehouse.Administration;

/// <summary><c>GET /v1/audit</c>.</summary>
public sealed record AuditSearchResponse
{
    /// <summary>Records as they stand in the trail, oldest first.</summary>
    public IReadOnlyList<JsonElement> Records { get; set; } = [];

    /// <summary>True when older matches were left out because of the limit.</summary>
    public bool Truncated { get; set; }
}

/// <summary><c>POST /v1/audit/verify</c>.</summary>
public sealed record AuditVerifyResponse
{
    /// <summary>Whether nothing was found.</summary>
    public bool Passed { get; set; }

    /// <summary>Records read.</summary>
    public long Records { get; set; }

    /// <summary>Segments read.</summary>
    public int Segments { get; set; }

    /// <summary>Complete up to this sequence number, as the last signed checkpoint says.</summary>
    public long CheckpointedTo { get; set; }

    /// <summary>Anchored in the store up to this sequence number.</summary>
    public long AnchoredTo { get; set; }

    /// <summary>The first thing found wrong.</summary>
    public ErrorBody? Finding { get; set; }

    /// <summary>One sentence for people.</summary>
    public required string Summary { get; set; }
}
