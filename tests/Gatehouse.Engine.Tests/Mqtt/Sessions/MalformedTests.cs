using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>A client that sends what is no MQTT, or what it must not (section 4.13 of 5.0): before 5.0 it is closed, then told why.</summary>
public sealed class MalformedTests
{
    [Theory]
    [InlineData(3, "36050001610001", 0)] // QoS 3
    [InlineData(4, "36050001610001", 0)]
    [InlineData(5, "3606000161000100", 0x81)]
    [InlineData(4, "300400026100", 0)] // U+0000
    [InlineData(5, "30050002610000", 0x81)]
    [InlineData(5, "30040001ff00", 0x81)] // no UTF-8
    [InlineData(5, "30060003eda08000", 0x81)] // a surrogate
    [InlineData(4, "3004000261 2b", 0)] // a wildcard in a topic
    [InlineData(4, "32050001610000", 0)] // packet id 0
    [InlineData(5, "3206000161000000", 0x82)]
    [InlineData(4, "80060005000161 00", 0)] // SUBSCRIBE with wrong flags
    [InlineData(5, "8007000500000161 00", 0x81)]
    [InlineData(4, "82020005", 0)] // SUBSCRIBE without a filter
    [InlineData(4, "8206000500016103", 0)] // QoS 3 asked for
    [InlineData(5, "820700050000016130", 0x81)] // retain handling 3
    [InlineData(5, "820700050000016140", 0x81)] // reserved bits
    [InlineData(4, "20020000", 0)] // a server's packets
    [InlineData(5, "2003000000", 0x82)]
    [InlineData(4, "90030005 00", 0)]
    [InlineData(4, "d000", 0)]
    [InlineData(4, "f000", 0)] // AUTH before 5.0
    [InlineData(4, "0000", 0)] // type 0
    [InlineData(4, "c0ffffffff7f", 0)] // a length of five bytes
    [InlineData(5, "c0ffffffff7f", 0x81)]
    [InlineData(4, "c001 00", 0)] // PINGREQ with a body
    [InlineData(5, "e0 07 00 05 11 00000005", 0x82)] // DISCONNECT makes a session last that was to end
    public async Task Ends_the_session_with_the_reason_the_version_has(int level, string bytes, int reason)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level, "anna");

        await client.SendAsync(Packet.Publish(level, "a/b", "before"), Octets.Hex(bytes), Packet.Publish(level, "a/b", "behind"));

        await broker.GetsAsync("PUBLISH a/b q0 \"before\"", level);
        await broker.IsClosedAsync();
        await client.IsEndedAsync(level, reason);
        await bench.Trail.WaitForAsync("TamperedRequest Failure anna connect:", "problem=GH");
    }
}
