using System.Collections.Immutable;
using System.Security.Cryptography;
using Gatehouse.Engine.Configuration.Validators;
using Gatehouse.Engine.Configuration.Writing;
using Gatehouse.Problems;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Configuration;

/// <summary>
/// Reloads gatehouse.yaml when it, or a file it names, changes, or when asked (SIGHUP). A bad file never replaces a good
/// configuration.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="first">The configuration in force.</param>
/// <param name="read">Reads and validates the file.</param>
/// <param name="apply">Puts a configuration in force; problems mean that nothing was changed.</param>
/// <param name="clock">The clock of the poll.</param>
/// <param name="logger">Where reloads and refusals are logged.</param>
internal sealed class ConfigurationWatcher(
    string path,
    NodeConfiguration first,
    Func<string, ConfigurationResult> read,
    Func<NodeConfiguration, CancellationToken, ValueTask<ImmutableArray<Problem>>> apply,
    TimeProvider clock,
    ILogger<ConfigurationWatcher> logger) : IAsyncDisposable
{
    /// <summary>How often the file is looked at. A change is taken once it has been the same for one interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private byte[]? _loaded;
    private byte[]? _pending;
    private volatile NodeConfiguration _current = first;
    private volatile IReadOnlyList<Problem> _lastProblems = [];

    /// <summary>The configuration in force.</summary>
    public NodeConfiguration Current => _current;

    /// <summary>What was wrong with the newest file; empty when it is in force.</summary>
    public IReadOnlyList<Problem> LastProblems => _lastProblems;

    /// <summary>Starts to watch. A change since the first configuration was read is found at the first look.</summary>
    public void Start() => _loop = WatchAsync();

    /// <summary>Reads the file now; returns its problems, empty when it was put in force.</summary>
    public async Task<ImmutableArray<Problem>> ReloadAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await LoadAsync(asked: true, cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>One look at the file; reloads when it has changed and then stayed the same since the look before.</summary>
    internal async Task PollAsync(CancellationToken cancellation)
    {
        byte[]? seen = Fingerprint();
        bool settled = Same(seen, _pending);
        _pending = seen;

        // A missing file is an editor between delete and rename, or an accident; neither is a reason to change anything.
        if (settled && seen is not null && !Same(seen, _loaded))
        {
            await _one.WaitAsync(cancellation);
            try
            {
                await LoadAsync(asked: false, cancellation);
            }
            finally
            {
                _one.Release();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
            _one.Dispose();
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await PollAsync(_stop.Token);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // The watch must go on; what failed is a bug or the machine, and the old configuration stays.
                    Log.ConfigurationWatchFailed(logger, path, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task<ImmutableArray<Problem>> LoadAsync(bool asked, CancellationToken cancellation)
    {
        // Taken before reading: a change in between is seen at the next look.
        byte[]? before = Fingerprint();
        NodeConfiguration old = _current;
        ConfigurationResult result = read(path);
        ImmutableArray<Problem> problems = result.Problems;
        if (result.Value is NodeConfiguration next)
        {
            bool isFirstLook = !asked && _loaded is null;
            if (isFirstLook && ConfigurationText.Of(next) == ConfigurationText.Of(_current))
            {
                _loaded = before;
                return [];
            }

            problems = await apply(next, cancellation);
            if (problems.IsEmpty)
            {
                _current = next;
                Log.ConfigurationLoaded(logger, path, next.Gates.Length);
            }
        }

        // A refused file is not read again until it changes; it would only be refused again.
        _loaded = old.Files.SequenceEqual(_current.Files) ? before : Fingerprint();
        _lastProblems = problems;
        foreach (Problem problem in problems)
        {
            Log.ConfigurationRefused(logger, problem.ToString());
        }

        return problems;
    }

    /// <summary>The bytes of the file, its catalogues and certificates as one hash; null while the file itself is not there.</summary>
    private byte[]? Fingerprint()
    {
        if (BoundedFile.TryRead(path, ConfigurationReader.MaxBytes, out UnixFileMode mode, out _) is not byte[] bytes)
        {
            return null;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BitConverter.GetBytes((int)mode));
        hash.AppendData(SHA256.HashData(bytes));
        foreach (string file in _current.Files)
        {
            byte[]? named = BoundedFile.TryRead(ConfigurationPaths.Resolve(path, file), ConfigurationReader.MaxBytes, out mode, out _);
            hash.AppendData(BitConverter.GetBytes(named is null ? -1 : (int)mode));
            hash.AppendData(SHA256.HashData(named ?? []));
        }

        return hash.GetHashAndReset();
    }

    private static bool Same(byte[]? a, byte[]? b) => a is null ? b is null : b is not null && a.AsSpan().SequenceEqual(b);
}
