using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Protocols.Ipfs;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// The health of the upstream for everybody, as IPFS Cluster itself answers it for load balancers. Asked once a second at most: whoever
/// has no login cannot make the upstream work. Thread-safe.
/// </summary>
internal sealed class OpenHealth
{
    private const int MaxAnswer = 4096;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private Task<bool>? _asked;
    private long _askedAt;

    private OpenHealth(TimeProvider time) => _time = time;

    /// <summary>Null where the gate's system has none, or it is switched off.</summary>
    public static OpenHealth? Of(GateModel model, TimeProvider time) =>
        model.System is IpfsCatalogues.ClusterSystem or IpfsCatalogues.PinningSystem && model.Configuration.Ipfs is null or { OpenHealth: true }
            ? new OpenHealth(time)
            : null;

    /// <summary>Whether the upstream says that it is well, as of at most a second ago.</summary>
    public Task<bool> AskAsync(Forwarder forwarder)
    {
        lock (_lock)
        {
            if (_asked is null || (_asked.IsCompleted && _time.GetElapsedTime(_askedAt) > Fresh))
            {
                _askedAt = _time.GetTimestamp();
                _asked = AskNowAsync(forwarder);
            }

            return _asked;
        }
    }

    private static async Task<bool> AskNowAsync(Forwarder forwarder)
    {
        UpstreamReply reply = await forwarder.AskAsync(UpstreamQuestion.IpfsHealth, MaxAnswer, Deadline);
        return reply is { IsComplete: true, Status: StatusCodes.Status204NoContent or StatusCodes.Status200OK };
    }
}
