using System.Security.Cryptography;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>The broker's messages: each decided, whatever subscription it comes from; refused ones are acknowledged and not seen.</summary>
public sealed class DeliveryTests
{
    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    public async Task A_delivery_the_client_may_read_passes_byte_for_byte(int level, int qos)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        byte[] message = Packet.Publish(level, "a/b", "hello", qos, qos > 0 ? 7 : 0, properties: [Property.SubscriptionId(300), Property.MessageExpiry(9)]);

        await broker.SendAsync(message);

        (await client.ReadAsync())!.Hex.ShouldBe(Convert.ToHexStringLower(message));
        if (qos > 0)
        {
            await client.SendAsync(Packet.Ack(3 + qos, 7));
            await broker.GetsAsync(qos == 1 ? "PUBACK #7" : "PUBREC #7");
        }

        if (qos == 2)
        {
            await broker.SendAsync(Packet.Ack(6, 7));
            await client.GetsAsync("PUBREL #7");
            await client.SendAsync(Packet.Ack(7, 7));
            await broker.GetsAsync("PUBCOMP #7");
        }
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    [InlineData(4, 0)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 0)]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    public async Task A_delivery_the_client_may_not_read_is_acknowledged_and_not_seen(int level, int qos)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await broker.SendAsync(Packet.Publish(level, "a/deny/b", "no", qos, qos > 0 ? 7 : 0));
        if (qos > 0)
        {
            await broker.GetsAsync(qos == 1 ? "PUBACK #7" : "PUBREC #7");
        }

        if (qos == 2)
        {
            await broker.SendAsync(Packet.Ack(6, 7));
            await broker.GetsAsync("PUBCOMP #7");
        }

        await broker.NothingReachesAsync(client);
        await bench.Trail.WaitForAsync("AccessDenied", "subscribe:a/deny/b", "target=delivery");
    }

    [Fact]
    public async Task An_exchange_held_at_the_gate_and_one_of_the_clients_are_kept_apart()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await broker.SendAsync(Packet.Publish(4, "x", "no", 2, 1), Packet.Publish(4, "a/b", "yes", 2, 2), Packet.Ack(6, 1), Packet.Ack(6, 2));

        await client.GetsAsync("PUBLISH a/b q2 #2 \"yes\"");
        await client.GetsAsync("PUBREL #2");
        await broker.GetsAsync("PUBREC #1");
        await broker.GetsAsync("PUBCOMP #1");

        // The id is free at the gate: used again for what may be read, it is the client's.
        await broker.SendAsync(Packet.Publish(4, "a/b", "again", 2, 1), Packet.Ack(6, 1));
        await client.GetsAsync("PUBLISH a/b q2 #1 \"again\"");
        await client.GetsAsync("PUBREL #1");
    }

    [Theory]
    [InlineData(100_000, "a/b")]
    [InlineData(100_000, "x")]
    [InlineData(3_000_000, "a/b")]
    [InlineData(3_000_000, "x")]
    public async Task A_large_delivery_passes_or_is_swallowed_as_a_whole_in_pieces_of_any_size(int size, string topic)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        broker.Pieces = 29_989;
        byte[] message = Packet.Publish(4, topic, RandomNumberGenerator.GetBytes(size), 1, 7);

        await broker.SendAsync(message, Packet.Publish(4, "a/next", "next"));

        if (topic != "x")
        {
            (await client.ReadAsync())!.Hex.ShouldBe(Convert.ToHexStringLower(message));
        }
        else
        {
            await broker.GetsAsync("PUBACK #7");
        }

        await client.GetsAsync("PUBLISH a/next q0 \"next\"");
    }

    [Fact]
    public async Task Deliveries_stop_when_the_right_is_narrowed_and_come_again_when_it_is_back()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        await broker.SendAsync(Packet.Publish(4, "a/b", "one"));
        await client.GetsAsync("PUBLISH a/b q0 \"one\"");

        bench.Grant(MqttBench.Allow("b/#"));
        await broker.SendAsync(Packet.Publish(4, "a/b", "two"));
        await broker.NothingReachesAsync(client);

        bench.Grant(MqttBench.Allow("a/#"));
        await broker.SendAsync(Packet.Publish(4, "a/b", "three"));
        await client.GetsAsync("PUBLISH a/b q0 \"three\"");
    }

    [Theory]
    [InlineData(4, "20020000")] // a second CONNACK
    [InlineData(5, "2003000000")]
    [InlineData(4, "36050001610001")] // QoS 3
    [InlineData(4, "300400026100")] // U+0000 in a topic
    [InlineData(4, "3003000161")] // no such length: followed by what makes it
    [InlineData(4, "8206000500016100")] // a client's packet
    [InlineData(4, "ffffffffff")]
    [InlineData(5, "3007000161032300")] // an alias nobody offered
    [InlineData(5, "f000")] // AUTH without a method
    public async Task A_broker_that_speaks_no_MQTT_ends_the_session(int level, string bytes)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level, "anna");

        await broker.SendAsync(Octets.Hex(bytes), Octets.Hex("00ffffff"));

        if (bytes == "3003000161")
        {
            await client.GetsAsync("PUBLISH a q0 \"\"");
        }

        await client.IsEndedAsync(level, 0x88);
        await broker.IsClosedAsync();
        await bench.Trail.WaitForAsync("connect:", "forward=upstream_malformed");
    }

    [Fact]
    public async Task The_brokers_own_goodbye_reaches_the_client()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await broker.SendAsync(Packet.Of(0xe0, [0x8e, 0]));

        await client.IsEndedAsync(5, 0x8e);
        await bench.Trail.WaitForAsync("connect:", "forward=upstream_disconnected");
    }

    [Fact]
    public async Task A_broker_that_just_goes_ends_the_session()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        broker.Close();

        await client.IsEndedAsync();
        await bench.Trail.WaitForAsync("connect:", "forward=upstream_cut");
    }
}
