using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Trust.Nodes;

namespace Gatehouse.Engine.Membership;

/// <summary>A sign of life of each node in the store, every five seconds, gone after twenty.</summary>
internal sealed class Heartbeats : IAsyncDisposable
{
    private const string Prefix = "node/";
    private const int MostNodes = NodeChanges.Most + 50;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(20);

    private readonly IStateStore _store;
    private readonly NodeTrust _trust;
    private readonly SnapshotHolder _snapshots;
    private readonly string _version;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly DateTimeOffset _started;
    private Task _run = Task.CompletedTask;

    public Heartbeats(IStateStore store, NodeTrust trust, SnapshotHolder snapshots, string version, TimeProvider time)
    {
        _store = store;
        _trust = trust;
        _snapshots = snapshots;
        _version = version;
        _time = time;
        _started = time.GetUtcNow();
    }

    /// <summary>Begins.</summary>
    public void Start() => _run = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Gives one sign of life.</summary>
    public async Task BeatAsync(CancellationToken cancellation)
    {
        DateTimeOffset now = _time.GetUtcNow();
        var beat = new Heartbeat
        {
            Time = now,
            Started = _started,
            Version = _version,
            Generation = _snapshots.Current.Generation,
            CertificateExpires = Earlier(_trust.Mesh.Certificate.NotAfter, _trust.Server.Certificate.NotAfter),
        };
        await _store.PutRuntimeAsync(Prefix + _trust.NodeName, JsonSerializer.SerializeToUtf8Bytes(beat, HeartbeatJson.Default.Heartbeat), now + Life, cancellation);
    }

    /// <summary>Those of all nodes, by name.</summary>
    /// <exception cref="ProblemException">The store does not answer.</exception>
    public async ValueTask<ImmutableDictionary<string, Heartbeat>> ReadAsync(CancellationToken cancellation)
    {
        RuntimePage page = await _store.ListRuntimeAsync(Prefix, null, MostNodes, cancellation);
        var beats = ImmutableDictionary.CreateBuilder<string, Heartbeat>(StringComparer.Ordinal);
        foreach (RuntimeEntry entry in page.Entries)
        {
            if (entry.Value is { } value && Parse(value) is { } beat)
            {
                beats[entry.Key[Prefix.Length..]] = beat;
            }
        }

        return beats.ToImmutable();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private static DateTimeOffset Earlier(DateTime a, DateTime b) => new((a < b ? a : b).ToUniversalTime());

    private static Heartbeat? Parse(byte[] value)
    {
        try
        {
            return JsonSerializer.Deserialize(value, HeartbeatJson.Default.Heartbeat);
        }
        catch (JsonException)
        {
            // Of a newer version, perhaps: the node is there, and nothing is known of it.
            return null;
        }
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Every, _time);
        try
        {
            do
            {
                try
                {
                    await BeatAsync(_stop.Token);
                }
                catch (Exception fault) when (fault is ProblemException or IOException)
                {
                    // That the store is away is said by whoever follows it.
                }
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The node ends.
        }
    }
}

/// <summary>A node's sign of life.</summary>
internal sealed record Heartbeat
{
    /// <summary>When, by its clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>When its daemon started.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>The generation it decides on.</summary>
    public required long Generation { get; init; }

    /// <summary>When the first of its certificates ends.</summary>
    public required DateTimeOffset CertificateExpires { get; init; }
}

/// <summary>Signs of life as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Heartbeat))]
internal sealed partial class HeartbeatJson : JsonSerializerContext;
