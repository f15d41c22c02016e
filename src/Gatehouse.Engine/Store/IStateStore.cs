using System.Collections.Immutable;
using Gatehouse.Administration;

namespace Gatehouse.Engine.Store;

/// <summary>
/// Where the cluster's state lives. State is a sequence of immutable generations, numbered from 1 without gaps; a change
/// is one compare-and-swap from the generation it was made from. Every method leaves the caller's thread before it
/// touches a disk. Faults are <see cref="Gatehouse.Problems.ProblemException"/> with GH2xxx.
/// </summary>
internal interface IStateStore : IAsyncDisposable
{
    /// <summary>Raised with the new number after every commit of this process, on the thread that committed.</summary>
    event Action<long>? Changed;

    /// <summary>The newest generation, or null in an empty store.</summary>
    ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation);

    /// <summary>One generation, or null where it is not (or no longer) there.</summary>
    ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation);

    /// <summary>
    /// Commits <paramref name="next"/> as the generation after <paramref name="expectedGeneration"/> (0: the first).
    /// A conflict is a value, not a fault: read again and decide again. When it returns, the generation is on disk.
    /// </summary>
    ValueTask<CommitResult> TryCommitAsync(long expectedGeneration, ClusterDocument next, ChangeNote note, CancellationToken cancellation);

    /// <summary>Newest first, at most <paramref name="limit"/>.</summary>
    ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation);

    /// <summary>Runtime state of a key below <c>runtime/</c>, or null where it is missing or expired.</summary>
    ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation);

    /// <summary>Writes runtime state; it makes no generation.</summary>
    ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation);

    /// <summary>Deletes runtime state; nothing happens where there is none.</summary>
    ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation);

    /// <summary>
    /// Writes and deletes runtime state of at most <see cref="RuntimeWrite.Most"/> different keys: all of it or, where it throws
    /// before the commit, nothing. When it returns, it is on disk.
    /// </summary>
    ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation);

    /// <summary>
    /// Runtime state whose keys begin with <paramref name="prefix"/>, in the order of the keys' bytes, those after
    /// <paramref name="after"/> only, at most <paramref name="limit"/> a page; what has expired is left out.
    /// </summary>
    ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation);
}

/// <summary>One write of runtime state.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value; null: deleted.</param>
/// <param name="Expires">When it is gone; null: never.</param>
internal readonly record struct RuntimeWrite(string Key, byte[]? Value, DateTimeOffset? Expires = null)
{
    /// <summary>Most in one call (etcd takes 128 operations a transaction).</summary>
    public const int Most = 100;
}

/// <summary>A page of runtime state.</summary>
/// <param name="Entries">By key.</param>
/// <param name="Next">Where the next page begins after; null: this was the last.</param>
internal sealed record RuntimePage(ImmutableArray<RuntimeEntry> Entries, string? Next);

/// <summary>One value of runtime state.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Value">The value; null where it is damaged and cannot be opened.</param>
internal readonly record struct RuntimeEntry(string Key, byte[]? Value);

/// <summary>One whole generation.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Digest">What stands for its content: two generations of one number and two digests are a fork.</param>
/// <param name="Document">The cluster state.</param>
/// <param name="Note">Who changed what, and when.</param>
internal sealed record Generation(long Number, string Digest, ClusterDocument Document, ChangeNote Note);

/// <summary>A generation without its documents.</summary>
internal sealed record GenerationSummary(long Number, string Digest, ChangeNote Note);

/// <summary>Who changed what, and when.</summary>
/// <param name="Actor">The principal, <c>realm/name</c>.</param>
/// <param name="Summary">One line for people, no secret.</param>
/// <param name="Time">When it was committed.</param>
internal sealed record ChangeNote(string Actor, string Summary, DateTimeOffset Time);

/// <summary>What came of a commit.</summary>
/// <param name="IsCommitted">False: another change was first; nothing was written.</param>
/// <param name="Generation">The number committed, or on a conflict the number that is current.</param>
internal readonly record struct CommitResult(bool IsCommitted, long Generation);
