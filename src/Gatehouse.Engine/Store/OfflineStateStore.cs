using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Store;

/// <summary>
/// Stands in for a store that cannot be opened: the node goes on deciding with the generation it kept, and every change is
/// refused with the store's own problem. What is in force was not confirmed by anybody, so that asking for it fails too.
/// </summary>
internal sealed class OfflineStateStore(Generation kept, Problem problem) : IStateStore
{
    /// <inheritdoc/>
    public event Action<long>? Changed
    {
        add { }
        remove { }
    }

    /// <inheritdoc/>
    public StoreHealth Health { get; } = new(DateTimeOffset.UnixEpoch, problem);

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) =>
        new(generation == kept.Number ? kept : null);

    /// <inheritdoc/>
    public ValueTask<CommitResult> TryCommitAsync(
        long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation) =>
        throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) =>
        new([new GenerationSummary(kept.Number, kept.Digest, kept.Note)]);

    /// <inheritdoc/>
    public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => new((byte[]?)null);

    /// <inheritdoc/>
    public ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation) =>
        throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation) =>
        throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation) =>
        throw new ProblemException(problem);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
