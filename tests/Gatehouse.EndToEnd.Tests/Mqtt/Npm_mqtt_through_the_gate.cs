using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>npm mqtt against mosquitto, aedes and RabbitMQ behind gates.</summary>
[Collection(nameof(MqttGates))]
public sealed class Npm_mqtt_through_the_gate(MqttGates gates)
{
    [Theory]
    [InlineData("plain", 3)]
    [InlineData("plain", 4)]
    [InlineData("plain", 5)]
    [InlineData("secure", 4)]
    [InlineData("secure", 5)]
    [InlineData("web", 4)]
    [InlineData("websecure", 5)]
    [InlineData("aedes", 4)]
    public async Task Publishing_and_subscribing_at_each_QoS(string gate, int version) =>
        (await RunAsync("talk", gate, version)).ShouldBe(["qos 0", "qos 1", "qos 2", "retained", "unsubscribed"]);

    [Theory]
    [InlineData("plain", 4, "subscribe refused,publish taken,publish taken,yes,login refused 4,will refused 5")]
    [InlineData("secure", 5, "subscribe refused,publish refused 135,publish refused 135,yes,login refused 134,will refused 135")]
    [InlineData("websecure", 5, "subscribe refused,publish refused 135,publish refused 135,yes,login refused 134,will refused 135")]
    [InlineData("aedes", 4, "subscribe refused,publish taken,publish taken,yes,login refused 4,will refused 5")]
    public async Task What_is_denied(string gate, int version, string lines) =>
        (await RunAsync("denied", gate, version)).ShouldBe(lines.Split(','));

    [Theory]
    [InlineData("secure", 4)]
    [InlineData("web", 5)]
    [InlineData("aedes", 4)]
    public async Task A_last_will(string gate, int version) => (await RunAsync("will", gate, version)).ShouldBe(["gone"]);

    [Theory]
    [InlineData("secure", 4)]
    [InlineData("websecure", 5)]
    [InlineData("aedes", 4)]
    public async Task Coming_back(string gate, int version) => (await RunAsync("reconnect", gate, version)).ShouldBe(["while away", "after the break"]);

    [Theory]
    [InlineData("secure", 5)]
    [InlineData("web", 4)]
    [InlineData("aedes", 4)]
    public async Task Ten_thousand_messages_in_order(string gate, int version) => (await RunAsync("bulk", gate, version)).ShouldBe(["10000 in order"]);

    [Fact]
    public async Task RabbitMQ_behind_a_gate_of_its_own()
    {
        await using RabbitMqBroker rabbit = await RabbitMqBroker.StartAsync();
        int port = Ports.Free();
        await using Daemon daemon = new(
            $"gates:\n  rabbit:\n    protocol: mqtt\n    listen: 127.0.0.1:{port}\n    upstream: tcp://127.0.0.1:{rabbit.Port}\n");
        await daemon.StartAsync();
        await daemon.SetRoleAsync("some", "mqtt:publish,subscribe:a/#");
        await daemon.AddUserAsync("alice", MqttGates.Password, "some");

        foreach ((string suite, string lines) in ((string, string)[])
        [
            ("talk", "qos 0,qos 1,retained,unsubscribed"),
            ("denied", "subscribe refused,publish taken,publish taken,yes,login refused 4,will refused 5"),
            ("will", "gone"),
            ("reconnect", "while away,after the break"),
            ("bulk", "10000 in order"),
        ])
        {
            (await MqttClients.RunAsync(suite, $"mqtts://127.0.0.1:{port}", 4, daemon.CaFile, "alice", MqttGates.Password, 1)).ShouldBe(lines.Split(','), suite);
        }
    }

    private Task<string[]> RunAsync(string suite, string gate, int version)
    {
        string scheme = gate switch { "plain" => "mqtt", "web" => "ws", "websecure" => "wss", _ => "mqtts" };
        string path = scheme.StartsWith("ws", StringComparison.Ordinal) ? "/mqtt" : "";
        return MqttClients.RunAsync(suite, $"{scheme}://127.0.0.1:{gates.Gate(gate).Port}{path}", version, gates.Daemon.CaFile, "alice", MqttGates.Password);
    }
}
