using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>What a gate takes from a client, and what it answers when that is more.</summary>
[Collection(nameof(MqttGates))]
public sealed class Limits_of_a_gate(MqttGates gates)
{
    [Fact]
    public async Task Connections_of_a_user()
    {
        await using Player one = await gates.JoinAsync("own", 5, "bob", "bob-1");
        await using Player two = await gates.JoinAsync("own", 5, "bob", "bob-2");
        await using Player five = await gates.TryAsync("own", 5, "bob", "bob-3");
        await using Player four = await gates.TryAsync("own", 4, "bob", "bob-3");
        await five.EndAsync();
        five.News().ShouldBe(["CONNACK present=0 code=97", "end"]);
        four.News()[0].ShouldBe("CONNACK present=0 code=03");
        await two.SendAsync(Packet.Disconnect(5));
        await two.EndAsync();
        await using Player next = await AcceptedAsync("own", "bob", "bob-4");
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Size_of_a_packet(int level)
    {
        await using Player player = await gates.JoinAsync("narrow", level, "alice", $"packet-{level}");
        if (level == 5)
        {
            player.Packets[0].Hex.ShouldContain("2700000800");
        }

        await player.SendAsync(Packet.Publish(level, "a/x", new string('x', 2000)));
        await player.FenceAsync();
        player.Connection.IsEnded.ShouldBeFalse();
        await player.SendAsync(Packet.Publish(level, "a/x", new string('x', 2100)));
        await player.EndAsync();
        player.News().ShouldBe(level == 5 ? ["DISCONNECT 95", "end"] : ["end"]);
    }

    [Fact]
    public async Task A_length_alone_is_refused_before_its_bytes_come()
    {
        await using Player player = await gates.JoinAsync("narrow", 5, "alice", "length-alone");
        await player.SendAsync(Octets.Hex("30 ff ff ff 7f"));
        await player.EndAsync();
        player.News().ShouldBe(["DISCONNECT 95", "end"]);
        await using Player first = await Player.OpenAsync(gates.Gate("narrow"), 5);
        await first.SendAsync(Octets.Hex("10 ff ff ff 7f"));
        await first.EndAsync();
        first.News().ShouldBe(["end"]);
    }

    [Fact]
    public async Task A_connection_that_says_nothing_ends()
    {
        await using Player silent = await Player.OpenAsync(gates.Gate("narrow"), 5);
        await using Player half = await Player.OpenAsync(gates.Gate("narrow"), 5);
        await half.SendAsync(Packet.Connect(new ConnectFields(5, "half"))[..9]);
        await silent.EndAsync(5);
        await half.EndAsync(5);
        silent.News().ShouldBe(["end"]);
        half.News().ShouldBe(["end"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(65_535)]
    public async Task Keep_alive(int asked)
    {
        await using Player player = await gates.JoinAsync("narrow", 5, "alice", "keep-alive", f => f with { KeepAlive = asked });
        player.Packets[0].Hex.ShouldContain("13001e");
    }

    [Fact]
    public async Task Levels_and_number_of_subscriptions()
    {
        await using Player player = await gates.JoinAsync("narrow", 5, "alice", "levels");
        await player.SendAsync(Packet.Subscribe(5, 1, ("a/2/3/4/5", 0), ("a/2/3/4/5/6", 0), ("a/b", 0), ("a/c", 0), ("a/d", 0)));
        await player.FenceAsync();
        player.News().ShouldBe(["SUBACK #1 [00 8f 00 00 97]"]);
        await player.SendAsync(Packet.Subscribe(5, 2, ("a/b", 1)), Packet.Unsubscribe(5, 3, "a/b"));
        await player.FenceAsync();
        await player.SendAsync(Packet.Subscribe(5, 4, ("a/d", 0)));
        await player.FenceAsync();
        player.News().ShouldBe(["SUBACK #2 [01]", "UNSUBACK #3 [00]", "SUBACK #4 [00]"]);
        await player.SendAsync(Packet.Publish(5, "a/2/3/4/5/6", "x", 1, 2));
        await player.FenceAsync();
        player.News().ShouldNotContain("PUBACK #2");
    }

    private async Task<Player> AcceptedAsync(string gate, string user, string id)
    {
        for (int i = 0; ; i++)
        {
            // The place is free when the gate has written down that its user is gone.
            Player player = await gates.TryAsync(gate, 5, user, id);
            if (player.Packets[0].Body[1] == 0)
            {
                return player;
            }

            await player.DisposeAsync();
            i.ShouldBeLessThan(100);
            await Task.Delay(20);
        }
    }
}
