using System.Net;
using Gatehouse.Engine.Admission;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// How often enrolment endpoints may be called: by one source (an address, or an IPv6 /64), and by all together, so that many
/// sources are not a way around it. Windows of a minute; bounded memory.
/// </summary>
internal sealed class EnrolmentLimits(TimeProvider time)
{
    /// <summary>Calls of one source in a minute; a join makes four.</summary>
    public const int OfOne = 20;

    /// <summary>Calls of all sources in a minute.</summary>
    public const int OfAll = 300;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, int> _sources = [];
    private DateTimeOffset _since;
    private int _all;

    /// <summary>Takes one call.</summary>
    public bool TryTake(IPAddress source)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            if (now - _since >= Window || now < _since)
            {
                _sources.Clear();
                (_since, _all) = (now, 0);
            }

            var key = SourceKey.Of(source);
            int calls = _sources.GetValueOrDefault(key);
            if (calls >= OfOne || _all >= OfAll)
            {
                return false;
            }

            // At most as many sources as calls of all.
            _sources[key] = calls + 1;
            _all++;
            return true;
        }
    }
}
