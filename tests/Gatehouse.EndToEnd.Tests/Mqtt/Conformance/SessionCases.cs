using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;

namespace Gatehouse.EndToEnd.Tests.Mqtt.Conformance;

/// <summary>Connections, sessions that outlive them, wills and time (OASIS MQTT 5.0, sections 3.1, 3.14 and 4.1).</summary>
internal static class SessionCases
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        ConformanceCase.Every("connect, ping, disconnect", ConnectAsync),
        ConformanceCase.Every("an empty client id", EmptyClientIdAsync),
        ConformanceCase.Every("a client id of 23 and one of 200 characters", ClientIdsAsync),
        ConformanceCase.Every("a session is there again", SessionAsync),
        ConformanceCase.Every("a clean session forgets", CleanSessionAsync),
        ConformanceCase.Every("messages of QoS 1 and 2 wait for a session", OfflineAsync),
        ConformanceCase.Every("what was not acknowledged comes again", RedeliveryAsync),
        ConformanceCase.Every("a PUBREL that was not answered comes again", RedeliveredReleaseAsync),
        ConformanceCase.Every("a sender ends its QoS 2 on another connection", ResumedSenderAsync),
        ConformanceCase.Every("a second connection of a client id ends the first", TakeoverAsync),
        ConformanceCase.Every("taking a session over keeps its subscriptions", TakeoverSessionAsync),
        ConformanceCase.Every("a will is sent when a connection breaks off", WillAsync),
        ConformanceCase.Every("a retained will of QoS 1", WillRetainedAsync),
        ConformanceCase.Every("no will after DISCONNECT", NoWillAsync),
        ConformanceCase.Every("an empty will", EmptyWillAsync),
        ConformanceCase.Every("a will when the client breaks the protocol", WillOnErrorAsync),
        ConformanceCase.Every("a connection that only ends its sending half", HalfClosedAsync),
        ConformanceCase.Five("a will after DISCONNECT 0x04", WillOnRequestAsync),
        ConformanceCase.Five("a session of no duration", NoExpiryAsync),
        ConformanceCase.Five("DISCONNECT makes a session last", ExpiryAtDisconnectAsync),
    ];

    /// <summary>Those that take their time, to be played at the same time.</summary>
    public static IReadOnlyList<ConformanceCase> Slow { get; } =
    [
        ConformanceCase.Every("keep alive: a silent client is cut off", KeepAliveAsync),
        ConformanceCase.Five("a will delay, and its message", WillDelayAsync),
        ConformanceCase.Five("a will delay that a new connection cancels", WillDelayCancelledAsync),
        ConformanceCase.Five("a message expires while it waits", MessageExpiryAsync),
        ConformanceCase.Five("a session expires", SessionExpiryAsync),
    ];

    private static async Task ConnectAsync(Stage stage)
    {
        Player player = await stage.FreshAsync("c");
        await player.SendAsync(Packet.Ping);
        await player.ReadAsync();
        await stage.LeaveAsync(player);
        player.News().ShouldBe(["PINGRESP", "end"]);
    }

    private static async Task EmptyClientIdAsync(Stage stage)
    {
        Player clean = await stage.JoinAsync("", f => f with { ClientId = "" });
        clean.News()[0].ShouldBe(stage.Level == 3 ? "CONNACK present=0 code=02" : "CONNACK present=0 code=00");
        (clean.AssignedClientId is not null).ShouldBe(stage.IsFive);
        if (stage.Level > 3)
        {
            await stage.SendAsync(clean, Packet.Subscribe(stage.Level, 1, (stage.At("m"), 0)));
            await stage.SendAsync(clean, stage.Publish("m", "x"));
            await stage.LeaveAsync(clean);
        }

        Player kept = await stage.JoinAsync("", f => f with { ClientId = "", Clean = false });
        kept.News()[0].ShouldBe(stage.IsFive ? "CONNACK present=0 code=00" : "CONNACK present=0 code=02");
        await (stage.IsFive ? stage.LeaveAsync(kept) : kept.EndAsync());
    }

    private static async Task ClientIdsAsync(Stage stage)
    {
        foreach (int length in (int[])[23, 200])
        {
            Player player = await stage.JoinAsync("", f => f with { ClientId = stage.Id("").PadRight(length, 'x') });
            await stage.LeaveAsync(player);
        }
    }

    private static async Task SessionAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        first.News().ShouldBe(["CONNACK present=0 code=00"]);
        await stage.SubscribeAsync(first, ("m", 1));
        await stage.LeaveAsync(first);
        Player second = await stage.KeepAsync("c");
        second.News().ShouldBe([stage.Level == 3 ? second.Lines[0] : "CONNACK present=1 code=00"]);
        await stage.SendAsync(second, stage.Publish("m", "x"));
        second.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"x\""]);
    }

    private static async Task CleanSessionAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        await stage.SubscribeAsync(first, ("m", 1));
        await stage.LeaveAsync(first);
        Player second = await stage.FreshAsync("c");
        await stage.SendAsync(second, stage.Publish("m", "x"));
        second.News().ShouldBeEmpty();
        await stage.LeaveAsync(second);
        (await stage.KeepAsync("c")).News().ShouldBe(["CONNACK present=0 code=00"]);
    }

    private static async Task OfflineAsync(Stage stage)
    {
        Player away = await stage.KeepAsync("c");
        await stage.SubscribeAsync(away, ("m", 2));
        await stage.LeaveAsync(away);
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "zero"), stage.Publish("m", "one", 1, 1), stage.Publish("m", "two", 2, 2));
        Player back = await stage.KeepAsync("c");
        await stage.SettleAsync();
        back.News()[1..].ShouldBe([$"PUBLISH {stage.At("m")} q1 #1 \"one\"", $"PUBLISH {stage.At("m")} q2 #2 \"two\"", "PUBREL #2"]);
    }

    private static async Task RedeliveryAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        await stage.SubscribeAsync(first, ("m", 2));
        first.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "one", 1, 1), stage.Publish("m", "two", 2, 2));
        first.News().Length.ShouldBe(2);
        first.Connection.Abort();
        Player again = await stage.KeepAsync("c");
        await stage.SettleAsync();
        again.News()[1..].ShouldBe([$"PUBLISH {stage.At("m")} q1 dup #1 \"one\"", $"PUBLISH {stage.At("m")} q2 dup #2 \"two\"", "PUBREL #2"]);
    }

    private static async Task RedeliveredReleaseAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        await stage.SubscribeAsync(first, ("m", 2));
        first.IsAcknowledging = false;
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(sender, stage.Publish("m", "two", 2, 2));
        await stage.SendAsync(first, Packet.Ack(5, 1));
        first.News()[^1].ShouldBe("PUBREL #1");
        first.Connection.Abort();
        Player again = await stage.KeepAsync("c");
        await stage.SettleAsync();
        again.News()[1..].ShouldBe(["PUBREL #1"]);
    }

    private static async Task ResumedSenderAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0));
        Player first = await stage.KeepAsync("c");
        first.IsAcknowledging = false;
        await stage.SendAsync(first, stage.Publish("m", "x", 2, 1));
        first.Connection.Abort();
        Player again = await stage.KeepAsync("c");
        again.IsAcknowledging = false;
        await stage.SendAsync(again, stage.Publish("m", "x", 2, 1, dup: true), Packet.Ack(6, 1));
        again.News()[1..].ShouldBe(["PUBREC #1", "PUBCOMP #1"]);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"x\""]);
    }

    private static async Task TakeoverAsync(Stage stage)
    {
        Player first = await stage.FreshAsync("c");
        Player second = await stage.FreshAsync("c");
        await first.EndAsync();
        first.News()[^1].ShouldBe("end");
        await second.FenceAsync();
        second.Connection.IsEnded.ShouldBeFalse();
    }

    private static async Task TakeoverSessionAsync(Stage stage)
    {
        Player first = await stage.KeepAsync("c");
        await stage.SubscribeAsync(first, ("m", 1));
        Player second = await stage.KeepAsync("c");
        await first.EndAsync();
        await stage.SendAsync(second, stage.Publish("m", "x"));
        second.News()[1..].ShouldBe([$"PUBLISH {stage.At("m")} q0 \"x\""]);
    }

    private static async Task WillAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 2));
        Player dying = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") { Qos = 2 } });
        dying.Connection.Abort();
        await subscriber.ReadUntilAsync(6);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("will")} q2 #1 \"gone\"", "PUBREL #1"]);
    }

    private static async Task WillRetainedAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 1));
        Player dying = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") { Qos = 1, Retain = true } });
        dying.Connection.Abort();
        await subscriber.ReadUntilAsync(3);
        Player later = await stage.SubscriberWithAsync("l", "will");
        later.News().ShouldContain($"PUBLISH {stage.At("will")} q1 retain #1 \"gone\"");
    }

    private static async Task NoWillAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player leaving = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") });
        await stage.LeaveAsync(leaving);
        await stage.SettleAsync();
        subscriber.News().ShouldBeEmpty();
    }

    private static async Task EmptyWillAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player dying = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "") });
        dying.Connection.Abort();
        await subscriber.ReadUntilAsync(3);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("will")} q0 \"\""]);
    }

    private static async Task WillOnErrorAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player wrong = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") });
        await wrong.SendAsync(Octets.Hex("36 02 00 00"));
        await wrong.EndAsync();
        await subscriber.ReadUntilAsync(3);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("will")} q0 \"gone\""]);
    }

    private static async Task HalfClosedAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("m", 0), ("will", 0));
        Player half = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") });
        await half.SendAsync(stage.Publish("m", "last"));
        half.Connection.EndSending();
        await half.EndAsync();
        await subscriber.ReadUntilAsync(3);
        await subscriber.ReadUntilAsync(3);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("m")} q0 \"last\"", $"PUBLISH {stage.At("will")} q0 \"gone\""]);
    }

    private static async Task WillOnRequestAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        byte[][] properties = [Property.User("a", "b"), Property.ContentType("text"), Property.ResponseTopic(stage.At("r")), Property.CorrelationData([1, 2])];
        Player leaving = await stage.FreshAsync("c", f => f with { Will = new WillFields(stage.At("will"), "gone") { Properties = properties } });
        await stage.LeaveAsync(leaving, 0x04);
        await subscriber.ReadUntilAsync(3);
        subscriber.News().ShouldBe([$"PUBLISH {stage.At("will")} q0 \"gone\""]);
        subscriber.Packets[^1].Properties().Length.ShouldBe(Octets.Join(properties).Length);
    }

    private static async Task NoExpiryAsync(Stage stage)
    {
        Player first = await stage.JoinAsync("c", static f => f with { Clean = false });
        await stage.SubscribeAsync(first, ("m", 1));
        await stage.LeaveAsync(first);
        (await stage.JoinAsync("c", static f => f with { Clean = false })).News().ShouldBe(["CONNACK present=0 code=00"]);
    }

    private static async Task ExpiryAtDisconnectAsync(Stage stage)
    {
        Player first = await stage.JoinAsync("c", static f => f with { Clean = false, Properties = [Property.SessionExpiry(1)] });
        await first.SendAsync(Packet.Disconnect(5, 0, Property.SessionExpiry(600), Property.ReasonString("later")));
        await first.EndAsync();
        (await stage.JoinAsync("c", static f => f with { Clean = false })).News().ShouldBe(["CONNACK present=1 code=00"]);
    }

    private static async Task KeepAliveAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player silent = await stage.FreshAsync("c", f => f with { KeepAlive = 1, Will = new WillFields(stage.At("will"), "gone") });
        await subscriber.ReadUntilAsync(3, seconds: 15);
        await silent.EndAsync();
        silent.News()[^1].ShouldBe("end");
    }

    private static async Task WillDelayAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player dying = await stage.FreshAsync(
            "c", f => f with { Properties = [Property.SessionExpiry(60)], Will = new WillFields(stage.At("will"), "gone") { Properties = [Property.WillDelay(1)] } });
        dying.Connection.Abort();
        await subscriber.FenceAsync();
        subscriber.News().ShouldBeEmpty();
        await subscriber.ReadUntilAsync(3, seconds: 15);
    }

    private static async Task WillDelayCancelledAsync(Stage stage)
    {
        Player subscriber = await stage.SubscriberAsync("s", ("will", 0));
        Player dying = await stage.JoinAsync(
            "c", f => f with { Properties = [Property.SessionExpiry(60)], Will = new WillFields(stage.At("will"), "gone") { Properties = [Property.WillDelay(1)] } });
        dying.Connection.Abort();
        await stage.KeepAsync("c");
        await Task.Delay(2500);
        await stage.SettleAsync();
        subscriber.News().ShouldBeEmpty();
    }

    private static async Task MessageExpiryAsync(Stage stage)
    {
        Player away = await stage.KeepAsync("c");
        await stage.SubscribeAsync(away, ("m", 1));
        await stage.LeaveAsync(away);
        Player sender = await stage.FreshAsync("p");
        await stage.SendAsync(
            sender, stage.Publish("m", "short", 1, 1, properties: Property.MessageExpiry(1)), stage.Publish("m", "long", 1, 2));
        await Task.Delay(2500);
        Player back = await stage.KeepAsync("c");
        await stage.SettleAsync();
        back.News()[1..].ShouldHaveSingleItem().ShouldEndWith("\"long\"");
    }

    private static async Task SessionExpiryAsync(Stage stage)
    {
        Player first = await stage.JoinAsync("c", static f => f with { Properties = [Property.SessionExpiry(1)] });
        await stage.SubscribeAsync(first, ("m", 1));
        await stage.LeaveAsync(first);

        // mosquitto looks every few seconds: nothing to wait for but the time.
        await Task.Delay(7000);
        (await stage.KeepAsync("c")).News().ShouldBe(["CONNACK present=0 code=00"]);
    }
}
