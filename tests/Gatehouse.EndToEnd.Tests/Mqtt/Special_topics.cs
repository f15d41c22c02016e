using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>Topics that begin with <c>$</c>: what stands behind the form is decided, and what is not known is refused.</summary>
[Collection(nameof(MqttGates))]
public sealed class Special_topics(MqttGates gates)
{
    [Theory]
    [InlineData("alice", "$share/g/a/x", "01")]
    [InlineData("alice", "$share/g/b/x", "87")]
    [InlineData("alice", "$share/g/#", "87")]
    [InlineData("alice", "$share/g/a/secret/x", "87")]
    [InlineData("alice", "$queue/a/x", "01")]
    [InlineData("alice", "$queue/b/x", "87")]
    [InlineData("alice", "$exclusive/a/x", "01")]
    [InlineData("alice", "$exclusive/b/x", "87")]
    [InlineData("alice", "$delayed/5/a/x", "87")]
    [InlineData("alice", "$SYS/broker/version", "87")]
    [InlineData("alice", "$SYS/#", "87")]
    [InlineData("alice", "$file/x", "87")]
    [InlineData("alice", "$stream/n/a/x", "87")]
    [InlineData("alice", "$other/x", "87")]
    [InlineData("tester", "#", "01")]
    [InlineData("tester", "$SYS/broker/version", "01")]
    [InlineData("tester", "$share/g/$SYS/broker/version", "01")]
    [InlineData("tester", "$other/x", "87")]
    public async Task Filters(string user, string filter, string code)
    {
        await using Player player = await gates.JoinAsync("plain", 5, user, $"special-{user}");
        await player.SendAsync(Packet.Subscribe(5, 8, (filter, 1)));
        await player.FenceAsync();
        player.News().ShouldContain($"SUBACK #8 [{code}]");
    }

    [Theory]
    [InlineData("alice", "$SYS/broker/version", true)]
    [InlineData("tester", "$SYS/broker/version", true)]
    [InlineData("alice", "$delayed/5/b/x", true)]
    [InlineData("alice", "$delayed/x/a/x", true)]
    [InlineData("alice", "$share/g/a/x", true)]
    [InlineData("alice", "$queue/a/x", true)]
    [InlineData("alice", "$other/x", true)]
    [InlineData("tester", "$other/x", true)]
    [InlineData("alice", "$delayed/5/a/x", false)]
    public async Task Topics(string user, string topic, bool isRefused)
    {
        await using Player player = await gates.JoinAsync("plain", 5, user, $"special-{user}");
        await player.SendAsync(Packet.Publish(5, topic, "x", 1, 9));
        await player.FenceAsync();
        (player.News() is ["PUBACK #9 87"]).ShouldBe(isRefused);
    }

    [Fact]
    public async Task No_local_on_a_shared_subscription_is_a_protocol_error()
    {
        await using Player player = await gates.JoinAsync("plain", 5, "alice", "no-local");
        await player.SendAsync(Packet.Subscribe(5, 8, ("$share/g/a/x", 0x04)));
        await player.EndAsync();
        player.News().ShouldBe(["DISCONNECT 82", "end"]);
    }
}
