using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting;
using Gatehouse.Engine.Hosting.Transfer;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Store.Transfer;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Gatehouse.Trust.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

/// <summary>A backup is of one moment, also while the daemon holds the folder and writes; the daemon does not notice.</summary>
public sealed class BackupBesideTheDaemonTests : IDisposable
{
    private const string Mark = "mark/newest";
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly string _folder = Directory.CreateTempSubdirectory("gatehouse-beside-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Of_one_moment_while_changes_go_on_and_it_comes_back_whole()
    {
        using NodeTrust trust = await OpenAsync(Options("data"));
        NodeState state = await NodeState.OpenAsync(Options("data"), new NodeConfiguration(), trust, NullLoggerFactory.Instance, Cancellation);
        await using IStateStore store = state.Store;
        using DataFolderLock daemon = DataFolderLock.Take(Options("data").DataDirectory);
        using var enough = new CancellationTokenSource();
        Task<long> writing = WriteAsync(store, enough.Token);
        string[] files = Trust("data");

        var backups = new List<(string File, StoreCopied Copied)>();
        for (int i = 0; i < 4; i++)
        {
            string file = Path.Combine(_folder, $"{i}.backup");
            backups.Add((file, await StoreBackup.WriteAsync(Options("data"), file, Cancellation)));
            await Task.Delay(50, Cancellation);
        }

        await enough.CancelAsync();
        long newest = await writing;
        newest.ShouldBeGreaterThan(backups[0].Copied.Generation, "the daemon goes on");
        backups.Select(static one => one.Copied.Generation).ShouldBeInOrder();
        Trust("data").ShouldBe(files, "nothing was made, renewed or swept away");
        foreach ((string file, StoreCopied copied) in backups)
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await RestoredAsync(file, copied.Generation);
        }
    }

    [Fact]
    public async Task A_snapshot_neither_sees_nor_hinders_what_comes_after_it()
    {
        using var fixture = new StoreFixture();
        await using SqliteStateStore store = await fixture.OpenAsync();
        await store.TryCommitAsync(0, StoreFixture.With("one"), fixture.Note(), Cancellation);
        await using SqliteDatabase moment = await SqliteDatabase.OpenSnapshotAsync(fixture.DatabasePath, Cancellation);

        for (int i = 1; i < 40; i++)
        {
            (await store.TryCommitAsync(i, StoreFixture.With("one", "two" + i), fixture.Note(), Cancellation)).IsCommitted.ShouldBeTrue();
        }

        var source = new SqliteTransfer(moment, fixture.Sealer);
        (await source.OutlineAsync(Cancellation))!.Newest.Number.ShouldBe(1);
        ProblemException refused = await Should.ThrowAsync<ProblemException>(async () =>
            await moment.RunAsync(static connection => connection.Execute("DELETE FROM generation"), Cancellation));
        refused.Problem.Definition.ShouldBe(StoreProblems.StoreUnavailable);
        (await store.ReadCurrentAsync(Cancellation))!.Number.ShouldBe(40);
    }

    [Fact]
    public async Task Without_the_nodes_key_nothing_is_written()
    {
        using NodeTrust trust = await OpenAsync(Options("data"));
        NodeState state = await NodeState.OpenAsync(Options("data"), new NodeConfiguration(), trust, NullLoggerFactory.Instance, Cancellation);
        await using IStateStore store = state.Store;
        using DataFolderLock daemon = DataFolderLock.Take(Options("data").DataDirectory);
        string file = Path.Combine(_folder, "none.backup");

        ProblemException fault = await Should.ThrowAsync<ProblemException>(() => StoreBackup.WriteAsync(
            Options("data") with { NodeKeyPath = Path.Combine(_folder, "elsewhere.key") }, file, Cancellation));

        fault.Problem.Definition.ShouldBe(TrustProblems.NodeKeyMissing);
        Directory.GetFiles(_folder, "none.backup*").ShouldBeEmpty();
    }

    // First the mark, then the generation: at every moment it is that of the generation in force or of the next one.
    private async Task<long> WriteAsync(IStateStore store, CancellationToken enough)
    {
        Generation current = (await store.ReadCurrentAsync(Cancellation))!;
        long number = current.Number;
        while (!enough.IsCancellationRequested)
        {
            await store.PutRuntimeAsync(Mark, BitConverter.GetBytes(number + 1), null, Cancellation);
            string user = "user" + (number + 1).ToString(CultureInfo.InvariantCulture);
            ClusterDocument next = current.Document with { Users = current.Document.Users.Add(user, StoreFixture.User(user)) };
            number = (await store.TryCommitAsync(number, next, new ChangeNote("native/tester", "more", _time.GetUtcNow()), Cancellation)).Generation;
            current = current with { Document = next };
            await Task.Delay(2, Cancellation);
        }

        return number;
    }

    private async Task RestoredAsync(string file, long generation)
    {
        NodeOptions there = Options("back-" + Path.GetFileNameWithoutExtension(file));
        (await StoreBackup.RestoreAsync(there, file, replace: false, Cancellation)).Generation.ShouldBe(generation);
        using NodeTrust trust = await OpenAsync(there);
        await using SqliteStateStore store = await SqliteStateStore.OpenAsync(there.DataDirectory, trust.Sealer, _time, Cancellation);
        Generation read = (await store.ReadCurrentAsync(Cancellation))!;
        read.Number.ShouldBe(generation);
        if (generation > 1)
        {
            read.Document.Users.ShouldContainKey("user" + generation.ToString(CultureInfo.InvariantCulture));
        }

        byte[]? mark = await store.GetRuntimeAsync(Mark, Cancellation);
        (mark is null ? generation : BitConverter.ToInt64(mark)).ShouldBeInRange(generation, generation + 1, "runtime state is of the same moment");
    }

    private string[] Trust(string data) =>
        [.. Directory.GetFiles(Path.Combine(_folder, data, "trust")).Order(StringComparer.Ordinal).Select(static one => one + Convert.ToHexString(File.ReadAllBytes(one)))];

    private NodeOptions Options(string data) => new()
    {
        ConfigurationFile = Path.Combine(_folder, "gatehouse.yaml"),
        DataDirectory = Path.Combine(_folder, data),
        NodeKeyPath = Path.Combine(_folder, "keys", "node.key"),
        NodeName = "alpha",
        Time = _time,
    };

    private static async Task<NodeTrust> OpenAsync(NodeOptions options) => await TrustBootstrap.EnsureAsync(
        new TrustOptions { DataDirectory = options.DataDirectory, NodeName = "alpha", NodeKeyPath = options.NodeKeyPath, Time = options.Time }, Cancellation);
}
