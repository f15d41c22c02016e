using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>What a session leaves in the trail, and that nothing goes on where the trail cannot hold it.</summary>
public sealed class RecordTests
{
    [Fact]
    public async Task A_session_is_recorded_from_its_begin_to_its_end_with_its_messages_by_topic()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4, change: static f => f with { ClientId = "c1" });
        byte[] first = Packet.Publish(4, "a/1", "0123456789");

        await client.SendAsync(first, first, Packet.Publish(4, "a/2", "x"), Packet.Disconnect(4));
        await broker.GetsAsync(first);
        await broker.SendAsync(Packet.Publish(4, "a/3", "y"), Packet.Publish(4, "a/3", "z"));
        await client.GetsAsync("PUBLISH a/3 q0 \"y\"");
        await client.GetsAsync("PUBLISH a/3 q0 \"z\"");
        broker.Close();
        (await client.ReadAsync()).ShouldBeNull();

        await bench.Trail.WaitForAsync("ConnectionGranted Success bert connect:", "message=mqtt 3.1.1 client c1");
        await bench.Trail.WaitForAsync("AccessGranted Success bert connect:", "forward=ok reason=disconnected");
        await bench.Trail.WaitForAsync("AccessGranted Success bert publish:a/1 ", $"count=2 in={2 * first.Length} out=0");
        await bench.Trail.WaitForAsync("AccessGranted Success bert publish:a/2 ", "count=1 in=8 out=0");
        await bench.Trail.WaitForAsync("AccessGranted Success bert subscribe:a/3 ", "count=2 in=0 out=16");
        bench.Trail.Lines.ShouldAllBe(static l => !l.Contains("0123456789", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Messages_are_recorded_each_minute_and_none_twice()
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(time: time);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        await client.SendAsync(Packet.Publish(4, "a/1", "x"), Packet.Publish(4, "a/1", "x"));
        await broker.ReadAsync();
        await broker.ReadAsync();

        time.Advance(TimeSpan.FromSeconds(61));
        await bench.Trail.WaitForAsync("publish:a/1 ", "count=2");
        await client.SendAsync(Packet.Publish(4, "a/1", "x"));
        await broker.ReadAsync();
        client.Abort();
        await broker.IsClosedAsync();
        broker.Close();

        await bench.Trail.WaitForAsync("publish:a/1 ", "count=1");
        bench.Trail.Count("publish:a/1 ").ShouldBe(2);
    }

    [Fact]
    public async Task Refusals_of_one_topic_are_told_and_counted()
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(time: time);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        for (int i = 0; i < 100; i++)
        {
            await client.SendAsync(Packet.Publish(4, "x", "no"));
        }

        await client.NothingReachesAsync(broker);
        (await bench.Trail.WaitForAsync("AccessDenied Failure bert publish:x")).ShouldContain("receipt=GH-TEST-1");
        client.Abort();
        await broker.IsClosedAsync();
        broker.Close();
        await bench.Trail.WaitForAsync("AccessDenied Failure bert publish:x", "count=99");
        bench.Trail.Count("AccessDenied Failure bert publish:x").ShouldBe(2);
    }

    [Fact]
    public async Task In_5_a_refusal_says_its_receipt_to_who_wants_to_hear_it()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection asks, _) = await bench.OpenAsync(5, change: static f => f with { Properties = [Property.RequestProblem(1)] });
        (RawConnection asksNot, _) = await bench.OpenAsync(5, change: static f => f with { Properties = [Property.RequestProblem(0)] });

        await asks.SendAsync(Packet.Publish(5, "x", "no", 1, 1));
        await asksNot.SendAsync(Packet.Publish(5, "x", "no", 1, 1));

        string receipt = Convert.ToHexStringLower("GH-TEST-"u8);
        (await asks.ReadAsync())!.Hex.ShouldContain(receipt);
        (await asksNot.ReadAsync())!.Hex.ShouldNotContain(receipt);
    }

    [Fact]
    public async Task Refusals_that_are_counted_together_say_one_receipt()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, _) = await bench.OpenAsync(5);
        string first = Convert.ToHexStringLower("GH-TEST-1"u8);
        string second = Convert.ToHexStringLower("GH-TEST-2"u8);
        string third = Convert.ToHexStringLower("GH-TEST-3"u8);

        await client.SendAsync(
            Packet.Publish(5, "x", "no", 1, 1), Packet.Publish(5, "y", "no", 2, 2), Packet.Publish(5, "x", "no", 1, 3), Packet.Subscribe(5, 4, ("x", 0)), Packet.Subscribe(5, 5, ("x", 1)));

        foreach (string receipt in (string[])[first, second, first, third, third])
        {
            (await client.ReadAsync())!.Hex.ShouldContain(receipt);
        }

        bench.Trail.Count("receipt=GH-TEST-").ShouldBe(3);
    }

    [Fact]
    public async Task Where_decisions_come_first_the_message_waits_for_its_own()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Trail.IsStrict = true;
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        TaskCompletionSource<bool> written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Trail.Deciding = line =>
        {
            line.ShouldStartWith("AccessDecided Success bert publish:a/1");
            asked.TrySetResult();
            return written.Task;
        };

        await client.SendAsync(Packet.Publish(4, "a/1", "one"), Packet.Publish(4, "a/1", "two"));
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Task<Received?> next = broker.ReadAsync();
        next.IsCompleted.ShouldBeFalse();
        written.SetResult(true);

        (await next)!.Describe(4).ShouldBe("PUBLISH a/1 q0 \"one\"");
        await broker.GetsAsync("PUBLISH a/1 q0 \"two\"");
        client.Abort();
        await bench.Trail.WaitForAsync("AccessGranted Success bert publish:a/1 ", "count=2");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_decision_that_cannot_be_written_lets_nothing_through(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Trail.IsStrict = true;
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        bench.Trail.Deciding = static _ => Task.FromResult(false);

        await client.SendAsync(Packet.Publish(level, "a/1", "never"));

        await broker.IsClosedAsync();
        await client.IsEndedAsync(level, 0x88);
    }

    [Fact]
    public async Task A_connection_whose_decision_cannot_be_written_does_not_begin()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Trail.IsStrict = true;
        bench.Trail.Deciding = static _ => Task.FromResult(false);

        (await bench.ConnectAsync(new ConnectFields(5, "c1") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=88");

        bench.Broker.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_trail_that_failed_stops_what_clients_send(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        bench.Trail.IsHealthy = false;
        await client.SendAsync(Packet.Publish(level, "a/1", "never"));

        await broker.IsClosedAsync();
        await client.IsEndedAsync(level, 0x88);
    }

    [Fact]
    public async Task A_trail_that_failed_stops_deliveries()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        bench.Trail.IsHealthy = false;
        await broker.SendAsync(Packet.Publish(5, "a/1", "never"));

        await client.IsEndedAsync(5, 0x88);
    }
}
