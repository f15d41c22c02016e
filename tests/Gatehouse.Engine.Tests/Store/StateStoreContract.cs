using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

/// <summary>What every store must do; each kind of store runs all of it.</summary>
public abstract class StateStoreContract : IDisposable
{
    private readonly StoreFixture _fixture = new();

    /// <summary>Documents, keys and clock.</summary>
    private protected StoreFixture Fixture => _fixture;

    [Fact]
    public async Task An_empty_store_has_no_generation_and_takes_the_first()
    {
        await using IStateStore store = await OpenAsync();
        (await store.ReadCurrentAsync(default)).ShouldBeNull();
        (await store.ReadAsync(1, default)).ShouldBeNull();
        (await store.TryCommitAsync(1, StoreFixture.With("a"), _fixture.Note(), default)).ShouldBe(new CommitResult(false, 0));
        (await store.TryCommitAsync(0, StoreFixture.With("a"), _fixture.Note("first"), default)).ShouldBe(new CommitResult(true, 1));
        (await store.TryCommitAsync(0, StoreFixture.With("b"), _fixture.Note(), default)).ShouldBe(new CommitResult(false, 1));
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["a"]);
    }

    [Fact]
    public async Task Every_document_comes_back_as_it_was_after_a_new_start()
    {
        ClusterDocument written = StoreFixture.With("alice", "bob");
        await using (IStateStore store = await OpenAsync())
        {
            await store.TryCommitAsync(0, written, _fixture.Note("made"), default);
        }

        await using IStateStore again = await OpenAsync();
        Generation read = (await again.ReadCurrentAsync(default)).ShouldNotBeNull();
        read.Number.ShouldBe(1);
        read.Note.ShouldBe(_fixture.Note("made"));
        StoreFixture.Json(read.Document).ShouldBe(StoreFixture.Json(written));
    }

    [Fact]
    public async Task Old_generations_stay_readable_and_are_listed_newest_first()
    {
        await using IStateStore store = await OpenAsync();
        for (int i = 0; i < 5; i++)
        {
            await store.TryCommitAsync(i, StoreFixture.With("u" + i.ToString(CultureInfo.InvariantCulture)), _fixture.Note($"change {i}"), default);
        }

        (await store.ReadAsync(2, default))!.Document.Users.Keys.ShouldBe(["u1"]);
        (await store.ListGenerationsAsync(3, default)).Select(static g => (g.Number, g.Note.Summary))
            .ShouldBe([(5L, "change 4"), (4L, "change 3"), (3L, "change 2")]);
        (await store.ReadAsync(6, default)).ShouldBeNull();
    }

    [Fact]
    public async Task Eight_writers_lose_no_increment()
    {
        await using IStateStore store = await OpenAsync();
        List<long> signalled = [];
        store.Changed += number =>
        {
            lock (signalled)
            {
                signalled.Add(number);
            }
        };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async writer =>
        {
            for (int i = 0; i < 15; i++)
            {
                string name = $"w{writer}-{i}";
                while (true)
                {
                    Generation? current = await store.ReadCurrentAsync(default);
                    ClusterDocument document = current?.Document ?? new ClusterDocument();
                    document = document with { Users = document.Users.Add(name, StoreFixture.User(name)) };
                    if ((await store.TryCommitAsync(current?.Number ?? 0, document, _fixture.Note(name), default)).IsCommitted)
                    {
                        break;
                    }
                }
            }
        }));

        Generation last = (await store.ReadCurrentAsync(default)).ShouldNotBeNull();
        last.Number.ShouldBe(120);
        last.Document.Users.Count.ShouldBe(120);
        lock (signalled)
        {
            signalled.ShouldBeUnique();
            signalled.ShouldContain(120);
            signalled.ShouldAllBe(static number => number >= 1 && number <= 120);
        }
    }

    [Fact]
    public async Task The_key_ring_changes_with_a_generation_or_not_at_all()
    {
        await using IStateStore store = await OpenAsync();
        (await store.ReadKeyringAsync(default)).ShouldBeEmpty();
        (await store.TryCommitAsync(1, StoreFixture.With("a"), _fixture.Note(), [new KeyringEntry("aa", [1])], default)).IsCommitted.ShouldBeFalse();
        (await store.ReadKeyringAsync(default)).ShouldBeEmpty("a conflict writes nothing");
        await store.TryCommitAsync(0, StoreFixture.With("a"), _fixture.Note(), [new KeyringEntry("bb", [2]), new KeyringEntry("aa", [1])], default);
        (await store.ReadKeyringAsync(default)).SelectMany(static one => one).ShouldBe(new byte[] { 1, 2 }, "by key id");
        await store.TryCommitAsync(1, StoreFixture.With("b"), _fixture.Note(), [new KeyringEntry("aa", [3]), new KeyringEntry("bb", null)], default);
        (await store.ReadKeyringAsync(default)).ShouldHaveSingleItem().ShouldBe([3]);
        await Should.ThrowAsync<ArgumentException>(() => store.TryCommitAsync(2, StoreFixture.With("c"), _fixture.Note(), [new KeyringEntry("../x", [3])], default).AsTask());
    }

    [Fact]
    public async Task Runtime_state_makes_no_generation_and_expires()
    {
        await using IStateStore store = await OpenAsync();
        await store.PutRuntimeAsync("counter/a", new byte[] { 1, 2 }, null, default);
        await store.PutRuntimeAsync("counter/a", new byte[] { 3 }, null, default);
        await store.PutRuntimeAsync("token/x", new byte[] { 9 }, _fixture.Time.GetUtcNow().AddMinutes(30), default);
        (await store.GetRuntimeAsync("counter/a", default)).ShouldBe([3]);
        (await store.GetRuntimeAsync("token/x", default)).ShouldBe([9]);
        (await store.GetRuntimeAsync("token/y", default)).ShouldBeNull();

        _fixture.Time.Advance(TimeSpan.FromMinutes(30));
        (await store.GetRuntimeAsync("token/x", default)).ShouldBeNull();
        await store.DeleteRuntimeAsync("counter/a", default);
        await store.DeleteRuntimeAsync("counter/a", default);
        (await store.GetRuntimeAsync("counter/a", default)).ShouldBeNull();
        (await store.ReadCurrentAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task Runtime_state_is_written_together_and_listed_by_prefix_in_pages()
    {
        await using IStateStore store = await OpenAsync();
        await store.PutRuntimeAsync("a0", new byte[] { 1 }, null, default);
        await store.PutRuntimeAsync("a/gone", new byte[] { 1 }, null, default);
        await store.WriteRuntimeAsync(
            [
                .. Enumerable.Range(0, 7).Select(static i => new RuntimeWrite($"a/{i}", new byte[] { (byte)i })),
                new RuntimeWrite("a/gone", null),
                new RuntimeWrite("a/late", new byte[] { 9 }, _fixture.Time.GetUtcNow().AddMinutes(1)),
                new RuntimeWrite("b/0", new byte[] { 8 }),
            ],
            default);

        List<RuntimeEntry> all = [];
        string? after = null;
        do
        {
            RuntimePage page = await store.ListRuntimeAsync("a/", after, 3, default);
            page.Entries.Length.ShouldBeLessThanOrEqualTo(3);
            all.AddRange(page.Entries);
            after = page.Next;
        }
        while (after is not null);
        all.Select(static one => one.Key).ShouldBe(["a/0", "a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/late"]);
        all[4].Value.ShouldBe([4]);

        _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        (await store.ListRuntimeAsync("a/", null, 100, default)).Entries.Length.ShouldBe(7, "what has expired is not there");
        await DamageRuntimeAsync(store, "a/1");
        (await store.ListRuntimeAsync("a/", "a/0", 1, default)).Entries.ShouldHaveSingleItem().Value.ShouldBeNull("damaged, and said so");
        RuntimeWrite[] tooMany = [.. Enumerable.Range(0, RuntimeWrite.Most + 1).Select(static i => new RuntimeWrite($"c/{i}", null))];
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => store.WriteRuntimeAsync(tooMany, default).AsTask());
    }

    [Fact]
    public async Task A_removed_or_changed_document_leaves_no_trace_in_the_next_generation()
    {
        await using (IStateStore store = await OpenAsync())
        {
            ClusterDocument first = StoreFixture.Many(1000);
            await store.TryCommitAsync(0, first, _fixture.Note(), default);
            ClusterDocument second = first with
            {
                Users = first.Users.Remove("user-0000007").SetItem("user-0000008", StoreFixture.User("user-0000008", "changed")).Add("zoe", StoreFixture.User("zoe")),
                Networks = StoreFixture.With().Networks,
            };
            await store.TryCommitAsync(1, second, _fixture.Note(), default);
            await store.TryCommitAsync(2, second with { Users = second.Users.Clear() }, _fixture.Note(), default);
            await store.TryCommitAsync(3, second, _fixture.Note(), default);
        }

        await using IStateStore again = await OpenAsync();
        (await again.ReadAsync(3, default))!.Document.Users.ShouldBeEmpty();
        Generation last = (await again.ReadCurrentAsync(default)).ShouldNotBeNull();
        last.Document.Users.Count.ShouldBe(1000);
        last.Document.Users.ShouldNotContainKey("user-0000007");
        last.Document.Users["user-0000008"].FullName.ShouldBe("changed");
        last.Document.Networks.Length.ShouldBe(2);
        (await again.ReadAsync(1, default))!.Document.Users["user-0000008"].FullName.ShouldBeNull();
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _fixture.Dispose();

    /// <summary>Opens the store; the same one each time.</summary>
    private protected abstract ValueTask<IStateStore> OpenAsync();

    /// <summary>Puts a value there that does not open.</summary>
    private protected abstract Task DamageRuntimeAsync(IStateStore store, string key);
}
