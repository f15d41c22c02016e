using Gatehouse.Engine.Ipfs.Ownership;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs;

/// <summary>
/// Asks the clusters once a minute about pins of which nobody knows what became: after a crash, a timeout, a cut connection. Looks for those that
/// are there no more besides.
/// </summary>
internal sealed class PinUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly PinRepair _repair;
    private readonly PinSweep _sweep;
    private readonly PinSource _source;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public PinUpkeep(PinRepair repair, PinSweep sweep, PinSource source, TimeProvider time, ILogger logger)
    {
        (_repair, _sweep, _source, _logger) = (repair, sweep, source, logger);
        _loop = Task.Run(() => RunAsync(time));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync(TimeProvider time)
    {
        try
        {
            using var timer = new PeriodicTimer(Every, time);
            do
            {
                await RoundAsync();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The node ends.
        }
    }

    private async Task RoundAsync()
    {
        foreach ((string cluster, string gate) in _source.Clusters)
        {
            try
            {
                await _repair.ReconcileAsync(cluster, (cid, _) => _source.IsPinnedAsync(gate, cid), _stop.Token);
                if (await _sweep.RoundAsync(cluster, (cid, _) => _source.IsPinnedAsync(gate, cid), _stop.Token) is > 0 and var gone)
                {
                    Log.PinsAreGone(_logger, gone, cluster);
                }
            }
            catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
            {
                Log.UpkeepFailed(_logger, fault, cluster);
            }
        }
    }
}
