using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.WebSockets;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>Opens a WebSocket on a connection to a broker (RFC 6455 section 4.1). The broker is not trusted to follow it.</summary>
internal static class WebSocketDialer
{
    private const string Subprotocol = "mqtt";
    private const int MaxHead = 16 * 1024;

    /// <summary>Opens it; on failure the connection is closed. Never throws for what the broker does.</summary>
    public static async ValueTask<BrokerDialResult> OpenAsync(UpstreamPool pool, ForwardControl control, UpstreamConnection connection)
    {
        DialFailure failure = DialFailure.Unreachable;
        string why;
        try
        {
            long wait = (long)(pool.Options.ConnectTimeout.TotalSeconds * pool.Time.TimestampFrequency);
            connection.SetDeadline(pool.Time.GetTimestamp() + wait);
            if (await ShakeHandsAsync(pool.Options, connection) is { } wrong)
            {
                why = wrong;
            }
            else if (connection.SetDeadline(0))
            {
                connection.IsSparing = true;
                var socket = WebSocket.CreateFromStream(new UpstreamBytes(connection), new WebSocketCreationOptions
                {
                    IsServer = false,
                    SubProtocol = Subprotocol,
                    KeepAliveInterval = TimeSpan.Zero,
                });
                return new BrokerDialResult(
                    new WebSocketBroker(pool, control, connection, new WebSocketStream(socket, pool.Time)), DialFailure.None, null);
            }
            else
            {
                (failure, why) = (DialFailure.TimedOut, "no WebSocket in time");
            }
        }
        catch (Exception fault) when (fault is IOException or SocketException or ObjectDisposedException
            or InvalidOperationException or OperationCanceledException)
        {
            failure = control.IsCancelled ? DialFailure.Cancelled : connection.IsTimedOut ? DialFailure.TimedOut : DialFailure.Unreachable;
            why = connection.IsTimedOut ? "no WebSocket in time" : fault.Message;
        }

        control.Detach();
        pool.Close(connection);
        return new BrokerDialResult(null, failure, why);
    }

    private static async ValueTask<string?> ShakeHandsAsync(UpstreamOptions options, UpstreamConnection connection)
    {
        string key = WebSocketKey.Make(RandomNumberGenerator.GetBytes(16));
        string request = $"GET {options.Address.Path} HTTP/1.1\r\nHost: {Encoding.ASCII.GetString(options.Authority)}\r\n"
            + "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + $"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: {Subprotocol}\r\n\r\n";
        await connection.SendAsync(Encoding.ASCII.GetBytes(request));
        ResponseHead head = new();
        while (true)
        {
            if (await connection.ReceiveMoreAsync() == 0)
            {
                return "the broker closed instead of opening a WebSocket";
            }

            switch (ResponseHeadParser.TryParse(connection.Received, head, MaxHead, requestWasHead: false, out int consumed))
            {
                case ParseStatus.Done:
                    connection.Consume(consumed);
                    return WebSocketResponse.Check(head, key, Subprotocol);
                case ParseStatus.Bad:
                    return $"its answer is no HTTP ({ResponseErrors.Word(head.Error)})";
                default:
                    break;
            }
        }
    }
}
