using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Network;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>aedes on loopback, by <c>tests/clients/mqtt/aedes.mjs</c>: TCP, WebSocket and, with a certificate, WebSocket over TLS.</summary>
public sealed class AedesBroker : IAsyncDisposable
{
    private readonly OwnProcess _process = new();

    private AedesBroker()
    {
    }

    public int Port { get; } = FreePorts.Next();

    public int WebSocketPort { get; } = FreePorts.Next();

    public int SecureWebSocketPort { get; } = FreePorts.Next();

    public MqttEndpoint Endpoint => new(Port);

    /// <summary>Starts it from the folder of the script, where its packages are installed.</summary>
    public static async Task<AedesBroker> StartAsync(string folder, (string Certificate, string Key)? tls = null)
    {
        var broker = new AedesBroker();
        List<(string Key, string Value)> environment = [("AEDES_PORT", $"{broker.Port}"), ("AEDES_WS_PORT", $"{broker.WebSocketPort}")];
        if (tls is { } files)
        {
            environment.AddRange([("AEDES_WSS_PORT", $"{broker.SecureWebSocketPort}"), ("AEDES_CERTIFICATE", files.Certificate), ("AEDES_KEY", files.Key)]);
        }

        broker._process.Start("node", ["aedes.mjs"], folder, [.. environment]);
        await broker._process.WaitForAsync(broker.Port);
        await broker._process.WaitForAsync(broker.WebSocketPort);
        if (tls is not null)
        {
            await broker._process.WaitForAsync(broker.SecureWebSocketPort);
        }

        return broker;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
