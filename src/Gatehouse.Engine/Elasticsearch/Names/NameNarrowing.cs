using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Policy.Indices;

namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>
/// Both tiers of narrowing: by the expressions alone where that says it, else by the names that the cluster has. Where something is
/// denied, expressions alone never say it, for an alias may lead there.
/// </summary>
internal static class NameNarrowing
{
    /// <summary>Narrows a list for the actions of which one suffices.</summary>
    public static Narrowing Narrow(
        CompiledPolicy policy,
        in AuthorizationContext context,
        string[] actions,
        IReadOnlyList<string> expressions,
        NarrowingOptions options,
        NameNeed need)
    {
        Narrowing first = Narrow(policy, context, SystemAction.Intern(Privileges.System, actions[0]), expressions, options, need);
        if (actions.Length == 1 || first.Kind == NarrowingKind.Unchanged)
        {
            return first;
        }

        Narrowing second = Narrow(policy, context, SystemAction.Intern(Privileges.System, actions[1]), expressions, options, need);
        if (first.Kind != NarrowingKind.Narrowed || second.Kind == NarrowingKind.Unchanged)
        {
            return second.Kind is NarrowingKind.Narrowed or NarrowingKind.Unchanged ? second : first;
        }

        // What is excluded behind one list would be missing from the other.
        return second.Kind != NarrowingKind.Narrowed || HasExclusion(first) || HasExclusion(second)
            ? first
            : IndexNarrower.Join(first, second);
    }

    private static Narrowing Narrow(
        CompiledPolicy policy,
        in AuthorizationContext context,
        SystemAction action,
        IReadOnlyList<string> expressions,
        NarrowingOptions options,
        NameNeed need)
    {
        Narrowing narrowing = IndexNarrower.Narrow(policy, context, action, expressions, options);
        bool isUnsure = narrowing.Kind == NarrowingKind.NeedsNames
            || (narrowing.Kind is NarrowingKind.Unchanged or NarrowingKind.Narrowed && IndexNarrower.HasDeny(policy, context, action));
        if (!isUnsure)
        {
            return narrowing;
        }

        if (need.Names is not { } names)
        {
            need.IsNeeded = true;
            return narrowing;
        }

        return narrowing.Kind == NarrowingKind.NeedsNames
            || new DeniedMembers(policy, context, names).AreReached(action, narrowing.Expressions.Count == 0 ? ["*"] : narrowing.Expressions)
            ? IndexNarrower.NarrowBy(policy, context, action, expressions, options, names.ForNarrowing)
            : narrowing;
    }

    private static bool HasExclusion(in Narrowing narrowing)
    {
        foreach (string expression in narrowing.Expressions)
        {
            if (expression.StartsWith('-'))
            {
                return true;
            }
        }

        return false;
    }
}
