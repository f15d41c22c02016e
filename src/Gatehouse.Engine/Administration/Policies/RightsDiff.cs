using Gatehouse.Administration;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// Rights before and after: what is gained and what is lost, grant by grant. A grant that another one covers is no change; where
/// that cannot be said it is named, so that nothing gained is ever hidden. A deny that is gone is a gain of what it denied.
/// </summary>
internal sealed class RightsDiff
{
    private RightsDiff(List<GrantAtom> gains, List<GrantAtom> losses)
    {
        Gains = gains;
        Losses = losses;
    }

    /// <summary>Grants gained, and denies that are gone.</summary>
    public IReadOnlyList<GrantAtom> Gains { get; }

    /// <summary>Grants lost, and denies that are new.</summary>
    public IReadOnlyList<GrantAtom> Losses { get; }

    /// <summary>Whether anything differs.</summary>
    public bool IsEmpty => Gains.Count == 0 && Losses.Count == 0;

    /// <summary>Compares.</summary>
    public static RightsDiff Between(IReadOnlyCollection<GrantAtom> before, IReadOnlyCollection<GrantAtom> after, DiffBudget budget) =>
        new(Gained(before, after, budget), Gained(after, before, budget));

    // Losses are the gains of the way back.
    private static List<GrantAtom> Gained(IReadOnlyCollection<GrantAtom> before, IReadOnlyCollection<GrantAtom> after, DiffBudget budget)
    {
        HashSet<(bool, string)> had = [.. before.Select(static atom => atom.Key)];
        HashSet<(bool, string)> has = [.. after.Select(static atom => atom.Key)];
        GrantAtom[] grants = [.. after.Where(atom => !atom.IsDeny && !had.Contains(atom.Key)).DistinctBy(static atom => atom.Key)];
        GrantAtom[] denies = [.. before.Where(atom => atom.IsDeny && !has.Contains(atom.Key)).DistinctBy(static atom => atom.Key)];
        bool isFew = budget.Take(Length(grants) + Length(denies), Length(before) + Length(after));

        // Covered by what was there, or denied all the same: no gain. A deny on some names leaves the system as a whole open.
        IEnumerable<GrantAtom> gained = grants.Where(grant => !isFew
            || !(before.Any(old => !old.IsDeny && old.Covers(grant)) || after.Any(deny => deny is { IsDeny: true, Resource: "**" } && deny.Covers(grant))));

        // Still denied by another, or nothing that it denied is allowed: no gain.
        IEnumerable<GrantAtom> freed = denies.Where(gone => !isFew
            || (!after.Any(deny => deny.IsDeny && deny.Covers(gone)) && after.Any(allow => !allow.IsDeny && allow.Overlaps(gone))));
        return [.. gained.Concat(freed).OrderByDescending(static atom => atom.IsCritical).ThenBy(static atom => atom.Text, StringComparer.Ordinal)];
    }

    private static long Length(IEnumerable<GrantAtom> atoms) => atoms.Sum(static atom => (long)atom.Text.Length);
}

/// <summary>
/// How much work one comparison may be: two patterns take as many steps as the product of their lengths. What is over it is named
/// without a look at what covers it.
/// </summary>
internal sealed class DiffBudget
{
    private long _left = 4_000_000_000;

    /// <summary>Takes the steps of comparing so many characters with so many others; false where they are not left.</summary>
    public bool Take(long some, long others)
    {
        UInt128 steps = (UInt128)some * (UInt128)others;
        if (steps > (UInt128)_left)
        {
            return false;
        }

        _left -= (long)steps;
        return true;
    }
}
