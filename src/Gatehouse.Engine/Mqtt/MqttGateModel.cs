using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Engine.Mqtt.WebSockets;

namespace Gatehouse.Engine.Mqtt;

/// <summary>What an MQTT gate runs a connection on.</summary>
internal sealed class MqttGateModel : IDisposable
{
    private readonly UpstreamPool _pool;

    public MqttGateModel(GateModel model, GateEnvironment environment)
    {
        Model = model;
        Options = model.Configuration.Mqtt ?? new MqttConfiguration();
        _pool = new UpstreamPool(
            model.Upstream with { MaxConnections = int.MaxValue }, new UpstreamOwners(environment.Owners, model.Owners), environment.Time);
        Dialer = new BrokerDialer(_pool);
        WebSocket = Options.Transport == Words.MqttOverWebSocket ? WebSocketRules.Of(model) with { Path = Options.Path, HeadTimeout = Options.ConnectTimeout } : null;
    }

    /// <summary>The gate's model.</summary>
    public GateModel Model { get; }

    /// <summary>Its settings for MQTT.</summary>
    public MqttConfiguration Options { get; }

    /// <summary>Opens the broker's side.</summary>
    public BrokerDialer Dialer { get; }

    /// <summary>How WebSockets are let in; null where clients come without.</summary>
    public WebSocketRules? WebSocket { get; }

    /// <summary>What the gate runs on since; null while this is it.</summary>
    public MqttGateModel? Successor { get; set; }

    /// <summary>The model in force.</summary>
    public GateModel Newest
    {
        get
        {
            MqttGateModel newest = this;
            while (newest.Successor is { } next)
            {
                newest = next;
            }

            return newest.Model;
        }
    }

    /// <summary>Lets live connections end on their own.</summary>
    public void Dispose() => _pool.Dispose();
}
