using System.Security.Cryptography;
using System.Text.Json;
using Gatehouse.Testing.Mqtt.Transport;
using Gatehouse.Testing.Mqtt.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Mqtt;

/// <summary>Malformed and cut packets without end: each connection gets its answer and its end, and nothing is left of it.</summary>
[Collection(nameof(MqttGates))]
public sealed class Fifty_thousand_broken_packets(MqttGates gates)
{
    private const int Packets = 50_000;
    private const int AtOnce = 16;

    [Fact]
    public async Task End_their_connection_and_nothing_else()
    {
        await using Player witness = await gates.JoinAsync("hostile", 5, "alice", "witness");
        await RunAsync(2_000, seed: 1);
        await SettledAsync(1);
        long before = Memory();

        Tally tally = await RunAsync(Packets, seed: 2);

        await witness.FenceAsync();
        witness.News().ShouldBeEmpty();
        await SettledAsync(1);
        (Memory() - before).ShouldBeLessThan(128L * 1024 * 1024);
        tally.Wrong.ShouldBeEmpty();
        tally.Sent.ShouldBe(Packets);
        await using Player after = await gates.JoinAsync("hostile", 4, "alice", "after");
        gates.Daemon.Error.ShouldNotContain("Unhandled");
    }

    private async Task<Tally> RunAsync(int count, int seed)
    {
        var tally = new Tally();
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async worker =>
        {
            Player? player = null;
            for (int i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                // The numbers decide what is sent: a run can be repeated.
                byte[] entropy = SHA256.HashData(BitConverter.GetBytes(((long)seed << 32) | (uint)i));
                int level = 3 + (entropy[0] % 3);
                if (player is null || player.Level != level || player.Connection.IsEnded)
                {
                    if (player is not null)
                    {
                        await player.DisposeAsync();
                    }

                    player = await Player.OpenAsync(gates.Gate("hostile"), level);
                    if (entropy[1] % 4 > 0)
                    {
                        await player.ConnectAsync(new ConnectFields(level, $"broken-{worker}") { User = "alice", Password = MqttGates.Password });
                    }
                }

                await SendAsync(player, Break(entropy, level), tally);
            }

            if (player is not null)
            {
                await player.DisposeAsync();
            }
        }));
        return tally;
    }

    /// <summary>Sends it and ends the sending; the gate must end the rest, with what the version has to say.</summary>
    private static async Task SendAsync(Player player, byte[] bytes, Tally tally)
    {
        player.News();
        await player.SendAsync(bytes);
        player.Connection.TryEndSending();
        try
        {
            await player.EndAsync(20);
        }
        catch (Exception fault) when (fault is TimeoutException or InvalidDataException)
        {
            tally.Add($"{fault.Message} after {Convert.ToHexStringLower(bytes)} at level {player.Level}");
        }

        if (player.Level < 5 && player.Packets.Any(static p => p.Type == 14))
        {
            tally.Add($"DISCONNECT at level {player.Level} after {Convert.ToHexStringLower(bytes)}");
        }

        Interlocked.Increment(ref tally.Sent);
    }

    private static byte[] Break(byte[] entropy, int level)
    {
        byte[] packet = (entropy[2] % 9) switch
        {
            0 => Packet.Publish(level, "a/x", "hello", entropy[3] % 3, 7, properties: Property.User("a", "b")),
            1 => Packet.Subscribe(level, 9, ("a/x", 1), ("a/+/y", 0)),
            2 => Packet.Unsubscribe(level, 9, "a/x", "a/+/y"),
            3 => Packet.Ack(4 + (entropy[3] % 4), 3, 0),
            4 => Packet.Connect(new ConnectFields(level, "broken") { User = "alice", Password = "x", Will = new WillFields("a/w", "x") }),
            5 => Packet.Publish(level, "a/x", "x", 1, 2, properties: [Property.TopicAlias(1), Property.ContentType("c")]),
            6 => entropy[8..(8 + (entropy[3] % 24))],
            7 => Packet.Disconnect(level, 4),
            _ => Packet.Of(entropy[3], entropy[8..(8 + (entropy[4] % 24))]),
        };
        if (packet.Length == 0)
        {
            return [0];
        }

        return (entropy[5] % 4) switch
        {
            0 => packet[..(1 + (entropy[6] % packet.Length))],
            1 => Flip(packet, entropy),
            2 => [.. packet[..(1 + (entropy[6] % packet.Length))], .. entropy[20..(21 + (entropy[7] % 10))], .. packet],
            _ => Flip(Flip(packet, entropy), entropy[9..]),
        };
    }

    private static byte[] Flip(byte[] packet, byte[] entropy)
    {
        byte[] changed = [.. packet];
        changed[entropy[6] % packet.Length] ^= (byte)(1 << (entropy[7] % 8));
        return changed;
    }

    private async Task SettledAsync(int connections)
    {
        for (int i = 0; i < 100; i++)
        {
            JsonElement list = await gates.Daemon.JsonAsync("conn", "list");
            int count = list.GetRawText().Split("broken-").Length - 1;
            if (count == 0)
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"more than {connections} connections are left");
    }

    private long Memory()
    {
        string status = File.ReadAllText($"/proc/{gates.Daemon.ProcessId}/status");
        string line = status.Split('\n').Single(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(new string([.. line.Where(char.IsAsciiDigit)])) * 1024;
    }

    private sealed class Tally
    {
        public int Sent;

        private readonly List<string> _wrong = [];

        public string[] Wrong
        {
            get
            {
                lock (_wrong)
                {
                    return [.. _wrong.Take(20)];
                }
            }
        }

        public void Add(string text)
        {
            lock (_wrong)
            {
                _wrong.Add(text);
            }
        }
    }
}
