using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Trust;

namespace Gatehouse.Engine.Store;

/// <summary>The embedded store: SQLite in the data folder, for one node.</summary>
internal sealed class SqliteStateStore : IStateStore
{
    /// <summary>The database's name in the data folder.</summary>
    public const string FileName = "gatehouse.db";

    private SqliteStateStore()
    {
    }

    /// <inheritdoc/>
    public event Action<long>? Changed;

    /// <summary>Opens or makes the store; the caller holds the <see cref="DataFolderLock"/>.</summary>
    public static ValueTask<SqliteStateStore> OpenAsync(string dataDirectory, Sealer sealer, TimeProvider time, CancellationToken cancellation) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<CommitResult> TryCommitAsync(long expectedGeneration, ClusterDocument next, ChangeNote note, CancellationToken cancellation)
    {
        Changed?.Invoke(0);
        throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
