using System.Collections.Immutable;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Store.Transfer;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>A state that goes from SQLite to etcd and back, into a backup and out of it, byte for byte.</summary>
public sealed class Store_copies(OneEtcd etcd) : IClassFixture<OneEtcd>, IDisposable
{
    private readonly string _cluster = Guid.CreateVersion7().ToString("N");
    private readonly StoreFixture _fixture = new();

    [Fact]
    public async Task To_etcd_and_back_everything_is_as_it_was()
    {
        await using SqliteStateStore sqlite = await _fixture.OpenAsync();
        await FillAsync(sqlite);
        await using EtcdStateStore store = Open();
        StoreCopied copied = await CopyAsync(new SqliteTransfer(sqlite.Database, _fixture.Sealer), new EtcdTransfer(store, _fixture.Sealer));
        (copied.Generation, copied.Generations, copied.RuntimeKeys, copied.KeyringRecords).ShouldBe((5, 5, 201, 2));
        await SameAsync(sqlite, store);

        // Once more, as after an interruption behind the last step: nothing is done twice.
        await CopyAsync(new SqliteTransfer(sqlite.Database, _fixture.Sealer), new EtcdTransfer(store, _fixture.Sealer));
        (await store.TryCommitAsync(5, StoreFixture.With("next"), _fixture.Note(), default)).ShouldBe(new CommitResult(true, 6));
        (await store.SweepAsync(default)).ShouldBe(0, "all of it is named");

        using var elsewhere = new StoreFixture();
        await using SqliteStateStore back = await SqliteStateStore.OpenAsync(elsewhere.Data, _fixture.Sealer, _fixture.Time, default);
        await CopyAsync(new EtcdTransfer(store, _fixture.Sealer), new SqliteTransfer(back.Database, _fixture.Sealer));
        await SameAsync(store, back);
        (await back.TryCommitAsync(6, StoreFixture.With("after"), _fixture.Note(), default)).ShouldBe(new CommitResult(true, 7));
    }

    [Fact]
    public async Task A_state_that_is_there_is_never_mixed_with_another()
    {
        await using SqliteStateStore sqlite = await _fixture.OpenAsync();
        await FillAsync(sqlite);
        await using EtcdStateStore store = Open();
        await store.TryCommitAsync(0, StoreFixture.With("somebody"), _fixture.Note(), default);
        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => CopyAsync(new SqliteTransfer(sqlite.Database, _fixture.Sealer), new EtcdTransfer(store, _fixture.Sealer)));
        fault.Problem.Definition.ShouldBe(TransferProblems.NotEmpty);
        (await store.ReadCurrentAsync(default))!.Document.Users.Keys.ShouldBe(["somebody"]);
    }

    [Fact]
    public async Task An_interrupted_copy_is_begun_anew()
    {
        await using SqliteStateStore sqlite = await _fixture.OpenAsync();
        await FillAsync(sqlite);
        await using EtcdStateStore store = Open();
        var target = new EtcdTransfer(store, _fixture.Sealer);
        await target.BeginAsync(replace: false, default);
        await target.PutRuntimeAsync([new("left/behind", [1])], default);
        (await store.ReadCurrentAsync(default)).ShouldBeNull("nothing is in force before the last step");
        await CopyAsync(new SqliteTransfer(sqlite.Database, _fixture.Sealer), target);
        await SameAsync(sqlite, store);
        (await store.ListRuntimeAsync("left/", null, 10, default)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_backup_comes_back_whole_and_a_changed_one_not_at_all()
    {
        await using SqliteStateStore sqlite = await _fixture.OpenAsync();
        await FillAsync(sqlite);
        string file = Path.Combine(_fixture.Root, "a.backup");
        var header = new BackupHeader
        {
            ClusterId = _cluster,
            NodeId = "0123456789abcdef",
            NodeName = "a",
            Created = _fixture.Time.GetUtcNow(),
            Trust = ImmutableSortedDictionary<string, byte[]>.Empty,
        };
        await BackupFile.WriteAsync(file, new SqliteTransfer(sqlite.Database, _fixture.Sealer), _fixture.Sealer, header, default);
        File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        BackupFile.ReadHeader(file).NodeName.ShouldBe("a");

        using var elsewhere = new StoreFixture();
        await using SqliteStateStore restored = await SqliteStateStore.OpenAsync(elsewhere.Data, _fixture.Sealer, _fixture.Time, default);
        await CopyAsync(BackupFile.Read(file, _fixture.Sealer), new SqliteTransfer(restored.Database, _fixture.Sealer));
        (await restored.ReadCurrentAsync(default))!.Digest.ShouldBe((await sqlite.ReadCurrentAsync(default))!.Digest);
        (await restored.ReadKeyringAsync(default)).Length.ShouldBe(2);
        (await restored.GetRuntimeAsync("n/007", default)).ShouldBe([7]);

        byte[] whole = await File.ReadAllBytesAsync(file);
        foreach (int at in new[] { 0, 30, 60, whole.Length / 2, whole.Length - 1 })
        {
            byte[] changed = [.. whole];
            changed[at] ^= 1;
            Refused(changed, $"byte {at} changed");
        }

        Refused(whole[..^1], "cut by one byte");
        Refused(whole[..(whole.Length / 2)], "cut in the middle");
        Refused([.. whole, 0], "longer by one byte");
        Should.Throw<ProblemException>(() => BackupFile.Read(file, elsewhere.Sealer)).Problem.Definition.ShouldBe(TransferProblems.BackupBroken);

        void Refused(byte[] content, string what)
        {
            string broken = Path.Combine(_fixture.Root, "broken.backup");
            File.Delete(broken);
            Trust.Files.SecretFile.Write(broken, content);
            Should.Throw<ProblemException>(() => BackupFile.Read(broken, _fixture.Sealer), what).Problem.Definition.ShouldBe(TransferProblems.BackupBroken, what);
        }
    }

    public void Dispose() => _fixture.Dispose();

    private Task<StoreCopied> CopyAsync(IStoreSource source, IStoreTarget target) => StoreCopy.RunAsync(source, target, _fixture.Sealer, CopyMode.Resume, default);

    private EtcdStateStore Open() => EtcdStateStore.Open(etcd.Cluster.Settings(), _cluster, _fixture.Sealer, _fixture.Time, NullLogger.Instance);

    private async Task FillAsync(SqliteStateStore store)
    {
        for (int i = 0; i < 5; i++)
        {
            await store.TryCommitAsync(i, StoreFixture.With("user" + i), _fixture.Note($"change {i}"), i == 4 ? [new KeyringEntry("aa", [1]), new KeyringEntry("bb", [2])] : [], default);
            _fixture.Time.Advance(TimeSpan.FromMinutes(1));
        }

        for (int i = 0; i < 2; i++)
        {
            await store.WriteRuntimeAsync([.. Enumerable.Range(i * 100, 100).Select(static n => new RuntimeWrite($"n/{n:D3}", [(byte)n]))], default);
        }

        await store.PutRuntimeAsync("token/x", new byte[] { 9 }, _fixture.Time.GetUtcNow().AddHours(5), default);
    }

    private static async Task SameAsync(IStateStore one, IStateStore other)
    {
        ImmutableArray<GenerationSummary> left = await one.ListGenerationsAsync(100, default);
        (await other.ListGenerationsAsync(100, default)).Select(static g => (g.Number, g.Digest)).ShouldBe(left.Select(static g => (g.Number, g.Digest)));
        foreach (GenerationSummary generation in left)
        {
            StoreFixture.Json((await other.ReadAsync(generation.Number, default))!.Document).ShouldBe(StoreFixture.Json((await one.ReadAsync(generation.Number, default))!.Document));
        }

        (await other.ReadKeyringAsync(default)).Select(Convert.ToHexString).ShouldBe((await one.ReadKeyringAsync(default)).Select(Convert.ToHexString));
        RuntimePage page = await one.ListRuntimeAsync("n/", null, 1000, default);
        (await other.ListRuntimeAsync("n/", null, 1000, default)).Entries.Select(static e => e.Key).ShouldBe(page.Entries.Select(static e => e.Key));
        (await other.GetRuntimeAsync("token/x", default)).ShouldBe(await one.GetRuntimeAsync("token/x", default));
    }
}
