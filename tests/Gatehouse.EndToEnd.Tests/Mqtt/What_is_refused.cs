using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>Each version hears of a refusal what it can say (OASIS MQTT 3.1.1, section 3.3.5; 5.0, sections 3.4.2.1, 3.5.2.1 and 3.9.3).</summary>
[Collection(nameof(MqttGates))]
public sealed class What_is_refused(MqttGates gates)
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_publish_is_answered_as_its_version_can_and_goes_nowhere(int level)
    {
        await using Player behind = await gates.BehindAsync($"behind-{level}", "#");
        await using Player alice = await gates.JoinAsync("plain", level, "alice", $"publishing-{level}");

        await alice.SendAsync(
            Packet.Publish(level, "b/x", "no"),
            Packet.Publish(level, "b/x", "no", 1, 11),
            Packet.Publish(level, "b/x", "no", 2, 12),
            Packet.Publish(level, "a/secret/x", "no", 1, 13),
            Packet.Publish(level, "a/x", "yes", 1, 14));
        await alice.FenceAsync();
        await alice.FenceAsync();

        alice.News().ShouldBe(
            level == 5
                ? ["PUBACK #11 87", "PUBREC #12 87", "PUBACK #13 87", "PUBACK #14"]
                : ["PUBACK #11", "PUBREC #12", "PUBACK #13", "PUBACK #14", "PUBCOMP #12"],
            ignoreOrder: true);
        await behind.FenceAsync();
        behind.News().ShouldBe(["PUBLISH a/x q1 #1 \"yes\""]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_refused_QoS_2_may_be_sent_again_with_its_identifier(int level)
    {
        await using Player alice = await gates.JoinAsync("plain", level, "alice", $"again-{level}");
        for (int i = 0; i < 3; i++)
        {
            await alice.SendAsync(Packet.Publish(level, "b/x", "no", 2, 5));
            await alice.FenceAsync();
            await alice.SendAsync(Packet.Publish(level, "a/x", "yes", 2, 5));
            await alice.FenceAsync();
            await alice.FenceAsync();
        }

        alice.Lines.Count(static l => l.StartsWith("PUBREC", StringComparison.Ordinal)).ShouldBe(6);
        alice.Lines.Count(static l => l.StartsWith("PUBCOMP", StringComparison.Ordinal)).ShouldBe(level == 5 ? 3 : 6);
    }

    [Theory]
    [InlineData(3, "01 00 02 01 00")]
    [InlineData(4, "80 00 80 01 80")]
    [InlineData(5, "87 00 87 01 87")]
    public async Task A_subscription_is_refused_in_its_place(int level, string codes)
    {
        await using Player alice = await gates.JoinAsync("plain", level, "alice", $"subscribing-{level}");

        await alice.SendAsync(Packet.Subscribe(level, 77, ("b/x", 1), ("a/x", 0), ("#", 2), ("a/y/#", 1), ("a/secret/#", 0)));
        await alice.FenceAsync();

        alice.News().ShouldBe([$"SUBACK #77 [{codes}]"]);
        await using Player behind = await gates.BehindAsync($"sender-{level}");
        foreach (string topic in (string[])["b/x", "a/x", "a/y/z", "a/secret/s"])
        {
            await behind.SendAsync(Packet.Publish(5, topic, "x"));
        }

        await behind.FenceAsync();
        await alice.FenceAsync();
        alice.News().ShouldBe(["PUBLISH a/x q0 \"x\"", "PUBLISH a/y/z q0 \"x\""]);
    }

    [Theory]
    [InlineData(3, "00")]
    [InlineData(4, "80")]
    [InlineData(5, "87")]
    public async Task A_subscribe_of_refused_filters_alone_is_answered_by_the_gate(int level, string code)
    {
        await using Player alice = await gates.JoinAsync("plain", level, "alice", $"none-{level}");
        await alice.SendAsync(Packet.Subscribe(level, 3, ("b/#", 0), ("+/x", 0)));
        await alice.FenceAsync();
        alice.News().ShouldBe([$"SUBACK #3 [{code} {code}]"]);
    }

    [Fact]
    public async Task A_filter_that_reaches_into_what_is_denied_is_granted_without_it()
    {
        await using Player alice = await gates.JoinAsync("plain", 5, "alice", "reaching");
        await alice.SendAsync(Packet.Subscribe(5, 3, ("a/#", 0)));
        await alice.FenceAsync();
        alice.News().ShouldBe(["SUBACK #3 [87]"]);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_right_at_a_lower_QoS_lowers_the_subscription(int level)
    {
        await using Player alice = await gates.JoinAsync("plain", level, "alice", $"low-{level}");
        await alice.SendAsync(Packet.Subscribe(level, 3, ("low/x", 2), ("a/x", 2)));
        await alice.FenceAsync();
        alice.News().ShouldBe(["SUBACK #3 [00 02]"]);
    }

    [Fact]
    public async Task Retaining_is_a_right_of_its_own()
    {
        await using Player behind = await gates.BehindAsync("retained", "norm/#");
        await using Player alice = await gates.JoinAsync("plain", 5, "alice", "retaining");
        await alice.SendAsync(Packet.Publish(5, "norm/x", "no", 1, 1, retain: true), Packet.Publish(5, "norm/x", "", 1, 2, retain: true), Packet.Publish(5, "norm/x", "yes", 1, 3));
        await alice.FenceAsync();
        alice.News().ShouldBe(["PUBACK #1 87", "PUBACK #2 87", "PUBACK #3"]);
        await behind.FenceAsync();
        behind.News().ShouldBe(["PUBLISH norm/x q1 #1 \"yes\""]);
    }

    [Fact]
    public async Task Aliases_are_resolved_by_the_gate_and_survive_a_refusal()
    {
        await using Player behind = await gates.BehindAsync("aliases", "a/#", "b/#");
        await using Player alice = await gates.JoinAsync("plain", 5, "alice", "aliasing");

        await alice.SendAsync(
            Packet.Publish(5, "a/1", "1", properties: Property.TopicAlias(1)),
            Packet.Publish(5, "b/1", "2", 1, 2, properties: Property.TopicAlias(1)),
            Packet.Publish(5, "", "3", 1, 3, properties: Property.TopicAlias(1)),
            Packet.Publish(5, "a/2", "4", 1, 4, properties: [Property.User("k", "v"), Property.TopicAlias(1), Property.ContentType("c")]),
            Packet.Publish(5, "", "5", 1, 5, properties: Property.TopicAlias(1)));
        await alice.FenceAsync();

        alice.News().ShouldBe(["PUBACK #2 87", "PUBACK #3 87", "PUBACK #4", "PUBACK #5"], ignoreOrder: true);
        await behind.FenceAsync();
        behind.News().ShouldBe(["PUBLISH a/1 q0 \"1\"", "PUBLISH a/2 q1 #1 \"4\"", "PUBLISH a/2 q1 #2 \"5\""]);
    }

    [Fact]
    public async Task The_gates_own_number_of_aliases_is_announced_and_kept()
    {
        await using Player alice = await gates.JoinAsync("small", 5, "alice", "few-aliases");
        alice.Packets[0].Hex.ShouldContain("220002");
        await alice.SendAsync(Packet.Publish(5, "a/1", "1", properties: Property.TopicAlias(3)));
        await alice.EndAsync();
        alice.News().ShouldBe(["DISCONNECT 94", "end"]);
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(4, 5)]
    [InlineData(5, 0x87)]
    public async Task A_will_without_the_right_is_refused_with_its_connection(int level, int code)
    {
        foreach (string topic in (string[])["b/will", "a/secret/will", "$SYS/will"])
        {
            await using Player alice = await gates.TryAsync("plain", level, "alice", $"will-{level}", f => f with { Will = new WillFields(topic, "x") });
            await alice.EndAsync();
            alice.News().ShouldBe([$"CONNACK present=0 code={code:x2}", "end"]);
        }

        await using Player retained = await gates.TryAsync("plain", level, "alice", $"will-{level}", f => f with { Will = new WillFields("norm/x", "x") { Retain = true } });
        retained.News()[0].ShouldBe($"CONNACK present=0 code={code:x2}");
        await using Player allowed = await gates.JoinAsync("plain", level, "alice", $"will-{level}", f => f with { Will = new WillFields("norm/x", "x") });
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task With_deny_action_disconnect_the_connection_ends(int level)
    {
        foreach (byte[] packet in (byte[][])[Packet.Publish(level, "b/x", "no"), Packet.Publish(level, "b/x", "no", 2, 1), Packet.Subscribe(level, 1, ("a/x", 0), ("b/x", 0))])
        {
            await using Player alice = await gates.JoinAsync("strict", level, "alice", $"strict-{level}");
            await alice.SendAsync(packet);
            await alice.EndAsync();
            alice.News().ShouldBe(level == 5 ? ["DISCONNECT 87", "end"] : ["end"]);
        }
    }

    [Theory]
    [InlineData(3, 4, 5)]
    [InlineData(4, 4, 5)]
    [InlineData(5, 0x86, 0x87)]
    public async Task Logins_are_refused_before_the_broker_hears_of_them(int level, int wrong, int missing)
    {
        await RestAsync(level, wrong);
        await using Player password = await gates.TryAsync("plain", level, "alice", "login", static f => f with { Password = "wrong-password" });
        await using Player name = await gates.TryAsync("plain", level, "nobody", "login");
        await using Player none = await gates.TryAsync("plain", level, "alice", "login", static f => f with { User = null, Password = null });
        await using Player pipelined = await Player.OpenAsync(gates.Gate("plain"), level);
        await using Player behind = await gates.BehindAsync($"login-{level}", "a/#");
        await pipelined.SendAsync(Packet.Connect(new ConnectFields(level, "login") { User = "alice", Password = "wrong" }), Packet.Publish(level, "a/x", "no"));
        await pipelined.EndAsync();

        foreach ((Player player, int code) in ((Player, int)[])[(password, wrong), (name, wrong), (none, missing), (pipelined, wrong)])
        {
            await player.EndAsync();
            player.News().ShouldBe([$"CONNACK present=0 code={code:x2}", "end"]);
        }

        await behind.FenceAsync();
        behind.News().ShouldBeEmpty();
    }

    /// <summary>
    /// Broken packets of another test may have used up the wrong passwords that one source has: waits until there are some again.
    /// </summary>
    private async Task RestAsync(int level, int wrong)
    {
        for (int tries = 0; tries < 60; tries++)
        {
            await using Player player = await gates.TryAsync("plain", level, "alice", "login", static f => f with { Password = "wrong-password" });
            await player.EndAsync();
            if (player.News()[0] == $"CONNACK present=0 code={wrong:x2}")
            {
                await Task.Delay(tries == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        }
    }
}
