using Gatehouse.Policy;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>What the gate says itself never lands within a large message that goes on in parts.</summary>
public sealed class SmugglingTests
{
    [Fact]
    public async Task An_acknowledgement_of_the_gate_is_not_within_the_clients_large_message()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        byte[] message = Packet.Publish(4, "a/b", new string('x', 60_000));

        // The first part goes on; a withheld delivery is acknowledged meanwhile, and then the rest comes.
        await client.SendAsync(message[..40_000]);
        await broker.SendAsync(Packet.Publish(4, "a/deny/b", "no", 1, 7));
        await bench.Trail.WaitForAsync("AccessDenied", "subscribe:a/deny/b", "target=delivery");
        await client.SendAsync(message[40_000..]);

        // Before it or behind it, as it may have come first.
        string[] got = [(await broker.ReadAsync())!.Hex, (await broker.ReadAsync())!.Hex];
        got.ShouldBe([Convert.ToHexStringLower(message), Convert.ToHexStringLower(Packet.Ack(4, 7))], ignoreOrder: true);
    }

    [Fact]
    public async Task A_refusal_of_the_gate_is_not_within_the_brokers_large_message()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        byte[] message = Packet.Publish(4, "a/b", new string('x', 60_000));

        await broker.SendAsync(message[..40_000]);
        await client.SendAsync(Packet.Publish(4, "a/deny/b", "no", 1, 7));
        await bench.Trail.WaitForAsync("AccessDenied", "publish:a/deny/b");
        await broker.SendAsync(message[40_000..]);

        string[] got = [(await client.ReadAsync())!.Hex, (await client.ReadAsync())!.Hex];
        got.ShouldBe([Convert.ToHexStringLower(message), Convert.ToHexStringLower(Packet.Ack(4, 7))], ignoreOrder: true);
    }

    [Fact]
    public async Task Who_may_subscribe_at_a_higher_quality_of_service_gets_what_comes_at_a_lower_one()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Grant(new Grant { System = "mqtt", Actions = ["subscribe"], Resources = ["a/#"], When = new GrantConditions { Qos = [1, 2] } });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();
        byte[] message = Packet.Publish(4, "a/b", "hello");

        await broker.SendAsync(message);

        (await client.ReadAsync())!.Hex.ShouldBe(Convert.ToHexStringLower(message));
    }
}
