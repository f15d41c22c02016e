namespace Gatehouse.Audit;

/// <summary>Whether an event is recorded, and by which rule.</summary>
/// <param name="IsRecorded">Whether it is.</param>
/// <param name="Rule">What decided it.</param>
/// <param name="Gate">The gate whose own rules decided it, or null for those of every gate.</param>
/// <param name="Policy">The ignore policy that matched, or null.</param>
public readonly record struct AuditVerdict(bool IsRecorded, AuditRule Rule, string? Gate = null, string? Policy = null)
{
    /// <inheritdoc/>
    public override string ToString() => Rule switch
    {
        AuditRule.Always => "no policy can keep it out",
        AuditRule.NotIncluded => $"the events {Place} do not name it",
        AuditRule.Ignored => $"ignore policy `{Policy}` {Place} matches it",
        _ => $"the events {Place} name it, and no ignore policy matches it",
    };

    private string Place => Gate is null ? "of every gate" : $"of gate `{Gate}`";
}

/// <summary>What decided whether an event is recorded.</summary>
public enum AuditRule
{
    /// <summary>It is one that no policy can keep out.</summary>
    Always,

    /// <summary>It is named, and no ignore policy matches.</summary>
    Included,

    /// <summary>Neither level nor list names it, or it is excluded.</summary>
    NotIncluded,

    /// <summary>An ignore policy matches it.</summary>
    Ignored,
}
