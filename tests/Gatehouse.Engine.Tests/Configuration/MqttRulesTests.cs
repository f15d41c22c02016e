using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Validators;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Configuration;

/// <summary>Settings of an MQTT gate that contradict each other are told at their place.</summary>
public sealed class MqttRulesTests
{
    [Theory]
    [InlineData("realms: [network]", "realms")]
    [InlineData("hosts: [broker.example.com]", "hosts")]
    [InlineData("upgrade: [websocket]", "upgrade")]
    [InlineData("mqtt: { path: /ws }", "mqtt.path")]
    [InlineData("mqtt: { broker: Plant }", "mqtt.broker")]
    [InlineData("mqtt: { credentials: username }\n    upstream_user: gate", "mqtt.credentials")]
    [InlineData("mqtt: { credentials: client }", "mqtt.credentials", "tcp://10.0.0.5:1883")]
    [InlineData("mqtt: { credentials: client }", "mqtt.credentials", "ws://broker.example.com:8083/mqtt")]
    [InlineData("mqtt: { client_ids: ['${user}-*'] }", "mqtt.client_ids")]
    [InlineData("mqtt: { client_ids: ['${clientid}'] }", "mqtt.client_ids")]
    [InlineData("mqtt: { client_ids: ['a-${username'] }", "mqtt.client_ids")]
    [InlineData("mqtt: { client_ids: ['${username}-${claim.}'] }", "mqtt.client_ids")]
    public void Told(string lines, string key, string upstream = "tcp://127.0.0.1:1883") =>
        MqttRules.Conflicts(Gate(lines, upstream)).Select(static c => c.Key).ShouldBe([key]);

    [Theory]
    [InlineData("mqtt: { credentials: client }", "tcp://127.0.0.1:1883")]
    [InlineData("mqtt: { credentials: client }", "tls://broker.example.com:8883")]
    [InlineData("mqtt: { credentials: username }", "tcp://10.0.0.5:1883")]
    [InlineData("mqtt: { transport: websocket, path: /ws }\n    hosts: [broker.example.com]", "ws://127.0.0.1:8083/mqtt")]
    [InlineData("mqtt: { client_ids: ['${username}-*', '${cert.cn}', '${claim./sub}/$x', 'a$'] }", "tcp://127.0.0.1:1883")]
    public void Fine(string lines, string upstream) => MqttRules.Conflicts(Gate(lines, upstream)).ShouldBeEmpty();

    [Fact]
    public void An_unknown_placeholder_is_told_with_those_that_are_known()
    {
        string why = MqttRules.Conflicts(Gate("mqtt: { client_ids: ['${username}-${device}'] }", "tcp://127.0.0.1:1883")).Single().Why;

        why.ShouldStartWith("nothing stands for `${device}`: known are ${username}, ${cert.cn}, ");
    }

    private static GateConfiguration Gate(string lines, string upstream) => ConfigurationReader.Read(
        $"version: 1\ngates:\n  m:\n    protocol: mqtt\n    listen: 127.0.0.1:8883\n    upstream: {upstream}\n    {lines}\n", "f").Value!.Gates[0];
}
