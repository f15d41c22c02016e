namespace Gatehouse.Policy.Indices;

/// <summary>What became of a request's index expressions.</summary>
public enum NarrowingKind
{
    /// <summary>Something is not allowed. First, so that <c>default</c> is closed.</summary>
    Denied = 0,

    /// <summary>All of it is allowed as it was sent.</summary>
    Unchanged,

    /// <summary>Other expressions take their place.</summary>
    Narrowed,

    /// <summary>Nothing of it is left: the answer is an empty one.</summary>
    Nothing,

    /// <summary>Expressions cannot say what is allowed; the names that there are must be asked for (<see cref="IndexNarrower.NarrowBy"/>).</summary>
    NeedsNames,
}

/// <summary>How a request means its expressions.</summary>
public sealed record NarrowingOptions
{
    /// <summary><c>ignore_unavailable</c>: names that are not allowed are dropped, not refused, as those that are not there.</summary>
    public bool IgnoreUnavailable { get; init; }

    /// <summary>False for <c>expand_wildcards=none</c>: a <c>*</c> stays as it is.</summary>
    public bool ExpandsWildcards { get; init; } = true;

    /// <summary>Whether wildcards reach hidden names (<c>expand_wildcards=hidden</c> or <c>all</c>).</summary>
    public bool ExpandsHidden { get; init; }

    /// <summary>Nothing is narrowed: a wildcard that reaches further than the grants is refused.</summary>
    public bool IsStrict { get; init; }
}

/// <summary>The result of a narrowing.</summary>
public readonly struct Narrowing
{
    private readonly IReadOnlyList<string>? _expressions;

    internal Narrowing(NarrowingKind kind, IReadOnlyList<string> expressions)
    {
        Kind = kind;
        _expressions = expressions;
    }

    internal Narrowing(DenialReason reason, string refused)
    {
        Reason = reason;
        Refused = refused;
    }

    /// <summary>What became of it.</summary>
    public NarrowingKind Kind { get; }

    /// <summary>What to send, in order; as it came for <see cref="NarrowingKind.Unchanged"/>, where an empty list stays one.</summary>
    public IReadOnlyList<string> Expressions => _expressions ?? [];

    /// <summary>The expression that is not allowed.</summary>
    public string? Refused { get; }

    /// <summary>Why it is not.</summary>
    public DenialReason Reason { get; }
}

/// <summary>The names behind expressions, as the upstream's <c>_resolve/index</c> gives them.</summary>
/// <param name="Indices">Indices.</param>
/// <param name="Aliases">Aliases.</param>
/// <param name="DataStreams">Data streams.</param>
public sealed record IndexNames(IReadOnlyList<ResolvedIndex> Indices, IReadOnlyList<ResolvedAlias> Aliases, IReadOnlyList<ResolvedStream> DataStreams);

/// <summary>An index.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Aliases">Aliases that lead to it.</param>
/// <param name="DataStream">The stream it backs, or null.</param>
public sealed record ResolvedIndex(string Name, IReadOnlyList<string> Aliases, string? DataStream);

/// <summary>An alias.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Indices">Where it leads to.</param>
public sealed record ResolvedAlias(string Name, IReadOnlyList<string> Indices);

/// <summary>A data stream.</summary>
/// <param name="Name">Its name.</param>
/// <param name="BackingIndices">What it is made of.</param>
public sealed record ResolvedStream(string Name, IReadOnlyList<string> BackingIndices);
