using Gatehouse.Fuzz.Targets;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

/// <summary>Packets that are malformed or cut, by the ten thousand; and what brokers answer, by the table of what was measured.</summary>
public sealed class MqttHostileTests
{
    private static readonly byte[] User = [0x26, .. S("k"), .. S("v")];

    [Fact]
    public void Fifty_thousand_malformed_and_cut_packets_are_read_or_refused_and_always_the_same()
    {
        var target = new MqttFuzz();
        var random = new Random(311);
        byte[][] seeds = Seeds();
        int count = 0;
        foreach (byte[] seed in seeds)
        {
            for (int cut = 0; cut <= seed.Length; cut++, count++)
            {
                target.Run(seed.AsSpan(0, cut));
            }
        }

        for (; count < 50_000; count++)
        {
            target.Run(count % 10 == 0 ? Random(random) : Mutated(random, seeds));
        }

        count.ShouldBeGreaterThanOrEqualTo(50_000);
    }

    [Fact]
    public void A_stream_is_read_the_same_however_it_is_cut()
    {
        byte[] stream = [.. Seeds().Where(static s => s[0] == 3).SelectMany(static s => s[1..])];
        string[] whole = Walk(stream, [stream.Length]);
        whole.Length.ShouldBeGreaterThan(8);
        Walk(stream, [.. Enumerable.Repeat(1, stream.Length)]).ShouldBe(whole);
        var random = new Random(5);
        for (int run = 0; run < 500; run++)
        {
            // A byte in it is changed: the verdict at the end is the same too.
            var changed = (byte[])stream.Clone();
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            Walk(changed, Pieces(random, changed.Length)).ShouldBe(Walk(changed, [changed.Length]));
        }
    }

    // Section 1.12 of what was measured before mosquitto 2.0.11: refused is what it closes for, with the reason it gives in 5.0.
    public static TheoryData<string, byte[], MqttError?, MqttError?, MqttError?> Measured => new()
    {
        { "publish to a/#", Publish("a/#"), MqttError.ProtocolError, MqttError.ProtocolError, MqttError.ProtocolError },
        { "publish to an empty topic", Publish(""), MqttError.ProtocolError, MqttError.ProtocolError, MqttError.ProtocolError },
        { "QoS 3", Publish("a", 6), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "U+FEFF in a topic", Publish("a\ufeff"), MqttError.None, MqttError.None, MqttError.None },
        { "U+0001 in a topic", Publish("a\u0001"), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "SUBSCRIBE with flags 0", Subscribe(0x80, "a", 0), MqttError.None, MqttError.Malformed, MqttError.Malformed },
        { "SUBSCRIBE with QoS 3", Subscribe(0x82, "a", 3), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "packet id 0", Publish("a", 2, null, 0), MqttError.ProtocolError, MqttError.ProtocolError, MqttError.ProtocolError },
        { "type 0", Hex("00 00"), MqttError.ProtocolError, MqttError.ProtocolError, MqttError.ProtocolError },
        { "type 15", Hex("f0 00"), MqttError.ProtocolError, MqttError.ProtocolError, null },
        { "a length of five bytes", Hex("30 ff ff ff ff 01"), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "a server's type", Hex("d0 00"), MqttError.ProtocolError, MqttError.ProtocolError, MqttError.ProtocolError },
        { "$share with a wildcard in its group", Subscribe(0x82, "$share/g+/a", 0), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "reserved options", Subscribe(0x82, "a", 0xc0), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
        { "retain handling 3", Subscribe(0x82, "a", 0x30), MqttError.Malformed, MqttError.Malformed, MqttError.Malformed },
    };

    [Theory]
    [MemberData(nameof(Measured))]
    public void Packets_are_refused_as_measured(string what, byte[] packet, MqttError? v31, MqttError? v311, MqttError? v5)
    {
        if (v31 is { } first)
        {
            Read(packet, MqttVersion.V31).ShouldBe(first, what);
        }

        if (v311 is { } second)
        {
            Read(packet, MqttVersion.V311).ShouldBe(second, what);
        }

        if (v5 is { } third)
        {
            Read(WithProperties(packet), MqttVersion.V5).ShouldBe(third, what);
        }
    }

    // The same packet with no properties, as 5.0 has them: behind the topic and id, or behind the id.
    private static byte[] WithProperties(byte[] packet)
    {
        int type = packet[0] >> 4;
        if (packet[1] >= 0x80 || type is not (3 or 8))
        {
            return packet;
        }

        int at = type == 8 ? 4 : 4 + packet[3] + ((packet[0] & 6) != 0 ? 2 : 0);
        return [packet[0], (byte)(packet[1] + 1), .. packet[2..at], 0, .. packet[at..]];
    }

    private static byte[] Subscribe(byte first, string filter, byte options) => Packet(first, [0, 5], S(filter), [options]);

    private static string[] Walk(byte[] stream, int[] pieces)
    {
        var said = new List<string>();
        int have = 0;
        int from = 0;
        foreach (int piece in pieces)
        {
            have += piece;
            while (true)
            {
                ReadOnlySpan<byte> rest = stream.AsSpan(from, have - from);
                MqttFraming framing = MqttFrame.TryRead(rest, MqttSide.Client, MqttVersion.V5, 4096, out MqttFrame frame, out MqttError error);
                if (framing == MqttFraming.NeedMore)
                {
                    break;
                }

                error = framing == MqttFraming.Complete ? Read(rest[..frame.TotalLength].ToArray(), MqttVersion.V5) : error;
                said.Add($"{from} {frame.Type} {error}");
                if (error != MqttError.None)
                {
                    return [.. said];
                }

                from += frame.TotalLength;
            }
        }

        return [.. said];
    }

    private static int[] Pieces(Random random, int total)
    {
        var pieces = new List<int>();
        while (total > 0)
        {
            int next = Math.Min(total, 1 + random.Next(40));
            pieces.Add(next);
            total -= next;
        }

        return [.. pieces];
    }

    private static byte[] Random(Random random)
    {
        var bytes = new byte[random.Next(64)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Mutated(Random random, byte[][] seeds)
    {
        List<byte> bytes = [.. seeds[random.Next(seeds.Length)]];
        for (int change = random.Next(3); change >= 0; change--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 3 when bytes.Count > 1:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes[at] = random.Next(2) == 0 ? (byte)0 : (byte)0xff;
                    break;
            }
        }

        // The length is put right half of the time, so that the body is reached.
        if (random.Next(2) == 0 && bytes.Count is > 3 and < 130)
        {
            bytes[2] = (byte)(bytes.Count - 3);
        }

        return [.. bytes];
    }

    // The first byte says version and side, as the target has it; then packets.
    private static byte[][] Seeds() =>
    [
        [0, .. Packet(0x10, S("MQIsdp"), [3, 2, 0, 60], S("dev"))],
        [0, .. Packet(0x10, S("MQTT"), [4, 0xee, 0, 60], S("dev"), S("w/t"), S("gone"), S("user"), S("secret"))],
        [0, .. Packet(0x10, S("MQTT"), [5, 0xee, 0, 60], P([0x11, 0, 0, 0, 9], User), S("dev"), P([0x18, 0, 0, 0, 1]), S("w/t"), S("gone"), S("u"), S("p"))],
        [2, .. Publish("a/b/größe", 0x0d, null, 7, "hello")],
        [3, .. Publish("a/b", 2, P([0x23, 0, 1], User, [0x08, .. S("r/t")]), 7, "hello")],
        [3, .. Publish("", 0, P([0x23, 0, 1]), 0, "hello")],
        [3, .. Packet(0x82, [0, 5], P([0x0b, 0x80, 1], User), S("a/+/#"), [0x2d], S("$share/g/x"), [1])],
        [3, .. Packet(0xa2, [0, 5], P(User), S("a/+/#"), S("$share/g/x"))],
        [3, .. Packet(0x40, [0, 7, 0x87], P([0x1f, .. S("no")], User)), .. Hex("50 02 00 07 62 03 00 07 92 70 04 00 07 00 00 c0 00")],
        [3, .. Packet(0xf0, [0x18], P([0x15, .. S("m")], [0x16, .. S("d")]))],
        [3, .. Packet(0xe0, [0x04], P([0x11, 0, 0, 0, 0], User))],
        [7, .. Packet(0x20, [1, 0], P([0x22, 0, 10], [0x12, .. S("auto")], [0x21, 0, 20], [0x27, 0, 1, 0, 0], [0x13, 0, 60], [0x1f, .. S("ok")], User))],
        [7, .. Packet(0x90, [0, 5], P(User), [0, 0x87, 2]), .. Packet(0xb0, [0, 6], P(), [0, 0x11]), .. Hex("d0 00 e0 01 8e")],
        [6, .. Hex("20 02 01 00 90 05 00 05 01 80 00 b0 02 00 06 40 02 00 01")],
    ];
}
