using System.Diagnostics;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>A connection lives only as long as its rights: the user's, the topics', the operator's patience.</summary>
[Collection(nameof(MqttGates))]
public sealed class Rights_that_change(MqttGates gates)
{
    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Who_is_disabled_is_cut_within_a_second_and_without_a_will_that_is_no_right_any_more(int level)
    {
        string user = $"leaver-{level}";
        await gates.Daemon.AddUserAsync(user, MqttGates.Password, "some");
        await using Player behind = await gates.BehindAsync($"wills-{level}", "a/will");
        await using Player player = await gates.JoinAsync("plain", level, user, user, static f => f with { Will = new WillFields("a/will", "gone") });

        ShellResult disabled = await gates.Daemon.CliAsync(["user", "set", user, "--disable"]);
        var since = Stopwatch.StartNew();
        disabled.ExitCode.ShouldBe(0, disabled.ToString());
        await player.EndAsync();

        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(1));
        player.News().ShouldBe(level == 5 ? ["DISCONNECT 87", "end"] : ["end"]);
        await using Player again = await gates.TryAsync("plain", level, user, user);
        again.News()[0].ShouldBe($"CONNACK present=0 code={(level == 5 ? "86" : "04")}");
        await behind.FenceAsync();
        behind.News().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("secure")]
    [InlineData("websecure")]
    public async Task Cutting_works_behind_TLS_and_WebSocket(string gate)
    {
        string user = "cut-" + gate;
        await gates.Daemon.AddUserAsync(user, MqttGates.Password, "some");
        await using Player player = await gates.JoinAsync(gate, 5, user, user);
        (await gates.Daemon.CliAsync(["user", "rm", user])).ExitCode.ShouldBe(0);
        await player.EndAsync(2);
        player.News().ShouldBe(["DISCONNECT 87", "end"]);
    }

    [Fact]
    public async Task An_operator_ends_a_connection_with_a_reason_of_its_own()
    {
        await using Player player = await gates.JoinAsync("plain", 5, "bob", "killed-by-operator");
        JsonElement list = await gates.Daemon.JsonAsync("conn", "list");
        string text = list.GetRawText();
        text.ShouldContain("killed-by-operator");
        text.ShouldContain("mqtt 5.0");
        JsonElement own = list.EnumerateObject().First(static p => p.Value.ValueKind == JsonValueKind.Array).Value.EnumerateArray()
            .Single(static c => c.GetRawText().Contains("killed-by-operator", StringComparison.Ordinal));
        ShellResult killed = await gates.Daemon.CliAsync(["conn", "kill", own.GetProperty("id").ToString()]);
        killed.ExitCode.ShouldBe(0, killed.ToString());
        await player.EndAsync(2);
        player.News().ShouldBe(["DISCONNECT 98", "end"]);
    }

    [Fact]
    public async Task A_narrowed_right_stops_deliveries_and_publishes_of_running_connections()
    {
        await using Player alice = await gates.JoinAsync("plain", 5, "alice", "narrowed");
        await using Player behind = await gates.BehindAsync("narrowing", "a/#");
        await alice.SendAsync(Packet.Subscribe(5, 1, ("a/one", 1), ("a/two/#", 1), ("$share/g/a/one", 1)));
        await alice.FenceAsync();
        alice.News().ShouldBe(["SUBACK #1 [01 01 01]"]);
        try
        {
            await gates.SetAliceAsync("a/two/#");

            await behind.SendAsync(Packet.Publish(5, "a/one", "no"), Packet.Publish(5, "a/two/x", "yes"));
            await behind.FenceAsync();
            await alice.FenceAsync();
            await alice.SendAsync(Packet.Publish(5, "a/one", "no", 1, 2));
            await alice.FenceAsync();

            alice.News().ShouldBe(["PUBLISH a/two/x q0 \"yes\"", "PUBACK #2 87"]);
        }
        finally
        {
            await gates.SetAliceAsync("a/#");
        }

        await behind.SendAsync(Packet.Publish(5, "a/one", "again"));
        await behind.FenceAsync();
        await alice.FenceAsync();
        alice.News().ShouldContain("PUBLISH a/one q0 \"again\"");
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task A_session_from_before_gets_nothing_that_its_user_may_not_have_any_more(int level)
    {
        Func<ConnectFields, ConnectFields> kept = static f => f with { Clean = false, Properties = f.Level == 5 ? [Property.SessionExpiry(100)] : [] };
        await using (Player first = await gates.JoinAsync("plain", level, "alice", $"inherited-{level}", kept))
        {
            await first.SendAsync(Packet.Subscribe(level, 1, ("a/one", 2), ("a/two/#", 2)));
            await first.FenceAsync();
            await first.SendAsync(Packet.Disconnect(level));
            await first.EndAsync();
        }

        await using Player behind = await gates.BehindAsync($"inheriting-{level}");
        await behind.SendAsync(Packet.Publish(5, "a/one", "no", 1, 1), Packet.Publish(5, "a/one", "no", 2, 2), Packet.Publish(5, "a/two/x", "yes", 2, 3));
        await behind.FenceAsync();
        await behind.FenceAsync();
        try
        {
            await gates.SetAliceAsync("a/two/#");
            await using Player second = await gates.TryAsync("plain", level, "alice", $"inherited-{level}", kept);
            for (int i = 0; i < 4; i++)
            {
                await second.FenceAsync();
            }

            string[] got = second.News();
            got.ShouldNotContain(static l => l.Contains("\"no\"", StringComparison.Ordinal));
            got.ShouldContain(static l => l.Contains("\"yes\"", StringComparison.Ordinal));
        }
        finally
        {
            await gates.SetAliceAsync("a/#");
        }
    }
}
