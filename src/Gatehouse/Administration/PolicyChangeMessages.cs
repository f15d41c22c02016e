namespace Gatehouse.Administration;

/// <summary><c>POST /v1/policy/apply</c>, <c>/diff</c> and <c>/test</c>: a policy, and how it meets the present one.</summary>
public sealed record PolicyChangeRequest
{
    /// <summary>The policy.</summary>
    public required PolicyView Policy { get; set; }

    /// <summary>Whether nothing is removed: what the policy does not name stays.</summary>
    public bool Add { get; set; }

    /// <summary>The generation that was read; the change is refused where another is in force. Null: whichever is.</summary>
    public long? Revision { get; set; }
}

/// <summary><c>POST /v1/policy/rollback</c>.</summary>
public sealed record PolicyRollbackRequest
{
    /// <summary>The generation to go back to; null: the one before.</summary>
    public long? To { get; set; }

    /// <summary>As in <see cref="PolicyChangeRequest"/>.</summary>
    public long? Revision { get; set; }
}

/// <summary><c>GET /v1/policy/history</c>: the generations that are kept, newest first.</summary>
public sealed record PolicyHistoryResponse
{
    /// <summary>The generation in force.</summary>
    public long Generation { get; set; }

    /// <summary>Days that a generation is kept after the next one was made.</summary>
    public int KeptDays { get; set; }

    /// <summary>Generations that are kept at most, the oldest go first.</summary>
    public int KeptMost { get; set; }

    /// <summary>They.</summary>
    public IReadOnlyList<PolicyHistoryEntry> Generations { get; set; } = [];
}

/// <summary>One generation.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="Time">When it came into force, UTC.</param>
/// <param name="Actor">Who made it, <c>realm/name</c>.</param>
/// <param name="Summary">What was changed, in short.</param>
public sealed record PolicyHistoryEntry(long Generation, DateTimeOffset Time, string Actor, string Summary);

/// <summary>What a change of the whole policy came to.</summary>
public sealed record PolicyChangeResponse
{
    /// <summary>The generation in force afterwards.</summary>
    public long Generation { get; set; }

    /// <summary>Whether anything was changed.</summary>
    public bool Changed { get; set; }

    /// <summary>What was changed, by section.</summary>
    public IReadOnlyList<PolicySectionChange> Sections { get; set; } = [];

    /// <summary>Tests that were run, and hold.</summary>
    public int Tests { get; set; }
}

/// <summary>How many parts of a section differ.</summary>
public sealed record PolicySectionChange
{
    /// <summary>The section: <c>users</c>.</summary>
    public required string Section { get; set; }

    /// <summary>Parts that are new.</summary>
    public int Added { get; set; }

    /// <summary>Parts that are another.</summary>
    public int Changed { get; set; }

    /// <summary>Parts that are gone.</summary>
    public int Removed { get; set; }
}

/// <summary>What a policy would change.</summary>
public sealed record PolicyDiffResponse
{
    /// <summary>The generation it was compared with.</summary>
    public long Generation { get; set; }

    /// <summary>Whether anything differs.</summary>
    public bool Differs { get; set; }

    /// <summary>What differs, by section.</summary>
    public IReadOnlyList<PolicySectionChange> Sections { get; set; } = [];

    /// <summary>The parts that differ, the first of them.</summary>
    public IReadOnlyList<PolicyPartChange> Parts { get; set; } = [];

    /// <summary>Who gains or loses rights; those who gain rights over Gatehouse itself first.</summary>
    public IReadOnlyList<PolicyIdentityChange> Identities { get; set; } = [];

    /// <summary>Groups of identities that are left out of <see cref="Identities"/>.</summary>
    public int MoreIdentities { get; set; }
}

/// <summary>One part of a policy that differs.</summary>
public sealed record PolicyPartChange
{
    /// <summary>Its section.</summary>
    public required string Section { get; set; }

    /// <summary>Its name.</summary>
    public required string Name { get; set; }

    /// <summary><c>added</c>, <c>changed</c> or <c>removed</c>.</summary>
    public required string Change { get; set; }

    /// <summary>Which of its members differ; never their values.</summary>
    public IReadOnlyList<string> Members { get; set; } = [];
}

/// <summary>Identities that gain or lose the same rights.</summary>
public sealed record PolicyIdentityChange
{
    /// <summary><c>user</c>, <c>mapping</c>, <c>realm</c> (whoever it lets in) or <c>role</c> (whoever has it).</summary>
    public required string Kind { get; set; }

    /// <summary>Their names, the first of them.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>How many they are.</summary>
    public int Count { get; set; }

    /// <summary>Whether they gain rights over Gatehouse itself.</summary>
    public bool Critical { get; set; }

    /// <summary>Why, where roles alone do not say it.</summary>
    public string? Note { get; set; }

    /// <summary>Rights they gain, the first of them.</summary>
    public IReadOnlyList<PolicyRightChange> Gains { get; set; } = [];

    /// <summary>Rights they lose, the first of them.</summary>
    public IReadOnlyList<PolicyRightChange> Losses { get; set; } = [];

    /// <summary>Gains and losses that are left out.</summary>
    public int More { get; set; }
}

/// <summary>A right that is gained or lost.</summary>
public sealed record PolicyRightChange
{
    /// <summary>The grant: <c>http:get:tenants/*/data</c>, with its conditions.</summary>
    public required string Grant { get; set; }

    /// <summary>Whether it is a deny: gained when the deny is gone, lost when it is new.</summary>
    public bool Deny { get; set; }

    /// <summary>Whether it is about Gatehouse itself.</summary>
    public bool Critical { get; set; }
}

/// <summary>How the tests of a policy went.</summary>
public sealed record PolicyTestResponse
{
    /// <summary>Whether all hold.</summary>
    public bool Passed { get; set; }

    /// <summary>Tests in the file.</summary>
    public int Tests { get; set; }

    /// <summary>Single expectations in them.</summary>
    public int Expectations { get; set; }

    /// <summary>Expectations that do not hold.</summary>
    public int Failed { get; set; }

    /// <summary>Those, the first of them.</summary>
    public IReadOnlyList<PolicyTestFailure> Failures { get; set; } = [];
}

/// <summary>An expectation that does not hold.</summary>
public sealed record PolicyTestFailure
{
    /// <summary>The test, by name and number.</summary>
    public required string Test { get; set; }

    /// <summary>Its place among the tests, from 0.</summary>
    public int Index { get; set; }

    /// <summary>Who: <c>native/anna</c>, or the roles.</summary>
    public required string Who { get; set; }

    /// <summary><c>may</c> or <c>may_not</c>.</summary>
    public required string Expected { get; set; }

    /// <summary>What, as the test writes it.</summary>
    public required string Operation { get; set; }

    /// <summary>Why it does not hold.</summary>
    public required string Reason { get; set; }
}
