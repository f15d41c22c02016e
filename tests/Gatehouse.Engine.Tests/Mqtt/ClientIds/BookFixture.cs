using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Mqtt.ClientIds;

/// <summary>A book over a store in memory that can fail, hold writes up, and be looked into.</summary>
internal sealed class BookFixture
{
    public static readonly ClientIdOwner Anna = new("native", "anna", "1");
    public static readonly ClientIdOwner Ben = new("native", "ben", "1");

    public ManualTime Time { get; } = new();

    public MemoryStore Store { get; } = new();

    public ClientIdLimits Limits { get; set; } = new();

    public async Task<ClientIdBook> OpenAsync(TimeProvider? time = null)
    {
        ClientIdBook book = new(Store, time ?? Time, NullLogger.Instance, Limits);
        await book.LoadAsync(default);
        return book;
    }

    /// <summary>Another node's start with what is in the store now, as after a kill.</summary>
    public async Task<ClientIdBook> CrashAsync(TimeProvider? time = null)
    {
        BookFixture copy = new() { Limits = Limits };
        foreach ((string key, byte[] value) in Store.Values)
        {
            copy.Store.Values[key] = value;
        }

        ClientIdBook book = new(copy.Store, time ?? Time, NullLogger.Instance, Limits);
        await book.LoadAsync(default);
        return book;
    }
}

/// <summary>Runtime state in memory.</summary>
internal sealed class MemoryStore : IStateStore
{
    private volatile TaskCompletionSource? _hold;

    public event Action<long>? Changed
    {
        add { }
        remove { }
    }

    public ConcurrentDictionary<string, byte[]> Values { get; } = new(StringComparer.Ordinal);

    public bool Fails { get; set; }

    public int Calls { get; private set; }

    public int Writes { get; private set; }

    public int Largest { get; private set; }

    public void Hold() => _hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo()
    {
        TaskCompletionSource? held = _hold;
        _hold = null;
        held?.SetResult();
    }

    public async ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation)
    {
        await (_hold?.Task ?? Task.CompletedTask);
        Calls++;
        if (Fails)
        {
            throw StoreProblems.StoreFull.Exception("no room", "make room");
        }

        Writes += writes.Count;
        Largest = Math.Max(Largest, writes.Count);
        foreach (RuntimeWrite write in writes)
        {
            if (write.Value is { } value)
            {
                Values[write.Key] = value;
            }
            else
            {
                Values.TryRemove(write.Key, out _);
            }
        }
    }

    public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation)
    {
        if (Fails)
        {
            throw StoreProblems.StoreFull.Exception("no room", "make room");
        }

        RuntimeEntry[] rest =
        [
            .. Values.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(one.Key, after) > 0)
                .OrderBy(static one => one.Key, StringComparer.Ordinal).Select(static one => new RuntimeEntry(one.Key, one.Value)),
        ];
        return new(new RuntimePage([.. rest.Take(limit)], rest.Length > limit ? rest[limit - 1].Key : null));
    }

    public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<CommitResult> TryCommitAsync(
        long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
