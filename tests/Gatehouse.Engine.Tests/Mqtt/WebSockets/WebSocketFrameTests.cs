using System.IO.Pipelines;
using System.Net.Sockets;
using System.Net.WebSockets;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.WebSockets;

/// <summary>Frames made by hand: MQTT packets need not end where they do.</summary>
public class WebSocketFrameTests
{
    private static readonly byte[] Packets = [.. Enumerable.Range(0, 300).Select(static i => (byte)i)];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Bytes_behind_the_head_belong_to_the_first_frame(bool pipes)
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync(WebSocketPeer.Frame(0x82, Packets), pipes);

        (await peer.TakeAsync(300)).ShouldBe(Packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_byte_a_frame_is_a_stream(bool pipes)
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync(pipes: pipes);
        await peer.Client.SendAsync(Packets.SelectMany(static b => WebSocketPeer.Frame(0x82, [b])).ToArray());

        (await peer.TakeAsync(300)).ShouldBe(Packets);
    }

    [Fact]
    public async Task A_fragmented_message_with_pings_between_is_a_stream()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Client.SendAsync((byte[])
        [
            .. WebSocketPeer.Frame(0x02, Packets.AsSpan(0, 100)), .. WebSocketPeer.Frame(0x89, "one"u8),
            .. WebSocketPeer.Frame(0x00, []), .. WebSocketPeer.Frame(0x8a, "nobody asked"u8),
            .. WebSocketPeer.Frame(0x00, Packets.AsSpan(100, 100)), .. WebSocketPeer.Frame(0x80, Packets.AsSpan(200)),
            .. WebSocketPeer.Frame(0x82, []),
        ]);

        (await peer.TakeAsync(300)).ShouldBe(Packets);
        (await peer.ReadAsync(5)).ShouldBe([0x8a, 3, (byte)'o', (byte)'n', (byte)'e']);
    }

    [Fact]
    public async Task Many_empty_messages_are_nothing()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        byte[] empty = WebSocketPeer.Frame(0x82, []);
        Task waiting = peer.Entry.Stream.ReadAsync(Memory<byte>.Empty).AsTask();
        await peer.Client.SendAsync(Enumerable.Repeat(empty, 1000).SelectMany(static b => b).Concat(WebSocketPeer.Frame(0x82, [7])).ToArray());

        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        (await peer.TakeAsync(1)).ShouldBe([7]);
    }

    [Fact]
    public async Task A_large_frame_is_read_as_it_comes()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();

        // A terabyte announced, a few bytes sent: nothing waits for the rest, nothing makes room for it.
        await peer.Client.SendAsync(new byte[] { 0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 8, 7 });

        (await peer.TakeAsync(3)).ShouldBe([9, 8, 7]);
    }

    [Theory]
    [InlineData("an unmasked frame", new byte[] { 0x82, 5, 7, 7, 7, 7, 7 })]
    [InlineData("a short unmasked frame", new byte[] { 0x82, 2, 0xc0, 0, 0x82, 0x80, 0, 0, 0, 0 })]
    [InlineData("a reserved bit", new byte[] { 0xc2, 0x81, 0, 0, 0, 0, 7 })]
    [InlineData("an unknown opcode", new byte[] { 0x83, 0x81, 0, 0, 0, 0, 7 })]
    [InlineData("a continuation of nothing", new byte[] { 0x80, 0x81, 0, 0, 0, 0, 7 })]
    [InlineData("a fragmented ping", new byte[] { 0x09, 0x81, 0, 0, 0, 0, 7 })]
    [InlineData("a long ping", new byte[] { 0x89, 0xfe, 0, 126, 0, 0, 0, 0 })]
    [InlineData("a message in a message", new byte[] { 0x02, 0x81, 0, 0, 0, 0, 7, 0x82, 0x81, 0, 0, 0, 0, 7 })]
    [InlineData("a negative length", new byte[] { 0x82, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0 })]
    public async Task A_frame_against_the_rules_closes_with_1002(string what, byte[] frame)
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Client.SendAsync(frame);

        (await peer.TakeAsync(10)).Length.ShouldBeLessThan(2, what);
        peer.Entry.Fault.ShouldBe("websocket_frame");
        (await peer.ReadAsync(4)).ShouldBe([0x88, 2, 0x03, 0xea], what);
        (await peer.TakeAsync(1)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_text_message_closes_with_1003()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Client.SendAsync(WebSocketPeer.Frame(0x81, "x"u8));

        (await peer.TakeAsync(1)).ShouldBeEmpty();
        peer.Entry.Fault.ShouldBe("text_message");
        (await peer.ReadAsync(4)).ShouldBe([0x88, 2, 0x03, 0xeb]);
    }

    [Fact]
    public async Task A_close_is_answered_and_is_the_end()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Client.SendAsync((byte[])[.. WebSocketPeer.Frame(0x82, [1]), .. WebSocketPeer.Frame(0x88, [0x03, 0xe9])]);

        (await peer.TakeAsync(2)).ShouldBe([1]);
        (await peer.ReadAsync(4)).ShouldBe([0x88, 2, 0x03, 0xe8]);
        await Should.ThrowAsync<IOException>(async () => await peer.Entry.Stream.WriteAsync(new byte[1]));
    }

    [Fact]
    public async Task The_gate_can_close_with_a_code()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Entry.CloseAsync(WebSocketCloseStatus.PolicyViolation);
        await peer.Entry.CloseAsync(WebSocketCloseStatus.NormalClosure);

        (await peer.ReadAsync(4)).ShouldBe([0x88, 2, 0x03, 0xf0]);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_an_end()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        peer.Client.LingerState = new LingerOption(true, 0);
        peer.Client.Close();

        (await peer.TakeAsync(1)).ShouldBeEmpty();
        peer.Entry.Fault.ShouldBeNull();
    }

    [Fact]
    public async Task Each_write_is_a_message_of_its_own_and_none_is_empty()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync();
        await peer.Entry.Stream.WriteAsync(new byte[] { 1, 2 });
        await peer.Entry.Stream.WriteAsync(Memory<byte>.Empty);
        await peer.Entry.Stream.WriteAsync(new byte[] { 3 });

        (await peer.ReadAsync(7)).ShouldBe([0x82, 2, 1, 2, 0x82, 1, 3]);
    }

    [Fact]
    public async Task It_can_be_had_as_pipes()
    {
        await using WebSocketPeer peer = await WebSocketPeer.OpenAsync(WebSocketPeer.Frame(0x82, [1, 2]));
        ReadResult read = await peer.Entry.Pipe.Input.ReadAtLeastAsync(2);
        read.Buffer.Length.ShouldBe(2);
        peer.Entry.Pipe.Input.AdvanceTo(read.Buffer.End);

        await peer.Entry.Pipe.Output.WriteAsync(new byte[] { 3 });

        (await peer.ReadAsync(3)).ShouldBe([0x82, 1, 3]);
    }
}
