using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Network;

namespace Gatehouse.Testing.Mqtt.Brokers;

/// <summary>aedes on loopback, by <c>tests/clients/mqtt/aedes.mjs</c>: TCP and WebSocket.</summary>
public sealed class AedesBroker : IAsyncDisposable
{
    private readonly OwnProcess _process = new();

    private AedesBroker()
    {
    }

    public int Port { get; } = FreePorts.Next();

    public int WebSocketPort { get; } = FreePorts.Next();

    public MqttEndpoint Endpoint => new(Port);

    /// <summary>Starts it from the folder of the script, where its packages are installed.</summary>
    public static async Task<AedesBroker> StartAsync(string folder)
    {
        var broker = new AedesBroker();
        broker._process.Start(
            "node", ["aedes.mjs"], folder, ("AEDES_PORT", $"{broker.Port}"), ("AEDES_WS_PORT", $"{broker.WebSocketPort}"));
        await broker._process.WaitForAsync(broker.Port);
        await broker._process.WaitForAsync(broker.WebSocketPort);
        return broker;
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
