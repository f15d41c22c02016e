namespace Gatehouse.Engine.Realms.Directory;

/// <summary>
/// When a refusal is answered. A directory refuses a name that it does not know before it hashes any password, so the time of
/// the answer would say who is there: every refusal waits until the slowest password check of the last hour would have been
/// over, and a quarter more. Nobody can push that out by asking for many names, since it is kept by time and not by number.
/// </summary>
internal sealed class DirectoryPace(TimeProvider time)
{
    /// <summary>The least time, for a directory that was not asked yet.</summary>
    public static readonly TimeSpan Least = TimeSpan.FromMilliseconds(50);

    /// <summary>The most that a refusal is held back: a directory slower than that tells by its time.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Span = TimeSpan.FromMinutes(15);
    private readonly Lock _lock = new();
    private readonly TimeSpan[] _slowest = new TimeSpan[4];
    private readonly long _since = time.GetTimestamp();
    private long _newest;

    /// <summary>A password was checked; how long it took from the beginning of the login, whatever came of it.</summary>
    public void Note(TimeSpan took)
    {
        lock (_lock)
        {
            ForgetUnderLock();
            ref TimeSpan slowest = ref _slowest[_newest % _slowest.Length];
            slowest = took > slowest ? took : slowest;
        }
    }

    /// <summary>How long after its beginning a refused login is answered.</summary>
    public TimeSpan Target()
    {
        TimeSpan slowest;
        lock (_lock)
        {
            ForgetUnderLock();
            slowest = _slowest.Max() * 1.25;
        }

        return slowest < Least ? Least : slowest > Most ? Most : slowest;
    }

    /// <summary>Waits out what is left of a login that began at <paramref name="began"/> (a timestamp).</summary>
    public async ValueTask WaitAsync(long began, CancellationToken cancellation)
    {
        TimeSpan left = Target() - time.GetElapsedTime(began);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left, time, cancellation);
        }
    }

    private void ForgetUnderLock()
    {
        long now = time.GetElapsedTime(_since).Ticks / Span.Ticks;
        for (; _newest < now; _newest++)
        {
            _slowest[(_newest + 1) % _slowest.Length] = TimeSpan.Zero;
            if (now - _newest > _slowest.Length)
            {
                _newest = now - _slowest.Length;
            }
        }
    }
}
