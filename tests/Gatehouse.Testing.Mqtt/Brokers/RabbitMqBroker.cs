using System.Security.Cryptography;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Network;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>RabbitMQ with its MQTT plugin on loopback, with a port mapper (epmd) and a data folder of its own.</summary>
public sealed class RabbitMqBroker : IAsyncDisposable
{
    private const string Server = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private readonly OwnProcess _mapper = new();
    private readonly OwnProcess _process = new();

    private RabbitMqBroker()
    {
    }

    public int Port { get; } = FreePorts.Next();

    public MqttEndpoint Endpoint => new(Port);

    public static async Task<RabbitMqBroker> StartAsync()
    {
        var broker = new RabbitMqBroker();
        int mapper = FreePorts.Next();
        broker._mapper.Start("/usr/bin/epmd", ["-address", "127.0.0.1", "-port", $"{mapper}"]);
        await broker._mapper.WaitForAsync(mapper);
        await broker.WriteAsync();
        OwnProcess own = broker._process;
        int node = FreePorts.Next();
        own.Start(
            Server,
            [],
            null,
            ("ERL_EPMD_PORT", $"{mapper}"),
            ("ERL_EPMD_ADDRESS", "127.0.0.1"),
            ("HOME", own["home"]),
            ("RABBITMQ_NODENAME", $"gatehouse{node}@localhost"),
            ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            ("RABBITMQ_NODE_PORT", $"{node}"),
            ("RABBITMQ_DIST_PORT", $"{FreePorts.Next()}"),
            ("RABBITMQ_CONFIG_FILE", own["rabbitmq.conf"]),
            ("RABBITMQ_MNESIA_BASE", own["data"]),
            ("RABBITMQ_LOG_BASE", own["log"]),
            ("RABBITMQ_LOGS", "-"),
            ("RABBITMQ_PID_FILE", own["pid"]),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", own["plugins"]),
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"));
        await own.WaitForAsync(broker.Port, 120);
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        await _mapper.DisposeAsync();
    }

    private async Task WriteAsync()
    {
        Directory.CreateDirectory(_process["home"]);
        string cookie = Path.Combine(_process["home"], ".erlang.cookie");
        await File.WriteAllTextAsync(cookie, RandomNumberGenerator.GetHexString(20));
        File.SetUnixFileMode(cookie, UnixFileMode.UserRead);
        await File.WriteAllTextAsync(_process["plugins"], "[rabbitmq_mqtt].\n");
        await File.WriteAllTextAsync(
            _process["rabbitmq.conf"],
            $"mqtt.listeners.tcp.1 = 127.0.0.1:{Port}\nmqtt.allow_anonymous = true\nmqtt.default_user = guest\nmqtt.default_pass = guest\n");
    }
}
