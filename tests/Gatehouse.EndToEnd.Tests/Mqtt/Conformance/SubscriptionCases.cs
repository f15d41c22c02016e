using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Filters, retained messages and what subscriptions can ask for (OASIS MQTT 5.0, sections 3.8 to 3.11 and 4.7, 4.8).</summary>
internal static class SubscriptionCases
{
    private static readonly (string Filter, string Topic, bool Matches)[] Matching =
    [
        ("a/b", "a/b", true), ("a/b", "a/b/", false), ("a/+", "a/b", true), ("a/+", "a/", true), ("a/+", "a", false), ("a/+", "a/b/c", false),
        ("a/#", "a", true), ("a/#", "a/", true), ("a/#", "a/b/c", true), ("a/#", "ab", false), ("a/+/c", "a//c", true), ("+/b/#", "x/b", true),
        ("/a", "a", false), ("/a", "/a", true), ("a//", "a//", true), ("A", "a", false),
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        .. Matching.Select(static row => ConformanceCase.Every($"filter {row.Filter} and topic {row.Topic}", stage => MatchAsync(stage, row))),
        ConformanceCase.Every("several filters are granted in their order", ManyFiltersAsync),
        ConformanceCase.Every("subscribing again replaces the QoS", ReplacedQosAsync),
        ConformanceCase.Every("overlapping subscriptions", OverlappingAsync),
        ConformanceCase.Every("unsubscribing ends deliveries", UnsubscribeAsync),
        ConformanceCase.Every("unsubscribing what nobody subscribed to", UnsubscribeUnknownAsync),
        ConformanceCase.Every("a hundred filters at once", HundredFiltersAsync),
        ConformanceCase.Every("a retained message reaches who subscribes later", RetainedAsync),
        ConformanceCase.Every("a retained message is replaced", RetainedReplacedAsync),
        ConformanceCase.Every("an empty retained message deletes it", RetainedDeletedAsync),
        ConformanceCase.Every("who subscribed before gets a retained message as a fresh one", RetainedLiveAsync),
        ConformanceCase.Every("a retained message comes at the lower QoS", RetainedQosAsync),
        ConformanceCase.Every("subscribing again brings the retained message again", RetainedAgainAsync),
        ConformanceCase.Every("a shared subscription gives each message to one", SharedAsync),
        ConformanceCase.Every("groups of shared subscriptions know nothing of each other", SharedGroupsAsync),
        ConformanceCase.Every("a message is acknowledged with nobody there to get it", NobodyAsync),
        ConformanceCase.Five("no local", NoLocalAsync),
        ConformanceCase.Five("retain as published", RetainAsPublishedAsync),
        ConformanceCase.Five("retain handling", RetainHandlingAsync),
        ConformanceCase.Five("a subscription identifier", SubscriptionIdAsync),
        ConformanceCase.Five("subscription identifiers of overlapping filters", SubscriptionIdsAsync),
        ConformanceCase.Five("a subscription identifier is replaced", SubscriptionIdReplacedAsync),
        ConformanceCase.Five("user properties of SUBSCRIBE and UNSUBSCRIBE", PropertiesAsync),
    ];

    private static async Task MatchAsync(Stage stage, (string Filter, string Topic, bool Matches) row)
    {
        Player player = await stage.SubscriberAsync("s", (row.Filter, 0));
        await stage.SendAsync(player, stage.Publish(row.Topic, "x"));
        player.News().ShouldBe(row.Matches ? [$"PUBLISH {stage.At(row.Topic)} q0 \"x\""] : []);
    }

    private static async Task ManyFiltersAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(stage.Level, 11, (stage.At("a"), 2), (stage.At("b"), 0), (stage.At("c/#"), 1)));
        player.News().ShouldBe(["SUBACK #11 [02 00 01]"]);
    }

    private static async Task ReplacedQosAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 2));
        await stage.SubscribeAsync(player, ("m", 0));
        await stage.SendAsync(player, stage.Publish("m", "x", 1, 4));
        player.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"x\"", "PUBACK #4"], ignoreOrder: true);
    }

    private static async Task OverlappingAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m/#", 2), ("m/+", 1));
        await stage.SendAsync(player, stage.Publish("m/x", "x", 2, 4));
        player.News().Count(l => l.StartsWith("PUBLISH", StringComparison.Ordinal)).ShouldBeInRange(1, 2);
    }

    private static async Task UnsubscribeAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("a", 1), ("b", 1));
        await stage.SendAsync(player, Packet.Unsubscribe(stage.Level, 6, stage.At("a")));
        await stage.SendAsync(player, stage.Publish("a", "x"), stage.Publish("b", "y"));
        player.News().ShouldBe([$"UNSUBACK #6 [{(stage.IsFive ? "00" : "")}]", $"PUBLISH {stage.At("b")} q0 \"y\""]);
    }

    private static async Task UnsubscribeUnknownAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("a", 1));
        await stage.SendAsync(player, Packet.Unsubscribe(stage.Level, 6, stage.At("z"), stage.At("a"), stage.At("y")));
        player.News().ShouldBe([$"UNSUBACK #6 [{(stage.IsFive ? "11 00 11" : "")}]"]);
    }

    private static async Task HundredFiltersAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(stage.Level, 1, [.. Enumerable.Range(0, 100).Select(i => (stage.At($"f/{i}"), i % 3))]));
        await stage.SendAsync(player, stage.Publish("f/77", "x"));
        player.News()[^1].ShouldBe($"PUBLISH {stage.At("f/77")} q0 \"x\"");
    }

    private static async Task RetainedAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "kept", 0, retain: true));
        await stage.LeaveAsync(sender);
        Player player = await stage.SubscriberWithAsync("s", "m");
        player.News().ShouldBe(["SUBACK #1 [02]", $"PUBLISH {stage.At("m")} q0 retain \"kept\""], ignoreOrder: true);
    }

    private static async Task RetainedReplacedAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "old", 1, 1, retain: true), stage.Publish("m", "new", 1, 2, retain: true));
        Player player = await stage.SubscriberWithAsync("s", "m");
        player.News().ShouldBe(["SUBACK #1 [02]", $"PUBLISH {stage.At("m")} q1 retain #1 \"new\""], ignoreOrder: true);
    }

    private static async Task RetainedDeletedAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "kept", 1, 1, retain: true));
        await stage.SendAsync(sender, stage.Publish("m", "", 1, 2, retain: true));
        Player player = await stage.SubscriberWithAsync("s", "m");
        player.News().ShouldBe(["SUBACK #1 [02]"]);
    }

    private static async Task RetainedLiveAsync(Stage stage)
    {
        Player player = await stage.SubscriberAsync("s", ("m", 2));
        await stage.SendAsync(player, stage.Publish("m", "now", 0, retain: true));
        player.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"now\""]);
    }

    private static async Task RetainedQosAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "two", 2, 1, retain: true));
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(stage.Level, 1, (stage.At("m"), 1)));
        player.News().ShouldBe(["SUBACK #1 [01]", $"PUBLISH {stage.At("m")} q1 retain #1 \"two\""], ignoreOrder: true);
    }

    private static async Task RetainedAgainAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, stage.Publish("m", "kept", retain: true));
        for (int i = 0; i < 2; i++)
        {
            await stage.SendAsync(player, Packet.Subscribe(stage.Level, 1, (stage.At("m"), 0)));
            player.News().ShouldBe(["SUBACK #1 [00]", $"PUBLISH {stage.At("m")} q0 retain \"kept\""], ignoreOrder: true);
        }
    }

    private static async Task SharedAsync(Stage stage)
    {
        Player one = await stage.FreshAsync("s1");
        Player two = await stage.FreshAsync("s2");
        await stage.SendAsync(one, Packet.Subscribe(stage.Level, 1, ($"$share/g/{stage.At("m/+")}", 1)));
        await stage.SendAsync(two, Packet.Subscribe(stage.Level, 1, ($"$share/g/{stage.At("m/+")}", 1)));
        Player sender = await stage.FreshAsync("p");
        for (int i = 0; i < 4; i++)
        {
            await stage.SendAsync(sender, stage.Publish($"m/{i}", $"{i}", 1, 1));
        }

        string[] got = [.. one.News(), .. two.News()];
        got.Count(static l => l.StartsWith("PUBLISH", StringComparison.Ordinal)).ShouldBe(4);
        await stage.SendAsync(one, Packet.Unsubscribe(stage.Level, 2, $"$share/g/{stage.At("m/+")}"));
        await stage.SendAsync(sender, stage.Publish("m/9", "9"));
        two.News().ShouldBe([$"PUBLISH {stage.At("m/9")} q0 \"9\""]);
    }

    private static async Task SharedGroupsAsync(Stage stage)
    {
        Player one = await stage.FreshAsync("s1");
        Player two = await stage.FreshAsync("s2");
        await stage.SendAsync(one, Packet.Subscribe(stage.Level, 1, ($"$share/g1/{stage.At("m")}", 0), (stage.At("other"), 0)));
        await stage.SendAsync(two, Packet.Subscribe(stage.Level, 1, ($"$share/g2/{stage.At("m")}", 0)));
        await stage.SendAsync(one, stage.Publish("m", "x"));
        one.News()[^1].ShouldBe($"PUBLISH {stage.At("m")} q0 \"x\"");
        two.News()[^1].ShouldBe($"PUBLISH {stage.At("m")} q0 \"x\"");
    }

    private static async Task NobodyAsync(Stage stage)
    {
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "x", 1, 1));
        await stage.SendAsync(sender, stage.Publish("m", "x", 2, 2));
        sender.News().ShouldBe([$"PUBACK #1{(stage.IsFive ? " 10" : "")}", "PUBREC #2", "PUBCOMP #2"]);
    }

    private static async Task NoLocalAsync(Stage stage)
    {
        Player own = await stage.FreshAsync("s1");
        Player other = await stage.SubscriberAsync("s2", ("m", 0));
        await stage.SendAsync(own, Packet.Subscribe(5, 1, (stage.At("m"), 0x04)));
        await stage.SendAsync(own, stage.Publish("m", "x"));
        own.News().ShouldBe(["SUBACK #1 [00]"]);
        other.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"x\""]);
    }

    private static async Task RetainAsPublishedAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(5, 1, (stage.At("m"), 0x08)));
        await stage.SendAsync(player, stage.Publish("m", "kept", retain: true), stage.Publish("m", "not"));
        player.News().ShouldBe(["SUBACK #1 [00]", $"PUBLISH {stage.At("m")} q0 retain \"kept\"", $"PUBLISH {stage.At("m")} q0 \"not\""]);
    }

    private static async Task RetainHandlingAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, stage.Publish("m", "kept", retain: true));
        string kept = $"PUBLISH {stage.At("m")} q0 retain \"kept\"";
        foreach ((int options, bool comes) in ((int, bool)[])[(0x20, false), (0x10, false), (0x00, true)])
        {
            await stage.SendAsync(player, Packet.Subscribe(5, 1, (stage.At("m"), options)));
            player.News().ShouldBe(comes ? ["SUBACK #1 [00]", kept] : ["SUBACK #1 [00]"], ignoreOrder: true);
        }

        await stage.SendAsync(player, Packet.Unsubscribe(5, 2, stage.At("m")));
        await stage.SendAsync(player, Packet.Subscribe(5, 3, (stage.At("m"), 0x10)));
        player.News().ShouldBe(["UNSUBACK #2 [00]", "SUBACK #3 [00]", kept], ignoreOrder: true);
    }

    private static async Task SubscriptionIdAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(5, 1, [Property.SubscriptionId(268_435_455)], (stage.At("m"), 1), (stage.At("n"), 0)));
        await stage.SendAsync(player, stage.Publish("m", "x"), stage.Publish("n", "y"));
        player.Packets[^1].Properties().ShouldBe(Property.SubscriptionId(268_435_455));
        player.Packets[^2].Properties().ShouldBe(Property.SubscriptionId(268_435_455));
    }

    private static async Task SubscriptionIdsAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(5, 1, [Property.SubscriptionId(1)], (stage.At("m/#"), 0)));
        await stage.SendAsync(player, Packet.Subscribe(5, 2, [Property.SubscriptionId(200)], (stage.At("m/+"), 0)));
        await stage.SendAsync(player, stage.Publish("m/x", "x"));
        byte[] all = Octets.Join([.. player.Packets.Where(static p => p.Type == 3).Select(static p => p.Properties())]);
        all.Length.ShouldBeGreaterThanOrEqualTo(5);
    }

    private static async Task SubscriptionIdReplacedAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        await stage.SendAsync(player, Packet.Subscribe(5, 1, [Property.SubscriptionId(1)], (stage.At("m"), 0)));
        await stage.SendAsync(player, Packet.Subscribe(5, 2, [Property.SubscriptionId(2)], (stage.At("m"), 0)));
        await stage.SendAsync(player, stage.Publish("m", "x"));
        player.Packets[^1].Properties().ShouldBe(Property.SubscriptionId(2));
    }

    private static async Task PropertiesAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("s");
        byte[][] user = [Property.User("a", "1"), Property.User("a", "2"), Property.User("", "")];
        await stage.SendAsync(player, Packet.Subscribe(5, 1, user, (stage.At("m"), 0)));
        await stage.SendAsync(player, Packet.Of(0xa2, Octets.Short(2), Property.Block(user), Octets.Text(stage.At("m"))));
        player.News().ShouldBe(["SUBACK #1 [00]", "UNSUBACK #2 [00]"]);
    }
}
