namespace Gatehouse.Engine.Ipfs.Ownership;

/// <summary>
/// Forgets owners of pins that the cluster no longer has: those that ended by themselves (<c>expire-at</c>), and those that were removed around
/// the gate. Some pins a round, all of them within six hours, small ledgers every ten minutes. Used by one caller at a time.
/// </summary>
/// <remarks>
/// An owner is forgotten when the cluster has said twice that it has no such pin, at least an hour apart, the second time while nobody
/// else may change the pin, and nothing of it changed in between. A cluster that has lost more than half of its pins may be another
/// one, or not be done with its start: it has a day.
/// </remarks>
internal sealed class PinSweep(PinLedger ledger, TimeProvider time)
{
    /// <summary>Between two times that a pin is missing.</summary>
    public static readonly TimeSpan Apart = TimeSpan.FromHours(1);

    /// <summary>The same where most pins are.</summary>
    public static readonly TimeSpan ApartWhereMostAre = TimeSpan.FromHours(24);

    /// <summary>From the beginning of one look at all pins to the next, at least.</summary>
    public static readonly TimeSpan Cycle = TimeSpan.FromMinutes(10);

    private const int LeastInRound = 64;
    private const int Rounds = 360; // of a minute: six hours
    private const int Few = 20;

    private readonly Dictionary<string, Course> _courses = new(StringComparer.Ordinal);

    /// <summary>Asks about some pins of a cluster; how many were forgotten. Ends at the first that the cluster does not answer.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="isPinned">Whether the cluster has it; null: it did not say.</param>
    /// <param name="cancellation">Ends it between two CIDs.</param>
    public async ValueTask<int> RoundAsync(string cluster, Func<string, CancellationToken, Task<bool?>> isPinned, CancellationToken cancellation)
    {
        if (!_courses.TryGetValue(cluster, out Course? course))
        {
            course = new Course();
            _courses.Add(cluster, course);
        }

        if (course.Next >= course.Cids.Count && (course.Began is not { } began || time.GetElapsedTime(began) >= Cycle))
        {
            course.Begin(ledger.Cids(cluster), time.GetTimestamp());
        }

        int forgotten = 0;
        for (int left = Math.Max(LeastInRound, (course.Cids.Count + Rounds - 1) / Rounds); left > 0 && course.Next < course.Cids.Count; left--)
        {
            cancellation.ThrowIfCancellationRequested();
            string cid = course.Cids[course.Next++];
            (bool isKnown, bool isForgotten) = await LookAsync(course, cluster, cid, isPinned, cancellation);
            forgotten += isForgotten ? 1 : 0;
            if (!isKnown)
            {
                break;
            }
        }

        return forgotten;
    }

    private async ValueTask<(bool IsKnown, bool IsForgotten)> LookAsync(
        Course course, string cluster, string cid, Func<string, CancellationToken, Task<bool?>> isPinned, CancellationToken cancellation)
    {
        IReadOnlyList<PinOwnership> owners = ledger.OwnersOf(cluster, cid);
        if (owners.Count == 0 || owners.Any(static one => one.IsPending))
        {
            course.Missing.Remove(cid);
            return (true, false); // nobody's by now, or under way: that is looked after by itself
        }

        if (course.Missing.TryGetValue(cid, out Missed missed) && missed.Owners.SequenceEqual(owners) && time.GetElapsedTime(missed.Since) >= course.Wait)
        {
            return await ForgetAsync(course, cluster, cid, owners, isPinned, cancellation);
        }

        bool? answer = await isPinned(cid, cancellation);
        if (answer == true)
        {
            course.Missing.Remove(cid);
        }
        else if (answer == false && (missed.Owners is null || !missed.Owners.SequenceEqual(owners)))
        {
            course.Missing[cid] = new Missed(time.GetTimestamp(), owners);
        }

        return (answer is not null, false);
    }

    /// <summary>The second time; a pin that a request holds is left to it.</summary>
    private async ValueTask<(bool IsKnown, bool IsForgotten)> ForgetAsync(
        Course course, string cluster, string cid, IReadOnlyList<PinOwnership> owners, Func<string, CancellationToken, Task<bool?>> isPinned, CancellationToken cancellation)
    {
        if (!(await ledger.TakeAsync(cluster, cid, PinOwner.None, TimeSpan.Zero, cancellation)).TryGet(out PinClaim? claim))
        {
            return (true, false);
        }

        using (claim)
        {
            bool? answer = ledger.OwnersOf(cluster, cid).SequenceEqual(owners) ? await isPinned(cid, cancellation) : true;
            if (answer is null)
            {
                return (false, false);
            }

            course.Missing.Remove(cid);

            // What cannot be read stays somebody else's.
            bool isForgotten = answer == false && await ledger.ChangeAsync(claim.Entry, static one => one.State == PinState.Owned ? null : one, cancellation) is { Count: > 0 };
            return (true, isForgotten);
        }
    }

    /// <summary>When the cluster first did not have a pin, and whose it was then.</summary>
    private readonly record struct Missed(long Since, IReadOnlyList<PinOwnership> Owners);

    /// <summary>One look at all pins of a cluster.</summary>
    private sealed class Course
    {
        public IReadOnlyList<string> Cids { get; private set; } = [];

        public int Next { get; set; }

        public long? Began { get; private set; }

        public Dictionary<string, Missed> Missing { get; } = new(StringComparer.Ordinal);

        public TimeSpan Wait => Missing.Count >= Few && Missing.Count * 2L > Cids.Count ? ApartWhereMostAre : Apart;

        public void Begin(IReadOnlyList<string> cids, long now)
        {
            (Cids, Next, Began) = (cids, 0, now);
            HashSet<string> there = new(cids, StringComparer.Ordinal);
            foreach (string cid in Missing.Keys.Where(cid => !there.Contains(cid)).ToArray())
            {
                Missing.Remove(cid);
            }
        }
    }
}
