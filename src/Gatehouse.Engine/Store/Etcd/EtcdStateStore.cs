using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Problems;
using Gatehouse.Trust.Sealing;
using Microsoft.Extensions.Logging;

namespace Gatehouse.Engine.Store.Etcd;

/// <summary>The store of more than one node: etcd, spoken to over its JSON gateway. No consensus of our own.</summary>
internal sealed class EtcdStateStore : IStateStore
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly EtcdClient _client;
    private readonly EtcdKeys _keys;
    private readonly EtcdWriter _writer;
    private readonly EtcdGenerations _generations;
    private readonly EtcdLeases _leases;
    private readonly EtcdRuntime _runtime;
    private readonly EtcdSweep _sweep;
    private readonly EtcdFollower _follower;
    private readonly bool _compaction;
    private readonly string _where;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sweeping;

    private EtcdStateStore(EtcdSettings settings, string clusterId, Sealer sealer, TimeProvider time, ILogger logger)
    {
        _compaction = settings.Compaction;
        _where = settings.ToString();
        _logger = logger;
        _client = new EtcdClient(settings);
        _client.Health.Time = time;
        _keys = new EtcdKeys(settings.Prefix, clusterId);
        _writer = new EtcdWriter(_client, _keys);
        _generations = new EtcdGenerations(_client, _writer, _keys, sealer, time);
        _leases = new EtcdLeases(_client, time);
        _runtime = new EtcdRuntime(_client, _writer, _leases, _keys, sealer, time);
        _sweep = new EtcdSweep(_client, _writer, _keys, sealer, time);
        _follower = new EtcdFollower(_client, _keys, logger);
        _sweeping = Task.Run(SweepNowAndThenAsync);
    }

    /// <inheritdoc/>
    public event Action<long>? Changed
    {
        add => _follower.Changed += value;
        remove => _follower.Changed -= value;
    }

    /// <inheritdoc/>
    public StoreHealth Health => _client.Health.Now;

    /// <summary>Generations kept at most.</summary>
    public int MostGenerations
    {
        get => _sweep.MostGenerations;
        set => _sweep.MostGenerations = value;
    }

    /// <summary>The client below; for moves and for tests that change what lies there.</summary>
    internal EtcdClient Client => _client;

    /// <summary>Leases for what expires.</summary>
    internal EtcdLeases Leases => _leases;

    /// <summary>The keys.</summary>
    internal EtcdKeys Keys => _keys;

    /// <summary>The writer below.</summary>
    internal EtcdWriter Writer => _writer;

    /// <summary>Opens it. Nothing is asked yet: etcd may be away, and is used once it is there.</summary>
    public static EtcdStateStore Open(EtcdSettings settings, string clusterId, Sealer sealer, TimeProvider time, ILogger logger) =>
        new(settings, clusterId, sealer, time, logger);

    /// <inheritdoc/>
    public async ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) =>
        await Guarded(() => _generations.ReadCurrentAsync(cancellation));

    /// <inheritdoc/>
    public async ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) =>
        await Guarded(() => _generations.ReadAsync(generation, cancellation));

    /// <inheritdoc/>
    public async ValueTask<CommitResult> TryCommitAsync(
        long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation)
    {
        KeyringEntry.Check(keyring);
        (CommitResult result, EtcdCurrent at) = await Guarded(() => _generations.TryCommitAsync(expectedGeneration, next, note, keyring, cancellation));
        _follower.Tell(at);
        return result;
    }

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) =>
        await Guarded(async () =>
        {
            ImmutableArray<byte[]>.Builder records = ImmutableArray.CreateBuilder<byte[]>();
            await foreach (EtcdKeyValue record in EtcdReader.ScanAsync(_client, _keys.Keyring, EtcdKeys.End(_keys.Keyring), keysOnly: false, cancellation))
            {
                records.Add(record.Value);
            }

            return records.ToImmutable();
        });

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) =>
        await Guarded(() => _generations.ListAsync(limit, cancellation));

    /// <inheritdoc/>
    public async ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) =>
        await Guarded(() => _runtime.GetAsync(key, cancellation));

    /// <inheritdoc/>
    public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) =>
        WriteRuntimeAsync([new RuntimeWrite(key, value.ToArray(), expires)], cancellation);

    /// <inheritdoc/>
    public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => WriteRuntimeAsync([new RuntimeWrite(key, null)], cancellation);

    /// <inheritdoc/>
    public async ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(writes.Count, RuntimeWrite.Most);
        await Guarded(async () =>
        {
            await _runtime.WriteAsync(writes, cancellation);
            return true;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await Guarded(() => _runtime.ListAsync(prefix, after, limit, cancellation));
    }

    /// <summary>Removes what has had its time, now; see <see cref="EtcdSweep"/>. Returns the keys removed.</summary>
    public async ValueTask<int> SweepAsync(CancellationToken cancellation) =>
        await Guarded(() => _sweep.RunAsync(_compaction, always: true, cancellation)) ?? 0;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sweeping;
        await _follower.DisposeAsync();
        _stop.Dispose();
        _generations.Dispose();
        _leases.Dispose();
        _writer.Dispose();
        _client.Dispose();
    }

    /// <summary>Where it is.</summary>
    public override string ToString() => _where;

    // Whatever comes from below is a problem for whoever called.
    private static async Task<T> Guarded<T>(Func<Task<T>> work)
    {
        await Task.Yield();
        try
        {
            return await work();
        }
        catch (EtcdFault fault)
        {
            throw new ProblemException(fault.Problem, fault);
        }
    }

    private async Task SweepNowAndThenAsync()
    {
        using var timer = new PeriodicTimer(SweepEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await _sweep.RunAsync(_compaction, always: false, _stop.Token);
                }
                catch (Exception fault) when (fault is ProblemException or EtcdFault)
                {
                    Log.EtcdSweepFailed(_logger, fault is EtcdFault { Problem: var own } ? own.Text : fault.Message);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The end.
        }
    }
}
