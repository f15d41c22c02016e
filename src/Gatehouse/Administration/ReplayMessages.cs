namespace Gatehouse.Administration;

/// <summary><c>POST /v1/policy/replay</c>: a policy, and which recorded decisions it is tried on.</summary>
public sealed record PolicyReplayRequest
{
    /// <summary>The policy.</summary>
    public required PolicyView Policy { get; set; }

    /// <summary>Whether nothing is removed: what the policy does not name stays.</summary>
    public bool Add { get; set; }

    /// <summary>Decisions not before.</summary>
    public required DateTimeOffset Since { get; set; }

    /// <summary>Only decisions of this gate.</summary>
    public string? Gate { get; set; }
}

/// <summary>Which recorded decisions come out otherwise under another policy than under the one in force.</summary>
public sealed record PolicyReplayResponse
{
    /// <summary>The generation in force, which it is held against.</summary>
    public long Generation { get; set; }

    /// <summary>Decisions that were made again under both.</summary>
    public long Replayed { get; set; }

    /// <summary>Allowed now, denied then.</summary>
    public long Denied { get; set; }

    /// <summary>Denied now, allowed then.</summary>
    public long Allowed { get; set; }

    /// <summary>Who and what flips: denied first, the most frequent first.</summary>
    public IReadOnlyList<ReplayFlip> Flips { get; set; } = [];

    /// <summary>Flips that are counted above and have no line below: there were too many different ones.</summary>
    public long LeftOut { get; set; }

    /// <summary>Decisions that come out otherwise under the policy in force than when they were recorded.</summary>
    public long Otherwise { get; set; }

    /// <summary>What was assumed where records do not say it.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>What it was made from.</summary>
    public required TrailCoverage Trail { get; set; }
}

/// <summary>Requests of one identity, of one kind, that flip together.</summary>
public sealed record ReplayFlip
{
    /// <summary><c>realm/name</c>, with <c>by realm/name</c> where somebody acts for it, and the key's id where there is one.</summary>
    public required string Identity { get; set; }

    /// <summary><c>denied</c> or <c>allowed</c>: what becomes of them.</summary>
    public required string Becomes { get; set; }

    /// <summary>
    /// Why they are denied, then or now: <c>no_grant</c>, <c>explicit_deny</c>, <c>inactive</c>, <c>ip_filter</c>, <c>run_as</c>.
    /// </summary>
    public required string Reason { get; set; }

    /// <summary>The gate.</summary>
    public string? Gate { get; set; }

    /// <summary>What was asked for, <c>SYSTEM:ACTION</c>.</summary>
    public IReadOnlyList<string> Operations { get; set; } = [];

    /// <summary>Names that it was for, the first of them.</summary>
    public IReadOnlyList<string> Resources { get; set; } = [];

    /// <summary>Whether there were more names.</summary>
    public bool MoreResources { get; set; }

    /// <summary>How many requests.</summary>
    public long Count { get; set; }

    /// <summary>The first of them.</summary>
    public DateTimeOffset First { get; set; }

    /// <summary>The last of them.</summary>
    public DateTimeOffset Last { get; set; }

    /// <summary>The number of one of them, <c>http.request.id</c> in the trail.</summary>
    public string? RequestId { get; set; }

    /// <summary>The receipt of one of them, where it was denied.</summary>
    public string? Receipt { get; set; }
}
