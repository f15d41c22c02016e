using System.Diagnostics;
using Gatehouse.Engine.Mqtt.ClientIds;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.BookFixture;
using static Gatehouse.Engine.Tests.Mqtt.ClientIds.ClientIdBookTests;

namespace Gatehouse.Engine.Tests.Mqtt.ClientIds;

public sealed class ClientIdRaceTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Of_thousands_at_a_time_exactly_one_owner_gets_each_id()
    {
        BookFixture fixture = new();
        await using ClientIdBook book = await fixture.OpenAsync();
        ClientIdOwner[] owners = [.. Enumerable.Range(0, 8).Select(static i => new ClientIdOwner("native", $"user{i}"))];
        const int Ids = 500;
        int[] holders = new int[Ids];
        await Parallel.ForEachAsync(Enumerable.Range(0, Ids * 16), async (n, _) =>
        {
            int id = n % Ids;
            ClientIdOwner owner = owners[n / Ids % owners.Length];
            ClientIdLife life = n % 3 == 0 ? ClientIdLife.Forever : ClientIdLife.Connection;
            if ((await book.ClaimAsync("broker", $"id{id}", owner, life, default)).TryGet(out ClientIdClaim? claim))
            {
                int me = Array.IndexOf(owners, owner) + 1;
                int before = Interlocked.CompareExchange(ref holders[id], me, 0);
                (before == 0 || before == me).ShouldBeTrue($"id{id} is held by {before} and {me}");
                claim.IsAccepted.ShouldBeFalse();
            }
        });

        holders.ShouldAllBe(static holder => holder > 0);
        fixture.Store.Calls.ShouldBeLessThan(fixture.Store.Writes + 1);
        fixture.Store.Largest.ShouldBeLessThanOrEqualTo(RuntimeWrite.Most);
    }

    [Fact]
    public async Task Coming_and_going_of_two_never_lets_both_in()
    {
        BookFixture fixture = new();
        await using ClientIdBook book = await fixture.OpenAsync();
        int anna = 0;
        int ben = 0;
        int granted = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), async (n, _) =>
        {
            bool isAnna = n % 2 == 0;
            ClientIdLife life = n % 5 == 0 ? ClientIdLife.OfV5(10) : ClientIdLife.Connection;
            if ((await book.ClaimAsync("broker", $"id{n % 7}", isAnna ? Anna : Ben, life, default)).TryGet(out ClientIdClaim? claim))
            {
                if (n % 7 == 0)
                {
                    Interlocked.Increment(ref isAnna ? ref anna : ref ben);
                    Volatile.Read(ref isAnna ? ref ben : ref anna).ShouldBe(0);
                    Interlocked.Increment(ref granted);
                    Interlocked.Decrement(ref isAnna ? ref anna : ref ben);
                }

                if (n % 3 != 0)
                {
                    (await claim.AcceptAsync(life, default)).ShouldBeTrue();
                }

                if (n % 11 == 0)
                {
                    claim.Abandon();
                }

                claim.Release(ClientIdLife.Connection);
            }

            if (n % 100 == 0)
            {
                book.Sweep();
                fixture.Time.Advance(TimeSpan.FromSeconds(30));
            }
        });

        granted.ShouldBeGreaterThan(10);
        fixture.Time.Advance(TimeSpan.FromHours(1));

        // What is written down is written in the background, on a busy machine some time after the end.
        for (int i = 0; i < 200 && fixture.Store.Values.Any(); i++)
        {
            fixture.Time.Advance(TimeSpan.FromMinutes(1));
            book.Sweep();
            await Task.Delay(50);
        }

        fixture.Store.Values.ShouldBeEmpty("nothing is left behind");
        await book.DisposeAsync();
        book.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_hundred_thousand_kept_ids_are_written_and_read_again()
    {
        using StoreFixture fixture = new();
        const int Count = 100_000;
        await using SqliteStateStore store = await fixture.OpenAsync();
        await using (ClientIdBook book = new(store, fixture.Time, NullLogger.Instance, new ClientIdLimits { MaxKeptPerOwner = Count, MaxWaiting = Count }))
        {
            await book.LoadAsync(default);
            long began = Stopwatch.GetTimestamp();
            ClientIdResult[] all = await Task.WhenAll(Enumerable.Range(0, Count).Select(i => book.ClaimAsync("broker", $"device-{i}", Anna, ClientIdLife.Forever, default).AsTask()));
            output.WriteLine($"{Count} claims on disk in {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
            all.ShouldAllBe(static one => one.Outcome == ClientIdOutcome.Granted);
        }

        ClientIdBook again = new(store, fixture.Time, NullLogger.Instance, new ClientIdLimits());
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        await again.LoadAsync(default);
        TimeSpan took = Stopwatch.GetElapsedTime(start);
        output.WriteLine($"read in {took.TotalMilliseconds:F0} ms, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds:F0} ms of processor time in the whole process");
        again.Count.ShouldBe(Count);
        (await TryAsync(again, Ben, ClientIdLife.Connection, "device-99999")).ShouldBe(ClientIdOutcome.TakenByOther);
        took.ShouldBeLessThan(TimeSpan.FromSeconds(10), "wide, for machines that do much else");

        ClientIdPage page = again.List(static facts => facts.Owner == Anna, null, 1000);
        List<ClientIdKey> keys = [.. page.Ids.Select(static one => one.Key)];
        while (page.Next is { } next)
        {
            page = again.List(static facts => facts.Owner == Anna, next, 10_000);
            keys.AddRange(page.Ids.Select(static one => one.Key));
        }

        keys.Count.ShouldBe(Count);
        keys.Distinct().Count().ShouldBe(Count);
        await again.DisposeAsync();
    }
}
