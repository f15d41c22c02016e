using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Brokers;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>The real brokers that gates are tried with start, speak MQTT and end.</summary>
public sealed class Brokers_for_tests
{
    [Fact]
    public async Task Mosquitto_speaks_over_tcp_and_websocket_and_tls()
    {
        using var authority = new DirectoryAuthority("brokers");
        (string certificate, string key) = authority.Sign("localhost", "127.0.0.1");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["ca.pem"], authority.Pem);
        await using MosquittoBroker broker = await MosquittoBroker.StartAsync(new MosquittoOptions
        {
            Users = [("gate", "gates-secret")],
            Acl = "user gate\ntopic readwrite a/#\n",
            Tls = (authority.Pem, certificate, key),
        });

        await EchoAsync(broker.Endpoint, 5, "gate", "gates-secret");
        await EchoAsync(broker.Endpoint with { Port = broker.WebSocketPort, WebSocket = new WebSocketRequest() }, 4, "gate", "gates-secret");
        await EchoAsync(broker.Endpoint with { Port = broker.TlsPort, CaFile = folder["ca.pem"] }, 3, "gate", "gates-secret");
        await using Player stranger = await Player.OpenAsync(broker.Endpoint, 5);
        await stranger.ConnectAsync(new ConnectFields(5, "x") { User = "gate", Password = "wrong" });
        stranger.Lines.ShouldBe(["CONNACK present=0 code=87"]);
    }

    [Fact]
    public async Task Aedes_speaks_over_tcp_and_websocket()
    {
        await using AedesBroker broker = await AedesBroker.StartAsync(await MqttClients.FolderAsync());

        await EchoAsync(broker.Endpoint, 4);
        await EchoAsync(broker.Endpoint with { Port = broker.WebSocketPort, WebSocket = new WebSocketRequest() }, 3);
    }

    [Fact]
    public async Task RabbitMQ_speaks_over_tcp()
    {
        await using RabbitMqBroker broker = await RabbitMqBroker.StartAsync();

        await EchoAsync(broker.Endpoint, 4);
        await EchoAsync(broker.Endpoint, 3);
    }

    private static async Task EchoAsync(MqttEndpoint endpoint, int level, string? user = null, string? password = null)
    {
        await using Player player = await Player.OpenAsync(endpoint, level);
        await player.ConnectAsync(new ConnectFields(level, $"echo-{level}") { User = user, Password = password });
        await player.SendAsync(Packet.Subscribe(level, 1, ("a/b", 1)));
        await player.ReadUntilAsync(9);
        await player.SendAsync(Packet.Publish(level, "a/b", "hello", 1, 2));
        await player.ReadUntilAsync(3);
        player.Lines.ShouldContain("SUBACK #1 [01]");
        player.Packets.Single(static p => p.Type == 3).Payload(level).ShouldBe("hello"u8.ToArray());
    }
}
