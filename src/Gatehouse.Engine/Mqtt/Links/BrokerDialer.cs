using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Mqtt.WebSockets;
using Gatehouse.Policy;
using Gatehouse.Protocols.ProxyProtocol;

namespace Gatehouse.Engine.Mqtt.Links;

/// <summary>Opens connections to a broker: dial, owner of the listener, PROXY header, TLS, WebSocket, in this order.</summary>
internal sealed class BrokerDialer(UpstreamPool pool)
{
    /// <summary>Opens one. <paramref name="control"/> may cut it while it is being made and as long as it is open.</summary>
    /// <param name="permit">What CONNECT was given in step 6.</param>
    /// <param name="control">In whose reach it is until it is disposed.</param>
    /// <param name="proxy">What the broker is told of the client; null: nothing.</param>
    public async ValueTask<BrokerDialResult> OpenAsync(Permit permit, ForwardControl control, ProxyHeaderFacts? proxy)
    {
        permit.EnsureValid();
        byte[] header = [];
        if (proxy is not null && !ProxyHeaderWriter.TryWrite(proxy, out header))
        {
            return new BrokerDialResult(null, DialFailure.Unreachable, "a PROXY header cannot hold the client's names");
        }

        DialResult dialled = await pool.OpenAsync(control, header);
        if (dialled.Connection is not { } connection)
        {
            return new BrokerDialResult(null, dialled.Failure, dialled.Detail);
        }

        return pool.Options.Address.IsWebSocket
            ? await WebSocketDialer.OpenAsync(pool, control, connection)
            : new BrokerDialResult(new SocketBroker(pool, control, connection), DialFailure.None, null);
    }
}
