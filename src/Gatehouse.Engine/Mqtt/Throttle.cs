namespace Gatehouse.Engine.Mqtt;

/// <summary>Messages a second of one client: over it, its packets wait unread. Nothing is lost.</summary>
/// <param name="perSecond">The rate, and what may come at once; 0: no limit.</param>
/// <param name="time">The clock.</param>
internal sealed class Throttle(int perSecond, TimeProvider time)
{
    private double _left = perSecond;
    private long _since = time.GetTimestamp();

    /// <summary>Whether the next message has to wait.</summary>
    public bool IsEmpty
    {
        get
        {
            if (perSecond == 0)
            {
                return false;
            }

            if (_left < 1)
            {
                Refill();
            }

            return _left < 1;
        }
    }

    /// <summary>How long.</summary>
    public TimeSpan Delay => perSecond == 0 || _left >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Max(0.001, (1 - _left) / perSecond));

    /// <summary>Counts a message.</summary>
    public void Take() => _left -= perSecond == 0 ? 0 : 1;

    /// <summary>Waits until the next one may come.</summary>
    public Task WaitAsync() => Task.Delay(Delay, time);

    private void Refill()
    {
        long now = time.GetTimestamp();
        _left = Math.Min(perSecond, _left + (time.GetElapsedTime(_since, now).TotalSeconds * perSecond));
        _since = now;
    }
}
