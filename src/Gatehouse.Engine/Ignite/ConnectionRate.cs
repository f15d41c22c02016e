using System.Net;
using Gatehouse.Engine.Realms;

namespace Gatehouse.Engine.Ignite;

/// <summary>
/// How often a source may connect. Clients of Ignite connect again at once where a connection ends, some of them without a pause:
/// one that is told no stops sooner than one that is cut. Thread-safe.
/// </summary>
internal sealed class ConnectionRate(TimeProvider time)
{
    private const int Burst = 4;

    private readonly Lock _gate = new();
    private LoginLimits? _limits;
    private int _each;

    /// <summary>Whether a source may have one more; <paramref name="each"/> a second, 0 for no limit.</summary>
    public bool TryTake(IPAddress source, int each)
    {
        if (each == 0)
        {
            return true;
        }

        LoginLimits limits;
        lock (_gate)
        {
            if (_limits is null || _each != each)
            {
                // One bucket a source, as for logins; there is no name that could be locked.
                _limits = new LoginLimits(
                    time, new LoginLimitOptions { SourceBurst = each * Burst, SourceRefill = TimeSpan.FromSeconds(1) / each, UserBurst = int.MaxValue });
                _each = each;
            }

            limits = _limits;
        }

        return limits.TryTake(source, "", out _);
    }
}
