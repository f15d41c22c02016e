using System.Diagnostics;
using Gatehouse.Engine.Connections;
using Gatehouse.Policy;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Sessions under a policy that changes, operators that cut, clients that are silent, and what becomes of the will.</summary>
public sealed class LifeTests
{
    private static readonly Func<ConnectFields, ConnectFields> Will = static f => f with { Will = new WillFields("a/will", "gone") };

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

    [Fact]
    public async Task A_will_goes_with_the_right_to_publish_it()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (_, BrokerPeer broker) = await bench.OpenAsync(4, change: Will);

        bench.Change(document => document with { Users = document.Users.Remove("bert") });

        await broker.GetsAsync(Packet.Disconnect(4));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_will_that_the_broker_would_publish_later_goes_with_its_right_too(bool disabled)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, change: static f => f with
        {
            Will = new WillFields("a/will", "gone") { Properties = [Property.WillDelay(3600)] },
            Properties = [Property.SessionExpiry(7200)],
        });
        await client.NothingReachesAsync(broker);

        bench.Change(document => disabled
            ? document with { Users = document.Users.SetItem("bert", document.Users["bert"] with { Enabled = false }) }
            : document with { Roles = document.Roles.SetItem("some", document.Roles["some"] with { Grants = [] }) });

        await broker.GetsAsync("DISCONNECT", 5);
        broker.Close();
        await client.IsEndedAsync(5, 0x87);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_will_whose_right_stands_is_left_to_the_broker(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level, change: Will);
        await client.NothingReachesAsync(broker);

        bench.Connections.KillUser("bert", CutReasons.Killed).ShouldBe(1);

        await broker.IsClosedAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_just_goes_has_its_will_published_if_it_may_be(bool allowed)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4, change: Will);
        bench.Grant(MqttBench.Allow(allowed ? "a/#" : "b/#"));

        client.Abort();

        if (!allowed)
        {
            await broker.GetsAsync(Packet.Disconnect(4));
            broker.Close();
        }
        else
        {
            await broker.IsClosedAsync();
        }

        await bench.Trail.WaitForAsync("AccessGranted Success bert connect:", "reason=client_gone");
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(5, false)]
    public async Task What_a_client_sent_before_it_went_reaches_a_broker_that_is_slow(int level, bool isOrderly)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        // Deliveries that the client does not take: they stand before the gate unread when the client goes.
        byte[] delivery = Packet.Publish(level, "a/b", new string('x', 60_000));
        Task delivering = broker.SendAsync([.. Enumerable.Repeat(delivery, 200)]);
        await client.SendAsync(Packet.Publish(level, "a/b", "last", 1, 1));
        await broker.GetsAsync("PUBLISH a/b q1 #1 \"last\"", level);
        await client.SendAsync([.. Enumerable.Range(0, 50).Select(i => Packet.Publish(level, "a/b", $"{i}"))]);
        if (isOrderly)
        {
            client.EndSending();
        }
        else
        {
            await client.SendAsync([0x00, 0x00]);
        }

        for (int i = 0; i < 50; i++)
        {
            await broker.GetsAsync($"PUBLISH a/b q0 \"{i}\"", level);
        }

        await broker.IsClosedAsync();
        broker.IsReset.ShouldBeFalse();
        await delivering;
        broker.Close();
        await bench.Trail.WaitForAsync("publish:a/b", "count=51");
        await bench.Trail.WaitForAsync("bert connect:", isOrderly ? "reason=client_gone" : "TamperedRequest");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DISCONNECT_with_will_needs_the_right_too(bool allowed)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, change: Will);
        bench.Grant(MqttBench.Allow(allowed ? "a/#" : "b/#"));

        await client.SendAsync(Packet.Disconnect(5, 0x04));

        await broker.GetsAsync(allowed ? "DISCONNECT 04" : "DISCONNECT", 5);
        broker.Close();
        await client.IsEndedAsync();
    }

    [Fact]
    public async Task A_DISCONNECT_that_the_broker_does_not_get_frees_no_client_id()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(
            5, "bert", static f => Will(f) with { ClientId = "kept", Properties = [Property.SessionExpiry(3600)] });
        bench.Grant(MqttBench.Allow("b/#"));

        // No session any more, the client says; the broker, which hears of DISCONNECT alone, keeps it for an hour.
        await client.SendAsync(Packet.Disconnect(5, 0x04, Property.SessionExpiry(0)));
        await broker.GetsAsync("DISCONNECT", 5);
        broker.Close();
        await client.IsEndedAsync();
        await bench.Trail.WaitForAsync("reason=disconnected_with_will");

        (await bench.ConnectAsync(new ConnectFields(5, "kept") { User = "anna", Password = "secret" })).ShouldBe("CONNACK present=0 code=85");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_clients_goodbye_reaches_the_broker_before_the_end(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level, change: Will);

        await client.SendAsync(Packet.Publish(level, "a/b", "last"), Packet.Disconnect(level), Packet.Publish(level, "a/b", "never"));

        await broker.GetsAsync("PUBLISH a/b q0 \"last\"", level);
        await broker.GetsAsync(Packet.Disconnect(level));
        broker.Close();
        await client.IsEndedAsync();
        await bench.Trail.WaitForAsync("AccessGranted Success bert connect:", "reason=disconnected");
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
