using System.Collections.Frozen;
using Gatehouse.Problems;

namespace Gatehouse.Policy;

/// <summary>The condition `own`, of systems in which the gate knows who made what: where it may stand.</summary>
internal static class OwnConditions
{
    // Whose gates keep the ledger of pins.
    private static readonly FrozenSet<string> Systems = FrozenSet.ToFrozenSet(["ipfs-cluster", "ipfs-pinning", "ipfs-proxy"], StringComparer.Ordinal);

    /// <summary>Reports what is wrong with that of a grant.</summary>
    public static void Check(Grant grant, string place, Action<ProblemDefinition, string> report)
    {
        if (grant.When?.Own is not { } own)
        {
            return;
        }

        if (grant.System is null || !Systems.Contains(grant.System))
        {
            report(PinProblems.ConditionSystem, $"{place} `own` is a condition of systems {string.Join(", ", Systems.Order(StringComparer.Ordinal).Select(static s => $"`{s}`"))} only, not of `{grant.System}`");
        }

        // It would read as "only what is not mine", or as no condition: two readers, two meanings.
        if (!own)
        {
            report(PinProblems.ConditionFalse, $"{place} `own` is `true` or left out");
        }
    }
}
