using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mqtt.WebSockets;

namespace Gatehouse.Engine.Tests.Mqtt.WebSockets;

/// <summary>The entrance on a real socket: both ends of it.</summary>
internal sealed class WebSocketPeer : IAsyncDisposable
{
    public const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private Socket? _accepted;

    private WebSocketPeer() => _listener.Start();

    /// <summary>The client's end, raw.</summary>
    public Socket Client { get; } = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 10_000 };

    /// <summary>What the entrance made of it.</summary>
    public WebSocketEntry Entry { get; private set; } = null!;

    public static WebSocketRules Rules(string[]? hosts = null, string[]? origins = null) => new()
    {
        Hosts = new HostFilter([.. hosts ?? []], []),
        Origins = new CrossSite(new GateConfiguration
        {
            Name = "m",
            Protocol = "mqtt",
            Listen = "127.0.0.1:1",
            Upstream = "tcp://127.0.0.1:2",
            Tls = false,
            Cors = new CorsConfiguration { Origins = [.. origins ?? []] },
        }),
        HeadTimeout = TimeSpan.FromSeconds(5),
    };

    public static string Head(string target = "/mqtt", string headers = "", string host = "127.0.0.1", string? upgrade = null) =>
        $"GET {target} HTTP/1.1\r\nHost: {host}\r\n"
        + (upgrade ?? $"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {Key}\r\nSec-WebSocket-Protocol: mqtt\r\n")
        + headers + "\r\n";

    /// <summary>Sends bytes and lets the entrance read them.</summary>
    public static async Task<WebSocketPeer> SendAsync(byte[] bytes, WebSocketRules? rules = null, bool pipes = false, Func<Socket, Task>? then = null)
    {
        WebSocketPeer peer = new();
        await peer.Client.ConnectAsync(peer._listener.LocalEndpoint);
        peer._accepted = await peer._listener.AcceptSocketAsync();
        await peer.Client.SendAsync(bytes);
        Task further = then?.Invoke(peer.Client) ?? Task.CompletedTask;
        NetworkStream stream = new(peer._accepted);
        peer.Entry = pipes
            ? await WebSocketEntrance.AcceptAsync(new Pipes(stream), rules ?? Rules(), TimeProvider.System, CancellationToken.None)
            : await WebSocketEntrance.AcceptAsync(stream, rules ?? Rules(), TimeProvider.System, CancellationToken.None);
        await further;
        return peer;
    }

    /// <summary>An open one, its answer read by the client.</summary>
    public static async Task<WebSocketPeer> OpenAsync(byte[]? behind = null, bool pipes = false)
    {
        WebSocketPeer peer = await SendAsync([.. Encoding.ASCII.GetBytes(Head()), .. behind ?? []], pipes: pipes);
        await peer.ReadHeadAsync();
        return peer;
    }

    /// <summary>A client of the platform's own, over a listener that accepts one connection.</summary>
    public static async Task<(ClientWebSocket Client, WebSocketPeer Peer)> ConnectAsync(string[] subprotocols, WebSocketRules? rules = null)
    {
        WebSocketPeer peer = new();
        ClientWebSocket client = new();
        foreach (string subprotocol in subprotocols)
        {
            client.Options.AddSubProtocol(subprotocol);
        }

        Task connecting = client.ConnectAsync(new Uri($"ws://{peer._listener.LocalEndpoint}/mqtt"), CancellationToken.None);
        peer._accepted = await peer._listener.AcceptSocketAsync();
        peer.Entry = await WebSocketEntrance.AcceptAsync(
            new NetworkStream(peer._accepted), rules ?? Rules(), TimeProvider.System, CancellationToken.None);
        await connecting;
        return (client, peer);
    }

    public async Task<string> ReadHeadAsync()
    {
        StringBuilder head = new();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            byte[] one = await ReadAsync(1);
            if (one.Length == 0)
            {
                break;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    /// <summary>Reads so many bytes at the client, fewer at the end.</summary>
    public async Task<byte[]> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        int read = 0;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        while (read < count)
        {
            int more = await Client.ReceiveAsync(bytes.AsMemory(read), limit.Token);
            if (more == 0)
            {
                break;
            }

            read += more;
        }

        return bytes[..read];
    }

    /// <summary>Reads so many bytes out of the entrance, fewer at the end.</summary>
    public async Task<byte[]> TakeAsync(int count)
    {
        byte[] bytes = new byte[count];
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(10));
        return bytes[..await Entry.Stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, limit.Token)];
    }

    /// <summary>A client's frame.</summary>
    public static byte[] Frame(byte first, ReadOnlySpan<byte> payload, bool masked = true)
    {
        List<byte> frame = [first];
        byte mask = masked ? (byte)0x80 : (byte)0;
        if (payload.Length < 126)
        {
            frame.Add((byte)(mask | payload.Length));
        }
        else
        {
            frame.AddRange([(byte)(mask | 126), (byte)(payload.Length >> 8), (byte)payload.Length]);
        }

        byte[] key = [1, 2, 3, 4];
        if (masked)
        {
            frame.AddRange(key);
        }

        for (int i = 0; i < payload.Length; i++)
        {
            frame.Add(masked ? (byte)(payload[i] ^ key[i % 4]) : payload[i]);
        }

        return [.. frame];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (Entry is not null)
        {
            await Entry.DisposeAsync();
        }

        _accepted?.Dispose();
        _listener.Dispose();
    }

    private sealed class Pipes(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream);

        public PipeWriter Output { get; } = PipeWriter.Create(stream);
    }
}
