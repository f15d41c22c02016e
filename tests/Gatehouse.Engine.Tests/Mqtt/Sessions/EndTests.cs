using Gatehouse.Engine.Connections;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>How sessions end at the broker, and what becomes of the will and of what was sent before.</summary>
public sealed class EndTests
{
    private static readonly Func<ConnectFields, ConnectFields> Will = static f => f with { Will = new WillFields("a/will", "gone") };

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
}
