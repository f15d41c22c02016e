using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>
/// Follows <c>policy/current</c>: a watch, which says at once what changed but not whether it is still alive, and a linearizable
/// read every 500 ms, which does. A watch that did not tell what the read saw is begun anew at another member.
/// </summary>
internal sealed class EtcdFollower : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongPause = TimeSpan.FromSeconds(2);

    private readonly EtcdClient _client;
    private readonly EtcdKeys _keys;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _turn = new();
    private readonly Task _work;
    private CancellationTokenSource? _watch;
    private EtcdCurrent _told;
    private long _watched;
    private bool _isAway;

    public EtcdFollower(EtcdClient client, EtcdKeys keys, ILogger logger)
    {
        _client = client;
        _keys = keys;
        _logger = logger;
        _work = Task.WhenAll(Task.Run(ReadAsync), Task.Run(WatchAsync));
    }

    /// <summary>Raised with each number that came in force, once.</summary>
    public event Action<long>? Changed;

    /// <summary>Tells what is in force, unless that or something newer was told.</summary>
    public void Tell(EtcdCurrent current)
    {
        lock (_turn)
        {
            if (current.Revision <= _told.Revision)
            {
                return;
            }

            _told = current;
        }

        Raise(current.Number);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work;
        _watch?.Dispose();
        _stop.Dispose();
    }

    private void Raise(long number)
    {
        try
        {
            Changed?.Invoke(number);
        }
        catch (Exception fault)
        {
            // Whoever listens must not stop the following.
            Log.EtcdListenerFailed(_logger, fault);
        }
    }

    private async Task ReadAsync()
    {
        long missed = 0;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                long told = Told();
                RangeAnswer answer = await _client.RangeAsync(new RangeRequest(_keys.Current), _stop.Token);
                EtcdCurrent current = EtcdGenerations.Current(answer.Found is [var one, ..] ? one : null);
                NotAway();
                missed = Compare(current, missed);
                if (current.Revision < told)
                {
                    PutBack(current);
                }
                else
                {
                    Tell(current);
                }
            }
            catch (OperationCanceledException)
            {
                // The end.
                return;
            }
            catch (Exception fault) when (fault is ProblemException or EtcdFault)
            {
                Away(fault);
            }

            await PauseAsync(Beat);
        }
    }

    private long Told()
    {
        lock (_turn)
        {
            return _told.Revision;
        }
    }

    /// <summary>
    /// A read that began after something newer was told: etcd was put back from a backup, or lies. Whoever loads what is there
    /// says whether that is taken.
    /// </summary>
    private void PutBack(EtcdCurrent current)
    {
        lock (_turn)
        {
            _told = current;
            _watched = 0;
            _watch?.Cancel();
        }

        Log.EtcdPutBack(_logger, current.Number);
        Raise(current.Number);
    }

    /// <summary>A change that the read saw twice and the watch not at all: the watch is dead.</summary>
    private long Compare(EtcdCurrent current, long missed)
    {
        lock (_turn)
        {
            if (current.Revision <= _watched)
            {
                return 0;
            }

            if (current.Revision != missed)
            {
                return current.Revision;
            }

            _watch?.Cancel();
            return 0;
        }
    }

    private async Task WatchAsync()
    {
        TimeSpan pause = ShortPause;
        for (int turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            lock (_turn)
            {
                _watch = ended;
            }

            int[] order = _client.Endpoints.Order();
            try
            {
                await WatchAtAsync(order[turn % order.Length], ended.Token);
                pause = ShortPause;
            }
            catch (OperationCanceledException)
            {
                // The end, or a watch that told nothing: another one.
            }
            catch (Exception fault) when (fault is EtcdFault or ProblemException)
            {
                Log.EtcdWatchEnded(_logger, fault is EtcdFault { Problem: var own } ? own.Text : fault.Message);
                pause = pause < LongPause ? pause * 2 : LongPause;
            }
            finally
            {
                lock (_turn)
                {
                    _watch = null;
                }
            }

            await PauseAsync(pause);
        }
    }

    private async Task WatchAtAsync(int endpoint, CancellationToken cancellation)
    {
        // From what is in force now: what came in between, the watch tells; what was compacted, nobody needs.
        RangeAnswer now = await _client.RangeAsync(new RangeRequest(_keys.Current), cancellation);
        EtcdCurrent current = EtcdGenerations.Current(now.Found is [var one, ..] ? one : null);
        Watched(current.Revision);
        Tell(current);
        using EtcdWatch watch = await _client.WatchAsync(endpoint, _keys.Current, now.Header!.Revision + 1, cancellation); // Without header it is a fault.
        while (true)
        {
            WatchResult line = await watch.NextAsync(cancellation);
            foreach (EtcdKeyValue changed in line.Events.Select(static e => e.Changed).OfType<EtcdKeyValue>())
            {
                Watched(changed.ModRevision);
                if (changed.Value.Length > 0)
                {
                    Tell(EtcdGenerations.Current(changed));
                }
            }
        }
    }

    private void Watched(long revision)
    {
        lock (_turn)
        {
            _watched = Math.Max(_watched, revision);
        }
    }

    private void Away(Exception fault)
    {
        if (!_isAway)
        {
            _isAway = true;
            Log.EtcdAway(_logger, fault is EtcdFault { Problem: var own } ? own.Text : fault.Message);
        }
    }

    private void NotAway()
    {
        if (_isAway)
        {
            _isAway = false;
            Log.EtcdBack(_logger);
        }
    }

    private async Task PauseAsync(TimeSpan time)
    {
        try
        {
            await Task.Delay(time, TimeProvider.System, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
