using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Properties, aliases and limits that only MQTT 5.0 has.</summary>
internal static class VersionFiveCases
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        ConformanceCase.Five("every property of a PUBLISH arrives", PropertiesAsync),
        ConformanceCase.Five("user properties keep order and repetition", UserPropertiesAsync),
        ConformanceCase.Five("request and response", RequestResponseAsync),
        ConformanceCase.Five("a topic alias is set, used and replaced", AliasAsync),
        ConformanceCase.Five("a topic alias with each QoS", AliasQosAsync),
        ConformanceCase.Five("a topic alias ends with its connection", AliasEndsAsync),
        ConformanceCase.Five("a client that takes topic aliases", ReceivedAliasAsync),
        ConformanceCase.Five("a client's receive maximum of one", ReceiveMaximumAsync),
        ConformanceCase.Five("a client's receive maximum of one with QoS 2", ReceiveMaximumTwoAsync),
        ConformanceCase.Five("more in flight than the server's receive maximum", ExceededAsync),
        ConformanceCase.Five("a client's maximum packet size", MaximumPacketSizeAsync),
        ConformanceCase.Five("a packet larger than the server takes", TooLargeAsync),
        ConformanceCase.Five("a longer keep alive than the server's", ServerKeepAliveAsync),
        ConformanceCase.Five("acknowledgements with reasons and properties", AckPropertiesAsync),
        ConformanceCase.Five("PUBREC with a failure ends the flow", FailedReceiveAsync),
        ConformanceCase.Five("a message that expires later carries what is left", ExpiryCarriedAsync),
        ConformanceCase.Five("every property of a CONNECT", ConnectPropertiesAsync),
        ConformanceCase.Five("an unknown authentication method", UnknownMethodAsync),
        ConformanceCase.Five("a session expiry at DISCONNECT that CONNECT had not", WrongExpiryAsync),
    ];

    private static async Task PropertiesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 1));
        byte[][] properties =
        [
            Property.PayloadFormat(1), Property.ContentType("text/plain"), Property.ResponseTopic(stage.At("answer")),
            Property.CorrelationData([0, 1, 255]), Property.User("name", "välue"),
        ];
        await stage.SendAsync(player, stage.Publish("m", "x", 1, 1, properties: properties));
        byte[] got = player.Packets.Single(static p => p.Type == 3).Properties();
        got.Length.ShouldBe(Octets.Join(properties).Length);
        foreach (byte[] property in properties)
        {
            got.AsSpan().IndexOf(property).ShouldBeGreaterThanOrEqualTo(0);
        }
    }

    private static async Task UserPropertiesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 0));
        byte[][] properties = [.. Enumerable.Range(0, 40).Select(static i => Property.User($"n{i % 3}", $"{40 - i}"))];
        await stage.SendAsync(player, stage.Publish("m", "x", properties: properties));
        player.Packets[^1].Properties().ShouldBe(Octets.Join(properties));
    }

    private static async Task RequestResponseAsync(Stage stage)
    {
        Player asking = await stage.SubscriberAsync("a", ("answers", 1));
        Player answering = await stage.SubscriberAsync("b", ("questions", 1));
        await stage.SendAsync(
            asking, stage.Publish("questions", "how?", 1, 1, properties: [Property.ResponseTopic(stage.At("answers")), Property.CorrelationData([7])]));
        await stage.SendAsync(answering, stage.Publish("answers", "so", 1, 1, properties: Property.CorrelationData([7])));
        Received got = asking.Packets.Last(static p => p.Type == 3);
        got.Properties().ShouldBe(Property.CorrelationData([7]));
    }

    private static async Task AliasAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("#", 0));
        await stage.SendAsync(
            player,
            stage.Publish("a", "1", properties: Property.TopicAlias(1)),
            Packet.Publish(5, "", "2", properties: Property.TopicAlias(1)),
            stage.Publish("b", "3", properties: Property.TopicAlias(10)),
            Packet.Publish(5, "", "4", properties: Property.TopicAlias(10)),
            stage.Publish("c", "5", properties: Property.TopicAlias(1)),
            Packet.Publish(5, "", "6", properties: Property.TopicAlias(1)));
        player.News().ShouldBe(((string[])["a", "a", "b", "b", "c", "c"]).Select((t, i) => $"PUBLISH {stage.At(t)} q0 \"{i + 1}\""));
    }

    private static async Task AliasQosAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 2));
        await stage.SendAsync(
            player,
            stage.Publish("m", "1", 1, 1, properties: Property.TopicAlias(3)),
            Packet.Publish(5, "", "2", 1, 2, properties: [Property.TopicAlias(3), Property.User("a", "b")]));
        await stage.SendAsync(player, Packet.Publish(5, "", "3", 2, 3, properties: Property.TopicAlias(3)));
        player.Packets.Where(static p => p.Type == 3).Select(static p => p.Topic).ShouldBe(Enumerable.Repeat(stage.At("m"), 3));
    }

    private static async Task AliasEndsAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        await stage.SendAsync(first, stage.Publish("m", "x", properties: Property.TopicAlias(1)));
        await stage.LeaveAsync(first);
        Player second = await stage.KeepAsync("c");
        await second.SendAsync(Packet.Publish(5, "", "y", properties: Property.TopicAlias(1)));
        await second.EndAsync();
        second.News()[1..].ShouldBe(["DISCONNECT 82", "end"]);
    }

    private static async Task ReceivedAliasAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s", static f => f with { Properties = [Property.TopicAliasMaximum(10)] });
        await stage.SubscribeAsync(player, ("m", 0));
        await stage.SendAsync(player, stage.Publish("m", "1"), stage.Publish("m", "2"));
        player.Packets.Count(static p => p.Type == 3).ShouldBe(2);
    }

    private static async Task ReceiveMaximumAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s", static f => f with { Properties = [Property.ReceiveMaximum(1)] });
        await stage.SubscribeAsync(player, ("m", 1));
        player.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "1", 1, 1), stage.Publish("m", "2", 1, 2), stage.Publish("m", "3", 0));
        string[] news = player.News();
        news.ShouldContain($"PUBLISH {stage.At("m")} q1 #1 \"1\"");
        news.ShouldNotContain(static l => l.EndsWith("\"2\"", StringComparison.Ordinal));
        await stage.SendAsync(player, Packet.Ack(4, 1));
        player.News().ShouldHaveSingleItem().ShouldEndWith("\"2\"");
    }

    private static async Task ReceiveMaximumTwoAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s", static f => f with { Properties = [Property.ReceiveMaximum(1)] });
        await stage.SubscribeAsync(player, ("m", 2));
        player.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "1", 2, 1), stage.Publish("m", "2", 2, 2));
        await stage.SendAsync(player, Packet.Ack(5, 1));
        player.News().ShouldNotContain(static l => l.EndsWith("\"2\"", StringComparison.Ordinal));
        await stage.SendAsync(player, Packet.Ack(7, 1));
        player.News().ShouldHaveSingleItem().ShouldEndWith("\"2\"");
    }

    private static async Task ExceededAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        sender.IsAcknowledging = false;
        for (int i = 1; i <= 21; i++)
        {
            await sender.SendAsync(stage.Publish("m", "x", 2, i));
        }

        await stage.SettleAsync();

        // DISCONNECT 0x93 is what section 3.3.4 asks for; mosquitto refuses the one message.
        sender.News()[20..].ShouldBe(["PUBREC #21 97"]);
    }

    private static async Task MaximumPacketSizeAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s", static f => f with { Properties = [Property.MaximumPacketSize(60)] });
        await stage.SubscribeAsync(player, ("m", 1));
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", new string('x', 100), 1, 1), stage.Publish("m", "small", 1, 2));
        player.News().ShouldHaveSingleItem().ShouldEndWith("\"small\"");
    }

    private static async Task TooLargeAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await sender.SendAsync(stage.Publish("m", new string('x', 4_000_000)));
        await sender.EndAsync();
        sender.News().ShouldBe(["DISCONNECT 95", "end"]);
    }

    private static async Task ServerKeepAliveAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("c", static f => f with { KeepAlive = 5000 });
        player.Packets[0].Hex.ShouldContain("1303e8");
        await stage.LeaveAsync(player);
    }

    private static async Task AckPropertiesAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 2));
        player.IsAcknowledging = false;
        await stage.SendAsync(player, stage.Publish("m", "1", 1, 1));
        byte[] properties = Property.Block(Property.ReasonString("why not"), Property.User("a", "b"));
        await stage.SendAsync(player, Packet.Of(0x40, Octets.Short(1), [0x00], properties));
        await stage.SendAsync(player, stage.Publish("m", "2", 2, 2), Packet.Of(0x62, Octets.Short(2), [0x00], properties));
        await stage.SendAsync(player, Packet.Of(0x50, Octets.Short(2), [0x00], properties));
        await stage.SendAsync(player, Packet.Of(0x70, Octets.Short(2), [0x00], properties));
        player.Connection.IsEnded.ShouldBeFalse();
    }

    private static async Task FailedReceiveAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s", static f => f with { Properties = [Property.ReceiveMaximum(1)] });
        await stage.SubscribeAsync(player, ("m", 2));
        player.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "1", 2, 1), stage.Publish("m", "2", 2, 2));
        await stage.SendAsync(player, Packet.Ack(5, 1, 0x80));
        player.News()[^1].ShouldEndWith("\"2\"");
    }

    private static async Task ExpiryCarriedAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 0));
        await stage.SendAsync(player, stage.Publish("m", "x", properties: Property.MessageExpiry(1_000_000)));
        player.Packets[^1].Properties().Length.ShouldBe(5);
    }

    private static async Task ConnectPropertiesAsync(Stage stage)
    {
        Player player = await stage.FreshAsync(
            "c",
            static f => f with
            {
                Properties =
                [
                    Property.SessionExpiry(uint.MaxValue), Property.ReceiveMaximum(65_535), Property.MaximumPacketSize(uint.MaxValue >> 4),
                    Property.TopicAliasMaximum(65_535), Property.RequestResponse(1), Property.RequestProblem(0), Property.User("a", "b"), Property.User("a", "b"),
                ],
            });
        await stage.LeaveAsync(player);
    }

    private static async Task UnknownMethodAsync(Stage stage)
    {
        Player player = await stage.JoinAsync("c", static f => f with { Properties = [Property.AuthenticationMethod("NOT-KNOWN")] });
        await player.EndAsync();
        player.News().ShouldBe(["CONNACK present=0 code=8c", "end"]);
    }

    private static async Task WrongExpiryAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("c");
        await player.SendAsync(Packet.Disconnect(5, 0, Property.SessionExpiry(5)));
        await player.EndAsync();
    }
}
