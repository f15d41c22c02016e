using System.Diagnostics;
using Gatehouse.Administration;
using Gatehouse.Engine.Store;
using Gatehouse.Problems;
using Microsoft.Data.Sqlite;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Store;

public sealed class SqliteStateStoreTests(ITestOutputHelper output) : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly StoreFixture _fixture = new();

    [Fact]
    public async Task All_files_are_private_and_hold_nothing_in_clear()
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        await store.TryCommitAsync(0, StoreFixture.With("alice"), _fixture.Note("secretly"), default);
        string[] files = Directory.GetFiles(_fixture.Data);
        files.Length.ShouldBe(3, "the database, its log and its index");
        foreach (string file in files)
        {
            File.GetUnixFileMode(file).ShouldBe(Private, file);
            string content = System.Text.Encoding.Latin1.GetString(ReadShared(file));
            content.ShouldNotContain("alice");
            content.ShouldNotContain("secretly");
            content.ShouldNotContain("pbkdf2");
        }
    }

    [Fact]
    public async Task A_wider_database_is_refused()
    {
        await (await _fixture.OpenAsync()).DisposeAsync();
        File.SetUnixFileMode(_fixture.DatabasePath, Private | UnixFileMode.GroupRead);
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _fixture.OpenAsync().AsTask());
        fault.Problem.Id.ShouldBe("GH3001");
    }

    [Theory]
    [InlineData("SELECT rowid, data FROM chunk", "UPDATE chunk SET data = $0 WHERE rowid = $1")]
    [InlineData("SELECT number, manifest FROM generation", "UPDATE generation SET manifest = $0 WHERE number = $1")]
    public async Task One_changed_byte_in_any_chunk_or_manifest_is_detected(string read, string write)
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"));
        List<(long Row, byte[] Data)> rows = [];
        using (SqliteConnection raw = OpenRaw())
        {
            using SqliteCommand command = raw.Prepare(read);
            using SqliteDataReader reader = command.ExecuteReader();
            while (reader.Read())
            {
                rows.Add((reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)));
            }
        }

        rows.ShouldNotBeEmpty();
        foreach ((long row, byte[] data) in rows)
        {
            foreach (int at in new[] { 0, 5, 15, data.Length / 2, data.Length - 1 })
            {
                byte[] changed = [.. data];
                changed[at] ^= 1;
                ExecuteRaw(write, changed, row);
                (await BrokenAsync()).ShouldBe("GH2020", $"row {row}, byte {at}");
            }

            ExecuteRaw(write, data, row);
        }

        await using SqliteStateStore store = await _fixture.OpenAsync();
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["alice"]);
    }

    [Fact]
    public async Task Swapped_missing_and_foreign_parts_are_detected()
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"), StoreFixture.With("bob"));
        ExecuteRaw("UPDATE generation SET manifest = (SELECT manifest FROM generation WHERE number = 1) WHERE number = 2");
        (await BrokenAsync()).ShouldBe("GH2020", "an old manifest under a new number");
        ExecuteRaw("DELETE FROM generation WHERE number = 2");
        (await BrokenAsync()).ShouldBe("GH2020", "a missing manifest");
        ExecuteRaw("UPDATE current SET generation = 1");
        (await BrokenAsync()).ShouldBeNull("the store alone cannot see that it was put back: the record of the highest seen does");
        ExecuteRaw("UPDATE chunk SET data = (SELECT data FROM chunk LIMIT 1)");
        (await BrokenAsync()).ShouldBe("GH2020", "one chunk in another's place");
        ExecuteRaw("DELETE FROM chunk");
        (await BrokenAsync()).ShouldBe("GH2020", "missing chunks");
    }

    [Fact]
    public async Task After_a_pointer_was_put_back_and_accepted_the_next_commit_takes_the_number_anew()
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"), StoreFixture.With("bob"));
        ExecuteRaw("UPDATE current SET generation = 1");
        await using SqliteStateStore again = await _fixture.OpenAsync();

        (await again.TryCommitAsync(1, StoreFixture.With("carol"), _fixture.Note(), CancellationToken.None)).ShouldBe(new CommitResult(true, 2));

        (await again.ReadCurrentAsync(CancellationToken.None))!.Document.Users.Keys.ShouldBe(["carol"]);
    }

    [Fact]
    public async Task An_emptied_pointer_is_no_first_start()
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"));
        ExecuteRaw("UPDATE current SET generation = 0");
        (await BrokenAsync()).ShouldBe("GH2020");
        ExecuteRaw("DELETE FROM current");
        (await BrokenAsync()).ShouldBe("GH2020");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named()
    {
        File.WriteAllBytes(_fixture.DatabasePath, new byte[8192].Select(static (_, i) => (byte)i).ToArray());
        File.SetUnixFileMode(_fixture.DatabasePath, Private);
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _fixture.OpenAsync().AsTask());
        fault.Problem.Definition.ShouldBe(StoreProblems.StoreDamaged);
    }

    [Fact]
    public async Task A_newer_schema_is_refused()
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"));
        ExecuteRaw("PRAGMA user_version = 3");
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => _fixture.OpenAsync().AsTask());
        fault.Problem.Definition.ShouldBe(StoreProblems.StoreTooNew);
    }

    [Fact]
    public async Task A_database_of_schema_1_gets_its_key_ring()
    {
        await CommitAndCloseAsync(StoreFixture.With("alice"));
        ExecuteRaw("DROP TABLE keyring; PRAGMA user_version = 1");
        await using SqliteStateStore store = await _fixture.OpenAsync();
        (await store.ReadKeyringAsync(default)).ShouldBeEmpty();
        (await store.TryCommitAsync(1, StoreFixture.With("bob"), _fixture.Note(), [new KeyringEntry("k1", [7])], default)).IsCommitted.ShouldBeTrue();
        (await store.ReadKeyringAsync(default)).ShouldHaveSingleItem().ShouldBe([7]);
    }

    [Fact]
    public async Task A_full_disk_is_named_and_loses_nothing()
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        await store.TryCommitAsync(0, StoreFixture.With("alice"), _fixture.Note(), default);
        await store.Database.RunAsync(static c => c.Execute("PRAGMA max_page_count = 40"), default);

        ProblemException fault = await Should.ThrowAsync<ProblemException>(
            () => store.TryCommitAsync(1, StoreFixture.Many(2000), _fixture.Note(), default).AsTask());
        fault.Problem.Definition.ShouldBe(StoreProblems.StoreFull);
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["alice"]);

        await store.Database.RunAsync(static c => c.Execute("PRAGMA max_page_count = 1000000"), default);
        (await store.TryCommitAsync(1, StoreFixture.Many(2000), _fixture.Note(), default)).ShouldBe(new CommitResult(true, 2));
    }

    [Fact]
    public async Task Generations_go_after_30_days_and_their_chunks_a_day_later()
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        ClusterDocument first = StoreFixture.With("alice");
        await store.TryCommitAsync(0, first, _fixture.Note(), default);
        await store.TryCommitAsync(1, first with { Users = StoreFixture.With("bob").Users }, _fixture.Note(), default);
        long chunks = await CountAsync(store, "chunk");

        _fixture.Time.Advance(TimeSpan.FromDays(29));
        (await store.SweepAsync(default)).ShouldBe(0);
        (await store.ReadAsync(1, default))!.Document.Users.Keys.ShouldBe(["alice"]);

        _fixture.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        (await store.SweepAsync(default)).ShouldBe(1);
        (await store.ReadAsync(1, default)).ShouldBeNull();
        (await CountAsync(store, "chunk")).ShouldBe(chunks);

        _fixture.Time.Advance(TimeSpan.FromDays(1));
        (await store.SweepAsync(default)).ShouldBe(1);
        (await CountAsync(store, "chunk")).ShouldBe(chunks - 1);
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["bob"]);
    }

    [Fact]
    public async Task No_more_generations_are_kept_than_allowed_and_their_chunks_go_a_day_later()
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        store.MostGenerations = 3;
        for (int i = 0; i < 10; i++)
        {
            await store.TryCommitAsync(i, StoreFixture.With("user" + i), _fixture.Note(), default);
            _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }

        await store.SweepAsync(default);
        (await store.ListGenerationsAsync(100, default)).Select(static found => found.Number).ShouldBe([10, 9, 8]);
        _fixture.Time.Advance(TimeSpan.FromDays(1));
        await store.TryCommitAsync(10, StoreFixture.With("next"), _fixture.Note(), default);
        await store.TryCommitAsync(11, StoreFixture.With("last"), _fixture.Note(), default);
        await store.SweepAsync(default);
        await store.TryCommitAsync(12, StoreFixture.With("end"), _fixture.Note(), default);
        await store.SweepAsync(default);
        foreach (long number in new long[] { 11, 12, 13 })
        {
            (await store.ReadAsync(number, default)).ShouldNotBeNull().Document.Users.Count.ShouldBe(1);
        }

        // One chunk each, and what lies a day: those of generations 10 to 12 at the most, not the ten before.
        (await CountAsync(store, "chunk")).ShouldBeLessThan(9);
    }

    [Fact]
    public async Task A_chunk_that_comes_back_is_not_swept()
    {
        await using (SqliteStateStore store = await _fixture.OpenAsync())
        {
            await store.TryCommitAsync(0, StoreFixture.With("alice"), _fixture.Note(), default);
            await store.TryCommitAsync(1, StoreFixture.With("bob"), _fixture.Note(), default);
            _fixture.Time.Advance(TimeSpan.FromDays(20));
            await store.TryCommitAsync(2, StoreFixture.With("alice"), _fixture.Note(), default);
            _fixture.Time.Advance(TimeSpan.FromDays(40));
            await store.SweepAsync(default);
        }

        await using SqliteStateStore again = await _fixture.OpenAsync();
        (await again.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["alice"]);
    }

    [Fact]
    public async Task A_large_state_changes_by_one_chunk()
    {
        const int Users = 100_000;
        ClusterDocument document = StoreFixture.Many(Users);
        long chunks;
        await using (SqliteStateStore store = await _fixture.OpenAsync())
        {
            await TimedAsync("first commit", () => store.TryCommitAsync(0, document, _fixture.Note(), default).AsTask());
            chunks = await CountAsync(store, "chunk");
            for (int i = 1; i <= 3; i++)
            {
                document = document with { Users = document.Users.SetItem("user-0050000", StoreFixture.User("user-0050000", $"changed {i}")) };
                await TimedAsync("change of one user", () => store.TryCommitAsync(i, document, _fixture.Note(), default).AsTask());
                (await CountAsync(store, "chunk")).ShouldBe(chunks + i);
            }

            (await store.Database.RunAsync(static c => (long)c.Scalar("SELECT max(length(data)) FROM chunk")!, default)).ShouldBeLessThanOrEqualTo(512 * 1024);
            (await store.Database.RunAsync(static c => (long)c.Scalar("SELECT max(length(manifest)) FROM generation")!, default)).ShouldBeLessThanOrEqualTo(512 * 1024);
        }

        await using SqliteStateStore again = await _fixture.OpenAsync();
        Generation? read = null;
        await TimedAsync("load", async () => read = await again.ReadCurrentAsync(default));
        read!.Document.Users.Count.ShouldBe(Users);
        read.Document.Users["user-0050000"].FullName.ShouldBe("changed 3");
        await TimedAsync("keep on disk", () => Task.Run(() => _fixture.Cache().Accept(read)));
        await TimedAsync("load what was kept", () => Task.Run(() => _fixture.Cache().Load()!.Document.Users.Count.ShouldBe(Users)));
        output.WriteLine($"{Users} users, {chunks} chunks, {new FileInfo(_fixture.DatabasePath).Length / 1024} KiB");
    }

    [Fact]
    public void The_lock_names_the_process_that_holds_it()
    {
        using (DataFolderLock held = DataFolderLock.Take(_fixture.Data))
        {
            ProblemException fault = Should.Throw<ProblemException>(() => DataFolderLock.Take(_fixture.Data));
            fault.Problem.Definition.ShouldBe(StoreProblems.DataFolderLocked);
            fault.Message.ShouldContain($"process {Environment.ProcessId} (");
            held.ShouldNotBeNull();
        }

        DataFolderLock.Take(_fixture.Data).Dispose();
        File.GetUnixFileMode(Path.Combine(_fixture.Data, "gatehouse.lock")).ShouldBe(Private);
    }

    public void Dispose() => _fixture.Dispose();

    private static byte[] ReadShared(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using MemoryStream content = new();
        file.CopyTo(content);
        return content.ToArray();
    }

    private static async Task<long> CountAsync(SqliteStateStore store, string table) =>
        await store.Database.RunAsync(c => (long)c.Scalar("SELECT count(*) FROM " + table)!, default);

    private async Task CommitAndCloseAsync(params ClusterDocument[] documents)
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        for (int i = 0; i < documents.Length; i++)
        {
            (await store.TryCommitAsync(i, documents[i], _fixture.Note(), default)).IsCommitted.ShouldBeTrue();
        }
    }

    private async Task<string?> BrokenAsync()
    {
        await using SqliteStateStore store = await _fixture.OpenAsync();
        try
        {
            await store.ReadCurrentAsync(default);
            return null;
        }
        catch (ProblemException fault)
        {
            return fault.Problem.Id;
        }
    }

    private void ExecuteRaw(string statement, params object?[] parameters)
    {
        using SqliteConnection raw = OpenRaw();
        raw.Execute(statement, parameters);
    }

    private SqliteConnection OpenRaw()
    {
        SqliteConnection connection = new($"Data Source={_fixture.DatabasePath};Pooling=False");
        connection.Open();
        return connection;
    }

    private async Task TimedAsync(string what, Func<Task> work)
    {
        Stopwatch watch = Stopwatch.StartNew();
        await work();
        output.WriteLine($"{what}: {watch.ElapsedMilliseconds} ms");
    }
}
