namespace Gatehouse.Policy.Tables;

/// <summary>Which probes a name needs: most can be told by its number of segments to find nothing. Immutable.</summary>
internal sealed class ProbePlan
{
    // Probes from the right read the hashes of segments; names with more segments than this have theirs found one by one.
    private const int TailDepth = 8;

    private readonly Probe[][] _byCount;

    /// <param name="probes">The probes of a rule set.</param>
    /// <param name="wholeNames">How many segments the names have that are to be found whole.</param>
    public ProbePlan(IEnumerable<Probe> probes, int[] wholeNames)
    {
        Probe[] all = [.. probes.OrderByDescending(static p => p.IsWholeName).ThenBy(static p => p.Id)];
        foreach (Probe probe in all)
        {
            Depth = Math.Max(Depth, probe.HasTail ? Math.Max(probe.Depth, TailDepth) : probe.Depth);
        }

        _byCount = new Probe[Depth + 2][];
        for (int count = 0; count < _byCount.Length; count++)
        {
            _byCount[count] = Array.FindAll(all, probe => probe.IsWholeName ? IsAmong(count, wholeNames) : probe.Fits(count));
        }
    }

    /// <summary>How many segments from the left must be split off a name.</summary>
    public int Depth { get; }

    /// <summary>The probes for a name with this many segments, one more than <see cref="Depth"/> meaning that or more.</summary>
    public ReadOnlySpan<Probe> For(int count) => _byCount[count];

    private bool IsAmong(int count, int[] counts) => Array.Exists(counts, c => c == count || (count > Depth && c >= count));
}
