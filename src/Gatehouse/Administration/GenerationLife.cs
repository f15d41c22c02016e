namespace Gatehouse.Administration;

/// <summary>How long generations of the cluster state are kept once they are no longer in force.</summary>
public static class GenerationLife
{
    /// <summary>Generations that are kept at most: whatever makes one a second must not fill a disk.</summary>
    public const int Most = 10_000;

    /// <summary>Time after the next one was made.</summary>
    public static TimeSpan Time => TimeSpan.FromDays(30);
}
