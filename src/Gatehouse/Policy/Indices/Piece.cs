namespace Gatehouse.Policy.Indices;

/// <summary>A part of what an expression stands for, that somebody may have: a pattern, less names with a dot, less restricted ones.</summary>
/// <param name="Glob">The pattern.</param>
/// <param name="NoDot">Without names that begin with a dot.</param>
/// <param name="IsWide">With restricted names.</param>
internal sealed record Piece(Glob Glob, bool NoDot, bool IsWide)
{
    private const int MaxFences = 4;

    private static readonly Glob Dots = Glob.Parse(".*");
    private static readonly Glob[] Backing = [Glob.Parse(".ds-*"), Glob.Parse(".fs-*")];

    /// <summary>All restricted names, then those of backing indices.</summary>
    public static RuledGlob[] RestrictedRules { get; } =
    [
        .. from prefix in (string[])["", ".ds-", ".fs-"]
           from head in RestrictedNames.Texts
           select new RuledGlob(Glob.Parse(prefix + head + "*"), false, GlobRule.Restricted),
    ];

    /// <summary>Whether names with a dot must be kept out besides, as the pattern itself does not.</summary>
    public bool NeedsDotFence => NoDot && Glob.StartsOpen;

    /// <summary>Whether backing indices of streams are among the names.</summary>
    public bool ReachesBacking => !NoDot && Array.Exists(Backing, Glob.Overlaps);

    /// <summary>What it has in common with a pattern of a grant; null: nothing. False where no expression says it.</summary>
    public bool TryIntersect(RuledGlob allow, out Piece? common)
    {
        common = null;
        if (!TryIntersect(Glob, allow.Glob, out Glob? glob))
        {
            return false;
        }

        common = glob is null ? null : new Piece(glob, NoDot || allow.NoDot, IsWide && allow.Rule == GlobRule.Wide);
        common = common is { NoDot: true, Glob.StartsWithDot: true } ? null : common;
        return true;
    }

    /// <summary>Expressions that keep out what is restricted, behind it; null: there would be too many. Empty set of names: the piece itself is out.</summary>
    public bool TryFence(List<string> fences, out bool isEmpty)
    {
        isEmpty = false;
        int before = fences.Count;
        if (NeedsDotFence)
        {
            Add(fences, Dots);
        }

        if (IsWide)
        {
            return true;
        }

        // Streams may be restricted, and their backing indices with them.
        foreach (RuledGlob restricted in ReachesBacking ? RestrictedRules : RestrictedRules.AsSpan(0, RestrictedNames.Texts.Count))
        {
            if (restricted.Glob.Covers(Glob))
            {
                isEmpty = true;
                return true;
            }

            if (!(NoDot && restricted.Glob.StartsWithDot) && restricted.Glob.Overlaps(Glob))
            {
                Add(fences, restricted.Glob);
            }
        }

        return fences.Count - before <= MaxFences;
    }

    private static void Add(List<string> fences, Glob glob)
    {
        if (!fences.Contains(glob.ToString()))
        {
            fences.Add(glob.ToString());
        }
    }

    private static bool TryIntersect(Glob a, Glob b, out Glob? common)
    {
        common = a.Covers(b) ? b : b.Covers(a) ? a : null;
        if (common is not null || !a.Overlaps(b))
        {
            return true;
        }

        // One of them is `head*tail`: what lies between head and tail of the other may be in between.
        Glob longHead = a.HeadLength >= b.HeadLength ? a : b;
        int aTail = TailOf(a);
        int bTail = TailOf(b);
        Glob longTail = aTail >= bTail ? a : b;
        int[] aMiddle = a.Symbols[a.HeadLength..^aTail];
        int[] bMiddle = b.Symbols[b.HeadLength..^bTail];
        int[] middle = aMiddle is [Glob.Star] ? bMiddle : bMiddle is [Glob.Star] ? aMiddle : [];
        if (middle.Length == 0 || a.HasOne || b.HasOne)
        {
            return false;
        }

        var candidate = new Glob([.. longHead.Symbols[..longHead.HeadLength], .. middle, .. longTail.Symbols[^TailOf(longTail)..]]);
        if (!a.Covers(candidate) || !b.Covers(candidate) || GlobUnion.Allows([a, b], [new RuledGlob(candidate, false, GlobRule.Wide)]) != true)
        {
            return false;
        }

        common = candidate;
        return true;
    }

    private static int TailOf(Glob glob) => glob.Symbols.Length - 1 - Array.FindLastIndex(glob.Symbols, static s => s < 0);
}
