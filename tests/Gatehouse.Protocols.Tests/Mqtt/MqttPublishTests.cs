using System.Diagnostics;
using System.Text;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttPublishTests(ITestOutputHelper output)
{
    private static readonly byte[] Alias = [0x23, 0, 7];
    private static readonly byte[] User = [0x26, .. S("k"), .. S("v")];

    [Fact]
    public void All_fields_are_read()
    {
        byte[] properties = P([0x01, 1], [0x02, 0, 0, 0, 9], Alias, [0x08, .. S("r/t")], [0x09, .. S("c")], User, [0x03, .. S("text")], User);
        MqttPublish publish = Parse(Publish("a/b", 0x0d, properties, 513, "hello"), MqttVersion.V5);
        Encoding.UTF8.GetString(publish.Topic).ShouldBe("a/b");
        Encoding.UTF8.GetString(publish.Payload).ShouldBe("hello");
        Encoding.UTF8.GetString(publish.ResponseTopic).ShouldBe("r/t");
        publish.Properties.Raw.ToArray().ShouldBe(properties[1..]);
        publish.TopicAlias.ShouldBe((ushort)7);
        publish.PacketId.ShouldBe((ushort)513);
        publish.Qos.ShouldBe((byte)2);
        (publish.Retain, publish.Dup, publish.HasResponseTopic, publish.HasSubscriptionId).ShouldBe((true, true, true, false));
        publish.Properties.Number(MqttPropertyId.MessageExpiry).ShouldBe(9u);
        publish.Properties.Text(MqttPropertyId.ContentType).ShouldBe("text");
    }

    [Fact]
    public void Before_5_0_there_are_no_properties()
    {
        MqttPublish publish = Parse(Publish("a", 0, null, 0, "\0\u0001x"), MqttVersion.V311);
        Encoding.UTF8.GetString(publish.Payload).ShouldBe("\0\u0001x");
        publish.Properties.IsEmpty.ShouldBeTrue();
        Parse(Publish("a", 0, null, 0, ""), MqttVersion.V31).Payload.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void An_empty_topic_stands_for_its_alias()
    {
        MqttPublish publish = Parse(Publish("", 0, P(Alias)), MqttVersion.V5);
        (publish.Topic.IsEmpty, publish.TopicAlias).ShouldBe((true, (ushort)7));
        Read(Publish("", 0, P()), MqttVersion.V5).ShouldBe(MqttError.ProtocolError);
        Read(Publish(""), MqttVersion.V311).ShouldBe(MqttError.ProtocolError);
    }

    public static TheoryData<string, byte[], MqttError> Wrong => new()
    {
        { "a wildcard", Publish("a/#", 0, P()), MqttError.ProtocolError },
        { "a plus within a level", Publish("a+b", 0, P()), MqttError.ProtocolError },
        { "QoS 3", Publish("a", 6, P()), MqttError.Malformed },
        { "DUP with QoS 0", Publish("a", 8, P()), MqttError.Malformed },
        { "no UTF-8", Packet(0x30, S([0x61, 0xff]), [0]), MqttError.Malformed },
        { "a surrogate", Packet(0x30, S([0xed, 0xa0, 0x80]), [0]), MqttError.Malformed },
        { "U+0000", Publish("a\0b", 0, P()), MqttError.Malformed },
        { "U+0001", Publish("a\u0001b", 0, P()), MqttError.Malformed },
        { "U+0001 and a wildcard", Publish("#\u0001", 0, P()), MqttError.Malformed },
        { "packet id 0", Publish("a", 2, P(), 0), MqttError.ProtocolError },
        { "no packet id", Packet(0x32, S("a"), [1]), MqttError.Malformed },
        { "a topic longer than the packet", Packet(0x30, [0, 9, 0x61]), MqttError.Malformed },
        { "alias 0", Publish("a", 0, P([0x23, 0, 0])), MqttError.TopicAliasInvalid },
        { "an alias twice", Publish("a", 0, P(Alias, Alias)), MqttError.ProtocolError },
        { "payload format twice", Publish("a", 0, P([0x01, 1], [0x01, 1])), MqttError.ProtocolError },
        { "payload format 2", Publish("a", 0, P([0x01, 2])), MqttError.ProtocolError },
        { "a client's subscription id", Publish("a", 0, P([0x0b, 1])), MqttError.ProtocolError },
        { "a response topic with a wildcard", Publish("a", 0, P([0x08, .. S("a/+")])), MqttError.ProtocolError },
        { "an empty response topic", Publish("a", 0, P([0x08, 0, 0])), MqttError.ProtocolError },
        { "a response topic that is no UTF-8", Publish("a", 0, P([0x08, .. S([0xc0, 0x80])])), MqttError.Malformed },
        { "content type with a NUL", Publish("a", 0, P([0x03, .. S("\0")])), MqttError.Malformed },
        { "a property of CONNECT", Publish("a", 0, P([0x21, 0, 1])), MqttError.Malformed },
        { "properties beyond the packet", Packet(0x30, S("a"), [5, 0x23, 0, 1]), MqttError.Malformed },
        { "a property beyond the properties", Packet(0x30, S("a"), [2, 0x23, 0, 1]), MqttError.Malformed },
        { "a long form of the length", Packet(0x30, S("a"), [0x83, 0x00], Alias), MqttError.Malformed },
        { "a length of five bytes", Packet(0x30, S("a"), [0x80, 0x80, 0x80, 0x80, 1]), MqttError.Malformed },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_PUBLISH_is_refused(string what, byte[] packet, MqttError error) => Read(packet, MqttVersion.V5).ShouldBe(error, what);

    [Fact]
    public void A_server_may_say_more()
    {
        MqttPublish publish = Parse(Publish("a", 0, P([0x0b, 1], [0x0b, 0x80, 1])), MqttVersion.V5, MqttSide.Server);
        publish.HasSubscriptionId.ShouldBeTrue();
        Read(Publish("a", 0, P([0x0b, 0])), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.ProtocolError);
        Read(Publish("a\u0001b", 0, P()), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.None);
        Read(Publish("a", 8, P()), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.None, "DUP with QoS 0");
        Read(Publish("a", 6, P()), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.Malformed);
        Read(Publish("a\0b", 0, P()), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.Malformed);
        Read(Publish("a/#", 0, P()), MqttVersion.V5, MqttSide.Server).ShouldBe(MqttError.ProtocolError);
    }

    [Fact]
    public void An_alias_is_expanded_and_taken_out()
    {
        Rewrite(Publish("", 0x0d, P(User, Alias, [0x01, 1]), 9, "hi"), "t/x").ShouldBe(Publish("t/x", 0x0d, P(User, [0x01, 1]), 9, "hi"));
        Rewrite(Publish("t/x", 0, P(Alias), 9, ""), "t/x").ShouldBe(Publish("t/x", 0, P(), 9, ""));
        Rewrite(Publish("a", 0, P(User)), "b").ShouldBe(Publish("b", 0, P(User)));

        // The lengths grow over a byte's border: 127 + 1.
        string topic = new('t', 300);
        Rewrite(Publish("", 0, P(Alias)), topic).ShouldBe(Publish(topic, 0, P()));
    }

    [Fact]
    public void A_packet_too_long_for_the_protocol_is_not_written()
    {
        var body = new byte[MqttFrame.MaxLength];
        body[1] = 1;
        body[2] = (byte)'a';
        MqttPublish.TryParse(new MqttFrame(MqttPacketType.Publish, 0, 5, body.Length), body, MqttVersion.V311, MqttSide.Client, out MqttPublish publish, out _)
            .ShouldBeTrue();
        MqttPublish.LengthWithTopic(publish, 1).ShouldBe(body.Length + 5);
        MqttPublish.LengthWithTopic(publish, 2).ShouldBe(-1);
    }

    [Fact]
    public void Nothing_is_allocated_for_a_message()
    {
        byte[] old = Publish("plant/7/line/3/temperature", 2, null, 7, new string('x', 100));
        byte[] five = Publish("plant/größe/3/temperature", 2, P(Alias, User, [0x08, .. S("r/t")]), 7, new string('x', 100));
        var to = new byte[400];
        One(old, MqttVersion.V311, to);
        One(five, MqttVersion.V5, to);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            One(old, MqttVersion.V311, to);
            One(five, MqttVersion.V5, to);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void The_speed_is_printed()
    {
        foreach ((string name, byte[] packet, MqttVersion version) in new (string, byte[], MqttVersion)[]
        {
            ("3.1.1, 26 bytes of topic", Publish("plant/7/line/3/temperature", 2, null, 7, new string('x', 100)), MqttVersion.V311),
            ("5.0 without properties", Publish("plant/7/line/3/temperature", 2, P(), 7, new string('x', 100)), MqttVersion.V5),
            ("5.0, alias and user property", Publish("plant/7/line/3/temperature", 2, P(Alias, User), 7, new string('x', 100)), MqttVersion.V5),
        })
        {
            // The best of many short runs: the first ones are not compiled fully, and others run beside.
            const int count = 20_000;
            double best = double.MaxValue;
            for (int run = 0; run < 30; run++)
            {
                int read = 0;
                var watch = Stopwatch.StartNew();
                for (int i = 0; i < count; i++)
                {
                    MqttFrame.TryRead(packet, MqttSide.Client, version, 1000, out MqttFrame frame, out _);
                    read += MqttPublish.TryParse(frame, packet.AsSpan(frame.HeaderLength), version, MqttSide.Client, out _, out _) ? 1 : 0;
                }

                best = Math.Min(best, watch.Elapsed.TotalNanoseconds / count);
                read.ShouldBe(count);
            }

            output.WriteLine($"{name}: {best:F0} ns a packet");
        }
    }

    private static void One(byte[] packet, MqttVersion version, byte[] to)
    {
        if (MqttFrame.TryRead(packet, MqttSide.Client, version, 1000, out MqttFrame frame, out _) != MqttFraming.Complete
            || !MqttPublish.TryParse(frame, packet.AsSpan(frame.HeaderLength), version, MqttSide.Client, out MqttPublish publish, out _))
        {
            throw new InvalidOperationException("it is a PUBLISH");
        }

        MqttPublish.WriteWithTopic(publish, publish.Topic, to);
        MqttSpecialTopic.Split(publish.Topic);
    }

    private static MqttPublish Parse(byte[] packet, MqttVersion version, MqttSide sender = MqttSide.Client)
    {
        MqttFrame.TryRead(packet, sender, version, 100_000, out MqttFrame frame, out _).ShouldBe(MqttFraming.Complete);
        MqttPublish.TryParse(frame, packet.AsSpan(frame.HeaderLength), version, sender, out MqttPublish publish, out MqttError error)
            .ShouldBeTrue(error.ToString());
        return publish;
    }

    private static byte[] Rewrite(byte[] packet, string topic)
    {
        MqttPublish publish = Parse(packet, MqttVersion.V5);
        var to = new byte[MqttPublish.LengthWithTopic(publish, topic.Length)];
        MqttPublish.WriteWithTopic(publish, Encoding.UTF8.GetBytes(topic), to).ShouldBe(to.Length);
        return to;
    }
}
