using Gatehouse.Engine.Configuration;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>What the broker is told of a client, and what becomes of its answer.</summary>
public sealed class BrokerHandshakeTests
{
    private static readonly ConnectFields Bert = new(5, "c1") { User = "bert", Password = "secret" };

    [Theory]
    [InlineData(4, "none", null, null)]
    [InlineData(5, "none", null, null)]
    [InlineData(4, "username", "bert", null)]
    [InlineData(5, "username", "bert", null)]
    [InlineData(4, "client", "bert", "secret")]
    [InlineData(5, "client", "bert", "secret")]
    public async Task The_broker_sees_of_the_clients_credentials_what_is_configured(int level, string credentials, string? user, string? password)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { Credentials = credentials });

        (_, BrokerPeer broker) = await bench.OpenAsync(level);

        (broker.User, broker.Password).ShouldBe((user, password));
        broker.Connect.Hex.Contains(Convert.ToHexStringLower("secret"u8), StringComparison.Ordinal).ShouldBe(password is not null);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_gates_own_credentials_stand_in_for_the_clients(int level)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "gate-word", TestContext.Current.CancellationToken);
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            await using MqttBench bench = await MqttBench.StartAsync(
                gate: g => g with { UpstreamUser = "gatehouse", UpstreamPassword = new SecretReference(file, null) });

            (_, BrokerPeer broker) = await bench.OpenAsync(level);

            (broker.User, broker.Password).ShouldBe(("gatehouse", "gate-word"));
            broker.Connect.Hex.ShouldNotContain(Convert.ToHexStringLower("secret"u8));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task An_API_key_as_password_never_reaches_the_broker_as_its_users_name()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { Credentials = "username" });

        (_, BrokerPeer broker) = await bench.OpenAsync(4, change: static f => f with { User = "whoever", Password = "gh_0123456789ab_secret" });

        (broker.User, broker.Password).ShouldBe(("anna", null));
    }

    [Fact]
    public async Task A_name_that_no_password_proved_is_not_passed_on()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { Credentials = "client" });
        const string Key = "gh_0123456789ab_secret";

        (_, BrokerPeer claimed) = await bench.OpenAsync(5, change: static f => f with { User = "bert", Password = Key });
        (_, BrokerPeer none) = await bench.OpenAsync(5, change: static f => f with { User = null, Password = Key });

        (claimed.User, claimed.Password).ShouldBe(("anna", Key));
        (none.User, none.Password).ShouldBe((null, Key));
    }

    [Fact]
    public async Task The_rest_of_CONNECT_goes_on_without_what_the_gate_needs_for_itself()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxKeepAlive = TimeSpan.FromSeconds(50) });

        (_, BrokerPeer broker) = await bench.OpenAsync(5, change: static f => f with
        {
            ClientId = "c1",
            Clean = false,
            Will = new WillFields("a/will", "gone") { Qos = 1, Retain = true, Properties = [Property.WillDelay(5)] },
            Properties = [Property.SessionExpiry(70), Property.TopicAliasMaximum(10), Property.ReceiveMaximum(3), Property.User("k", "v"), Property.MaximumPacketSize(9000)],
        });

        broker.Connect.Hex.ShouldBe(Convert.ToHexStringLower(Packet.Connect(new ConnectFields(5, "c1")
        {
            Clean = false,
            KeepAlive = 50,
            Will = new WillFields("a/will", "gone") { Qos = 1, Retain = true, Properties = [Property.WillDelay(5)] },
            Properties = [Property.SessionExpiry(70), Property.ReceiveMaximum(3), Property.User("k", "v"), Property.MaximumPacketSize(9000)],
        })));
    }

    [Theory]
    [InlineData(4, 60, 50, 50)]
    [InlineData(4, 0, 50, 50)]
    [InlineData(4, 20, 50, 20)]
    [InlineData(5, 60, 50, 50)]
    [InlineData(4, 0, 65_535, 0)]
    public async Task A_keep_alive_is_lowered_to_what_is_allowed(int level, int asked, int most, int told)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxKeepAlive = TimeSpan.FromSeconds(most) });

        (_, BrokerPeer broker) = await bench.OpenAsync(level, change: f => f with { KeepAlive = asked });

        broker.KeepAlive.ShouldBe(told);
    }

    [Theory]
    [InlineData("220100", "220020")] // topic alias maximum
    [InlineData("22000a", "22000a")]
    [InlineData("", "")]
    [InlineData("2100ff", "210014")] // receive maximum
    [InlineData("210005", "210005")]
    [InlineData("2700ffffff", "27000f4240")] // maximum packet size
    [InlineData("2700000800", "2700000800")]
    [InlineData("13001e", "13001e")] // server keep alive
    [InlineData("1f0002 6869 26 0001 6b 0001 76", "1f000268692600016b000176")]
    public async Task The_brokers_limits_are_told_as_far_as_the_gate_keeps_to_them(string broker, string told)
    {
        FakeBroker scripted = new() { Answer = _ => FakeBroker.ConnAck(0, Octets.Hex(broker)) };
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxPacket = 1_000_000, MaxInflight = 20 }, broker: scripted);
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(Packet.Connect(Bert));
        Received answer = (await client.ReadAsync())!;

        // Whatever else there is are the gate's own limits, where the broker said nothing.
        answer.Describe(5).ShouldBe("CONNACK present=0 code=00");
        answer.Hex.ShouldContain(told);
        (answer.Hex.Contains("2200", StringComparison.Ordinal) || broker.Contains("22", StringComparison.Ordinal)).ShouldBe(broker.StartsWith("22", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(4, "20020000")]
    [InlineData(5, "2006000003130032")]
    public async Task A_client_is_told_of_a_keep_alive_that_was_lowered_where_it_can_be(int level, string answer)
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxKeepAlive = TimeSpan.FromSeconds(50) });
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(Packet.Connect(Bert with { Level = level, KeepAlive = 60 }));

        (await client.ReadAsync())!.Hex.ShouldBe(answer);
    }

    [Theory]
    [InlineData(4, "20020003", "CONNACK present=0 code=03")]
    [InlineData(4, "20020002", "CONNACK present=0 code=02")]
    [InlineData(5, "2003008900", "CONNACK present=0 code=89")]
    [InlineData(5, "2003008500", "CONNACK present=0 code=85")]
    public async Task The_brokers_own_no_reaches_the_client(int level, string bytes, string answer)
    {
        FakeBroker scripted = new() { Answer = _ => Octets.Hex(bytes) };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);

        (await bench.ConnectAsync(Bert with { Level = level })).ShouldBe(answer);

        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=upstream_refused");
        bench.Trail.Count("Alarm").ShouldBe(0);
    }

    [Theory]
    [InlineData(4, "none", "20020005", "CONNACK present=0 code=03", true)]
    [InlineData(4, "none", "20020004", "CONNACK present=0 code=03", true)]
    [InlineData(5, "username", "2003008700", "CONNACK present=0 code=88", true)]
    [InlineData(5, "none", "2003008600", "CONNACK present=0 code=88", true)]
    [InlineData(5, "client", "2003008600", "CONNACK present=0 code=86", false)]
    [InlineData(4, "client", "20020005", "CONNACK present=0 code=05", false)]
    public async Task A_broker_that_refuses_the_gates_login_is_the_operators_matter(int level, string credentials, string bytes, string answer, bool alarm)
    {
        FakeBroker scripted = new() { Answer = _ => Octets.Hex(bytes) };
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { Credentials = credentials }, broker: scripted);

        (await bench.ConnectAsync(Bert with { Level = level })).ShouldBe(answer);

        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", alarm ? "forward=upstream_refused_credential" : "forward=upstream_refused");
        bench.Trail.Count("Alarm Failure bert").ShouldBe(alarm ? 1 : 0);
    }

    [Theory]
    [InlineData(4, "c000")] // PINGREQ
    [InlineData(4, "d000")] // PINGRESP instead of CONNACK
    [InlineData(4, "20020101")] // refused, and a session present
    [InlineData(4, "2001ff")]
    [InlineData(4, "20020200")] // reserved flag
    [InlineData(5, "20020000")] // no length of properties
    [InlineData(5, "20050000022200")] // a property cut off
    [InlineData(5, "f0020000")] // AUTH that nobody asked for
    [InlineData(4, "ffffffffffff")]
    [InlineData(4, "485454502f312e3120343030")] // HTTP/1.1 400
    public async Task A_broker_that_answers_no_CONNACK_is_unavailable(int level, string bytes)
    {
        FakeBroker scripted = new() { Answer = _ => Octets.Hex(bytes) };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);

        (await bench.ConnectAsync(Bert with { Level = level })).ShouldBe($"CONNACK present=0 code={(level == 5 ? "88" : "03")}");

        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=upstream_malformed", "problem=GH");
        bench.Gates.Status[0].Counters.Failed.ShouldBe(1);
    }

    [Fact]
    public async Task A_broker_that_closes_instead_of_answering_is_unavailable()
    {
        FakeBroker scripted = new() { Answer = null };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted);
        Task<string?> answer = bench.ConnectAsync(Bert);
        BrokerPeer broker = await scripted.AcceptedAsync();
        await broker.ReadAsync();

        broker.Close();

        (await answer).ShouldBe("CONNACK present=0 code=88");
        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=upstream_cut");
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_unavailable()
    {
        FakeBroker gone = new();
        await using MqttBench bench = await MqttBench.StartAsync(broker: gone);
        await gone.DisposeAsync();

        (await bench.ConnectAsync(Bert)).ShouldBe("CONNACK present=0 code=88");
        (await bench.ConnectAsync(Bert with { Level = 3 })).ShouldBe("CONNACK present=0 code=03");

        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=upstream_unreachable");
    }

    [Fact]
    public async Task A_broker_that_says_nothing_is_not_waited_for_longer_than_CONNECT_may_take()
    {
        ManualTime time = new();
        FakeBroker scripted = new() { Answer = null };
        await using MqttBench bench = await MqttBench.StartAsync(broker: scripted, time: time);
        Task<string?> answer = bench.ConnectAsync(Bert);
        BrokerPeer broker = await scripted.AcceptedAsync();
        await broker.ReadAsync();

        time.Advance(TimeSpan.FromSeconds(16));

        (await answer).ShouldBe("CONNACK present=0 code=88");
        await bench.Trail.WaitForAsync("ConnectionGranted Failure bert", "forward=upstream_timeout");
        (await broker.ReadAsync()).ShouldBeNull();
    }
}
