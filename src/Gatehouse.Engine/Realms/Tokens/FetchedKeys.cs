using Gatehouse.Engine.Tokens;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Realms.Tokens;

/// <summary>
/// Keys that the issuer publishes. Read anew in the background, so that a retired key falls within
/// <see cref="RefreshAge"/> and a tick; kept through an outage of the issuer for <see cref="MaxAge"/>. However many tokens with
/// made-up key ids come, the issuer is asked once in <see cref="Pause"/>, by one request at a time.
/// </summary>
internal sealed class FetchedKeys : IKeySource
{
    /// <summary>When keys are read anew without being asked for.</summary>
    public static readonly TimeSpan RefreshAge = TimeSpan.FromMinutes(4.5);

    /// <summary>Least time between two fetches.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    /// <summary>How long keys count that could not be read anew.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(6);

    private readonly string _realm;
    private readonly Func<CancellationToken, Task<FetchResult>> _fetch;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _lastStart = DateTimeOffset.MinValue;
    private volatile Fetched? _fetched;
    private volatile string? _lastFault;
    private int _epoch;

    public FetchedKeys(string realm, Func<CancellationToken, Task<FetchResult>> fetch, TimeProvider time, ILogger logger)
    {
        _realm = realm;
        _fetch = fetch;
        _time = time;
        _logger = logger;
        _stopping = _stop.Token;
        TryStart(out _);
        _timer = time.CreateTimer(_ => Tick(), null, Pause, Pause);
    }

    /// <inheritdoc/>
    public int Epoch => Volatile.Read(ref _epoch);

    /// <inheritdoc/>
    public string? LastFault => _lastFault;

    /// <inheritdoc/>
    public KeySet? Current => !_stopping.IsCancellationRequested && _fetched is { } fetched && _time.GetUtcNow() - fetched.At <= MaxAge ? fetched.Keys : null;

    /// <inheritdoc/>
    public async ValueTask<KeySet?> GetAsync(CancellationToken cancellation)
    {
        if (Current is { } keys)
        {
            return keys;
        }

        await TryRefreshAsync(cancellation);
        return Current;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> TryRefreshAsync(CancellationToken cancellation)
    {
        if (!TryStart(out Task running))
        {
            return false;
        }

        await running.WaitAsync(cancellation);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Tick()
    {
        if (_fetched is not { } fetched || _time.GetUtcNow() - fetched.At >= RefreshAge)
        {
            TryStart(out _);
        }
    }

    /// <summary>The fetch under way, or a new one; false within the pause.</summary>
    private bool TryStart(out Task running)
    {
        lock (_lock)
        {
            if (!_running.IsCompleted)
            {
                running = _running;
                return true;
            }

            DateTimeOffset now = _time.GetUtcNow();
            if (_stopping.IsCancellationRequested || (_lastStart != DateTimeOffset.MinValue && now - _lastStart < Pause))
            {
                running = Task.CompletedTask;
                return false;
            }

            _lastStart = now;
            running = _running = Task.Run(RunAsync);
            return true;
        }
    }

    private async Task RunAsync()
    {
        FetchResult result = await _fetch(_stopping);
        if (result.Keys is not { } keys)
        {
            _lastFault = result.Fault;
            if (!_stopping.IsCancellationRequested)
            {
                Log.FetchFailed(_logger, _realm, result.Fault ?? "", _fetched is { } last ? _time.GetUtcNow() - last.At : TimeSpan.Zero);
            }

            return;
        }

        _lastFault = null;
        string? before = _fetched?.Keys.Fingerprint;
        _fetched = new Fetched(keys, _time.GetUtcNow());
        if (!string.Equals(before, keys.Fingerprint, StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _epoch);
            Log.KeysChanged(_logger, _realm, keys.Keys.Length, keys.Skipped.Length);
        }
    }

    private sealed record Fetched(KeySet Keys, DateTimeOffset At);
}
