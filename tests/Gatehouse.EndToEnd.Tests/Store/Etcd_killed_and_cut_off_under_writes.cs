using System.Diagnostics;
using Gatehouse.Engine.Store.Etcd;
using Gatehouse.Engine.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

#pragma warning disable CA2025 // What is handed to a task is awaited before it goes.
namespace Gatehouse.EndToEnd.Tests.Store;

/// <summary>Three members with TLS, client certificates and users; two stores write while members die, hang and come back.</summary>
public sealed class Etcd_killed_and_cut_off_under_writes(ITestOutputHelper output)
{
    private const string ClusterId = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task No_acknowledged_write_is_lost_and_none_is_applied_twice()
    {
        await using EtcdCluster etcd = await new EtcdCluster(3, secured: true, "--unsafe-no-fsync", "--heartbeat-interval=50", "--election-timeout=500").StartAsync();
        using var fixture = new StoreFixture();
        await using EtcdStateStore one = Open(etcd, fixture);
        await using EtcdStateStore two = Open(etcd, fixture);
        var history = new History();
        using var stop = new CancellationTokenSource();
        long heard = 0;
        two.Changed += number => Interlocked.Exchange(ref heard, number);
        Task[] writers =
        [
            Task.Run(() => history.CommitAsync(one, fixture, "one", stop.Token)), Task.Run(() => history.CommitAsync(two, fixture, "two", stop.Token)),
            .. Enumerable.Range(0, 4).Select(i => Task.Run(() => history.CountAsync(i % 2 == 0 ? one : two, $"counter/{i}", stop.Token))),
        ];

        var watch = Stopwatch.StartNew();
        for (int round = 0; round < 3; round++)
        {
            int killed = round % etcd.Count;
            int hung = (round + 1) % etcd.Count;
            await GoOnAsync(history, "all up");
            await etcd.KillAsync(killed);
            await GoOnAsync(history, $"member {killed} killed");
            await etcd.RestartAsync(killed);
            await GoOnAsync(history, $"member {killed} back");
            etcd.Hang(hung);
            await GoOnAsync(history, $"member {hung} hangs");
            if (round == 1)
            {
                // Two of three: nothing can be agreed on, then all of it again, what was sent to the hanging ones included.
                etcd.Hang((hung + 1) % etcd.Count);
                await Task.Delay(2500);
                etcd.Wake((hung + 1) % etcd.Count);
            }

            etcd.Wake(hung);
        }

        await GoOnAsync(history, "all up again");
        await stop.CancelAsync();
        await Task.WhenAll(writers).WaitAsync(TimeSpan.FromSeconds(30));
        output.WriteLine($"{watch.ElapsedMilliseconds} ms: {history.Commits} commits, {history.RuntimeWrites} runtime writes, {history.Failed} failed, {history.Unknown} unknown");
        (await history.FaultsAsync(one)).ShouldBeEmpty();
        long last = (await one.ReadCurrentAsync(default))!.Number;
        await Eventually(() => Interlocked.Read(ref heard) == last, "the other node heard of the last change");
        one.Health.IsUp.ShouldBeTrue();
    }

    /// <summary>The store works on: ten more commits, whatever is down.</summary>
    private async Task GoOnAsync(History history, string what)
    {
        var watch = Stopwatch.StartNew();
        int enough = history.Commits + 10;
        await Eventually(() => history.Commits >= enough, $"commits go on: {what}", 15);
        output.WriteLine($"{what}: ten commits in {watch.ElapsedMilliseconds} ms");
    }

    private static async Task Eventually(Func<bool> condition, string what, int seconds = 10)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(seconds), what);
            await Task.Delay(10);
        }
    }

    private static EtcdStateStore Open(EtcdCluster etcd, StoreFixture fixture) =>
        EtcdStateStore.Open(etcd.Settings(), ClusterId, fixture.Sealer, TimeProvider.System, NullLogger.Instance);
}
