using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Gatehouse.Engine.Mqtt.WebSockets;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.WebSockets;

public class WebSocketEntranceTests
{
    private const string Upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    private const string Thirteen = "Sec-WebSocket-Version: 13\r\n";
    private const string Key = "Sec-WebSocket-Key: " + WebSocketPeer.Key + "\r\n";
    private const string Mqtt = "Sec-WebSocket-Protocol: mqtt\r\n";

    [Fact]
    public async Task The_answer_is_that_of_the_RFC_s_example()
    {
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync(Encoding.ASCII.GetBytes(WebSocketPeer.Head()));

        (peer.Entry.IsAccepted, peer.Entry.Reason, peer.Entry.Status, peer.Entry.Host).ShouldBe((true, null, 101, "127.0.0.1"));
        (await peer.ReadHeadAsync()).ShouldBe(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n");
    }

    [Theory]
    [InlineData("mqtt", "mqtt")]
    [InlineData("mqttv3.1", "mqttv3.1")]
    [InlineData("chat, mqtt-v5, mqtt", "mqtt-v5")]
    [InlineData("mqtt-v3.1.1", "mqtt-v3.1.1")]
    [InlineData("mqtt-v3", "mqtt-v3")]
    public async Task The_first_known_protocol_is_chosen(string offered, string chosen)
    {
        string upgrade = Upgrade + Thirteen + Key + $"Sec-WebSocket-Protocol: {offered}\r\n";
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync(Encoding.ASCII.GetBytes(WebSocketPeer.Head(upgrade: upgrade)));

        peer.Entry.Subprotocol.ShouldBe(chosen);
        (await peer.ReadHeadAsync()).ShouldContain($"\r\nSec-WebSocket-Protocol: {chosen}\r\n");
    }

    [Theory]
    [InlineData("", "no_upgrade", 426)]
    [InlineData("Upgrade: h2c\r\nConnection: Upgrade\r\n" + Thirteen + Key + Mqtt, "no_upgrade", 426)]
    [InlineData("Upgrade: websocket\r\nConnection: close\r\n" + Thirteen + Key + Mqtt, "no_upgrade", 426)]
    [InlineData("Upgrade: websocket\r\n" + Upgrade + Thirteen + Key + Mqtt, "repeated_header", 400)]
    [InlineData(Upgrade + Key + Mqtt, "websocket_version", 426)]
    [InlineData(Upgrade + "Sec-WebSocket-Version: 8\r\n" + Key + Mqtt, "websocket_version", 426)]
    [InlineData(Upgrade + Thirteen + Thirteen + Key + Mqtt, "repeated_header", 400)]
    [InlineData(Upgrade + Thirteen + Mqtt, "websocket_key", 400)]
    [InlineData(Upgrade + Thirteen + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR==\r\n" + Mqtt, "websocket_key", 400)]
    [InlineData(Upgrade + Thirteen + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n" + Mqtt, "websocket_key", 400)]
    [InlineData(Upgrade + Thirteen + "Sec-WebSocket-Key: c2hvcnQ=\r\n" + Mqtt, "websocket_key", 400)]
    [InlineData(Upgrade + Thirteen + Key + Key + Mqtt, "repeated_header", 400)]
    [InlineData(Upgrade + Thirteen + Key, "subprotocol", 400)]
    [InlineData(Upgrade + Thirteen + Key + "Sec-WebSocket-Protocol: chat, MQTT\r\n", "subprotocol", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + "Content-Length: 1\r\n", "body", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + "Transfer-Encoding: chunked\r\n", "body", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + "Host: 127.0.0.1\r\n", "repeated_header", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + "Origin: http://127.0.0.1\r\nOrigin: http://127.0.0.1\r\n", "repeated_header", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + " folded: x\r\n", "folded_line", 400)]
    [InlineData(Upgrade + Thirteen + Key + Mqtt + "Bad Name: x\r\n", "header_name", 400)]
    public async Task A_request_that_is_none_is_answered_with_a_status(string headers, string reason, int status) =>
        await RefusedAsync(WebSocketPeer.Head(upgrade: headers), reason, status);

    [Theory]
    [InlineData("/", "path", 404)]
    [InlineData("/mqtt/", "path", 404)]
    [InlineData("/mqtt?a=b", "path", 404)]
    [InlineData("/%6dqtt", "path", 404)]
    [InlineData("http://127.0.0.1/mqtt", "path", 404)]
    public async Task Only_the_one_path_is_served(string target, string reason, int status) =>
        await RefusedAsync(WebSocketPeer.Head(target), reason, status);

    [Theory]
    [InlineData("POST /mqtt HTTP/1.1\r\nHost: a\r\n\r\n", "method", 405)]
    [InlineData("GET /mqtt HTTP/1.0\r\nHost: 127.0.0.1\r\n" + Upgrade + Thirteen + Key + Mqtt + "\r\n", "http_version", 400)]
    [InlineData("GET /mqtt HTTP/1.1\r\n" + Upgrade + Thirteen + Key + Mqtt + "\r\n", "host", 400)]
    [InlineData("GET /mqtt HTTP/2.0\r\n\r\n", "version", 505)]
    [InlineData("GET /mqtt HTTP/1.1\nHost: a\n\n", "line_end", 400)]
    [InlineData("\x10\x0c\0\x04MQTT", "request_line", 400)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "version", 505)]
    public async Task Other_beginnings_are_refused_at_once(string bytes, string reason, int status) => await RefusedAsync(bytes, reason, status);

    [Fact]
    public async Task A_head_too_long_is_refused_before_it_ends() =>
        await RefusedAsync("GET /mqtt HTTP/1.1\r\n" + string.Concat(Enumerable.Range(0, 90).Select(static i => $"X-{i}: {new string('a', 100)}\r\n")), "head_too_long", 431);

    [Theory]
    [InlineData("evil.example", "host_not_served", 421)]
    [InlineData("127.0.0.1", "host_not_served", 421)]
    [InlineData("mqtt.example:x", "host_not_served", 421)]
    public async Task Another_host_is_not_served(string host, string reason, int status) =>
        await RefusedAsync(WebSocketPeer.Head(host: host), reason, status, WebSocketPeer.Rules(["mqtt.example"]));

    [Theory]
    [InlineData("http://evil.example")]
    [InlineData("https://127.0.0.1")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("http://127.0.0.1:81")]
    [InlineData("http://127.0.0.1.evil.example")]
    public async Task A_page_of_another_origin_is_refused(string origin) => await RefusedAsync(
        WebSocketPeer.Head(headers: $"Origin: {origin}\r\nX-Forwarded-Host: evil.example\r\n"), "origin", 403, WebSocketPeer.Rules(null, ["https://app.example"]));

    [Theory]
    [InlineData("http://127.0.0.1")]
    [InlineData("https://app.example")]
    public async Task A_page_of_its_own_or_a_listed_origin_may_come(string origin)
    {
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync(
            Encoding.ASCII.GetBytes(WebSocketPeer.Head(headers: $"Origin: {origin}\r\n")), WebSocketPeer.Rules(null, ["https://app.example"]));

        (peer.Entry.IsAccepted, peer.Entry.Origin).ShouldBe((true, origin));
    }

    [Fact]
    public async Task A_head_that_comes_byte_by_byte_is_read()
    {
        string head = WebSocketPeer.Head();
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync([(byte)'G'], then: async client =>
        {
            foreach (char c in head[1..])
            {
                await client.SendAsync(new[] { (byte)c });
            }
        });

        peer.Entry.IsAccepted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_head_that_never_ends_is_not_waited_for()
    {
        WebSocketRules rules = WebSocketPeer.Rules() with { HeadTimeout = TimeSpan.FromMilliseconds(100) };
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync("GET /mqtt HTTP/1.1\r\n"u8.ToArray(), rules);

        (peer.Entry.IsAccepted, peer.Entry.Reason, peer.Entry.Status).ShouldBe((false, "timeout", 0));
    }

    [Fact]
    public async Task A_client_that_goes_gets_no_answer()
    {
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync("GET"u8.ToArray(), then: static client =>
        {
            client.Shutdown(SocketShutdown.Send);
            return Task.CompletedTask;
        });

        (peer.Entry.Reason, peer.Entry.Status).ShouldBe(("client_gone", 0));
    }

    [Fact]
    public async Task The_platform_s_own_client_comes_in()
    {
        (ClientWebSocket client, WebSocketPeer peer) = await WebSocketPeer.ConnectAsync(["mqtt"]);
        using (client)
        await using (peer)
        {
            client.SubProtocol.ShouldBe("mqtt");
            await client.SendAsync(new byte[] { 1, 2, 3 }, WebSocketMessageType.Binary, endOfMessage: false, CancellationToken.None);
            await client.SendAsync(new byte[] { 4 }, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
            (await peer.TakeAsync(4)).ShouldBe([1, 2, 3, 4]);

            await peer.Entry.Stream.WriteAsync(new byte[] { 5, 6 });
            byte[] received = new byte[10];
            WebSocketReceiveResult result = await client.ReceiveAsync(received, CancellationToken.None);
            (result.Count, result.MessageType, result.EndOfMessage).ShouldBe((2, WebSocketMessageType.Binary, true));

            Task<byte[]> end = peer.TakeAsync(1);
            await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            (await end).ShouldBeEmpty();
            client.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
            peer.Entry.Fault.ShouldBeNull();
        }
    }

    private static async Task RefusedAsync(string bytes, string reason, int status, WebSocketRules? rules = null)
    {
        await using WebSocketPeer peer = await WebSocketPeer.SendAsync(Encoding.Latin1.GetBytes(bytes), rules);

        (peer.Entry.IsAccepted, peer.Entry.Reason, peer.Entry.Status).ShouldBe((false, reason, status));
        string answer = await peer.ReadHeadAsync();
        answer.ShouldStartWith($"HTTP/1.1 {status} ");
        answer.ShouldContain("close\r\nContent-Length: 0\r\n\r\n");
        answer.Contains("\r\nSec-WebSocket-Version: 13\r\n", StringComparison.Ordinal).ShouldBe(status == 426);
        Should.Throw<InvalidOperationException>(() => peer.Entry.Stream);
    }
}
