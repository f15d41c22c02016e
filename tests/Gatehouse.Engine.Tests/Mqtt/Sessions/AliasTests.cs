using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Topic aliases end at the gate (section 3.3.2.3.4): what is decided is the topic that is meant, and the broker sees no alias.</summary>
public sealed class AliasTests
{
    [Fact]
    public async Task An_alias_is_resolved_and_the_other_properties_stay()
    {
        await using MqttBench bench = await StartAsync(10);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(
            Packet.Publish(5, "a/b", "one", 1, 1, properties: [Property.User("k", "v"), Property.TopicAlias(3), Property.ContentType("t")]),
            Packet.Publish(5, "", "two", 2, 2, retain: true, properties: [Property.TopicAlias(3), Property.MessageExpiry(5)]));

        await broker.GetsAsync(Packet.Publish(5, "a/b", "one", 1, 1, properties: [Property.User("k", "v"), Property.ContentType("t")]));
        await broker.GetsAsync(Packet.Publish(5, "a/b", "two", 2, 2, retain: true, properties: [Property.MessageExpiry(5)]));
    }

    [Fact]
    public async Task An_alias_that_came_with_a_refused_message_is_known_and_refused_by_its_topic()
    {
        await using MqttBench bench = await StartAsync(10);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(
            Packet.Publish(5, "x", "no", 1, 1, properties: [Property.TopicAlias(1)]),
            Packet.Publish(5, "", "no", 1, 2, properties: [Property.TopicAlias(1)]),
            Packet.Publish(5, "a/b", "yes", 1, 3, properties: [Property.TopicAlias(1)]),
            Packet.Publish(5, "", "yes", 1, 4, properties: [Property.TopicAlias(1)]));

        await client.GetsAsync("PUBACK #1 87", 5);
        await client.GetsAsync("PUBACK #2 87", 5);
        await broker.GetsAsync(Packet.Publish(5, "a/b", "yes", 1, 3));
        await broker.GetsAsync(Packet.Publish(5, "a/b", "yes", 1, 4));
    }

    [Theory]
    [InlineData(10, "", 2, 0x82)] // nobody said what it stands for
    [InlineData(10, "a/b", 11, 0x94)] // above what the client was told
    [InlineData(0, "a/b", 1, 0x94)]
    [InlineData(10, "a/b", 0, 0x94)]
    [InlineData(1000, "a/b", 33, 0x94)] // above the gate's own maximum
    public async Task An_alias_that_stands_for_nothing_ends_the_session(int maximum, string topic, int alias, int reason)
    {
        await using MqttBench bench = await StartAsync(maximum);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, topic, "x", 1, 1, properties: [Property.TopicAlias(alias)]));

        await client.IsEndedAsync(5, reason);
        await broker.IsClosedAsync();
    }

    [Fact]
    public async Task A_message_that_is_too_large_only_with_its_topic_ends_the_session()
    {
        FakeBroker scripted = new() { Answer = static _ => FakeBroker.ConnAck(0, Property.TopicAliasMaximum(10), Property.MaximumPacketSize(1200)) };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        string topic = "a/" + new string('t', 1000);

        await client.SendAsync(
            Packet.Publish(5, topic, "x", properties: [Property.TopicAlias(1)]), Packet.Publish(5, "", new byte[500], properties: [Property.TopicAlias(1)]));

        await broker.GetsAsync(Packet.Publish(5, topic, "x"));
        await client.IsEndedAsync(5, 0x95);
    }

    [Fact]
    public async Task What_aliases_hold_together_is_bounded()
    {
        await using MqttBench bench = await StartAsync(32);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        string filler = new('t', 60_000);

        for (int i = 1; i <= 5; i++)
        {
            await client.SendAsync(Packet.Publish(5, $"a/{i}{filler}", "x", properties: [Property.TopicAlias(i)]));
            if (i < 5)
            {
                await broker.GetsAsync(Packet.Publish(5, $"a/{i}{filler}", "x"));
            }
        }

        await client.IsEndedAsync(5, 0x94);
    }

    [Fact]
    public async Task A_large_message_with_an_alias_is_written_anew_as_a_whole()
    {
        await using MqttBench bench = await StartAsync(10);
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        byte[] payload = new byte[300_000];
        Random.Shared.NextBytes(payload);

        await client.SendAsync(Packet.Publish(5, "a/b", payload, properties: [Property.TopicAlias(1)]), Packet.Publish(5, "", payload, properties: [Property.TopicAlias(1)]));

        await broker.GetsAsync(Packet.Publish(5, "a/b", payload));
        await broker.GetsAsync(Packet.Publish(5, "a/b", payload));
    }

    private static Task<MqttBench> StartAsync(int maximum) => MqttBench.StartAsync(
        broker: new FakeBroker { Answer = _ => maximum == 0 ? FakeBroker.ConnAck(0) : FakeBroker.ConnAck(0, Property.TopicAliasMaximum(maximum)) });
}
