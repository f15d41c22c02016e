using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>
/// The check of <see cref="Etcd_killed_and_cut_off_under_writes"/> would be worth nothing if it took everything: stores that lose, repeat, swap and
/// undo what they acknowledged are reported, an honest one is not.
/// </summary>
public sealed class Histories_that_lie : IDisposable
{
    private readonly StoreFixture _fixture = new();

    [Theory]
    [InlineData(StoreLie.None, null)]
    [InlineData(StoreLie.Lost, "was acknowledged to")]
    [InlineData(StoreLie.Twice, "was applied 2 times")]
    [InlineData(StoreLie.Late, "was acknowledged to")]
    [InlineData(StoreLie.Refused, "told of a conflict")]
    [InlineData(StoreLie.Undone, "key is ")]
    public async Task A_store_is_held_to_what_it_said(StoreLie lie, string? report)
    {
        await using SqliteStateStore honest = await _fixture.OpenAsync();
        var store = new LyingStore(honest, lie);
        var history = new History();
        using var stop = new CancellationTokenSource();
        Task[] writers = [history.CommitAsync(store, _fixture, "one", stop.Token), history.CountAsync(store, "key", stop.Token)];
        for (int i = 0; i < 400 && (history.Commits < 30 || history.RuntimeWrites < 30); i++)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        store.Lies.ShouldBe(lie == StoreLie.None ? 0 : 1);
        ImmutableArray<string> faults = await history.FaultsAsync(store);
        if (report is null)
        {
            faults.ShouldBeEmpty();
        }
        else
        {
            faults.ShouldContain(fault => fault.Contains(report, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void An_honest_history_is_taken_with_what_nobody_knows_there_or_not()
    {
        History history = Told();
        history.Fail("one-2", isUnknown: true);
        history.FaultsIn(Found("one-0", "two-0", "one-1")).ShouldBeEmpty();
        history.FaultsIn(Found("one-0", "two-0", "one-1", "one-2")).ShouldBeEmpty();
    }

    [Fact]
    public void Each_thing_that_cannot_be_is_named()
    {
        Reports(Told(), Found("one-0", "two-0"), "generation 3, acknowledged to `one-1`, is not there");
        Reports(Told(), Found("one-0", "one-1"), "generation 2 was acknowledged to `two-0` and is `one-1`", "generation 3, acknowledged to `one-1`, is not there");
        Reports(Told(), Found("one-0", "one-1", "two-0"), "generation 2 was acknowledged to `two-0` and is `one-1`", "generation 3 was acknowledged to `one-1` and is `two-0`");
        Reports(Told(), Found("one-0", "two-0", "one-1", "one-0"), "`one-0` was applied 2 times: generations 1, 4");
        Reports(Told(), Found("one-0", "two-0", "one-1", "mallory"), "generation 4 is `mallory`, of which its writer was told that nothing was written");
        Reports(Told(), Found("one-0", "two-0", "one-1") with { Users = ["one-0", "one-1"] }, "`two-0` was added and is not in the state");
        Reports(Told(), Found("one-0", "two-0", "one-1") with { Users = ["eve", "one-0", "one-1", "two-0"] }, "`eve` is in the state and was never added");
        Reports(Told(), Found("one-0", "two-0", "one-1") with { Generations = [(1, "one-0"), (2, "two-0"), (3, "one-1"), (3, "one-1")] }, "no chain from 1 without gaps: 1, 2, 3, 3", "`one-1` was applied 2 times: generations 3, 3");

        History failed = Told();
        failed.Fail("one-2", isUnknown: false);
        Reports(failed, Found("one-0", "two-0", "one-1", "one-2"), "generation 4 is `one-2`, of which its writer was told that nothing was written");

        History backwards = Told();
        backwards.Acknowledge("two", "two-1", 1);
        Reports(backwards, Found("one-0", "two-0", "one-1", "two-1"), "generation 1 was acknowledged to `one-0` and to `two-1`", "`two-1` became generation 1, and what was written before it generation 2");
    }

    public void Dispose() => _fixture.Dispose();

    private static void Reports(History history, FoundHistory found, params string[] faults) => history.FaultsIn(found).ShouldBe(faults);

    private static History Told()
    {
        var history = new History();
        history.Acknowledge("one", "one-0", 1);
        history.Acknowledge("two", "two-0", 2);
        history.Acknowledge("one", "one-1", 3);
        return history;
    }

    private static FoundHistory Found(params string[] names) =>
        new([.. names.Select(static (name, i) => ((long)i + 1, name))], [.. names.Distinct(StringComparer.Ordinal)], ImmutableDictionary<string, long>.Empty);

    private sealed class LyingStore(IStateStore honest, StoreLie lie) : IStateStore
    {
        private const int At = 12;
        private int _commits;
        private int _writes;
        private (ClusterDocument Document, ChangeNote Note, string Name)? _kept;

        public event Action<long>? Changed
        {
            add => honest.Changed += value;
            remove => honest.Changed -= value;
        }

        public int Lies { get; private set; }

        public ValueTask<Generation?> ReadCurrentAsync(CancellationToken cancellation) => honest.ReadCurrentAsync(cancellation);

        public ValueTask<Generation?> ReadAsync(long generation, CancellationToken cancellation) => honest.ReadAsync(generation, cancellation);

        public async ValueTask<CommitResult> TryCommitAsync(
            long expectedGeneration, ClusterDocument next, ChangeNote note, ImmutableArray<KeyringEntry> keyring, CancellationToken cancellation)
        {
            bool isTime = ++_commits == At;
            if (isTime && lie is StoreLie.Lost or StoreLie.Late)
            {
                Lies++;
                _kept = lie == StoreLie.Late ? (next, note, note.Summary) : null;
                return new CommitResult(true, expectedGeneration + 1);
            }

            CommitResult result = await honest.TryCommitAsync(expectedGeneration, next, note, keyring, cancellation);
            if (isTime && lie == StoreLie.Refused)
            {
                Lies++;
                return result with { IsCommitted = false };
            }

            if (isTime && lie == StoreLie.Twice)
            {
                Lies++;
                _kept = (next, note, note.Summary);
            }
            else if (_kept is { } kept)
            {
                _kept = null;
                ClusterDocument document = next with { Users = next.Users.SetItem(kept.Name, StoreFixture.User(kept.Name)) };
                await honest.TryCommitAsync(result.Generation, document, kept.Note, keyring, cancellation);
            }

            return result;
        }

        public ValueTask<ImmutableArray<byte[]>> ReadKeyringAsync(CancellationToken cancellation) => honest.ReadKeyringAsync(cancellation);

        public ValueTask<ImmutableArray<GenerationSummary>> ListGenerationsAsync(int limit, CancellationToken cancellation) => honest.ListGenerationsAsync(limit, cancellation);

        public ValueTask<byte[]?> GetRuntimeAsync(string key, CancellationToken cancellation) => honest.GetRuntimeAsync(key, cancellation);

        public async ValueTask PutRuntimeAsync(string key, ReadOnlyMemory<byte> value, DateTimeOffset? expires, CancellationToken cancellation)
        {
            await honest.PutRuntimeAsync(key, value, expires, cancellation);
            if (++_writes == At && lie == StoreLie.Undone)
            {
                Lies++;
                await honest.PutRuntimeAsync(key, BitConverter.GetBytes(BitConverter.ToInt64(value.Span) - 3), expires, cancellation);
            }
        }

        public ValueTask DeleteRuntimeAsync(string key, CancellationToken cancellation) => honest.DeleteRuntimeAsync(key, cancellation);

        public ValueTask WriteRuntimeAsync(IReadOnlyList<RuntimeWrite> writes, CancellationToken cancellation) => honest.WriteRuntimeAsync(writes, cancellation);

        public ValueTask<RuntimePage> ListRuntimeAsync(string prefix, string? after, int limit, CancellationToken cancellation) =>
            honest.ListRuntimeAsync(prefix, after, limit, cancellation);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>What a store does once, in the middle of its work.</summary>
public enum StoreLie
{
    /// <summary>Nothing but what it says.</summary>
    None,

    /// <summary>It acknowledges a commit and forgets it.</summary>
    Lost,

    /// <summary>It applies a commit, and again over what came after it.</summary>
    Twice,

    /// <summary>It acknowledges a commit, and applies it behind the next one.</summary>
    Late,

    /// <summary>It applies a commit and says that there was a conflict.</summary>
    Refused,

    /// <summary>A write that is old by now comes late, over a newer one.</summary>
    Undone,
}
