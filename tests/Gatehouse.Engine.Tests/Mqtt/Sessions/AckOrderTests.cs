using Gatehouse.Engine.Mqtt;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Protocols.Mqtt;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Acknowledgements come in the order of the messages they are for, whoever gives them (MQTT 5.0 section 4.6).</summary>
public sealed class AckOrderTests
{
    [Theory]
    [InlineData(4, 1, "PUBACK #1|PUBACK #2|PUBACK #3|PUBACK #4")]
    [InlineData(5, 1, "PUBACK #1|PUBACK #2 87|PUBACK #3|PUBACK #4 87")]
    [InlineData(4, 2, "PUBREC #1|PUBREC #2|PUBREC #3|PUBREC #4")]
    [InlineData(5, 2, "PUBREC #1|PUBREC #2 87|PUBREC #3|PUBREC #4 87")]
    public async Task The_gates_own_does_not_overtake_the_brokers(int level, int qos, string answers)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxInflight = 10 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(
            Packet.Publish(level, "a/b", "1", qos, 1), Packet.Publish(level, "x", "2", qos, 2), Packet.Publish(level, "a/b", "3", qos, 3), Packet.Publish(level, "x", "4", qos, 4));
        await broker.GetsAsync($"PUBLISH a/b q{qos} #1 \"1\"", level);
        await broker.GetsAsync($"PUBLISH a/b q{qos} #3 \"3\"", level);
        await client.NothingReachesAsync(broker);
        await broker.NothingReachesAsync(client);

        // Both at once, then one behind the other.
        byte type = qos == 1 ? (byte)0x40 : (byte)0x50;
        await broker.SendAsync(Packet.Of(type, Octets.Short(1)), Packet.Of(type, Octets.Short(3)));
        foreach (string answer in answers.Split('|'))
        {
            await client.GetsAsync(answer, level);
        }

        await client.SendAsync(Packet.Publish(level, "x", "5", qos, 5));
        await client.GetsAsync(answers.Split('|')[1].Replace("#2", "#5", StringComparison.Ordinal), level);
    }

    [Fact]
    public async Task Those_of_the_other_quality_of_service_are_not_waited_for()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Publish(5, "a/b", "1", 1, 1), Packet.Publish(5, "x", "2", 2, 2));

        await broker.GetsAsync("PUBLISH a/b q1 #1 \"1\"", 5);
        await client.GetsAsync("PUBREC #2 87", 5);
    }

    [Fact]
    public async Task Behind_a_broker_that_never_acknowledges_no_more_is_held_than_may_be_under_way()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxInflight = 3 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4);

        await client.SendAsync([Packet.Publish(4, "a/b", "1", 1, 1), .. Enumerable.Range(2, 5).Select(i => Packet.Publish(4, "x", "no", 1, i))]);
        await broker.GetsAsync("PUBLISH a/b q1 #1 \"1\"");
        await client.SendAsync(Packet.Publish(4, "a/b", "behind"));
        await broker.NothingReachesAsync(client);

        await broker.SendAsync(Packet.Of(0x40, Octets.Short(1)));
        for (int i = 1; i <= 6; i++)
        {
            await client.GetsAsync($"PUBACK #{i}");
        }

        await broker.GetsAsync("PUBLISH a/b q0 \"behind\"");
        await bench.Trail.WaitForAsync("AccessDenied Failure bert publish:x");
        client.Abort();
        await broker.IsClosedAsync();
        broker.Close();
        await bench.Trail.WaitForAsync("AccessDenied Failure bert publish:x", "count=4");
    }

    [Fact]
    public void What_comes_to_be_held_while_the_brokers_are_written_goes_behind_them()
    {
        AckOrder order = new(MqttVersion.V5, 2);
        using PassedBytes passed = new();
        using ByteBatch due = new();
        order.TryHold(1, 1, 0x87, null).ShouldBeFalse();
        order.Pass(1);

        // The broker's is taken, and not with the client yet.
        order.Acknowledge(1, passed);
        passed.IsEmpty.ShouldBeTrue();
        order.TryHold(1, 2, 0x87, null).ShouldBeTrue();
        order.TryHold(1, 3, 0x87, null).ShouldBeTrue();
        order.IsFull(1).ShouldBeTrue();
        order.IsFull(2).ShouldBeFalse();

        order.TrySettle(due).ShouldBeFalse();
        Convert.ToHexStringLower(due.Written.Span).ShouldBe("400300028740030003" + "87");
        order.TryHold(1, 4, 0x87, null).ShouldBeTrue();
        due.Clear();
        order.TrySettle(due).ShouldBeFalse();
        Convert.ToHexStringLower(due.Written.Span).ShouldBe("4003000487");
        due.Clear();
        order.TrySettle(due).ShouldBeTrue();
        order.TryHold(1, 5, 0x87, null).ShouldBeFalse();

        // More than went on cannot be acknowledged.
        order.Acknowledge(1, passed);
        order.Pass(1);
        order.TryHold(1, 6, 0x87, null).ShouldBeTrue();
    }
}
