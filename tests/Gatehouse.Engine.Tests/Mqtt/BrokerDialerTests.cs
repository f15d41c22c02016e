using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Mqtt;
using Gatehouse.Engine.Mqtt.Links;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Protocols.ProxyProtocol;
using Gatehouse.Protocols.WebSockets;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt;

public class BrokerDialerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly Permit Granted = Authorizer.AllowAuthenticated(
        CompiledPolicy.Empty, new AuthorizationContext(new Principal("anna", "native"), [], IPAddress.Loopback, "mqtt", false, DateTimeOffset.UnixEpoch, 1)).Permit;

    private static readonly ProxyHeaderFacts Client = new()
    {
        Source = IPEndPoint.Parse("192.0.2.1:1"),
        Destination = IPEndPoint.Parse("192.0.2.2:2"),
        TlsVersion = "TLSv1.3",
        HasCertificate = true,
        CommonName = "dev-1",
    };

    [Theory]
    [InlineData("tcp", false)]
    [InlineData("tcp", true)]
    [InlineData("tls", false)]
    [InlineData("tls", true)]
    [InlineData("ws", false)]
    [InlineData("ws", true)]
    [InlineData("wss", true)]
    public async Task Bytes_go_both_ways_behind_the_PROXY_header(string scheme, bool proxied)
    {
        using TcpListener listener = Listen();
        Task<string> serving = ServeAsync(listener, scheme, proxied);
        using UpstreamPool pool = Pool(Address(scheme, listener));
        ForwardControl control = new();
        BrokerDialResult dialled = await new BrokerDialer(pool).OpenAsync(Granted, control, proxied ? Client : null);
        dialled.Failure.ShouldBe(DialFailure.None, dialled.Detail);
        using IBroker broker = dialled.Broker!;

        // The broker's first words may come with the handshake's end; then it echoes.
        (await TakeAsync(broker, 5)).ShouldBe("hello");
        await broker.SendAsync("one"u8.ToArray());
        await broker.SendAsync("two"u8.ToArray());
        (await TakeAsync(broker, 6)).ShouldBe("onetwo");
        await broker.SendAsync("bye"u8.ToArray());
        (await TakeAsync(broker, 3)).ShouldBe("bye");
        (await broker.ReceiveMoreAsync()).ShouldBe(0);
        (await serving.WaitAsync(Limit)).ShouldBe("onetwobye");
        pool.Open.ShouldBe(1);
        broker.Dispose();
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task The_request_for_a_WebSocket_is_the_least_there_can_be()
    {
        string request = "";
        await using var upstream = ScriptedUpstream.Start(async peer =>
        {
            request = await peer.ReadHeadAsync() ?? "";
            await peer.SendAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        });
        using UpstreamPool pool = Pool($"ws://127.0.0.1:{upstream.Port}/a/b");

        (await new BrokerDialer(pool).OpenAsync(Granted, new ForwardControl(), null)).Detail.ShouldBe("status 404 instead of 101");

        string[] lines = request.Split("\r\n");
        lines[..5].ShouldBe(
        [
            "GET /a/b HTTP/1.1", $"Host: 127.0.0.1:{upstream.Port}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        ]);
        WebSocketKey.IsCanonical(Encoding.ASCII.GetBytes(lines[5]["Sec-WebSocket-Key: ".Length..])).ShouldBeTrue();
        lines[6..].ShouldBe(["Sec-WebSocket-Protocol: mqtt", "", ""]);
    }

    [Theory]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", "not the key's")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n", "not the key's")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: {0}\r\nSec-WebSocket-Accept: {0}\r\n", "not the key's")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {0}\r\n", "protocol chosen")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {0}\r\nSec-WebSocket-Protocol: chat\r\n", "protocol chosen")]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {0}\r\nSec-WebSocket-Protocol: mqtt\r\n", "no upgrade")]
    [InlineData("Upgrade: websocket\r\nSec-WebSocket-Accept: {0}\r\nSec-WebSocket-Protocol: mqtt\r\n", "no upgrade")]
    [InlineData("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {0}\r\nSec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Extensions: permessage-deflate\r\n", "extension")]
    [InlineData("Bad Header\r\n", "no HTTP")]
    public async Task A_broker_that_does_not_open_is_told_of(string headers, string why)
    {
        await using var upstream = ScriptedUpstream.Start(async peer =>
        {
            string head = await peer.ReadHeadAsync() ?? "";
            string key = head.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
            await peer.SendAsync("HTTP/1.1 101 Switching Protocols\r\n" + headers.Replace("{0}", WebSocketKey.Accept(key), StringComparison.Ordinal) + "\r\n");
            await peer.ReceiveAsync();
        });
        using UpstreamPool pool = Pool($"ws://127.0.0.1:{upstream.Port}");

        BrokerDialResult dialled = await new BrokerDialer(pool).OpenAsync(Granted, new ForwardControl(), null);

        (dialled.Broker, dialled.Failure).ShouldBe((null, DialFailure.Unreachable));
        dialled.Detail!.ShouldContain(why);
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task A_broker_that_says_nothing_is_not_waited_for()
    {
        await using var upstream = ScriptedUpstream.Start(static async peer => await peer.ReadUntilAsync("never"));
        using UpstreamPool pool = Pool($"ws://127.0.0.1:{upstream.Port}", wait: 0.2);

        (await new BrokerDialer(pool).OpenAsync(Granted, new ForwardControl(), null)).Failure.ShouldBe(DialFailure.TimedOut);
        pool.Open.ShouldBe(0);
    }

    [Fact]
    public async Task Whoever_holds_the_port_unasked_is_told_nothing()
    {
        await using var upstream = ScriptedUpstream.Start(static async peer => await peer.ReceiveAsync());
        using UpstreamPool pool = Pool($"ws://127.0.0.1:{upstream.Port}", owners: new Owners("uid 7"));

        BrokerDialResult dialled = await new BrokerDialer(pool).OpenAsync(Granted, new ForwardControl(), Client);

        (dialled.Failure, dialled.Detail).ShouldBe((DialFailure.WrongOwner, "uid 7"));
        upstream.Received.ShouldBeEmpty();
    }

    [Fact]
    public async Task Names_that_cannot_be_told_open_nothing()
    {
        await using var upstream = ScriptedUpstream.Start(static async peer => await peer.ReceiveAsync());
        using UpstreamPool pool = Pool($"tcp://127.0.0.1:{upstream.Port}");

        (await new BrokerDialer(pool).OpenAsync(Granted, new ForwardControl(), Client with { CommonName = "a\nb" })).Broker.ShouldBeNull();
        upstream.Connections.ShouldBe(0);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA2025", Justification = "awaited before the listener goes")]
    public async Task A_cut_ends_what_waits(string scheme)
    {
        using TcpListener listener = Listen();
        Task<string> serving = ServeAsync(listener, scheme, proxied: false);
        using UpstreamPool pool = Pool(Address(scheme, listener));
        ForwardControl control = new();
        using IBroker broker = (await new BrokerDialer(pool).OpenAsync(Granted, control, null)).Broker!;
        await TakeAsync(broker, 5);
        Task<int> waiting = broker.ReceiveMoreAsync().AsTask();

        control.Cancel(ForwardResult.Cut);

        // An end or a fault: either way nothing more comes.
        Exception? fault = await Record.ExceptionAsync(async () => (await waiting.WaitAsync(Limit)).ShouldBe(0));
        (fault is null or SocketException or ObjectDisposedException or IOException).ShouldBeTrue(fault?.ToString());
        await serving;
    }

    [Fact]
    public async Task A_connection_that_waits_holds_no_buffer()
    {
        using TcpListener listener = Listen();
        using UpstreamPool pool = Pool(Address("tcp", listener));
        UpstreamConnection connection = (await pool.OpenAsync(new ForwardControl())).Connection!;
        using Socket other = await listener.AcceptSocketAsync();
        connection.IsSparing = true;
        for (int round = 0; round < 3; round++)
        {
            Task<int> waiting = connection.ReceiveMoreAsync().AsTask();
            waiting.IsCompleted.ShouldBeFalse();
            connection.Held.ShouldBe(0);
            await other.SendAsync("abc"u8.ToArray());
            (await waiting.WaitAsync(Limit)).ShouldBe(3);
            connection.Consume(1);
            Task<int> more = connection.ReceiveMoreAsync().AsTask();
            connection.Received.ToArray().ShouldBe("bc"u8.ToArray());
            await other.SendAsync("d"u8.ToArray());
            (await more.WaitAsync(Limit)).ShouldBe(1);
            connection.Received.ToArray().ShouldBe("bcd"u8.ToArray());
            connection.Consume(3);
        }

        pool.Close(connection);
    }

    private static async Task<string> ServeAsync(TcpListener listener, string scheme, bool proxied)
    {
        using Socket socket = await listener.AcceptSocketAsync();
        await using NetworkStream plain = new(socket);
        if (proxied)
        {
            ProxyHeaderWriter.TryWrite(Client, out byte[] expected).ShouldBeTrue();
            byte[] header = new byte[expected.Length];
            await plain.ReadExactlyAsync(header);
            header.ShouldBe(expected);
        }

        Stream stream = plain;
        if (scheme is "tls" or "wss")
        {
            SslStream tls = new(plain);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = new TestCertificates().Get(null) });
            stream = tls;
        }

        if (scheme is not ("ws" or "wss"))
        {
            await stream.WriteAsync("hello"u8.ToArray());
            string got = await EchoAsync(stream);
            await stream.DisposeAsync();
            return got;
        }

        string head = await ReadHeadAsync(stream);
        string key = head.Split("Sec-WebSocket-Key: ")[1].Split("\r\n")[0];
        await stream.WriteAsync(Encoding.Latin1.GetBytes(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n"
            + $"Sec-WebSocket-Accept: {WebSocketKey.Accept(key)}\r\n\r\n\u0082\u0002he\u0082\u0003llo"));
        using var web = System.Net.WebSockets.WebSocket.CreateFromStream(stream, isServer: true, "mqtt", TimeSpan.Zero);
        await using Gatehouse.Engine.Mqtt.WebSockets.WebSocketStream messages = new(web, TimeProvider.System);
        string received = await EchoAsync(messages);
        await messages.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure);
        return received;
    }

    private static async Task<string> EchoAsync(Stream stream)
    {
        StringBuilder received = new();
        byte[] buffer = new byte[100];
        while (!received.ToString().EndsWith("bye", StringComparison.Ordinal))
        {
            int count;
            try
            {
                count = await stream.ReadAsync(buffer);
            }
            catch (IOException)
            {
                break;
            }

            if (count == 0)
            {
                break;
            }

            received.Append(Encoding.ASCII.GetString(buffer, 0, count));
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }

        return received.ToString();
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static async Task<string> TakeAsync(IBroker broker, int count)
    {
        while (broker.Received.Length < count && await broker.ReceiveMoreAsync().AsTask().WaitAsync(Limit) > 0)
        {
        }

        string taken = Encoding.ASCII.GetString(broker.Received.Span);
        broker.Consume(broker.Received.Length);
        return taken;
    }

    private static TcpListener Listen()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static string Address(string scheme, TcpListener listener) => $"{scheme}://{listener.LocalEndpoint}";

    private static UpstreamPool Pool(string text, double wait = 5, IUpstreamOwners? owners = null)
    {
        UpstreamAddress.TryParse(text, out UpstreamAddress? address, out string? why).ShouldBeTrue(why);
        UpstreamOptions options = new()
        {
            Address = address!,
            ServerName = "first.test",
            Authorities = [X509CertificateLoader.LoadCertificate(TestCertificates.Root.Certificate.RawData)],
            ConnectTimeout = TimeSpan.FromSeconds(wait),
        };
        return new UpstreamPool(options, owners ?? new Owners(null), TimeProvider.System);
    }

    private sealed class Owners(string? wrong) : IUpstreamOwners
    {
        public ValueTask<string?> FindWrongOwnerAsync(EndPoint listener) => ValueTask.FromResult(wrong);
    }
}
