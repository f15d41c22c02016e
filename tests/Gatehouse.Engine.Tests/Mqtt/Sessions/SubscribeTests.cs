using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>A client's filters: each decided by itself, answers put together again in the client's order.</summary>
public sealed class SubscribeTests
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Allowed_filters_go_on_as_they_came(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        byte[] packet = Packet.Subscribe(level, 5, [Property.SubscriptionId(9), Property.User("k", "v")], ("a/x/#", 1), ("a/x/+", 2), ("low/x", 0));

        await client.SendAsync(packet);
        await broker.GetsAsync(packet);
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), level == 5 ? [0] : [], [1, 2, 0]));

        await client.GetsAsync("SUBACK #5 [01 02 00]", level);
        bench.Connections.List().ShouldHaveSingleItem().Work.ShouldHaveSingleItem().ShouldContain("3 subscriptions: a/x/#, a/x/+, low/x");
    }

    [Theory]
    [InlineData(3, "SUBACK #5 [01 01 00 00]")]
    [InlineData(4, "SUBACK #5 [80 01 80 00]")]
    [InlineData(5, "SUBACK #5 [87 01 87 00]")]
    public async Task Of_a_request_that_is_allowed_in_part_the_rest_gets_its_codes_in_their_places(int level, string answer)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(Packet.Subscribe(level, 5, [Property.SubscriptionId(9)], ("x", 1), ("a/b", 1), ("#", 0), ("a/c", 0)));
        await broker.GetsAsync(Packet.Subscribe(level, 5, [Property.SubscriptionId(9)], ("a/b", 1), ("a/c", 0)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), level == 5 ? [0] : [], [1, 0]));

        await client.GetsAsync(answer, level);
        await bench.Trail.WaitForAsync("AccessDenied", "subscribe:x", "receipt=GH-TEST-");
        await bench.Trail.WaitForAsync("AccessDenied", "subscribe:#");
        await bench.Trail.WaitForAsync("AccessGranted", "subscribe:a/b");
    }

    [Theory]
    [InlineData(3, "SUBACK #5 [02 00]")]
    [InlineData(4, "SUBACK #5 [80 80]")]
    [InlineData(5, "SUBACK #5 [87 87]")]
    public async Task A_request_of_which_nothing_is_allowed_is_answered_without_the_broker(int level, string answer)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(Packet.Subscribe(level, 5, ("x/#", 2), ("a/deny/+", 0)));

        await client.GetsAsync(answer, level);
        await client.NothingReachesAsync(broker);
    }

    [Fact]
    public async Task A_quality_of_service_is_lowered_to_what_is_allowed()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Subscribe(5, 5, ("low/#", 0x2e), ("a/x", 2)));

        // The other options of the filter stay.
        await broker.GetsAsync(Packet.Subscribe(5, 5, ("low/#", 0x2c), ("a/x", 2)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), [0], [0, 2]));
        await client.GetsAsync("SUBACK #5 [00 02]", 5);
    }

    [Fact]
    public async Task The_brokers_own_refusal_and_properties_stay()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Subscribe(5, 5, ("a/x", 1), ("x", 0), ("a/y", 1)));
        await broker.ReadAsync();
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), Property.Block(Property.ReasonString("why")), [0x97, 1]));

        Received? answer = await client.ReadAsync();
        answer!.Describe(5).ShouldBe("SUBACK #5 [97 87 01]");
        answer.Hex.ShouldContain(Convert.ToHexStringLower(Property.ReasonString("why")));
        bench.Connections.List()[0].Work[0].ShouldContain("1 subscription: a/y");
    }

    [Fact]
    public async Task Two_requests_under_way_keep_their_answers_apart()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Subscribe(4, 1, ("x", 0), ("a/1", 1)), Packet.Subscribe(4, 2, ("a/2", 2), ("y", 0), ("a/3", 0)));
        await broker.GetsAsync(Packet.Subscribe(4, 1, ("a/1", 1)));
        await broker.GetsAsync(Packet.Subscribe(4, 2, ("a/2", 2), ("a/3", 0)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(2), [2, 0]), Packet.Of(0x90, Octets.Short(1), [1]));

        await client.GetsAsync("SUBACK #2 [02 80 00]");
        await client.GetsAsync("SUBACK #1 [80 01]");
    }

    [Fact]
    public async Task An_id_used_twice_at_once_gets_its_answers_in_order()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Subscribe(4, 1, ("a/1", 1)), Packet.Subscribe(4, 1, ("x", 0), ("a/2", 2)));
        await broker.GetsAsync(Packet.Subscribe(4, 1, ("a/1", 1)));
        await broker.GetsAsync(Packet.Subscribe(4, 1, ("a/2", 2)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(1), [1]), Packet.Of(0x90, Octets.Short(1), [2]));

        await client.GetsAsync("SUBACK #1 [01]");
        await client.GetsAsync("SUBACK #1 [80 02]");
    }

    [Fact]
    public async Task An_answer_with_another_number_of_codes_ends_the_session()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync();

        await client.SendAsync(Packet.Subscribe(4, 1, ("x", 0), ("a/2", 2)));
        await broker.GetsAsync(Packet.Subscribe(4, 1, ("a/2", 2)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(1), [1, 1]));

        await client.IsEndedAsync();
    }

    [Fact]
    public async Task A_shared_filter_is_decided_by_what_is_inside()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Subscribe(5, 5, ("$share/g/x/#", 0), ("$share/g/a/s/#", 1), ("$queue/a/q", 0), ("$queue/x", 0), ("$exclusive/a/e", 0)));

        await broker.GetsAsync(Packet.Subscribe(5, 5, ("$share/g/a/s/#", 1), ("$queue/a/q", 0), ("$exclusive/a/e", 0)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), [0], [1, 0, 0]));
        await client.GetsAsync("SUBACK #5 [87 01 00 87 00]", 5);
    }

    [Theory]
    [InlineData("$SYS/#", true)]
    [InlineData("$other/x", false)]
    [InlineData("$delayed/5/a/b", false)]
    [InlineData("$stream/s/a/b", false)]
    public async Task What_a_number_sign_does_not_cover_needs_a_right_of_its_own(string filter, bool isToBeHad)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, "bert");
        bench.Grant(MqttBench.Allow("#"));

        await client.SendAsync(Packet.Subscribe(5, 5, (filter, 0)));
        await client.GetsAsync("SUBACK #5 [87]", 5);

        bench.Grant(MqttBench.Allow("#"), MqttBench.Allow("$SYS/#"));
        await client.SendAsync(Packet.Subscribe(5, 6, (filter, 0)), Packet.Ping);
        if (isToBeHad)
        {
            await broker.GetsAsync(Packet.Subscribe(5, 6, (filter, 0)));
        }

        await broker.GetsAsync(Packet.Ping);
    }

    [Fact]
    public async Task Asking_again_for_what_is_refused_now_ends_the_subscription_from_before()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);
        await client.SendAsync(Packet.Subscribe(5, 5, ("a/x", 1)));
        await broker.ReadAsync();
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), [0], [1]));
        await client.GetsAsync("SUBACK #5 [01]", 5);

        bench.Grant(MqttBench.Allow("b/#"));
        await client.SendAsync(Packet.Subscribe(5, 6, ("b/y", 0), ("a/x", 1)));

        Received? unsubscribe = await broker.ReadAsync();
        unsubscribe!.Type.ShouldBe(10);
        unsubscribe.Hex.ShouldEndWith(Convert.ToHexStringLower(Octets.Text("a/x")));
        await broker.GetsAsync(Packet.Subscribe(5, 6, ("b/y", 0)));

        // Its answer is the gate's own; the client gets that of its request.
        await broker.SendAsync(
            Packet.Of(0xb0, Octets.Short(unsubscribe.Id), [0], [0]), Packet.Of(0x90, Octets.Short(6), [0], [0]));
        await client.GetsAsync("SUBACK #6 [00 87]", 5);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Unsubscribing_needs_no_right_and_is_answered_by_the_broker(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);
        await client.SendAsync(Packet.Subscribe(level, 5, ("a/x", 1), ("a/y", 1)));
        await broker.ReadAsync();

        byte[] packet = Packet.Unsubscribe(level, 6, "a/x", "x");
        await client.SendAsync(packet);
        await broker.GetsAsync(packet);
        await broker.SendAsync(Packet.Of(0xb0, Octets.Short(6), level == 5 ? [0, 0, 0x11] : []));

        await client.GetsAsync(level == 5 ? "UNSUBACK #6 [00 11]" : "UNSUBACK #6 []", level);
        bench.Connections.List()[0].Work[0].ShouldContain("1 subscription: a/y");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Where_the_gate_disconnects_a_refused_filter_ends_the_session(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { DenyAction = "disconnect" });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(Packet.Subscribe(level, 5, ("a/x", 0), ("x", 0)));

        await broker.IsClosedAsync();
        await client.IsEndedAsync(level, 0x87);
    }

    [Fact]
    public async Task A_connection_has_so_many_subscriptions_and_no_more()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxSubscriptions = 2 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Subscribe(5, 5, ("a/1", 0), ("a/2", 0), ("a/3", 0)));
        await broker.GetsAsync(Packet.Subscribe(5, 5, ("a/1", 0), ("a/2", 0)));
        await broker.SendAsync(Packet.Of(0x90, Octets.Short(5), [0], [0, 0]));
        await client.GetsAsync("SUBACK #5 [00 00 97]", 5);

        // One that is there may be asked for again, and one that was given up makes room.
        await client.SendAsync(Packet.Subscribe(5, 6, ("a/2", 1)), Packet.Unsubscribe(5, 7, "a/1"), Packet.Subscribe(5, 8, ("a/3", 0)));
        await broker.GetsAsync(Packet.Subscribe(5, 6, ("a/2", 1)));
        await broker.GetsAsync(Packet.Unsubscribe(5, 7, "a/1"));
        await broker.GetsAsync(Packet.Subscribe(5, 8, ("a/3", 0)));
    }

    [Fact]
    public async Task A_filter_of_too_many_levels_is_refused()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxTopicLevels = 3 });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Subscribe(5, 5, ("a/b/c/d", 0)));

        await client.GetsAsync("SUBACK #5 [8f]", 5);
        await client.NothingReachesAsync(broker);
    }
}
