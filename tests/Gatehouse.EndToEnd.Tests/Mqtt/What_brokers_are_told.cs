using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>What of a client's login, address and packets reaches a broker, and what stands for a password.</summary>
[Collection(nameof(MqttGates))]
public sealed class What_brokers_are_told(MqttGates gates)
{
    [Fact]
    public async Task A_broker_with_logins_of_its_own_gets_the_clients()
    {
        (await PublishAsync("login", "alice", MqttGates.Password, "a/x")).ExitCode.ShouldBe(0);

        // Its own rules stay: the gate would let alice publish here.
        (await PublishAsync("login", "alice", MqttGates.Password, "norm/x")).ToString().ShouldContain("Not authorized");

        // bob it does not know.
        (await PublishAsync("login", "bob", MqttGates.Password, "a/x")).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task An_API_key_is_a_password_and_no_name_comes_with_it()
    {
        string key = (await gates.Daemon.JsonAsync("apikey", "create", "told", "--owner", "alice")).GetProperty("key").GetString()!;

        (await PublishAsync("plain", "whoever", key, "a/x")).ExitCode.ShouldBe(0);
        (await PublishAsync("plain", "tester", key, "b/x")).ToString().ShouldContain("Not authorized");

        // A broker that believes names, and gives tester everything and alice a/#, is told alice.
        (await PublishAsync("trusting", "tester", key, "a/x")).ExitCode.ShouldBe(0);
        (await PublishAsync("trusting", "tester", key, "norm/x")).ToString().ShouldContain("Not authorized");
        (await PublishAsync("trusting", "tester", MqttGates.Password, "norm/x")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_token_is_a_password()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ECParameters point = key.ExportParameters(includePrivateParameters: false);
        string keys = JsonSerializer.Serialize(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", kid = "k1", alg = "ES256", x = Base64Url.EncodeToString(point.Q.X), y = Base64Url.EncodeToString(point.Q.Y) } },
        });
        ShellResult set = await gates.Daemon.CliAsync(
            ["realm", "set", "sso", "-f", "-"],
            $"kind: jwt\norder: 30\ntoken:\n  issuer: https://issuer.example.com\n  audiences: [mqtt]\n  algorithms: [ES256]\n  keys: '{keys}'\n");
        set.ExitCode.ShouldBe(0, set.ToString());
        ShellResult map = await gates.Daemon.CliAsync(["mapping", "set", "tokens", "--role", "some", "--realm", "sso"]);
        map.ExitCode.ShouldBe(0, map.ToString());

        (await PublishAsync("plain", "whoever", Token(key, "mqtt"), "a/x")).ExitCode.ShouldBe(0);
        (await PublishAsync("plain", "whoever", Token(key, "mqtt"), "b/x")).ToString().ShouldContain("Not authorized");
        (await PublishAsync("plain", "whoever", Token(key, "other"), "a/x")).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task A_PROXY_header_goes_first()
    {
        Task<ScriptedPeer> accepted = gates.Scripted.AcceptAsync();
        await using Player player = await Player.OpenAsync(gates.Gate("proxied"), 4);
        await player.SendAsync(Packet.Connect(new ConnectFields(4, "proxied") { User = "alice", Password = MqttGates.Password }));

        using ScriptedPeer broker = await accepted;
        byte[] header = await broker.ReadBytesAsync(16 + 12 + 18);
        byte[] port = header[24..26];
        port.ShouldNotBe([0, 0]);
        header.ShouldBe(Octets.Join(
            "\r\n\r\n\0\r\nQUIT\n"u8.ToArray(),
            [0x21, 0x11, 0, 30, 127, 0, 0, 1, 127, 0, 0, 1],
            port,
            Octets.Short(gates.Gate("proxied").Port),
            [0x20, 0, 15, 0x01, 0, 0, 0, 1, 0x21, 0, 7],
            "TLSv1.3"u8.ToArray()));
        (await broker.ReadAsync()).Type.ShouldBe(1);
        await broker.SendAsync([0x20, 2, 0, 0]);
        (await player.ReadAsync())!.Describe(4).ShouldBe("CONNACK present=0 code=00");
    }

    [Fact]
    public async Task A_broker_behind_WebSocket_and_TLS_gets_messages_and_delivers_them()
    {
        await using Player player = await gates.JoinAsync("wss", 4, "alice", "wss");
        await player.SendAsync(Packet.Subscribe(4, 1, ("a/wss", 1)));
        await player.ReadUntilAsync(9);
        await player.SendAsync(Packet.Publish(4, "a/wss", new string('x', 100_000), 1, 2));
        await player.ReadUntilAsync(3);
        player.Lines.ShouldContain("SUBACK #1 [01]");
        player.Packets.Single(static p => p.Type == 3).Payload(4).Length.ShouldBe(100_000);
    }

    [Fact]
    public async Task Enhanced_authentication_is_between_client_and_broker_where_the_gate_passes_it()
    {
        Task<ScriptedPeer> accepted = gates.Scripted.AcceptAsync();
        await using Player player = await Player.OpenAsync(gates.Gate("enhanced"), 5);
        byte[] method = Property.AuthenticationMethod("X-TEST");
        byte[] Auth(int reason, string data) => Packet.Of(0xf0, [(byte)reason], Property.Block(method, Property.AuthenticationData(Encoding.UTF8.GetBytes(data))));
        await player.SendAsync(Packet.Connect(new ConnectFields(5, "enhanced")
        {
            User = "alice",
            Password = MqttGates.Password,
            Properties = [method, Property.AuthenticationData("first"u8.ToArray())],
        }));

        using ScriptedPeer broker = await accepted;
        Received connect = await broker.ReadAsync();
        connect.Hex.ShouldContain(Convert.ToHexStringLower("first"u8));
        connect.Hex.ShouldNotContain(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(MqttGates.Password)));
        await broker.SendAsync(Auth(0x18, "challenge"));
        (await player.ReadAsync())!.Raw.ShouldBe(Auth(0x18, "challenge"));
        await player.SendAsync(Auth(0x18, "answer"));
        (await broker.ReadAsync()).Raw.ShouldBe(Auth(0x18, "answer"));
        await broker.SendAsync(Packet.Of(0x20, [0, 0], Property.Block(method)));
        (await player.ReadAsync())!.Describe(5).ShouldBe("CONNACK present=0 code=00");

        // And again within the session.
        await player.SendAsync(Auth(0x19, "again"));
        (await broker.ReadAsync()).Raw.ShouldBe(Auth(0x19, "again"));
        await broker.SendAsync(Auth(0x00, "fine"));
        (await player.ReadAsync())!.Raw.ShouldBe(Auth(0x00, "fine"));
    }

    [Fact]
    public async Task Messages_beyond_those_that_may_be_under_way_wait_for_the_brokers_acknowledgement()
    {
        Task<ScriptedPeer> accepted = gates.Scripted.AcceptAsync();
        await using Player player = await Player.OpenAsync(gates.Gate("inflight"), 4);
        await player.SendAsync(Packet.Connect(new ConnectFields(4, "inflight") { User = "alice", Password = MqttGates.Password }));
        using ScriptedPeer broker = await accepted;
        (await broker.ReadAsync()).Type.ShouldBe(1);
        await broker.SendAsync([0x20, 2, 0, 0]);
        (await player.ReadAsync())!.Type.ShouldBe(2);

        await player.SendAsync([.. Enumerable.Range(1, 3).Select(static i => Packet.Publish(4, "a/x", $"{i}", 1, i))]);
        (await broker.ReadAsync()).Describe(4).ShouldBe("PUBLISH a/x q1 #1 \"1\"");
        (await broker.ReadAsync()).Describe(4).ShouldBe("PUBLISH a/x q1 #2 \"2\"");
        Task<Received> third = broker.ReadAsync();
        await broker.SendAsync([0xd0, 0x00]);
        (await player.ReadAsync())!.Type.ShouldBe(13);
        third.IsCompleted.ShouldBeFalse();

        await broker.SendAsync(Packet.Ack(4, 1));
        (await player.ReadAsync())!.Describe(4).ShouldBe("PUBACK #1");
        (await third).Describe(4).ShouldBe("PUBLISH a/x q1 #3 \"3\"");
    }

    private static string Token(ECDsa key, string audience)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        string text = Base64Url.EncodeToString("{\"alg\":\"ES256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"u8)
            + "." + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { iss = "https://issuer.example.com", aud = audience, sub = "device-1", iat = now, exp = now + 600 }));
        return text + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256));
    }

    private Task<ShellResult> PublishAsync(string gate, string user, string password, string topic) => Shell.RunAsync(
        "mosquitto_pub",
        ["-h", "127.0.0.1", "-p", $"{gates.Gate(gate).Port}", "-V", "mqttv5", "-q", "1", "-u", user, "-P", password, "-t", topic, "-m", "x"],
        seconds: 20);
}
