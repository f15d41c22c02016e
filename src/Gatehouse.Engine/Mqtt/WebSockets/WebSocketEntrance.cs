using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.WebSockets;

namespace Gatehouse.Engine.Mqtt.WebSockets;

/// <summary>
/// Where MQTT comes in over WebSocket (RFC 6455, MQTT 5.0 section 6): one request, read strictly, and nothing but MQTT after
/// it. No extension is agreed to. What proxies say of the client (<c>X-Forwarded-For</c> and the like) is not read.
/// </summary>
internal static class WebSocketEntrance
{
    private const int FirstRead = 2048;

    private const string Closed = "client_gone";

    /// <summary>The same for a connection that has pipes.</summary>
    public static ValueTask<WebSocketEntry> AcceptAsync(
        IDuplexPipe transport, WebSocketRules rules, TimeProvider time, CancellationToken cancellation) =>
        AcceptAsync(new PipeBytes(transport), rules, time, cancellation);

    /// <summary>
    /// Reads the request and answers it. Never throws for what a client does; a refused one has had its answer.
    /// </summary>
    /// <param name="transport">The connection, TLS done; it stays the caller's.</param>
    /// <param name="rules">What is asked of the client.</param>
    /// <param name="time">The clock of the limits.</param>
    /// <param name="cancellation">Ends the waiting for the request; the entry is then refused without an answer.</param>
    public static async ValueTask<WebSocketEntry> AcceptAsync(
        Stream transport, WebSocketRules rules, TimeProvider time, CancellationToken cancellation)
    {
        using CancellationTokenSource late = new(rules.HeadTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            RequestHead head = new();
            (string? reason, int status, byte[] rest) = await ReadHeadAsync(transport, head, rules, limit.Token);
            WebSocketRequest? request = null;
            if (reason is null)
            {
                (reason, status) = Judge(head, rules, out request);
            }

            if (reason is not null || request is null)
            {
                await AnswerAsync(transport, status, limit.Token);
                return WebSocketEntry.Refused(reason ?? Closed, status);
            }

            return await OpenAsync(transport, request, rest, time, limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            bool isLate = late.IsCancellationRequested && !cancellation.IsCancellationRequested;
            return WebSocketEntry.Refused(isLate ? "timeout" : Closed, 0);
        }
        catch (Exception fault) when (fault is IOException or System.Net.Sockets.SocketException or ObjectDisposedException
            or InvalidOperationException or OperationCanceledException)
        {
            return WebSocketEntry.Refused(Closed, 0);
        }
    }

    private static async ValueTask<WebSocketEntry> OpenAsync(
        Stream transport, WebSocketRequest request, byte[] rest, TimeProvider time, CancellationToken cancellation)
    {
        string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + $"Sec-WebSocket-Accept: {WebSocketKey.Accept(request.Key)}\r\nSec-WebSocket-Protocol: {request.Subprotocol}\r\n\r\n";
        await transport.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellation);
        await transport.FlushAsync(cancellation);

        // MQTT has its own keep alive; pings of the gate would only wake devices.
        var socket = WebSocket.CreateFromStream(new TransportBytes(transport, rest), new WebSocketCreationOptions
        {
            IsServer = true,
            SubProtocol = request.Subprotocol,
            KeepAliveInterval = TimeSpan.Zero,
        });
        return WebSocketEntry.Opened(new WebSocketStream(socket, time), request);
    }

    private static (string? Reason, int Status) Judge(RequestHead head, WebSocketRules rules, out WebSocketRequest? request)
    {
        WebSocketRefusal refusal = WebSocketRequest.TryRead(head, out request);
        if (request is null)
        {
            return (WebSocketRefusals.Word(refusal), WebSocketRefusals.Status(refusal));
        }

        return !rules.Hosts.Serves(request.Host) ? ("host_not_served", 421)
            : head.RawTarget != rules.Path ? ("path", 404)
            : request.Origin is { } origin && !rules.Origins.Accepts(origin, request.Host) ? ("origin", 403)
            : (null, 101);
    }

    private static async ValueTask<(string? Reason, int Status, byte[] Further)> ReadHeadAsync(
        Stream transport, RequestHead head, WebSocketRules rules, CancellationToken cancellation)
    {
        // Until something comes there is no buffer: a read into nothing waits.
        int end = await transport.ReadAsync(Memory<byte>.Empty, cancellation);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(FirstRead, rules.MaxHead));
        try
        {
            while (true)
            {
                int count = await transport.ReadAsync(buffer.AsMemory(end), cancellation);
                end += count;
                switch (RequestHeadParser.TryParse(buffer.AsSpan(0, end), head, out int consumed))
                {
                    case ParseStatus.Done when consumed <= rules.MaxHead:
                        return (null, 0, buffer[consumed..end]);
                    case ParseStatus.Bad:
                        return (RequestErrors.Word(head.Error), RequestErrors.Status(head.Error), []);
                    case ParseStatus.NeedMore when count == 0:
                        return (Closed, 0, []);
                    case ParseStatus.NeedMore when end < rules.MaxHead:
                        break;
                    default:
                        return (RequestErrors.Word(RequestError.HeadTooLong), RequestErrors.Status(RequestError.HeadTooLong), []);
                }

                buffer = Grow(buffer, end);
            }
        }
        finally
        {
            // Nothing secret is expected in it, but a client may have sent a cookie or a password with it all the same.
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static byte[] Grow(byte[] buffer, int used)
    {
        if (used < buffer.Length)
        {
            return buffer;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return larger;
    }

    private static async ValueTask AnswerAsync(Stream transport, int status, CancellationToken cancellation)
    {
        string? line = status switch
        {
            0 => null,
            403 => "403 Forbidden",
            404 => "404 Not Found",
            405 => "405 Method Not Allowed\r\nAllow: GET",
            414 => "414 URI Too Long",
            421 => "421 Misdirected Request",
            426 => "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
            431 => "431 Request Header Fields Too Large",
            505 => "505 HTTP Version Not Supported",
            _ => "400 Bad Request",
        };
        if (line is not null)
        {
            // RFC 9110 section 7.8: Upgrade goes with the connection option of its name.
            string connection = status == 426 ? "Upgrade, close" : "close";
            byte[] answer = Encoding.ASCII.GetBytes($"HTTP/1.1 {line}\r\nConnection: {connection}\r\nContent-Length: 0\r\n\r\n");
            await transport.WriteAsync(answer, cancellation);
            await transport.FlushAsync(cancellation);
        }
    }
}
