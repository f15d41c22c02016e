using System.Diagnostics;

namespace Gatehouse.Testing.Time;

/// <summary>Times of work that computes and waits for nobody.</summary>
public static class Timed
{
    /// <summary>
    /// The best time of a piece of work: it is done again, up to <paramref name="tries"/> times, while it takes longer than
    /// <paramref name="limit"/>. What is slow is slow each time; what the machine did meanwhile is not.
    /// </summary>
    public static TimeSpan Best(Action work, TimeSpan limit, int tries = 5)
    {
        TimeSpan best = TimeSpan.MaxValue;
        for (int i = 0; i < tries && best >= limit; i++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        return best;
    }
}
