using Gatehouse.Policy;

namespace Gatehouse.Administration;

/// <summary><c>POST /v1/who-can</c>. What is left out leaves conditions on it open.</summary>
public sealed record WhoCanRequest
{
    /// <summary>The operation, as <see cref="OperationText"/> reads it.</summary>
    public required string Operation { get; set; }

    /// <summary>Through this gate only.</summary>
    public string? Gate { get; set; }

    /// <summary>From this address only.</summary>
    public string? Source { get; set; }

    /// <summary>With, or without, a verified client certificate only.</summary>
    public bool? ClientCertificate { get; set; }

    /// <summary>At this quality of service of MQTT only, 0 to 2.</summary>
    public byte? Qos { get; set; }

    /// <summary>For messages to be retained only, or for others only.</summary>
    public bool? Retain { get; set; }

    /// <summary>On what is one's own only, or on what is somebody else's.</summary>
    public bool? Own { get; set; }

    /// <summary>At this moment; null: now, with hours of the day left open.</summary>
    public DateTimeOffset? At { get; set; }

    /// <summary>At most so many identities, 1 to 10,000; 0 stands for 1,000.</summary>
    public int Limit { get; set; }
}

/// <summary>Who can do something, and through which role and grant.</summary>
public sealed record WhoCanResponse
{
    /// <summary>What was asked.</summary>
    public required string Operation { get; set; }

    /// <summary>The generation that was asked.</summary>
    public long Generation { get; set; }

    /// <summary>Those that can, or could but for a deny or for being disabled; by kind and name.</summary>
    public IReadOnlyList<WhoCanIdentity> Identities { get; set; } = [];

    /// <summary>
    /// How many there are by verdict, also those that were left out; <c>not_asked</c>: they have the right and do not come in, for no
    /// gate in question asks their realm.
    /// </summary>
    public IReadOnlyDictionary<string, int> Counts { get; set; } = new Dictionary<string, int>();

    /// <summary>Whether more were found than are shown.</summary>
    public bool Truncated { get; set; }

    /// <summary>What the answer does not say.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];
}

/// <summary>One identity, or one rule that gives roles to identities of realms.</summary>
public sealed record WhoCanIdentity
{
    /// <summary><c>user</c>, <c>service</c>, <c>api_key</c>, <c>mapping</c>, <c>anonymous</c>, <c>network</c>, <c>certificate</c>, <c>local</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>Name; of an API key its id, of a mapping the mapping's.</summary>
    public required string Name { get; set; }

    /// <summary>Of an API key: its owner.</summary>
    public string? Owner { get; set; }

    /// <summary>Of a mapping: for whom it holds, in words; of an API key its name.</summary>
    public string? Detail { get; set; }

    /// <summary>
    /// <c>yes</c>; <c>conditional</c>: under conditions that were left open; <c>denied</c>: a grant denies it; <c>inactive</c>: disabled or
    /// expired, it could otherwise.
    /// </summary>
    public required string Verdict { get; set; }

    /// <summary>The grants that speak of it, denying ones too.</summary>
    public IReadOnlyList<GrantOrigin> Through { get; set; } = [];
}

/// <summary>A grant with the role it comes from.</summary>
public sealed record GrantOrigin
{
    /// <summary>The role; of an API key's own grants <c>api-key:ID</c>.</summary>
    public required string Role { get; set; }

    /// <summary>Its place in the role, from 0.</summary>
    public int Index { get; set; }

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public GrantEffect Effect { get; set; }

    /// <summary>The grant in one line, with its conditions.</summary>
    public required string Grant { get; set; }

    /// <summary>The grant itself, where it was asked for (<c>what-can</c>).</summary>
    public GrantView? Rule { get; set; }

    /// <summary>Whether its conditions are left open by the question.</summary>
    public bool Conditional { get; set; }

    /// <summary>Of an API key's own grants: the owner's grants that it overlaps, <c>ROLE#INDEX</c>; an allow without any never applies.</summary>
    public IReadOnlyList<string>? Within { get; set; }
}

/// <summary><c>GET /v1/what-can/NAME</c>: the grants and denies that somebody has.</summary>
public sealed record WhatCanResponse
{
    /// <summary><c>user</c>, <c>service</c>, <c>api_key</c>, <c>mapping</c> or <c>role</c>.</summary>
    public required string Kind { get; set; }

    /// <summary>Name, of an API key its id.</summary>
    public required string Name { get; set; }

    /// <summary>Of an API key: its owner.</summary>
    public string? Owner { get; set; }

    /// <summary>Whether any of it counts now: not disabled, not expired.</summary>
    public bool Active { get; set; }

    /// <summary>Only what can apply at this gate.</summary>
    public string? Gate { get; set; }

    /// <summary>The generation that was asked.</summary>
    public long Generation { get; set; }

    /// <summary>Roles.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Those of them that do not exist.</summary>
    public IReadOnlyList<string> UnknownRoles { get; set; } = [];

    /// <summary>The grants of the roles; of an API key those of its owner.</summary>
    public IReadOnlyList<GrantOrigin> Grants { get; set; } = [];

    /// <summary>Of an API key: its own grants, which must allow besides; null: it has all that its owner has.</summary>
    public IReadOnlyList<GrantOrigin>? NarrowedTo { get; set; }

    /// <summary>What the answer does not say.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];
}

/// <summary>What part of the trail an answer comes from.</summary>
public sealed record TrailCoverage
{
    /// <summary>The node whose trail it is.</summary>
    public required string Node { get; set; }

    /// <summary>From when on was asked.</summary>
    public DateTimeOffset Since { get; set; }

    /// <summary>Until when.</summary>
    public DateTimeOffset Until { get; set; }

    /// <summary>Where the trail begins; null: it is empty.</summary>
    public DateTimeOffset? Begins { get; set; }

    /// <summary>Recorded decisions that were looked at.</summary>
    public long Decisions { get; set; }

    /// <summary>False where something that happened is surely or possibly missing; <see cref="Notes"/> say what.</summary>
    public bool Complete { get; set; }

    /// <summary>What is missing, and why.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];
}

/// <summary><c>GET /v1/suggest/USER</c>: a role with what somebody did.</summary>
public sealed record SuggestResponse
{
    /// <summary>About whom, <c>realm/name</c>.</summary>
    public required string User { get; set; }

    /// <summary>The role, as <c>role set -f</c> takes it.</summary>
    public required RoleView Role { get; set; }

    /// <summary>Allowed requests that it is made from.</summary>
    public long Allowed { get; set; }

    /// <summary>Denied requests: part of it where that was asked for.</summary>
    public long Denied { get; set; }

    /// <summary>Why the role is wider than what was done, line by line.</summary>
    public IReadOnlyList<string> Notes { get; set; } = [];

    /// <summary>What it was made from.</summary>
    public required TrailCoverage Trail { get; set; }
}

/// <summary><c>GET /v1/unused</c>: what nobody needed.</summary>
public sealed record UnusedResponse
{
    /// <summary>Grants that no recorded operation of anybody with the role met.</summary>
    public IReadOnlyList<GrantOrigin> Grants { get; set; } = [];

    /// <summary>Roles that no user, mapping or anonymous realm gives.</summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>Native users that did not come in, also not with a key.</summary>
    public IReadOnlyList<string> Users { get; set; } = [];

    /// <summary>API keys that were not used: <c>ID</c> with owner and name.</summary>
    public IReadOnlyList<UnusedKey> ApiKeys { get; set; } = [];

    /// <summary>What it was made from.</summary>
    public required TrailCoverage Trail { get; set; }
}

/// <summary>A key that nobody used.</summary>
/// <param name="Id">Its public part.</param>
/// <param name="Name">Its name.</param>
/// <param name="Owner">Whose.</param>
/// <param name="Created">When it was made.</param>
public sealed record UnusedKey(string Id, string Name, string Owner, DateTimeOffset Created);
