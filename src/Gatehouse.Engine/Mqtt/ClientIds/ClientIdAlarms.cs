using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Mqtt.ClientIds;

/// <summary>Says once a minute at most that a bound is reached or the store cannot be read. Thread-safe.</summary>
internal sealed class ClientIdAlarms(ILogger logger, ClientIdLimits limits)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly TimeSpan?[] _last = new TimeSpan?[3];

    /// <summary>The node is full.</summary>
    public void Full(TimeSpan now)
    {
        if (IsDue(0, now))
        {
            Log.Full(logger, limits.MaxEntries);
        }
    }

    /// <summary>An owner is.</summary>
    public void OwnerFull(TimeSpan now, ClientIdOwner owner)
    {
        if (IsDue(1, now))
        {
            Log.OwnerFull(logger, owner.ToString(), limits.MaxKeptPerOwner);
        }
    }

    /// <summary>Nobody knows who owns what.</summary>
    public void NotLoaded(TimeSpan now, Exception fault)
    {
        if (IsDue(2, now))
        {
            Log.NotLoaded(logger, fault);
        }
    }

    private bool IsDue(int which, TimeSpan now)
    {
        lock (_lock)
        {
            if (_last[which] is { } last && now - last < Quiet)
            {
                return false;
            }

            _last[which] = now;
            return true;
        }
    }
}
