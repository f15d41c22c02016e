using Gatehouse.Engine.Ipfs.Ownership;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Ipfs;

/// <summary>Asks the clusters once a minute about pins of which nobody knows what became: after a crash, a timeout, a cut connection.</summary>
internal sealed class PinUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly PinRepair _repair;
    private readonly PinSource _source;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public PinUpkeep(PinRepair repair, PinSource source, TimeProvider time, ILogger logger)
    {
        (_repair, _source, _logger) = (repair, source, logger);
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
            }
            catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
            {
                Log.UpkeepFailed(_logger, fault, cluster);
            }
        }
    }
}
