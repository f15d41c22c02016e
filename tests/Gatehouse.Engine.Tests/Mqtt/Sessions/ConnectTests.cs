using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Policy;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Sessions;

/// <summary>Who gets in, how everybody else is told no, and that nothing of them reaches the broker.</summary>
public sealed class ConnectTests
{
    public static readonly TheoryData<int> Levels = [3, 4, 5];

    [Theory]
    [MemberData(nameof(Levels))]
    public async Task A_user_with_a_right_gets_in(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.NothingReachesAsync(broker);
        await bench.Trail.WaitForAsync("ConnectionGranted Success bert connect:", "client c");
        bench.Connections.List().ShouldHaveSingleItem().User.ShouldBe("bert");
    }

    [Theory]
    [InlineData(3, "bert", "wrong", "04", "AuthenticationFailed Failure bert")]
    [InlineData(4, "bert", "wrong", "04", "AuthenticationFailed Failure bert")]
    [InlineData(5, "bert", "wrong", "86", "AuthenticationFailed Failure bert")]
    [InlineData(4, "bert", "", "04", "AuthenticationFailed Failure bert")]
    [InlineData(5, "bert", null, "86", "AuthenticationFailed Failure bert")]
    [InlineData(3, null, null, "05", "AnonymousAccessDenied Failure -")]
    [InlineData(4, null, null, "05", "AnonymousAccessDenied Failure -")]
    [InlineData(5, null, null, "87", "AnonymousAccessDenied Failure -")]
    [InlineData(5, null, "secret", "86", "AuthenticationFailed Failure -")]
    [InlineData(3, "bert", "limited", "03", "LimitReached Failure bert")]
    [InlineData(4, "bert", "limited", "03", "LimitReached Failure bert")]
    [InlineData(5, "bert", "limited", "9f", "LimitReached Failure bert")]
    [InlineData(3, "carl", "secret", "05", "AccessDenied Failure carl connect:")]
    [InlineData(4, "carl", "secret", "05", "AccessDenied Failure carl connect:")]
    [InlineData(5, "carl", "secret", "87", "AccessDenied Failure carl connect:")]
    [InlineData(4, "bert:x", "secret", "04", "AuthenticationFailed Failure bert:x")]
    [InlineData(5, "bert:secret", "", "86", "AuthenticationFailed Failure bert:secret")]
    public async Task Everybody_else_is_refused_in_the_words_of_the_version(int level, string? user, string? password, string code, string record)
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        (await bench.ConnectAsync(new ConnectFields(level, "c1") { User = user, Password = password })).ShouldBe($"CONNACK present=0 code={code}");

        (await bench.Trail.WaitForAsync(record)).ShouldContain(record.StartsWith("AccessDenied", StringComparison.Ordinal) ? "receipt=GH-TEST-" : "receipt=-");
        bench.Broker.Connections.ShouldBe(0);
        bench.Gates.Status[0].Counters.Denied.ShouldBe(1);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_password_that_is_no_text_is_refused(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        byte[] packet = Packet.Connect(new ConnectFields(level, "c1") { User = "bert", Password = "secr?" });
        packet[^1] = 0xff;
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(packet);

        await client.GetsAsync($"CONNACK present=0 code={(level == 5 ? "86" : "04")}", level);
        bench.Logins.ShouldBeEmpty();
        bench.Broker.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2ln", "Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.c2ln")]
    [InlineData("gh_0123456789ab_secret", "Bearer gh_0123456789ab_secret")]
    public async Task A_token_or_a_key_as_password_is_read_as_such(string password, string asked)
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        await bench.OpenAsync(4, change: fields => fields with { User = "whoever", Password = password });
        await bench.OpenAsync(5, change: fields => fields with { User = null, Password = password });

        bench.Logins.Select(static l => l.Authorization).ShouldBe([asked, asked]);
        bench.Connections.List().ShouldAllBe(static c => c.User == "anna");
    }

    [Fact]
    public async Task A_client_certificate_says_who_somebody_without_a_password_is()
    {
        TestAuthority users = new("Users");
        await using MqttBench bench = await MqttBench.StartAsync(
            mqtt => mqtt with { Credentials = "client" }, g => g with { Tls = true, Realms = ["pki", "native"] }, clients: new ClientAuthorities([users.Certificate], []));
        bench.Change(document => document with
        {
            Roles = document.Roles.Add("pki.dev-1", new RoleDocument { Name = "pki.dev-1", Grants = [MqttBench.Allow("dev/${cert.cn}/#")] }),
        });
        string roots = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(roots, TestCertificates.Root.Certificate.ExportCertificatePem(), TestContext.Current.CancellationToken);
            using X509Certificate2 own = users.Issue("dev-1", TestAuthority.ClientUse);
            RawConnection client = await bench.ConnectAsync(new MqttEndpoint(0) { CaFile = roots, ClientCertificate = own });

            await client.SendAsync(
                Packet.Connect(new ConnectFields(4, "c1") { User = "somebody" }), Packet.Publish(4, "dev/dev-2/x", "no", 1, 1), Packet.Publish(4, "dev/dev-1/x", "yes"));

            await client.GetsAsync("CONNACK present=0 code=00");
            await client.GetsAsync("PUBACK #1");
            BrokerPeer broker = await bench.Broker.AcceptedAsync();
            await broker.GetsAsync("PUBLISH dev/dev-1/x q0 \"yes\"");
            (broker.User, broker.Password).ShouldBe(("dev-1", null));
        }
        finally
        {
            File.Delete(roots);
        }
    }

    [Fact]
    public async Task An_authentication_method_is_refused_where_the_gate_does_not_pass_it()
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        (await bench.ConnectAsync(new ConnectFields(5, "c1") { User = "bert", Password = "secret", Properties = [Property.AuthenticationMethod("SCRAM")] }))
            .ShouldBe("CONNACK present=0 code=8c");

        bench.Logins.ShouldBeEmpty();
        bench.Broker.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task Where_the_gate_passes_it_an_exchange_runs_with_the_broker_and_begins_again_later()
    {
        FakeBroker scripted = new() { Answer = null };
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { EnhancedAuthentication = "pass" }, broker: scripted);
        RawConnection client = await bench.ConnectAsync();
        byte[] properties = Property.Block(Property.AuthenticationMethod("SCRAM"), Property.AuthenticationData([1, 2]));
        byte[] goesOn = Packet.Of(0xf0, [0x18], properties);

        await client.SendAsync(Packet.Connect(new ConnectFields(5, "c1")
        {
            User = "bert",
            Password = "secret",
            Properties = [Property.AuthenticationMethod("SCRAM"), Property.AuthenticationData([1, 2])],
        }));
        BrokerPeer broker = await scripted.AcceptedAsync();
        (await broker.ReadAsync())!.Hex.ShouldContain(Convert.ToHexStringLower(properties[1..]));
        await broker.SendAsync(goesOn);
        (await client.ReadAsync())!.Hex.ShouldBe(Convert.ToHexStringLower(goesOn));
        await client.SendAsync(goesOn);
        await broker.GetsAsync(goesOn);
        await broker.SendAsync(FakeBroker.ConnAck(0, Property.AuthenticationMethod("SCRAM")));
        await client.GetsAsync("CONNACK present=0 code=00", 5);

        byte[] again = Packet.Of(0xf0, [0x19], properties);
        await client.SendAsync(again);
        await broker.GetsAsync(again);
        await broker.SendAsync(Packet.Of(0xf0, [0x00], properties));
        (await client.ReadAsync())!.Type.ShouldBe(15);
    }

    [Fact]
    public async Task AUTH_without_a_method_is_an_error()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { EnhancedAuthentication = "pass" });
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(5);

        await client.SendAsync(Packet.Of(0xf0, [0x18], Property.Block(Property.AuthenticationMethod("SCRAM"))));

        await client.IsEndedAsync(5, 0x82);
        await broker.IsClosedAsync();
    }

    [Theory]
    [InlineData("10100004 4d515454 06 02 003c 00 0002 6331 00", "20020001")] // level 6
    [InlineData("100e0004 4d515454 84 02 003c 0002 6331", "20020001")] // a bridge's level
    [InlineData("100e0004 4d515455 04 02 003c 0002 6331", null)] // another protocol
    [InlineData("300300 0161", null)] // PUBLISH
    [InlineData("c000", null)] // PINGREQ
    [InlineData("20020000", null)]
    [InlineData("100e0004 4d515454 04 03 003c 0002 6331", null)] // reserved flag
    [InlineData("100f0004 4d515454 05 03 003c 00 0002 6331", "2003008100")]
    [InlineData("100c0004 4d515454 04 00 003c 0000", "20020002")] // no client id, and a session to keep
    [InlineData("10ffffffff7f", null)] // a length of five bytes
    [InlineData("474554202f20485454502f312e31", null)] // GET / HTTP/1.1
    public async Task What_is_no_CONNECT_is_answered_as_far_as_there_is_an_answer(string bytes, string? answer)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(Octets.Hex(bytes));

        if (answer is not null)
        {
            (await client.ReadAsync())!.Hex.ShouldBe(answer);
        }

        (await client.ReadAsync()).ShouldBeNull();
        await bench.Trail.WaitForAsync("TamperedRequest Failure");
        bench.Logins.ShouldBeEmpty();
        bench.Broker.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_CONNECT_larger_than_allowed_is_refused_by_its_length()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { MaxConnect = 1000 });
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(Packet.Connect(new ConnectFields(4, new string('c', 1000)))[..3]);

        (await client.ReadAsync()).ShouldBeNull();
        await bench.Trail.WaitForAsync("TamperedRequest Failure", "reason=packet_too_large");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task Who_does_not_say_CONNECT_in_time_is_closed(int sent)
    {
        ManualTime time = new();
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { ConnectTimeout = TimeSpan.FromSeconds(17) }, time: time);
        RawConnection client = await bench.ConnectAsync();
        await client.SendAsync(Packet.Connect(new ConnectFields(4, "c1"))[..sent]);
        await time.WaitForTimerAsync(TimeSpan.FromSeconds(17), TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(18));

        (await client.ReadAsync()).ShouldBeNull();
        await bench.Trail.WaitForAsync("LimitReached Failure", "reason=connect_timeout");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task What_was_sent_behind_a_refused_CONNECT_goes_nowhere(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        RawConnection client = await bench.ConnectAsync();

        await client.SendAsync(
            Packet.Connect(new ConnectFields(level, "c1") { User = "bert", Password = "wrong" }), Packet.Publish(level, "a/b", "x", 1, 1), Packet.Subscribe(level, 2, ("a/b", 0)));

        await client.GetsAsync($"CONNACK present=0 code={(level == 5 ? "86" : "04")}", level);
        (await client.ReadAsync()).ShouldBeNull();
        bench.Broker.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(4, true)]
    public async Task What_was_sent_behind_an_accepted_CONNECT_is_decided_and_goes_on(int level, bool slowly)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        RawConnection client = await bench.ConnectAsync();
        byte[] all = Octets.Join(
            Packet.Connect(new ConnectFields(level, "c1") { User = "bert", Password = "secret" }),
            Packet.Publish(level, "x", "no", 1, 1),
            Packet.Publish(level, "a/b", "yes", 1, 2),
            Packet.Subscribe(level, 3, ("a/b", 0)));

        await (slowly ? client.SendSlowlyAsync(all) : client.SendAsync(all));

        BrokerPeer broker = await bench.Broker.AcceptedAsync();
        await broker.GetsAsync("PUBLISH a/b q1 #2 \"yes\"", level);
        (await broker.ReadAsync())!.Type.ShouldBe(8);
        await client.GetsAsync("CONNACK present=0 code=00", level);
        await client.GetsAsync(level == 5 ? "PUBACK #1 87" : "PUBACK #1", level);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_second_CONNECT_ends_the_session(int level)
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        (RawConnection client, BrokerPeer broker) = await bench.OpenAsync(level);

        await client.SendAsync(Packet.Connect(new ConnectFields(level, "c1") { User = "anna", Password = "secret" }));

        await client.IsEndedAsync(level, 0x82);
        await broker.IsClosedAsync();
    }

    [Theory]
    [InlineData(3, "a/will", "00")]
    [InlineData(4, "a/will", "00")]
    [InlineData(5, "a/will", "00")]
    [InlineData(3, "a/deny/will", "05")]
    [InlineData(4, "x", "05")]
    [InlineData(5, "x", "87")]
    [InlineData(5, "$SYS/x", "87")]
    [InlineData(5, "low/will", "87")]
    public async Task A_will_needs_the_right_to_publish_it(int level, string topic, string code)
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        string? answer = await bench.ConnectAsync(new ConnectFields(level, "c1")
        {
            User = "bert",
            Password = "secret",
            Will = new WillFields(topic, "gone") { Qos = 1, Retain = true },
        });

        answer.ShouldBe($"CONNACK present=0 code={code}");
        if (code != "00")
        {
            await bench.Trail.WaitForAsync("AccessDenied Failure bert publish:", "receipt=GH-TEST-");
            bench.Broker.Connections.ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_user_has_so_many_connections_and_no_more()
    {
        await using MqttBench bench = await MqttBench.StartAsync(mqtt => mqtt with { ConnectionsPerUser = 2 });
        (RawConnection first, _) = await bench.OpenAsync();
        await bench.OpenAsync();

        (await bench.ConnectAsync(new ConnectFields(5, "c3") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=97");
        (await bench.ConnectAsync(new ConnectFields(4, "c3") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=03");
        (await bench.ConnectAsync(new ConnectFields(4, "c4") { User = "anna", Password = "secret" })).ShouldBe("CONNACK present=0 code=00");

        await first.SendAsync(Packet.Disconnect(4));
        (await first.ReadAsync()).ShouldBeNull();
        await bench.Trail.WaitForAsync("reason=disconnected");
        string? answer;
        do
        {
            // The place is given back behind the record.
            answer = await bench.ConnectAsync(new ConnectFields(4, "c3") { User = "bert", Password = "secret" });
        }
        while (answer == "CONNACK present=0 code=03");
        answer.ShouldBe("CONNACK present=0 code=00");
    }

    [Fact]
    public async Task Without_a_place_for_its_record_nobody_gets_in()
    {
        await using MqttBench bench = await MqttBench.StartAsync();
        bench.Trail.IsFull = true;

        (await bench.ConnectAsync(new ConnectFields(5, "c1") { User = "bert", Password = "secret" })).ShouldBe("CONNACK present=0 code=88");

        bench.Broker.Connections.ShouldBe(0);
    }

    [Fact]
    public async Task A_name_on_the_wire_never_reaches_a_record_as_control_characters()
    {
        await using MqttBench bench = await MqttBench.StartAsync();

        await bench.ConnectAsync(new ConnectFields(4, "c1") { User = "be\u0085rt\u009b", Password = "wrong" });

        bench.Trail.Lines.ShouldAllBe(static l => !l.Any(char.IsControl));
    }

}
