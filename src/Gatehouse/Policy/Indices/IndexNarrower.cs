using Gatehouse.Operations;

namespace Gatehouse.Policy.Indices;

/// <summary>
/// Narrows index expressions to what somebody may see, as Elasticsearch does: wildcards shrink, names that are not allowed are
/// refused. Sound without asking the cluster: whatever comes out stands for allowed names only, by the name used.
/// </summary>
public static class IndexNarrower
{
    /// <summary>Narrows by the expressions alone.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="context">Who asks.</param>
    /// <param name="action">The action, one on indices.</param>
    /// <param name="expressions">The list as it was sent: divided at commas, decoded, in order, exclusions among it. Empty: all.</param>
    /// <param name="options">How the request means them.</param>
    public static Narrowing Narrow(
        CompiledPolicy policy, in AuthorizationContext context, SystemAction action, IReadOnlyList<string> expressions, NarrowingOptions options) =>
        new NarrowingRun(new IndexSight(policy, context, action), options, names: null).Narrow(expressions);

    /// <summary>Narrows to explicit names, of those that the cluster has.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="context">Who asks.</param>
    /// <param name="action">The action, one on indices.</param>
    /// <param name="expressions">As for <see cref="Narrow"/>.</param>
    /// <param name="options">How the request means them.</param>
    /// <param name="names">What the upstream says there is.</param>
    public static Narrowing NarrowBy(
        CompiledPolicy policy,
        in AuthorizationContext context,
        SystemAction action,
        IReadOnlyList<string> expressions,
        NarrowingOptions options,
        IndexNames names) =>
        new NarrowingRun(new IndexSight(policy, context, action), options, names).Narrow(expressions);

    /// <summary>Two narrowed lists of one request for two actions of which either suffices, without exclusions in them, as one.</summary>
    /// <exception cref="ArgumentException">One was not narrowed.</exception>
    public static Narrowing Join(Narrowing first, Narrowing second) =>
        first.Kind == NarrowingKind.Narrowed && second.Kind == NarrowingKind.Narrowed
            ? new Narrowing(NarrowingKind.Narrowed, [.. first.Expressions.Union(second.Expressions, StringComparer.Ordinal)])
            : throw new ArgumentException("only what was narrowed can be joined", nameof(first));

    /// <summary>
    /// Whether somebody is denied anything for an action. Then what an expression allows must be held against the aliases and streams
    /// that there are: they may lead to what is denied.
    /// </summary>
    public static bool HasDeny(CompiledPolicy policy, in AuthorizationContext context, SystemAction action) =>
        new IndexSight(policy, context, action).HasDeny;
}
