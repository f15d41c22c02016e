using System.Security.Cryptography;
using Gatehouse.Testing.Ignite.Client;
using Gatehouse.Testing.Ignite.Node;
using Gatehouse.Testing.Ignite.Wire;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ignite;

/// <summary>Frames with bits turned over, and cut ones: each is refused or means what its sender may do; nothing is left of them.</summary>
[Collection(nameof(IgniteGates))]
public sealed class Fifty_thousand_broken_frames(IgniteGates gates)
{
    private const int Count = 50_000;
    private const int Batch = 250;
    private const int AtOnce = 8;

    [Fact]
    public async Task Bring_nothing_to_the_node_that_their_sender_may_not()
    {
        await using ThinClient witness = await gates.ConnectAsync("hostile", "all");
        byte[][] valid = Valid(witness);
        await RunAsync(valid, 5_000, seed: 1);
        long before = Memory();

        await RunAsync(valid, Count, seed: 2);

        await witness.HeartbeatAsync();
        (Memory() - before).ShouldBeLessThan(128L * 1024 * 1024);
        gates.Hostile.Tables.Find("PUBLIC.SALARIES")!.Writes.ShouldBe(0);
        gates.Hostile.Calls.Count.ShouldBeGreaterThan(1_000);
        foreach (RecordedCall call in gates.Hostile.Calls.All)
        {
            // Rows of the one table, statements on it, what belongs to a connection: whoever sent these may do nothing else.
            ((int)call.Opcode is 2 or 6 or 7 or 8 or (>= 47 and <= 49) or (>= 59 and <= 61) or 64 or 66 or 69 or 73 or 75).ShouldBeFalse($"{call.Opcode}");
            if ((int)call.Opcode is >= 10 and <= 33 or 62 or 67)
            {
                call.Operands().Int().ShouldBe(gates.Orders, $"{call.Opcode} {Convert.ToHexStringLower(call.Payload)}");
            }

            call.User.ShouldBe("gate");
        }

        gates.Hostile.Statements.ShouldAllBe(s => !s.Sql.Contains("SALARIES", StringComparison.OrdinalIgnoreCase));
        gates.Daemon.Error.ShouldNotContain("Unhandled");
        gates.Daemon.Error.ShouldNotContain("Exception");
    }

    private async Task RunAsync(byte[][] valid, int count, int seed)
    {
        int next = -1;
        int batches = count / Batch;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (int batch = Interlocked.Increment(ref next); batch < batches; batch = Interlocked.Increment(ref next))
            {
                int at = 0;
                while (at < Batch)
                {
                    // A frame whose length is wrong ends the connection: the rest goes over another.
                    await using ThinClient client = await gates.ConnectAsync("hostile", "orders");
                    (byte[] bytes, at) = Part(valid, seed, batch, at);
                    try
                    {
                        await client.SendRawAsync(bytes);
                        if (at == Batch)
                        {
                            await client.SendRawAsync(new byte[4]);
                        }

                        await client.Closed;
                    }
                    catch (IOException)
                    {
                        // It was closed while it sent.
                    }
                }
            }
        }));
    }

    /// <summary>Broken frames, up to and with one that breaks the framing.</summary>
    private static (byte[] Bytes, int At) Part(byte[][] valid, int seed, int batch, int at)
    {
        var bytes = new MemoryStream();
        while (at < Batch)
        {
            // The numbers decide what is sent: a run can be repeated.
            byte[] entropy = SHA256.HashData(BitConverter.GetBytes(((long)seed << 48) | ((long)batch << 16) | (uint)at));
            at++;
            byte[] payload = [.. valid[BitConverter.ToUInt16(entropy) % valid.Length]];

            // Behind the operation and the request's number, so that each is answered and the next is read, too.
            int where = payload.Length > 4 ? 4 + (BitConverter.ToUInt16(entropy, 2) % (payload.Length - 4)) : 0;
            payload = (entropy[4] % 6) switch
            {
                0 => payload[..Math.Max(4, where)],
                1 => [.. payload, .. entropy[8..(9 + (entropy[5] % 20))]],
                2 => [.. payload[..Math.Max(4, where)], .. entropy[8..(9 + (entropy[5] % 20))], .. payload[Math.Max(4, where)..]],
                3 when where > 0 => Turn(Turn(payload, entropy, where), entropy[9..], payload.Length - 1),
                4 => [(byte)(entropy[5] & 0x7F), .. payload[1..]],
                _ => where > 0 ? Turn(payload, entropy, where) : payload,
            };
            bytes.Write(Frames.Of(payload));
            if (entropy[7] == 0 && entropy[6] < 128)
            {
                bytes.Write([0xFF, .. entropy[10..14]]);
                break;
            }
        }

        return (bytes.ToArray(), at);
    }

    private static byte[] Turn(byte[] payload, byte[] entropy, int where)
    {
        payload[where] ^= (byte)(1 << (entropy[5] % 8));
        return payload;
    }

    private byte[][] Valid(ThinClient client)
    {
        var world = new SampleWorld(gates.Orders) { NodeName = "hostile" };
        long id = 1_000;
        return [.. Samples.All(world).Where(s => (client.Mutual & s.Needs) == s.Needs).Select(sample =>
        {
            PackWriter writer = new PackWriter().Int((int)sample.Opcode).Int(++id);
            sample.Operands(writer, client.Mutual, new Prepared());
            return writer.ToArray();
        })];
    }

    private long Memory()
    {
        string line = File.ReadLines($"/proc/{gates.Daemon.ProcessId}/status").Single(static l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(new string([.. line.Where(char.IsAsciiDigit)])) * 1024;
    }
}
