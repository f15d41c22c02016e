using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Publishing and getting, acknowledgements, orders and sizes (OASIS MQTT 5.0, sections 3.3 to 3.7 and 4.3 to 4.7).</summary>
internal static class DeliveryCases
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        ConformanceCase.Every("each QoS published reaches each QoS granted, the lower of both", QosMatrixAsync),
        ConformanceCase.Every("QoS 2 is delivered once however often it is sent", QosTwoOnceAsync),
        ConformanceCase.Every("an identifier of QoS 2 is free after PUBCOMP", IdentifierFreeAsync),
        ConformanceCase.Every("the same identifier is in use in both directions", BothDirectionsAsync),
        ConformanceCase.Every("PUBREL of an unknown identifier is answered", UnknownReleaseAsync),
        ConformanceCase.Every("the DUP flag of a sender is not passed on", DupNotPassedAsync),
        ConformanceCase.Every("messages of one sender keep their order", OrderAsync),
        ConformanceCase.Every("an empty message is a message", EmptyMessageAsync),
        ConformanceCase.Every("payloads are bytes, not text", BinaryPayloadAsync),
        .. Sizes.Select(static size => ConformanceCase.Every($"a packet with a remaining length of {size}", stage => SizeAsync(stage, size))),
        ConformanceCase.Every("a CONNECT with everything behind it in one segment", PipelinedAsync),
        ConformanceCase.Every("a pipelined exchange of all QoS in one segment", PipelinedQosAsync),
        ConformanceCase.Every("one byte at a time", SlowlyAsync),
        ConformanceCase.Every("a large message in pieces, the next packet in the last one", PiecesAsync),
        ConformanceCase.Every("what follows a DISCONNECT is not read", AfterDisconnectAsync),
        ConformanceCase.Every("a sender gets its own messages", OwnMessagesAsync),
        ConformanceCase.Every("topics of all the languages", LanguagesAsync),
        ConformanceCase.Every("a long topic", LongTopicAsync),
        ConformanceCase.Every("thirty messages in flight", ManyInFlightAsync),
    ];

    private static int[] Sizes => [127, 128, 16_383, 16_384, 2_097_151, 2_097_152];

    private static async Task QosMatrixAsync(Stage stage)
    {
        Player[] subscribers =
        [
            await stage.SubscriberAsync("s0", ("m", 0)),
            await stage.SubscriberAsync("s1", ("m", 1)),
            await stage.SubscriberAsync("s2", ("m", 2)),
        ];
        Player sender = await stage.FreshAsync("p");

        for (int qos = 0; qos < 3; qos++)
        {
            await stage.SendAsync(sender, stage.Publish("m", $"{qos}", qos, id: 70 + qos));
            sender.News().ShouldBe(qos switch { 0 => [], 1 => ["PUBACK #71"], _ => ["PUBREC #72", "PUBCOMP #72"] });
            for (int granted = 0; granted < 3; granted++)
            {
                string[] news = subscribers[granted].News();
                int due = Math.Min(qos, granted);
                news.Length.ShouldBe(due == 2 ? 2 : 1);
                news[0].ShouldStartWith($"PUBLISH {stage.At("m")} q{due}");
                news[0].ShouldEndWith($"\"{qos}\"");
            }
        }
    }

    private static async Task QosTwoOnceAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0));
        Player sender = await stage.FreshAsync("p");
        sender.IsAcknowledging = false;

        await stage.SendAsync(sender, stage.Publish("m", "once", 2, 9));
        await stage.SendAsync(sender, stage.Publish("m", "once", 2, 9, dup: true));
        await stage.SendAsync(sender, Packet.Ack(6, 9));
        await stage.SendAsync(sender, Packet.Ack(6, 9));

        sender.News()[..3].ShouldBe(["PUBREC #9", "PUBREC #9", "PUBCOMP #9"]);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"once\""]);
    }

    private static async Task IdentifierFreeAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 2));
        Player sender = await stage.FreshAsync("p");

        foreach (string text in (string[])["first", "second", "third"])
        {
            await stage.SendAsync(sender, stage.Publish("m", text, 2, 5));
        }

        sender.News().ShouldBe(["PUBREC #5", "PUBCOMP #5", "PUBREC #5", "PUBCOMP #5", "PUBREC #5", "PUBCOMP #5"]);
        subscriber.Packets.Count(static p => p.Type == 3).ShouldBe(3);
    }

    private static async Task BothDirectionsAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 2));
        player.IsAcknowledging = false;

        await stage.SendAsync(player, stage.Publish("m", "both", 2, 1));
        await stage.SendAsync(player, Packet.Ack(6, 1));
        player.News().ShouldBe(["PUBREC #1", "PUBCOMP #1", $"PUBLISH {stage.At("m")} q2 #1 \"both\""], ignoreOrder: true);
        await stage.SendAsync(player, stage.Publish("other", "x", 2, 1));
        await stage.SendAsync(player, Packet.Ack(5, 1));
        await stage.SendAsync(player, Packet.Ack(7, 1));
        await stage.SendAsync(player, Packet.Ack(6, 1));
        player.News()[1].ShouldBe("PUBREL #1");
    }

    private static async Task UnknownReleaseAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("p");
        await stage.SendAsync(player, Packet.Ack(6, 77));
        player.News().ShouldHaveSingleItem().ShouldStartWith("PUBCOMP #77");
    }

    private static async Task DupNotPassedAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 1));
        Player sender = await stage.FreshAsync("p");

        await stage.SendAsync(sender, stage.Publish("m", "again", 1, 3, dup: true));

        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q1 #1 \"again\""]);
    }

    private static async Task OrderAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 1));
        Player sender = await stage.FreshAsync("p");

        await stage.SendAsync(sender, [.. Enumerable.Range(1, 15).Select(i => stage.Publish("m", $"{i}", 1, i))]);

        subscriber.Packets.Where(static p => p.Type == 3).Select(p => System.Text.Encoding.UTF8.GetString(p.Payload(stage.Level)))
            .ShouldBe(Enumerable.Range(1, 15).Select(static i => $"{i}"));
    }

    private static async Task EmptyMessageAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0));
        await stage.SendAsync(subscriber, stage.Publish("m", ""));
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"\""]);
    }

    private static async Task BinaryPayloadAsync(Stage stage)
    {
        byte[] payload = [.. Enumerable.Range(0, 256).Select(static i => (byte)i)];
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0));
        await stage.SendAsync(subscriber, Packet.Publish(stage.Level, stage.At("m"), payload));
        subscriber.Packets[^1].Payload(stage.Level).ShouldBe(payload);
    }

    private static async Task SizeAsync(Stage stage, int size)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 1));
        byte[] empty = Packet.Publish(stage.Level, stage.At("m"), "", 1, 1);
        byte[] payload = [.. Enumerable.Range(0, size - (empty.Length - 2)).Select(static i => (byte)i)];

        await stage.SendAsync(subscriber, Packet.Publish(stage.Level, stage.At("m"), payload, 1, 1));

        Received got = subscriber.Packets.Single(static p => p.Type == 3);
        got.Body.Length.ShouldBe(size);
        got.Payload(stage.Level).SequenceEqual(payload).ShouldBeTrue();
    }

    private static async Task PipelinedAsync(Stage stage)
    {
        Player player = await stage.OpenAsync();
        await player.SendAsync(
            Packet.Connect(stage.Fields("p")),
            Packet.Subscribe(stage.Level, 1, (stage.At("m"), 0)),
            stage.Publish("m", "early"),
            Packet.Ping,
            Packet.Unsubscribe(stage.Level, 2, stage.At("m")),
            stage.Publish("m", "late"));
        await player.ReadUntilAsync(11);
        await stage.SettleAsync();
        player.News().ShouldBe(
            ["CONNACK present=0 code=00", "SUBACK #1 [00]", $"PUBLISH {stage.At("m")} q0 \"early\"", "PINGRESP", $"UNSUBACK #2 [{(stage.IsFive ? "00" : "")}]"]);
    }

    private static async Task PipelinedQosAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m/#", 2));
        Player sender = await stage.FreshAsync("p");
        sender.IsAcknowledging = false;
        await stage.SendAsync(
            sender,
            stage.Publish("m/1", "a", 1, 1),
            stage.Publish("m/2", "b", 2, 2),
            Packet.Ack(6, 2),
            stage.Publish("m/0", "c"),
            stage.Publish("m/1", "d", 1, 1));
        sender.News().ShouldBe(["PUBACK #1", "PUBREC #2", "PUBCOMP #2", "PUBACK #1"]);
        subscriber.Packets.Count(static p => p.Type == 3).ShouldBe(4);
    }

    private static async Task SlowlyAsync(Stage stage)
    {
        Player player = await stage.OpenAsync();
        await player.Connection.SendSlowlyAsync(Packet.Connect(stage.Fields("p")));
        await player.ReadAsync();
        await player.Connection.SendSlowlyAsync(Packet.Subscribe(stage.Level, 1, (stage.At("m"), 2)));
        await player.ReadAsync();
        await player.Connection.SendSlowlyAsync(stage.Publish("m", "slowly", 2, 2));
        await stage.SettleAsync();
        await player.Connection.SendSlowlyAsync(Packet.Disconnect(stage.Level));
        await player.EndAsync();
        player.News().Length.ShouldBe(7);
    }

    private static async Task PiecesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 0));
        byte[] bytes = Octets.Join(stage.Publish("m", new string('x', 100_000)), stage.Publish("m", "next"));
        await player.SendAsync(bytes[..3]);
        await player.SendAsync(bytes[3..50_000]);
        await stage.SendAsync(player, bytes[50_000..]);
        player.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 (100000 bytes)", $"PUBLISH {stage.At("m")} q0 \"next\""]);
    }

    private static async Task AfterDisconnectAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0));
        Player sender = await stage.FreshAsync("p");
        await sender.SendAsync(stage.Publish("m", "before"), Packet.Disconnect(stage.Level), stage.Publish("m", "after"));
        await sender.EndAsync();
        await stage.SettleAsync();
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"before\""]);
    }

    private static async Task OwnMessagesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 1));
        await stage.SendAsync(player, stage.Publish("m", "own", 1, 8));
        player.News().ShouldBe([$"PUBLISH {stage.At("m")} q1 #1 \"own\"", "PUBACK #8"], ignoreOrder: true);
    }

    private static async Task LanguagesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("#", 0));
        string[] topics = ["Größe/µ", "温度/東京", "🌡/😀", "\ufeffbom", "blank in it", "ẞ́"];
        foreach (string topic in topics)
        {
            await stage.SendAsync(player, stage.Publish(topic, "x"));
        }

        player.News().ShouldBe(topics.Select(t => $"PUBLISH {stage.At(t)} q0 \"x\""));
    }

    private static async Task LongTopicAsync(Stage stage)
    {
        string topic = string.Join('/', Enumerable.Repeat("level-of-a-topic", 100));
        Player player = await stage.SubscriberAsync("s", (topic, 0));
        await stage.SendAsync(player, stage.Publish(topic, "x"));
        player.News().ShouldBe([$"PUBLISH {stage.At(topic)} q0 \"x\""]);
    }

    private static async Task ManyInFlightAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 1));
        subscriber.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        for (int i = 1; i <= 30; i++)
        {
            await sender.SendAsync(stage.Publish("m", $"{i}", 1, i));
        }

        await stage.SettleAsync();
        Received[] first = [.. subscriber.Packets.Where(static p => p.Type == 3)];
        first.Length.ShouldBeLessThanOrEqualTo(30);
        subscriber.IsAcknowledging = true;
        await stage.SendAsync(subscriber, [.. first.Select(static p => Packet.Ack(4, p.Id))]);
        subscriber.Packets.Count(static p => p.Type == 3).ShouldBe(30);
    }
}
