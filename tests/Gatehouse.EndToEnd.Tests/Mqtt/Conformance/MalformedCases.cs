using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>What a client must not send: the connection ends, in 5.0 with a reason where mosquitto gives one.</summary>
internal static class MalformedCases
{
    private static readonly byte[] PlainConnect = Octets.Hex("10 0d 0004 4d515454 04 02 003c 0001 78");

    /// <summary>What is sent after CONNACK, by version: bytes, or a piece of the level and the topic.</summary>
    private static readonly (string Name, Func<int, byte[]> Bytes)[] AfterConnect =
    [
        ("a publish to a filter with #", static l => Packet.Publish(l, "a/#", "x")),
        ("a publish to a filter with +", static l => Packet.Publish(l, "a/+/b", "x")),
        ("a publish to an empty topic", static l => Packet.Publish(l, "", "x")),
        ("QoS 3", static l => [0x36, .. Packet.Publish(l, "a", "x", 1, 1)[1..]]),
        ("a topic with a lone continuation byte", static l => Topic(l, "61 80 62")),
        ("a topic with an overlong slash", static l => Topic(l, "61 c0 af 62")),
        ("a topic with a surrogate", static l => Topic(l, "61 ed a0 80 62")),
        ("a topic with U+0000", static l => Topic(l, "61 00 62")),
        ("a topic with U+0001", static l => Topic(l, "61 01 62")),
        ("a topic cut within a character", static l => Topic(l, "61 e2 82")),
        ("a topic longer than its packet", static l => Packet.Of(0x30, Octets.Hex("00ff 61"))),
        ("a PUBLISH without a topic", static _ => [0x30, 0x00]),
        ("a PUBLISH with identifier 0", static l => Packet.Publish(l, "a", "x", 1)),
        ("a PUBLISH of QoS 1 without identifier", static _ => Packet.Of(0x32, Octets.Text("a"))),
        ("SUBSCRIBE without filters", static l => Packet.Subscribe(l, 5)),
        ("SUBSCRIBE with identifier 0", static l => Packet.Subscribe(l, 0, ("a", 0))),
        ("SUBSCRIBE with QoS 3", static l => Packet.Subscribe(l, 5, ("a", 3))),
        ("SUBSCRIBE with reserved bits", static l => Packet.Subscribe(l, 5, ("a", 0xc0))),
        ("SUBSCRIBE to an empty filter", static l => Packet.Subscribe(l, 5, ("", 0))),
        ("SUBSCRIBE to a/#/b", static l => Packet.Subscribe(l, 5, ("a/#/b", 0))),
        ("SUBSCRIBE to a+", static l => Packet.Subscribe(l, 5, ("a+", 0))),
        ("SUBSCRIBE to a#", static l => Packet.Subscribe(l, 5, ("a#", 0))),
        ("SUBSCRIBE cut before its options", static l => Packet.Of(0x82, Octets.Short(5), l == 5 ? [0] : [], Octets.Text("a"))),
        ("SUBSCRIBE to a shared filter with a wildcard group", static l => Packet.Subscribe(l, 5, ("$share/g+/a", 0))),
        ("SUBSCRIBE to a shared filter without filter", static l => Packet.Subscribe(l, 5, ("$share/g", 0))),
        ("UNSUBSCRIBE without filters", static l => Packet.Unsubscribe(l, 5)),
        ("UNSUBSCRIBE from an empty filter", static l => Packet.Unsubscribe(l, 5, "")),
        ("UNSUBSCRIBE with identifier 0", static l => Packet.Unsubscribe(l, 0, "a")),
        ("PUBREL with wrong flags", static _ => Octets.Hex("60 02 0001")),
        ("PUBACK without identifier", static _ => [0x40, 0x00]),
        ("PUBREL with identifier 0", static _ => Octets.Hex("62 02 0000")),
        ("a second CONNECT", static l => Packet.Connect(new ConnectFields(l, "again"))),
        ("a CONNACK", static _ => Octets.Hex("20 02 0000")),
        ("a SUBACK", static _ => Octets.Hex("90 03 0005 00")),
        ("a PINGRESP", static _ => Octets.Hex("d0 00")),
        ("type 15", static _ => Octets.Hex("f0 00")),
        ("type 0", static _ => Octets.Hex("00 00")),
        ("a length of five bytes", static _ => Octets.Hex("30 ff ff ff ff 01")),
    ];

    private static readonly (string Name, Func<byte[]> Bytes)[] OfFive =
    [
        ("topic alias 0", static () => Packet.Publish(5, "a", "x", properties: Property.TopicAlias(0))),
        ("a topic alias above the maximum", static () => Packet.Publish(5, "a", "x", properties: Property.TopicAlias(11))),
        ("an unknown topic alias", static () => Packet.Publish(5, "", "x", properties: Property.TopicAlias(2))),
        ("a property twice", static () => Packet.Publish(5, "a", "x", properties: [Property.ContentType("a"), Property.ContentType("b")])),
        ("a property of another packet", static () => Packet.Publish(5, "a", "x", properties: Property.SessionExpiry(1))),
        ("an unknown property", static () => Packet.Publish(5, "a", "x", properties: Octets.Hex("7f 00"))),
        ("a property cut off", static () => Packet.Of(0x30, Octets.Text("a"), Octets.Hex("03 03 00"))),
        ("properties longer than the packet", static () => Packet.Of(0x30, Octets.Text("a"), Octets.Hex("20 01 00"))),
        ("a response topic with a wildcard", static () => Packet.Publish(5, "a", "x", properties: Property.ResponseTopic("a/#"))),
        ("a subscription identifier in a PUBLISH", static () => Packet.Publish(5, "a", "x", properties: Property.SubscriptionId(1))),
        ("subscription identifier 0", static () => Packet.Subscribe(5, 5, [Property.SubscriptionId(0)], ("a", 0))),
        ("retain handling 3", static () => Packet.Subscribe(5, 5, ("a", 0x30))),
        ("AUTH without a method", static () => Octets.Hex("f0 02 18 00")),
        ("DISCONNECT with wrong flags", static () => Octets.Hex("e1 00")),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. AfterConnect.Select(static row => ConformanceCase.Every("malformed: " + row.Name, stage => AfterAsync(stage, row.Bytes(stage.Level)))),
        .. OfFive.Select(static row => ConformanceCase.Five("malformed: " + row.Name, stage => AfterAsync(stage, row.Bytes()))),
        ConformanceCase.Every("malformed: SUBSCRIBE without its flags", static stage => AfterAsync(stage, [0x80, .. Packet.Subscribe(stage.Level, 5, ("a", 0))[1..]])),
        ConformanceCase.Every("malformed: connect flag 0", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { RawFlags = 0xc3 }))),
        ConformanceCase.Every("malformed: a will of QoS 3", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { Will = new WillFields("a", "x"), RawFlags = 0xde }))),
        ConformanceCase.Every("malformed: will flags without a will", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { RawFlags = 0xea }))),
        ConformanceCase.Every("malformed: a will to a filter", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { Will = new WillFields("a/#", "x") }))),
        ConformanceCase.Every("malformed: a CONNECT that is cut", static stage => FirstAsync(stage, [0x10, 0x08, .. Packet.Connect(stage.Fields("c"))[2..10]])),
        ConformanceCase.Every("malformed: a CONNECT of another protocol", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { Protocol = "MQTX" }))),
        ConformanceCase.Every("malformed: an unknown level", static stage => FirstAsync(stage, Packet.Connect(stage.Fields("c") with { Level = 6, Protocol = "MQTT" }))),
        ConformanceCase.Every("malformed: a PUBLISH first", static stage => FirstAsync(stage, stage.Publish("a", "x"))),
        ConformanceCase.Every("malformed: HTTP first", static stage => FirstAsync(stage, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray())),
        ConformanceCase.Every("malformed: a client id that is not UTF-8", static stage => FirstAsync(stage, [.. PlainConnect[..^1], 0xff])),
    ];

    private static byte[] Topic(int level, string hex) => Packet.Of(0x30, Octets.Binary(Octets.Hex(hex)), level == 5 ? [0] : [], [0x78]);

    /// <summary>Sends it behind a CONNECT. Where mosquitto takes it, the answers to a ping show that it did.</summary>
    private static async Task AfterAsync(Stage stage, byte[] bytes)
    {
        Player player = await stage.FreshAsync("c");
        await player.SendAsync(bytes);
        await player.FenceAsync();
        player.Packets.Count.ShouldBeLessThanOrEqualTo(2);
    }

    /// <summary>Sends it as the first thing.</summary>
    private static async Task FirstAsync(Stage stage, byte[] bytes)
    {
        Player player = await stage.OpenAsync();
        await player.SendAsync(bytes);
        if (await player.ReadAsync() is { Type: 2 } answer && answer.Body[1] == 0)
        {
            await stage.LeaveAsync(player);
        }
        else
        {
            await player.EndAsync();
        }
    }
}
