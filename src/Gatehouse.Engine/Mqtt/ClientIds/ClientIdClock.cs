namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Time as the book counts it: setting the clock does neither shorten nor prolong a life while the node runs.</summary>
internal sealed class ClientIdClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();
    private readonly DateTimeOffset _startWall = time.GetUtcNow();

    /// <summary>Since the start.</summary>
    public TimeSpan Now => time.GetElapsedTime(_start);

    /// <summary>The time of day for records, never behind what has been counted since the start.</summary>
    public DateTimeOffset Wall
    {
        get
        {
            DateTimeOffset counted = _startWall + Now;
            DateTimeOffset told = time.GetUtcNow();
            return told > counted ? told : counted;
        }
    }
}
