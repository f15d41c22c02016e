using System.Security.Cryptography;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>A client's messages: each topic decided, refused ones answered as the version can say it (section 3.3 of both standards).</summary>
public sealed class PublishTests
{
    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 0)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(5, 0)]
    [InlineData(5, 1)]
    [InlineData(5, 2)]
    public async Task An_allowed_message_reaches_the_broker_byte_for_byte(int level, int qos)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        byte[] message = Packet.Publish(level, "a/b", "hello", qos, qos > 0 ? 7 : 0, retain: true, properties: [Property.User("k", "v"), Property.ContentType("text")]);

        await client.SendAsync(message);

        await broker.GetsAsync(message);
        if (qos > 0)
        {
            await broker.SendAsync(Packet.Ack(3 + qos, 7));
            await client.GetsAsync(qos == 1 ? "PUBACK #7" : "PUBREC #7");
        }

        if (qos == 2)
        {
            await client.SendAsync(Packet.Ack(6, 7));
            await broker.GetsAsync("PUBREL #7");
            await broker.SendAsync(Packet.Ack(7, 7));
            await client.GetsAsync("PUBCOMP #7");
        }
    }

    [Theory]
    [InlineData(3, 0, null)]
    [InlineData(3, 1, "PUBACK #7")]
    [InlineData(3, 2, "PUBREC #7")]
    [InlineData(4, 0, null)]
    [InlineData(4, 1, "PUBACK #7")]
    [InlineData(4, 2, "PUBREC #7")]
    [InlineData(5, 0, null)]
    [InlineData(5, 1, "PUBACK #7 87")]
    [InlineData(5, 2, "PUBREC #7 87")]
    public async Task A_refused_message_is_answered_by_the_gate_and_goes_nowhere(int level, int qos, string? answer)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(Packet.Publish(level, "a/deny/b", "hello", qos, qos > 0 ? 7 : 0));
        await client.NothingReachesAsync(broker);
        await broker.SendAsync([0xd0, 0]);

        if (answer is not null)
        {
            await client.GetsAsync(answer, level);
        }

        await client.GetsAsync("PINGRESP");
        (await bench.Trail.WaitForAsync("AccessDenied")).ShouldStartWith(
            "AccessDenied Failure bert publish:a/deny/b forward=- reason=explicit_deny problem=GH7004 receipt=GH-TEST-1");
    }

    [Theory]
    [InlineData("a/x.y")]
    [InlineData("a/*/b")]
    public async Task What_RabbitMQ_reads_as_another_topic_goes_nowhere_before_it(string topic)
    {
        await using MqttBench plain = await MqttBench.StartAsync();
        (RawConnection there, BrokerPeer other) = await plain.OpenAsync(5);
        await there.SendAsync(Packet.Publish(5, topic, "hello", 1, 7));
        await other.GetsAsync(Packet.Publish(5, topic, "hello", 1, 7));

        await using MqttBench bench = await MqttBench.StartAsync(static m => m with { RabbitMq = true });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        await client.SendAsync(Packet.Publish(5, topic, "hello", 1, 7));
        await client.NothingReachesAsync(broker);
        await client.GetsAsync("PUBACK #7 87", 5);
    }

    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 1)]
    [InlineData(5, 0)]
    [InlineData(5, 2)]
    public async Task Where_the_gate_disconnects_a_refused_message_ends_the_session(int level, int qos)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { DenyAction = "disconnect" });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(
            Packet.Publish(level, "a/b", "first"), Packet.Publish(level, "x", "hello", qos, qos > 0 ? 7 : 0), Packet.Publish(level, "a/b", "never"));

        await broker.GetsAsync("PUBLISH a/b q0 \"first\"", level);
        await broker.IsClosedAsync();
        await client.IsEndedAsync(level, 0x87);
        await bench.Trail.WaitForAsync("AccessDenied", "publish:x", "reason=no_grant");
    }

    [Fact]
    public async Task An_exchange_of_a_refused_message_ends_at_the_gate_and_its_id_is_free_again()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Publish(4, "x", "no", 2, 7));
        await client.GetsAsync("PUBREC #7");
        await client.SendAsync(Packet.Ack(6, 7));
        await client.GetsAsync("PUBCOMP #7");

        // The same id with a message that may go: its exchange is the broker's.
        await client.SendAsync(Packet.Publish(4, "a/b", "yes", 2, 7));
        await broker.GetsAsync("PUBLISH a/b q2 #7 \"yes\"");
        await broker.SendAsync(Packet.Ack(5, 7));
        await client.GetsAsync("PUBREC #7");
        await client.SendAsync(Packet.Ack(6, 7));
        await broker.GetsAsync("PUBREL #7");
    }

    [Fact]
    public async Task An_id_whose_refused_message_was_never_released_goes_to_the_broker_with_the_next_one()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Publish(4, "x", "no", 2, 7), Packet.Publish(4, "a/b", "yes", 2, 7), Packet.Ack(6, 7));

        await client.GetsAsync("PUBREC #7");
        await broker.GetsAsync("PUBLISH a/b q2 #7 \"yes\"");
        await broker.GetsAsync("PUBREL #7");
    }

    [Fact]
    public async Task A_refused_message_sent_again_is_answered_again()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Publish(4, "x", "no", 2, 7), Packet.Publish(4, "x", "no", 2, 7, dup: true), Packet.Ack(6, 7));

        await client.GetsAsync("PUBREC #7");
        await client.GetsAsync("PUBREC #7");
        await client.GetsAsync("PUBCOMP #7");
        await client.NothingReachesAsync(broker);
    }

    [Fact]
    public async Task In_5_a_refused_exchange_ends_with_PUBREC()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "x", "no", 2, 7), Packet.Publish(5, "a/b", "yes", 2, 7));

        await client.GetsAsync("PUBREC #7 87", 5);
        await broker.GetsAsync("PUBLISH a/b q2 #7 \"yes\"", 5);
    }

    [Theory]
    [InlineData("$SYS/broker/version")]
    [InlineData("$share/g/a/b")]
    [InlineData("$queue/a/b")]
    [InlineData("$delayed/5/$SYS/x")]
    [InlineData("$delayed/x/a/b")]
    public async Task Nobody_publishes_to_what_only_the_broker_may(string topic)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, "anna");

        await client.SendAsync(Packet.Publish(5, topic, "x", 1, 7));

        await client.GetsAsync("PUBACK #7 87", 5);
        await client.NothingReachesAsync(broker);
    }

    [Fact]
    public async Task A_delayed_message_is_decided_by_its_topic()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "$delayed/5/x", "no", 1, 7), Packet.Publish(5, "$delayed/5/a/b", "yes"));

        await client.GetsAsync("PUBACK #7 87", 5);
        await broker.GetsAsync("PUBLISH $delayed/5/a/b q0 \"yes\"", 5);
    }

    [Fact]
    public async Task A_right_for_one_quality_of_service_is_none_for_another()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "low/x", "no", 1, 7), Packet.Publish(5, "low/x", "yes"));

        await client.GetsAsync("PUBACK #7 87", 5);
        await broker.GetsAsync("PUBLISH low/x q0 \"yes\"", 5);
    }

    [Fact]
    public async Task A_topic_of_too_many_levels_is_refused()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxTopicLevels = 3 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "a/b/c/d", "no", 1, 7), Packet.Publish(5, "a/b/c", "yes"));

        await client.GetsAsync("PUBACK #7 87", 5);
        await broker.GetsAsync("PUBLISH a/b/c q0 \"yes\"", 5);
        await bench.Trail.WaitForAsync("AccessDenied", "reason=topic_levels");
    }

    [Theory]
    [InlineData(100_000, 0, "a/b")]
    [InlineData(100_000, 2, "x")]
    [InlineData(3_000_000, 1, "a/b")]
    [InlineData(3_000_000, 1, "x")]
    public async Task A_large_message_passes_or_is_swallowed_as_a_whole_in_pieces_of_any_size(int size, int qos, string topic)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        byte[] message = Packet.Publish(5, topic, RandomNumberGenerator.GetBytes(size), qos, qos > 0 ? 7 : 0);
        byte[] next = Packet.Publish(5, "a/next", "next");
        byte[] all = [.. message, .. next];

        // Odd pieces, the last of which holds the end of the one message and the whole of the other.
        for (int at = 0, piece = 1; at < all.Length; at += piece, piece = Math.Min((piece * 3) + 1, 29_989))
        {
            await client.SendAsync(all[at..Math.Min(at + piece, all.Length)]);
        }

        if (topic != "x")
        {
            await broker.GetsAsync(message);
        }
        else
        {
            await client.GetsAsync(qos == 1 ? "PUBACK #7 87" : "PUBREC #7 87", 5);
        }

        await broker.GetsAsync(next);
    }

    [Fact]
    public async Task A_packet_larger_than_the_gate_takes_ends_the_session_before_it_is_read()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxPacket = 1000 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "a/b", new byte[1000])[..20]);

        await client.IsEndedAsync(5, 0x95);
        await broker.IsClosedAsync();
    }

    [Fact]
    public async Task A_packet_larger_than_the_broker_takes_ends_the_session()
    {
        FakeBroker small = new() { Answer = static _ => FakeBroker.ConnAck(0, Property.MaximumPacketSize(1000)) };
        await using MqttBench bench = await MqttBench.StartAsync(broker: small);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "a/b", new byte[1000]));

        await client.IsEndedAsync(5, 0x95);
        await broker.IsClosedAsync();
    }
}
