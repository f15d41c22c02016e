using System.Collections.Frozen;
using System.Collections.Immutable;
using Gatehouse.Engine.Mqtt;
using Gatehouse.Identity;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Which client ids a user may have, and that nobody takes another's.</summary>
public sealed class ClientIdTests
{
    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("dev-1", "dev-1", true)]
    [InlineData("dev-1", "dev-12", false)]
    [InlineData("dev-1", "DEV-1", false)]
    [InlineData("dev-*", "dev-", true)]
    [InlineData("dev-*", "dev-1/x", true)]
    [InlineData("dev-*", "xdev-1", false)]
    [InlineData("*-dev", "x-dev", true)]
    [InlineData("*-dev", "x-dev-", false)]
    [InlineData("a*b*c", "abc", true)]
    [InlineData("a*b*c", "axxbxxc", true)]
    [InlineData("a*b*c", "acb", false)]
    [InlineData("a*a", "a", false)]
    [InlineData("ab*ba", "aba", false)]
    [InlineData("a*bb*b", "abb", false)]
    [InlineData("a*bb*b", "abbb", true)]
    [InlineData("*", "", true)]
    [InlineData("**", "x", true)]
    [InlineData("${username}", "bert", true)]
    [InlineData("${username}", "berta", false)]
    [InlineData("${username}-*", "bert-1", true)]
    [InlineData("${username}-*", "anna-1", false)]
    [InlineData("${cert.cn}", "d*v", true)]
    [InlineData("${cert.cn}", "dev", false)] // what a user is called is no pattern
    [InlineData("x${nothing}", "x", false)]
    [InlineData("${empty}", "", false)]
    [InlineData("${open", "${open", true)]
    [InlineData("$x", "$x", true)]
    [InlineData("nothing,${username}", "bert", true)]
    public void A_template_fits_or_does_not(string templates, string clientId, bool fits)
    {
        Principal bert = new("bert", RealmNames.Native, attributes: new Dictionary<string, string> { ["cert.cn"] = "d*v", ["empty"] = "" }.ToFrozenDictionary());
        ImmutableArray<string> split = templates.Length == 0 ? [] : [.. templates.Split(',')];

        ClientIdRule.Allows(split, clientId, bert).ShouldBe(fits);
    }

    [Theory]
    [InlineData(3, "bert-1", "00")]
    [InlineData(4, "anna-1", "02")]
    [InlineData(5, "anna-1", "85")]
    [InlineData(4, "", "02")]
    [InlineData(5, "", "85")]
    public async Task A_client_id_that_fits_no_template_is_refused(int level, string clientId, string code)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { ClientIds = ["${username}-*"] });

        (await bench.ConnectAsync(new ConnectFields(level, clientId) { User = "bert", Password = "secret" })).ShouldBe($"CONNACK present=0 code={code}");

        if (code != "00")
        {
            await bench.Trail.WaitForAsync("AccessDenied Failure bert", "reason=client_id_refused");
            bench.Broker.Connections.ShouldBe(0);
        }
    }

    [Theory]
    [InlineData(4, "02")]
    [InlineData(5, "85")]
    public async Task Nobody_takes_over_anothers_client_id(int level, string code)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4, "bert", static f => f with { ClientId = "mine" });

        (await bench.ConnectAsync(new ConnectFields(level, "mine") { User = "anna", Password = "secret" })).ShouldBe($"CONNACK present=0 code={code}");

        await bench.Trail.WaitForAsync("AccessDenied Failure anna");
        bench.Broker.Connections.ShouldBe(1);
        await client.NothingReachesAsync(broker);
    }

    [Fact]
    public async Task A_user_may_take_over_the_own_client_id()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        await bench.OpenAsync(4, "bert", static f => f with { ClientId = "mine" });

        (RawConnection second, BrokerPeer broker) = await bench.OpenAsync(5, "bert", static f => f with { ClientId = "mine" });

        await second.NothingReachesAsync(broker);
    }

    [Fact]
    public async Task A_kept_session_stays_its_owners_when_the_connection_has_ended()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(4, "bert", static f => f with { ClientId = "mine", Clean = false });
        await client.SendAsync(Packet.Disconnect(4));
        await broker.GetsAsync(Packet.Disconnect(4));
        broker.Close();
        await bench.Trail.WaitForAsync("reason=disconnected");

        (await bench.ConnectAsync(new ConnectFields(4, "mine") { User = "anna", Password = "secret" })).ShouldBe("CONNACK present=0 code=02");
        (await bench.ConnectAsync(new ConnectFields(4, "mine") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=00");
    }

    [Fact]
    public async Task An_id_that_the_broker_assigns_is_the_clients_as_one_of_its_own()
    {
        FakeBroker scripted = new() { Answer = static level => level == 5 ? FakeBroker.ConnAck(0, Octets.Join([0x12], Octets.Text("auto-1"))) : [0x20, 2, 0, 0] };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);
        bench.Grant(MqttBench.Allow("by/${clientid}/#"));

        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5, "bert", static f => f with { ClientId = "" });

        // The session is listed a moment after its client was let in.
        SpinWait.SpinUntil(() => bench.Connections.List()[0].Work.Length > 0, TimeSpan.FromSeconds(10)).ShouldBeTrue();
        bench.Connections.List()[0].Work[0].ShouldStartWith("mqtt 5.0 client auto-1");
        await client.SendAsync(Packet.Publish(5, "by/auto-2/x", "no", 1, 1), Packet.Publish(5, "by/auto-1/x", "yes"));
        await client.GetsAsync("PUBACK #1 87", 5);
        await broker.GetsAsync("PUBLISH by/auto-1/x q0 \"yes\"", 5);
        (await bench.ConnectAsync(new ConnectFields(4, "auto-1") { User = "anna", Password = "secret" })).ShouldBe("CONNACK present=0 code=02");
    }

    [Fact]
    public async Task A_broker_that_assigns_the_id_of_somebody_else_gets_nobody_in()
    {
        FakeBroker scripted = new() { Answer = static level => level == 5 ? FakeBroker.ConnAck(0, Octets.Join([0x12], Octets.Text("annas"))) : [0x20, 2, 0, 0] };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);
        await bench.OpenAsync(4, "anna", static f => f with { ClientId = "annas" });

        (await bench.ConnectAsync(new ConnectFields(5, "") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=88");

        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=client_id_unavailable");
    }

    [Fact]
    public async Task A_will_of_a_client_without_an_id_is_decided_without_one()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Grant(MqttBench.Allow("by/${clientid}/#"), MqttBench.Allow("a/#"));

        (await bench.ConnectAsync(new ConnectFields(5, "") { User = "bert", Password = "secret", Will = new WillFields("by//will", "x") }))
            .ShouldBe("CONNACK present=0 code=87");
    }
}
