using Gatehouse.EndToEnd.Tests.Mqtt.Conformance;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>MQTT over WebSocket (OASIS MQTT 5.0, section 6; RFC 6455): frames are not packets, and pages of others stay out.</summary>
[Collection(nameof(MqttGates))]
public sealed class The_WebSocket_entrance(MqttGates gates)
{
    private static readonly ConnectFields Connect = new(5, "web") { User = "alice", Password = MqttGates.Password };

    [Theory]
    [InlineData("mqtt", "mqtt")]
    [InlineData("other, mqtt", "mqtt")]
    public async Task The_subprotocol_is_agreed_on(string offered, string chosen)
    {
        await using Player player = await OpenAsync(r => r with { Subprotocol = offered });
        player.Connection.WebSocket!.Answer.ToLowerInvariant().ShouldContain($"sec-websocket-protocol: {chosen}\r\n");
    }

    [Fact]
    public async Task Without_the_subprotocol_or_on_another_path_there_is_no_entrance()
    {
        (await RefusedAsync(static r => r with { Subprotocol = null })).ShouldStartWith("HTTP/1.1 400");
        (await RefusedAsync(static r => r with { Subprotocol = "chat" })).ShouldStartWith("HTTP/1.1 400");
        (await RefusedAsync(static r => r with { Path = "/" })).ShouldStartWith("HTTP/1.1 404");
        (await RefusedAsync(static r => r with { Path = "/mqtt/../mqtt" })).ShouldStartWith("HTTP/1.1 4");
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1.evil.example")]
    public async Task Pages_of_other_sites_are_refused(string origin) =>
        (await RefusedAsync(r => r with { Headers = [$"Origin: {origin}"] })).ShouldStartWith("HTTP/1.1 403");

    [Fact]
    public async Task Addresses_that_a_client_claims_do_not_reach_the_trail_or_the_broker()
    {
        await using Player player = await OpenAsync(static r => r with { Headers = ["X-Forwarded-For: 192.0.2.77", "X-Real-IP: 192.0.2.77", "Forwarded: for=192.0.2.77"] });
        await player.ConnectAsync(Connect with { ClientId = "claims" });
        player.News()[0].ShouldBe("CONNACK present=0 code=00");
        (await gates.Daemon.JsonAsync("conn", "list")).GetRawText().ShouldNotContain("192.0.2.77");
    }

    [Fact]
    public async Task One_byte_a_frame_and_many_packets_in_one_and_fragments()
    {
        await using Player player = await OpenAsync(static r => r);
        RawWebSocketStream web = player.Connection.WebSocket!;
        await player.Connection.SendSlowlyAsync(Packet.Connect(Connect));
        await player.ReadAsync();
        byte[] three = Octets.Join(Packet.Subscribe(5, 1, ("a/w", 0)), Packet.Publish(5, "a/w", "1"), Packet.Publish(5, "a/w", "2"));
        await web.SendFrameAsync(2, three);
        await player.FenceAsync();
        byte[] next = Octets.Join(Packet.Publish(5, "a/w", "3"), Packet.Publish(5, "a/w", "4"));
        await web.SendFrameAsync(2, next[..5], isFinal: false);
        await web.SendFrameAsync(9, [1, 2, 3]);
        await web.SendFrameAsync(0, next[5..13], isFinal: false);
        await web.SendFrameAsync(0, [], isFinal: false);
        await web.SendFrameAsync(0, next[13..]);
        await player.FenceAsync();

        player.News()[1..].ShouldBe(["SUBACK #1 [00]", .. Enumerable.Range(1, 4).Select(static i => $"PUBLISH a/w q0 \"{i}\"")]);
        web.HasOtherFrames.ShouldBeFalse();
    }

    [Theory]
    [InlineData(1, true, 1003)]
    [InlineData(2, false, 1002)]
    [InlineData(3, true, 1002)]
    public async Task Text_frames_unmasked_ones_and_unknown_ones_end_the_connection(int opcode, bool isMasked, int code)
    {
        await using Player player = await OpenAsync(static r => r);
        await player.ConnectAsync(Connect);
        await player.Connection.WebSocket!.SendFrameAsync(opcode, Octets.Join(Packet.Ping, Packet.Ping), isMasked: isMasked);
        await player.EndAsync();
        (player.Connection.WebSocket!.CloseCode ?? 0).ShouldBe(code);
        player.News().ShouldBe(["CONNACK present=0 code=00", "end"]);
    }

    [Fact]
    public async Task Plain_MQTT_at_the_WebSocket_port_is_no_MQTT()
    {
        await using Player player = await Player.OpenAsync(gates.Gate("web") with { WebSocket = null }, 5);
        await player.SendAsync(Packet.Connect(Connect));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        try
        {
            await player.EndAsync();
        }
        catch (InvalidDataException)
        {
            // An answer of HTTP is no packet.
        }

        player.News().ShouldNotContain(static l => l.StartsWith("CONNACK", StringComparison.Ordinal));
    }

    private Task<Player> OpenAsync(Func<WebSocketRequest, WebSocketRequest> with) =>
        Player.OpenAsync(gates.Gate("web") with { WebSocket = with(new WebSocketRequest()) }, 5);

    private async Task<string> RefusedAsync(Func<WebSocketRequest, WebSocketRequest> with) =>
        (await Should.ThrowAsync<WebSocketRefusedException>(() => OpenAsync(with))).Answer;
}
