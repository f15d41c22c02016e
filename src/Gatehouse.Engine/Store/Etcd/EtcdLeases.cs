namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// Leases for runtime state that expires: etcd itself deletes what a lease holds. Keys that expire in the same minute (hour, where
/// that is far) share one. The lease only tidies up; whether a value has expired says its sealed stamp.
/// </summary>
internal sealed class EtcdLeases(EtcdClient client, TimeProvider time) : IDisposable
{
    private const int Most = 256;
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<long, Lease> _leases = [];

    /// <summary>A lease that outlives <paramref name="expires"/>.</summary>
    /// <exception cref="Gatehouse.Problems.ProblemException">GH2060 to GH2071.</exception>
    public async ValueTask<long> ForAsync(DateTimeOffset expires, CancellationToken cancellation)
    {
        TimeSpan left = expires - time.GetUtcNow();
        TimeSpan grain = left > TimeSpan.FromHours(2) ? TimeSpan.FromHours(1) : TimeSpan.FromMinutes(1);
        long bucket = (expires.Ticks / grain.Ticks) + 1;
        long key = grain == TimeSpan.FromHours(1) ? -bucket : bucket;
        await _turn.WaitAsync(cancellation);
        try
        {
            // A clock that was put back makes an old lease too short: what it has left is measured, not computed.
            if (_leases.TryGetValue(key, out Lease known) && known.Length - TimeProvider.System.GetElapsedTime(known.Granted) >= left)
            {
                return known.Id;
            }

            TimeSpan length = (left > TimeSpan.Zero ? left : TimeSpan.Zero) + grain + Slack;
            long granted = TimeProvider.System.GetTimestamp();
            LeaseAnswer answer = await client.GrantAsync((long)Math.Ceiling(length.TotalSeconds), cancellation);
            if (_leases.Count >= Most)
            {
                _leases.Clear();
            }

            _leases[key] = new Lease(answer.Id, granted, length);
            return answer.Id;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Forgets all of them: one was not there any more.</summary>
    public async ValueTask ForgetAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        _leases.Clear();
        _turn.Release();
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private readonly record struct Lease(long Id, long Granted, TimeSpan Length);
}
