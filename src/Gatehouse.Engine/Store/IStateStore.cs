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
    /// <summary>
    /// Raised with the new number after every commit: of this process on the thread that committed, of another node on a pool
    /// thread. Numbers of other nodes' commits can be skipped, come twice or late: read what is current.
    /// </summary>
    event Action<long>? Changed;

    /// <summary>Whether the store answers, as far as is known.</summary>
    StoreHealth Health => StoreHealth.Up;

    /// <summary>The newest generation, or null in an empty store.</summary>
    ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation);

    /// <summary>One generation, or null where it is not (or no longer) there.</summary>
    ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation);

    /// <summary>
    /// Commits <paramref name="next"/> as the generation after <paramref name="expectedGeneration"/> (0: the first).
    /// A conflict is a value, not a fault: read again and decide again. When it returns, the generation is on disk.
    /// <paramref name="keyring"/> (mostly none) is written in the same transaction.
    /// </summary>
    ValueTask<CommitResult> TryCommitAsync(
        long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation);

    /// <summary>
    /// The records of the data key ring, ordered by key id. Opaque here: whoever reads them checks what they say and who signed it.
    /// </summary>
    ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation);

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

/// <summary>The short form of a commit.</summary>
internal static class StateStoreCommits
{
    /// <summary>Commits without a change of the key ring.</summary>
    public static ValueTask<CommitResult> TryCommitAsync(
        this IStateStore store, long expectedGeneration, ClusterDocument next, ChangeNote note, CancellationToken cancellation) =>
        store.TryCommitAsync(expectedGeneration, next, note, [], cancellation);
}

/// <summary>One record of the data key ring, wrapped to whoever may have the key; opaque to the store.</summary>
/// <param name="KeyId">The key's id: letters, digits, <c>-</c>, at most 64.</param>
/// <param name="Content">The record; null: deleted.</param>
internal readonly record struct KeyringEntry(string KeyId, byte[]? Content)
{
    /// <summary>Most in one commit.</summary>
    public const int Most = 16;

    /// <summary>Largest record, in bytes.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>Most of all records of one commit together: etcd takes 1.5 MiB a transaction.</summary>
    public const int MostBytesTogether = 512 * 1024;

    /// <summary>Refuses what no store takes: a name that is no key id, records that are too large, too many of them.</summary>
    /// <exception cref="ArgumentException">A caller's bug.</exception>
    public static void Check(ImmutableArray<KeyringEntry> entries)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Length, Most);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entries.Sum(static entry => entry.Content?.Length ?? 0), MostBytesTogether);
        foreach (KeyringEntry entry in entries)
        {
            if (entry.KeyId.Length is 0 or > 64 || entry.KeyId.AsSpan().ContainsAnyExcept(KeyIdCharacters) || entry.Content is { Length: > MostBytes })
            {
                throw new ArgumentException("no record of a key ring", nameof(entries));
            }
        }
    }

    private static readonly System.Buffers.SearchValues<char> KeyIdCharacters =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
}

/// <summary>Whether a store answers.</summary>
/// <param name="AwaySince">Since when it does not; null: it does.</param>
/// <param name="Problem">What was the last thing that went wrong while away; null: nothing.</param>
internal sealed record StoreHealth(DateTimeOffset? AwaySince, Gatehouse.Problems.Problem? Problem)
{
    /// <summary>It answers.</summary>
    public static StoreHealth Up { get; } = new(null, null);

    /// <summary>Whether it answers.</summary>
    public bool IsUp => AwaySince is null;
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
