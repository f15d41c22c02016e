using System.Diagnostics;
using Gatehouse.Engine.Connections;
using Gatehouse.Policy;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Sessions under a policy that changes, operators that cut, and clients that are silent or too fast.</summary>
public sealed class LifeTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_user_who_is_disabled_is_out_within_a_second(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.NothingReachesAsync(broker);
        long began = Stopwatch.GetTimestamp();

        bench.Change(document => document with { Users = document.Users.SetItem("bert", document.Users["bert"] with { Enabled = false }) });

        await client.IsEndedAsync(level, 0x87);
        await broker.IsClosedAsync();
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(1));
        await bench.Trail.WaitForAsync("ConnectionCut", "reason=right_lost");
        await bench.Trail.WaitForAsync("AccessGranted Failure bert connect:", "reason=right_lost");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Who_has_no_right_left_is_out(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        bench.Grant();

        await client.IsEndedAsync(level, 0x87);
        await broker.IsClosedAsync();
    }

    [Fact]
    public async Task The_first_packet_behind_a_change_is_decided_by_it()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        for (int i = 0; i < 20; i++)
        {
            bench.Grant(MqttBench.Allow("b/#"));
            await client.SendAsync(Packet.Publish(5, "a/b", "no", 1, 1));
            await client.GetsAsync("PUBACK #1 87", 5);
            bench.Grant(MqttBench.Allow("a/#"));
            await client.SendAsync(Packet.Publish(5, "a/b", "yes"));
            await broker.GetsAsync("PUBLISH a/b q0 \"yes\"", 5);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_shared_subscription_is_left_when_its_right_goes(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.SendAsync(Packet.Subscribe(level, 5, ("$share/g/a/s/#", 0), ("a/t", 0)));
        await broker.ReadAsync();
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), level == 5 ? [0] : [], [0, 0]));
        await client.GetsAsync("SUBACK #5 [00 00]", level);

        bench.Grant(MqttBench.Allow("b/#"));

        Received unsubscribe = (await broker.ReadAsync())!;
        unsubscribe.Type.ShouldBe(10);
        unsubscribe.Hex.ShouldEndWith(Convert.ToHexStringLower(Octets.Text("$share/g/a/s/#")));
        await broker.SendAsync(Packet.Of(0xb0, Octets.Short(unsubscribe.Id), level == 5 ? [0, 0] : []));
        await broker.NothingReachesAsync(client);
        bench.Connections.List()[0].Work[0].ShouldContain("1 subscription: a/t");
    }

    [Theory]
    [InlineData(4, "ignore")]
    [InlineData(5, "disconnect")]
    public async Task A_right_that_ends_by_the_clock_ends_like_one_that_is_taken_away(int level, string denyAction)
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { DenyAction = denyAction }, time: time);
        bench.Grant(
            MqttBench.Allow("a/day/#") with { When = new GrantConditions { Hours = "00:00-00:01" } },
            MqttBench.Allow("a/always/#"));
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.SendAsync(Packet.Subscribe(level, 5, ("$share/g/a/day/#", 0), ("$share/g/a/always/#", 0)));
        await broker.ReadAsync();
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), level == 5 ? [0] : [], [0, 0]));
        await client.GetsAsync("SUBACK #5 [00 00]", level);
        time.Advance(TimeSpan.FromSeconds(59));
        await client.NothingReachesAsync(broker);

        time.Advance(TimeSpan.FromSeconds(1));

        if (denyAction == "disconnect")
        {
            await client.IsEndedAsync(5, 0x87);
            return;
        }

        Received unsubscribe = (await broker.ReadAsync())!;
        unsubscribe.Type.ShouldBe(10);
        unsubscribe.Hex.ShouldEndWith(Convert.ToHexStringLower(Octets.Text("$share/g/a/day/#")));
        await client.NothingReachesAsync(broker);
        bench.Connections.List()[0].Work[0].ShouldContain("1 subscription: $share/g/a/always/#");
    }

    [Fact]
    public async Task Where_the_gate_disconnects_a_subscription_without_its_right_ends_the_session()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { DenyAction = "disconnect" });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        await client.SendAsync(Packet.Subscribe(5, 5, ("a/t", 0)));
        await broker.ReadAsync();

        bench.Grant(MqttBench.Allow("b/#"));

        await broker.IsClosedAsync();
        await client.IsEndedAsync(5, 0x87);
    }

    [Fact]
    public async Task A_gate_whose_realms_no_longer_have_the_users_ends_the_session()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await bench.ApplyAsync(static g => g with { Realms = ["other"] });

        await broker.IsClosedAsync();
        await client.IsEndedAsync(5, 0x87);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_killed_connection_is_told_so(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.NothingReachesAsync(broker);

        bench.Connections.Kill(bench.Connections.List()[0].Id, "killed by root").ShouldBeTrue();

        await client.IsEndedAsync(level, 0x98);
        await broker.IsClosedAsync();
        await bench.Trail.WaitForAsync("AccessGranted Failure bert connect:", "reason=killed by root");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_gate_that_stops_says_so_at_once(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.NothingReachesAsync(broker);
        long began = Stopwatch.GetTimestamp();

        Task stopping = bench.Gates.StopAsync(CancellationToken.None);

        await client.IsEndedAsync(level, 0x8b);
        await broker.IsClosedAsync();
        await stopping.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(2));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_client_that_is_silent_for_longer_than_it_said_is_out(int level)
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(time: time);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level, change: static f => f with { KeepAlive = 10 });
        await client.NothingReachesAsync(broker);
        await broker.NothingReachesAsync(client);

        time.Advance(TimeSpan.FromSeconds(14));
        await client.NothingReachesAsync(broker);
        time.Advance(TimeSpan.FromSeconds(14));
        await client.NothingReachesAsync(broker);

        // It is silent from when the gate listens again, which the broker's ping does not say.
        Task<Received?> closed = broker.ReadAsync();
        while (!closed.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(7));
            await Task.WhenAny(closed, Task.Delay(20, TestContext.Current.CancellationToken));
        }

        (await closed).ShouldBeNull();
        await client.IsEndedAsync(level, 0x8d);
        await bench.Trail.WaitForAsync("connect:", "reason=keep_alive");
    }

    [Fact]
    public async Task Subscribing_and_unsubscribing_count_as_messages()
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MessagesPerSecond = 2 }, time: time);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4);

        await client.SendAsync(Packet.Subscribe(4, 1, ("a/1", 0)), Packet.Unsubscribe(4, 2, "a/1"), Packet.Subscribe(4, 3, ("a/3", 0)));
        (await broker.ReadAsync())!.Type.ShouldBe(8);
        (await broker.ReadAsync())!.Type.ShouldBe(10);
        Task<Received?> third = broker.ReadAsync();
        await broker.NothingReachesAsync(client);
        third.IsCompleted.ShouldBeFalse();

        while (!third.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(third, Task.Delay(1, TestContext.Current.CancellationToken));
        }

        (await third)!.Type.ShouldBe(8);
        time.GetUtcNow().ShouldBeGreaterThanOrEqualTo(new ManualTime().GetUtcNow() + TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public async Task What_a_client_sends_too_fast_waits_and_is_not_lost()
    {
        ManualTime time = new();
        DateTimeOffset began = time.GetUtcNow();
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MessagesPerSecond = 2 }, time: time);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, change: static f => f with { KeepAlive = 2 });

        // For longer than the keep alive: who waits at the gate is not silent.
        for (int i = 0; i < 60; i++)
        {
            await client.SendAsync(Packet.Publish(5, i % 10 == 9 ? "x" : "a/b", $"{i}", 1, i + 1));
        }

        for (int i = 0; i < 60; i++)
        {
            if (i % 10 != 9)
            {
                Task<Received?> next = broker.ReadAsync();
                while (!next.IsCompleted)
                {
                    time.Advance(TimeSpan.FromMilliseconds(100));
                    await Task.WhenAny(next, Task.Delay(1, TestContext.Current.CancellationToken));
                }

                (await next)!.Describe(5).ShouldBe($"PUBLISH a/b q1 #{i + 1} \"{i}\"");
                (time.GetUtcNow() - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds((i - 2) / 2.0));
            }
        }
    }
}
