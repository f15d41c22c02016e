namespace Gatehouse.Engine.Auditing.Searching;

/// <summary>
/// When the background loop may build indexes: at once while little is written; under load it leaves the processors to those
/// who wait for answers, for ten minutes at most, and then takes a tenth of one. Searches are right without it.
/// </summary>
internal sealed class IndexPace
{
    /// <summary>More than this many bytes a second is load: about 1,400 records.</summary>
    public const long BusyBytes = 1024 * 1024;

    /// <summary>How long a load may keep the index waiting.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private const int RestFactor = 9;

    private TimeSpan _busyFor;

    /// <summary>How many segments may be built in a round; 0: none, and the newest is not read on either.</summary>
    /// <param name="written">Bytes written since the round before.</param>
    /// <param name="elapsed">The time since then.</param>
    public int Segments(long written, TimeSpan elapsed)
    {
        if (written <= BusyBytes * elapsed.TotalSeconds)
        {
            _busyFor = TimeSpan.Zero;
            return int.MaxValue;
        }

        _busyFor += elapsed;
        return _busyFor < Patience ? 0 : 1;
    }

    /// <summary>How long to rest after a round that took so long.</summary>
    public static TimeSpan Rest(TimeSpan took, TimeSpan least) => took * RestFactor > least ? took * RestFactor : least;
}
