using System.Diagnostics;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Sides that take nothing, and what many connections leave behind. Memory is the whole process's: nothing else may run.</summary>
[Collection(nameof(PressureTests))]
[CollectionDefinition(nameof(PressureTests), DisableParallelization = true)]
public sealed class PressureTests
{
    private const int Piece = 64 * 1024;

    [Fact]
    public async Task A_client_that_never_reads_holds_its_broker_back_and_is_cut_all_the_same()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (_, BrokerPeer broker) = await bench.OpenAsync(4);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        // As much as the sockets between take, then it stops.
        byte[] message = Packet.Publish(4, "a/b", new byte[Piece]);
        int sent = await FillAsync(() => broker.SendAsync(message));
        sent.ShouldBeLessThan(1000);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(8 * 1024 * 1024);

        long began = Stopwatch.GetTimestamp();
        bench.Change(document => document with { Users = document.Users.Remove("bert") });
        await bench.Trail.WaitForAsync("AccessGranted Failure bert connect:", "reason=right_lost");
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task A_broker_that_stops_reading_holds_its_client_back_and_is_cut_all_the_same()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, _) = await bench.OpenAsync(5);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        byte[] message = Packet.Publish(5, "a/b", new byte[Piece]);
        int sent = await FillAsync(() => client.SendAsync(message));
        sent.ShouldBeLessThan(1000);
        (GC.GetTotalMemory(forceFullCollection: true) - before).ShouldBeLessThan(8 * 1024 * 1024);

        bench.Change(document => document with { Users = document.Users.Remove("bert") });
        await client.IsEndedAsync(5, 0x87);
    }

    [Fact]
    public async Task A_thousand_connections_leave_nothing_behind()
    {
        await using MqttBench bench = await MqttBench.StartAsync(broker: new FakeBroker { Drains = true });
        for (int i = 0; i < 50; i++)
        {
            await ComeAndGoAsync(bench, i);
        }

        await NobodyIsThereAsync(bench);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        int records = bench.Trail.Lines.Count;
        for (int i = 0; i < 1000; i += 20)
        {
            await Task.WhenAll(Enumerable.Range(i, 20).Select(n => ComeAndGoAsync(bench, n)));
        }

        await NobodyIsThereAsync(bench);
        bench.Gates.Status[0].Counters.Active.ShouldBe(0);

        // The test keeps records and the client's and broker's ends: about 2 KB a connection; a buffer left behind would be 4.
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        grown.ShouldBeLessThan(1000 * 3800, $"{bench.Trail.Lines.Count - records} records");
    }

    private static async Task ComeAndGoAsync(MqttBench bench, int i)
    {
        await using RawConnection client = await bench.ConnectUntrackedAsync();
        await client.SendAsync(
            Packet.Connect(new ConnectFields(4, $"c{i}") { User = i % 5 == 0 ? "nobody" : "bert", Password = "secret" }),
            Packet.Publish(4, i % 2 == 0 ? "a/b" : "x", "hello", 1, 1),
            Packet.Subscribe(4, 2, ("a/b", 0), ("x", 0)));
        if ((await client.ReadAsync())!.Describe(4) == "CONNACK present=0 code=00" && i % 3 == 0)
        {
            client.Abort();
        }
    }

    private static async Task NobodyIsThereAsync(MqttBench bench)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        while (bench.Connections.Count > 0 || bench.Gates.Status[0].Counters.Active > 0)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    // Writes until a write does not end within a while; what is under way ends with the connection.
    private static async Task<int> FillAsync(Func<Task> write)
    {
        for (int sent = 0; ; sent++)
        {
            Task writing = write();
            if (await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(400), TestContext.Current.CancellationToken)) != writing || sent == 1000)
            {
                _ = writing.ContinueWith(static t => t.Exception, TaskScheduler.Default);
                return sent;
            }
        }
    }
}
