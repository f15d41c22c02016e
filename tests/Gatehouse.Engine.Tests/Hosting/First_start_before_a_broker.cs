using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Hosting;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Hosting;

public sealed class First_start_before_a_broker
{
    private static readonly NodeOptions Options = new() { ConfigurationFile = "/x/gatehouse.yaml", DataDirectory = "/x/data", NodeName = "n" };

    [Theory]
    [InlineData("\u0020\u0002\u0000\u0000", true)]
    [InlineData("\u0020\u0002\u0000\u0005", true)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", false)]
    [InlineData("", false)]
    public void It_is_told_by_its_CONNACK(string answer, bool expected) =>
        Fingerprint.ByPort[1883].ShouldHaveSingleItem().Recognises(Encoding.Latin1.GetBytes(answer)).ShouldBe(expected);

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n", true)]
    [InlineData("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", false)]
    public void Over_WebSocket_it_is_told_by_the_subprotocol(string answer, bool expected) =>
        Fingerprint.ByPort[8083].ShouldHaveSingleItem().Recognises(Encoding.ASCII.GetBytes(answer)).ShouldBe(expected);

    [Fact]
    public void It_gets_gates_that_read_back_and_are_valid()
    {
        NodeConfiguration decided = FirstStart.Decide(
            Options, [new FoundSystem("mqtt", "an MQTT broker", 1883), new FoundSystem("mqtt-websocket", "MQTT over WebSocket", 8083)], static _ => "mosquitto");

        ConfigurationResult read = ConfigurationReader.Read(ConfigurationWriter.Write(decided), "f");

        read.Problems.ShouldBeEmpty();
        GateConfiguration[] gates = [.. read.Value!.Gates[^2..]];
        gates.Select(static g => (g.Name, g.Protocol, g.System, g.Listen, g.Upstream, g.Mqtt?.Transport)).ShouldBe(
        [
            ("mqtt", "mqtt", "mqtt", "127.0.0.1:8883", "tcp://127.0.0.1:1883", null),
            ("mqtt-websocket", "mqtt", "mqtt", "127.0.0.1:8084", "ws://127.0.0.1:8083/mqtt", "websocket"),
        ]);
        gates.ShouldAllBe(static g => g.RunAs.SequenceEqual(new[] { "mosquitto" }));
    }
}
