using System.Net;
using Gatehouse.Engine.Admission;

namespace Gatehouse.Engine.Membership;

/// <summary>
/// How often enrolment endpoints may be called: by one source (an address, or an IPv6 /64), and by all together, so that many
/// sources are not a way around it. A call that names an open token, which nobody guesses, has room of its own beside that: who
/// floods the endpoints keeps nobody out who was given a token. Windows of a minute; bounded memory.
/// </summary>
internal sealed class EnrolmentLimits(TimeProvider time)
{
    /// <summary>Calls of one source in a minute; a join makes four.</summary>
    public const int OfOne = 20;

    /// <summary>Calls of all sources in a minute.</summary>
    public const int OfAll = 300;

    /// <summary>Calls with one open token in a minute, where the others have no room any more.</summary>
    public const int OfToken = 20;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<SourceKey, int> _sources = [];
    private readonly Dictionary<string, int> _tokens = new(StringComparer.Ordinal);
    private DateTimeOffset _since;
    private int _all;

    /// <summary>Takes one call.</summary>
    /// <param name="source">Whose.</param>
    /// <param name="token">The id of an open token that it names; null: none.</param>
    public bool TryTake(IPAddress source, string? token = null)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_lock)
        {
            if (now - _since >= Window || now < _since)
            {
                _sources.Clear();
                _tokens.Clear();
                (_since, _all) = (now, 0);
            }

            var key = SourceKey.Of(source);
            int calls = _sources.GetValueOrDefault(key);
            if (calls >= OfOne || _all >= OfAll)
            {
                // At most as many as there are tokens.
                return token is not null && (_tokens[token] = _tokens.GetValueOrDefault(token) + 1) <= OfToken;
            }

            // At most as many sources as calls of all.
            _sources[key] = calls + 1;
            _all++;
            return true;
        }
    }
}
