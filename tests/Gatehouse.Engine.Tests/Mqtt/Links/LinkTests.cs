using System.Text;
using Gatehouse.Engine.Mqtt.Links;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Mqtt.Links;

/// <summary>Packets of one flow never land within a packet that another flow has written in part.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task What_is_sent_to_the_broker_in_the_middle_of_a_packet_goes_behind_it()
    {
        var broker = new WrittenBroker();
        using var link = new BrokerLink(broker);

        (await link.PassAsync("[large-"u8.ToArray(), endsMidPacket: true)).ShouldBeTrue();
        link.IsMidPacket.ShouldBeTrue();
        (await link.SendAsync("[ack]"u8.ToArray())).ShouldBeTrue();
        (await link.PassAsync("message-"u8.ToArray(), endsMidPacket: true)).ShouldBeTrue();
        (await link.SendAsync("[unsubscribe]"u8.ToArray())).ShouldBeTrue();
        broker.Text.ShouldBe("[large-message-");
        (await link.PassAsync("end]"u8.ToArray(), endsMidPacket: false)).ShouldBeTrue();

        link.IsMidPacket.ShouldBeFalse();
        broker.Text.ShouldBe("[large-message-end][ack][unsubscribe]");
        (await link.SendAsync("[next]"u8.ToArray())).ShouldBeTrue();
        broker.Text.ShouldEndWith("[unsubscribe][next]");
    }

    [Fact]
    public async Task A_packet_that_is_never_finished_does_not_gather_others_for_ever()
    {
        var broker = new WrittenBroker();
        using var link = new BrokerLink(broker);
        await link.PassAsync("["u8.ToArray(), endsMidPacket: true);

        (await link.SendAsync(new byte[256 * 1024])).ShouldBeTrue();
        (await link.SendAsync(new byte[1])).ShouldBeFalse();
    }

    [Fact]
    public async Task What_is_written_to_the_client_in_the_middle_of_a_packet_goes_behind_it()
    {
        using var stream = new MemoryStream();
        using var link = new ClientLink(stream, TimeProvider.System);

        (await link.PassAsync("[large-"u8.ToArray(), endsMidPacket: true)).ShouldBeTrue();
        (await link.WriteAsync("[refusal]"u8.ToArray())).ShouldBeTrue();
        Encoding.ASCII.GetString(stream.ToArray()).ShouldBe("[large-");
        (await link.PassAsync("end]"u8.ToArray(), endsMidPacket: false)).ShouldBeTrue();

        Encoding.ASCII.GetString(stream.ToArray()).ShouldBe("[large-end][refusal]");
    }

    private sealed class WrittenBroker : IBroker
    {
        private readonly StringBuilder _written = new();

        public string Text => _written.ToString();

        public ReadOnlyMemory<byte> Received => default;

        public void Consume(int count)
        {
        }

        public ValueTask<int> ReceiveMoreAsync() => new(0);

        public ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            _written.Append(Encoding.ASCII.GetString(bytes.Span));
            return default;
        }

        public ValueTask EndSendingAsync() => default;

        public void Abort()
        {
        }

        public void Dispose()
        {
        }
    }
}
