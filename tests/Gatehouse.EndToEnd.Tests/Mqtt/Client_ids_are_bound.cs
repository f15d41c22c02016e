using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>A client id belongs to one user as long as the broker keeps anything under it: sessions are not inherited.</summary>
[Collection(nameof(MqttGates))]
public sealed class Client_ids_are_bound(MqttGates gates)
{
    [Theory]
    [InlineData(3, "02")]
    [InlineData(4, "02")]
    [InlineData(5, "85")]
    public async Task Another_user_takes_neither_a_connection_nor_a_session_over(int level, string code)
    {
        string id = $"bound-{level}";
        Func<ConnectFields, ConnectFields> kept = static f => f with { Clean = false, Properties = f.Level == 5 ? [Property.SessionExpiry(100)] : [] };
        await using Player alice = await gates.JoinAsync("plain", level, "alice", id, kept);

        await using Player live = await gates.TryAsync("secure", level, "bob", id);
        await live.EndAsync();
        live.News().ShouldBe([$"CONNACK present=0 code={code}", "end"]);
        await alice.FenceAsync();
        alice.Connection.IsEnded.ShouldBeFalse();
        await alice.SendAsync(Packet.Disconnect(level));
        await alice.EndAsync();
        await using Player later = await gates.TryAsync("web", level, "bob", id, kept);
        later.News()[0].ShouldBe($"CONNACK present=0 code={code}");
        await using Player again = await gates.TryAsync("web", level, "alice", id, kept);
        again.News()[0].ShouldBe($"CONNACK present={(level == 3 ? again.Packets[0].Body[0] : 1)} code=00");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task What_left_nothing_behind_is_free(int level)
    {
        await using (Player alice = await gates.JoinAsync("plain", level, "alice", $"free-{level}"))
        {
            await alice.SendAsync(Packet.Disconnect(level));
            await alice.EndAsync();
        }

        await using Player bob = await gates.JoinAsync("plain", level, "bob", $"free-{level}");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_same_user_takes_its_own_connection_over(int level)
    {
        await using Player first = await gates.JoinAsync("plain", level, "alice", $"own-{level}");
        await using Player second = await gates.JoinAsync("secure", level, "alice", $"own-{level}");
        await first.EndAsync();
        first.News()[^1].ShouldBe("end");
        await second.FenceAsync();
        second.Connection.IsEnded.ShouldBeFalse();
    }

    [Theory]
    [InlineData("alice-1", true)]
    [InlineData("alice-", true)]
    [InlineData("one", true)]
    [InlineData("alice", false)]
    [InlineData("bob-1", false)]
    [InlineData("xalice-1", false)]
    public async Task A_gate_may_say_which_ids_a_user_has(string id, bool isTaken)
    {
        await using Player player = await gates.TryAsync("own", 5, "alice", id);
        player.News()[0].ShouldBe($"CONNACK present=0 code={(isTaken ? "00" : "85")}");
        await player.SendAsync(Packet.Disconnect(5));
        await player.EndAsync();
    }
}
