using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttSubscribeTests
{
    private static readonly byte[] Id = [0, 5];
    private static readonly byte[] User = [0x26, .. S("k"), .. S("v")];

    [Fact]
    public void All_entries_are_read()
    {
        byte[] body = [.. Id, .. P([0x0b, 0x80, 1], User), .. S("a/1"), 0x2d, .. S("$share/g/#"), 0x12];
        MqttSubscribe.TryParse(body, MqttVersion.V5, out MqttSubscribe subscribe, out MqttError error).ShouldBeTrue(error.ToString());
        (subscribe.PacketId, subscribe.Count, subscribe.SubscriptionId).ShouldBe(((ushort)5, 2, 128u));
        var seen = new List<string>();
        foreach (MqttSubscription entry in subscribe)
        {
            seen.Add($"{Encoding.UTF8.GetString(entry.Filter)} {entry.Qos} {entry.NoLocal} {entry.RetainAsPublished} {entry.RetainHandling}");
        }

        seen.ShouldBe(["a/1 1 True True 2", "$share/g/# 2 False False 1"]);
    }

    [Theory]
    [InlineData("", 0, MqttError.Malformed)]
    [InlineData("a/#/b", 0, MqttError.Malformed)]
    [InlineData("a#", 0, MqttError.Malformed)]
    [InlineData("a\u0001", 0, MqttError.Malformed)]
    [InlineData("a\0", 0, MqttError.Malformed)]
    [InlineData("a", 0x03, MqttError.Malformed)]
    [InlineData("a", 0x30, MqttError.Malformed)]
    [InlineData("a", 0x40, MqttError.Malformed)]
    [InlineData("a", 0x80, MqttError.Malformed)]
    [InlineData("$share/g+/a", 0, MqttError.Malformed)]
    [InlineData("$share//a", 0, MqttError.Malformed)]
    [InlineData("$share/g", 0, MqttError.Malformed)]
    [InlineData("$share/g/", 0, MqttError.Malformed)]
    [InlineData("$share/+/a", 0, MqttError.Malformed)]
    [InlineData("$share/#", 0, MqttError.Malformed)]
    [InlineData("$share/g/a", 0x04, MqttError.ProtocolError)]
    [InlineData("$share/g/a", 0x01, MqttError.None)]
    [InlineData("a", 0x2e, MqttError.None)]
    [InlineData("$SYS/#", 0, MqttError.None)]
    public void Filters_and_options_are_checked(string filter, byte options, MqttError error)
    {
        Read(Packet(0x82, Id, P(), S("ok"), [0], S(filter), [options]), MqttVersion.V5).ShouldBe(error);
        if (options == 0)
        {
            Read(Packet(0x82, Id, S(filter), [0]), MqttVersion.V311).ShouldBe(error);
            Read(Packet(0xa2, Id, S(filter)), MqttVersion.V311).ShouldBe(error);
            Read(Packet(0xa2, Id, P(), S(filter)), MqttVersion.V5).ShouldBe(error);
        }
    }

    [Fact]
    public void Versions_differ_as_brokers_do()
    {
        Read(Packet(0x80, Id, S("a"), [0]), MqttVersion.V31).ShouldBe(MqttError.None);
        Read(Packet(0x8a, Id, S("a"), [0]), MqttVersion.V31).ShouldBe(MqttError.None, "DUP of 3.1");
        Read(Packet(0x80, Id, S("a"), [0]), MqttVersion.V311).ShouldBe(MqttError.Malformed);
        Read(Packet(0x80, Id, P(), S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id), MqttVersion.V31).ShouldBe(MqttError.None);
        Read(Packet(0xa2, Id), MqttVersion.V31).ShouldBe(MqttError.None);
        Read(Packet(0x82, Id), MqttVersion.V311).ShouldBe(MqttError.Malformed);
        Read(Packet(0xa2, Id), MqttVersion.V311).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id, P()), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0xa2, Id, P()), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id, S("a"), [0x04]), MqttVersion.V311).ShouldBe(MqttError.Malformed, "no options but QoS");
        Read(Packet(0x82, Id, S("a"), [0x04]), MqttVersion.V31).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, [0, 0], S("a"), [0]), MqttVersion.V311).ShouldBe(MqttError.ProtocolError);
        Read(Packet(0xa2, [0, 0], P(), S("a")), MqttVersion.V5).ShouldBe(MqttError.ProtocolError);
    }

    [Fact]
    public void Properties_are_checked()
    {
        Read(Packet(0x82, Id, P([0x0b, 0]), S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.ProtocolError);
        Read(Packet(0x82, Id, P([0x0b, 1], [0x0b, 2]), S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.ProtocolError);
        Read(Packet(0x82, Id, P([0x0b, 0x81, 0]), S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id, P([0x1f, .. S("r")]), S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id, [9], S("a"), [0]), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0xa2, Id, P([0x0b, 1]), S("a")), MqttVersion.V5).ShouldBe(MqttError.Malformed);
        Read(Packet(0x82, Id, P(), S("a")), MqttVersion.V5).ShouldBe(MqttError.Malformed, "options that are not there");
    }

    [Fact]
    public void Only_what_is_kept_is_written()
    {
        byte[] body = [.. Id, .. P([0x0b, 7], User), .. S("a"), 0x2e, .. S("b"), 1, .. S("c"), 2];
        MqttSubscribe.TryParse(body, MqttVersion.V5, out MqttSubscribe subscribe, out _).ShouldBeTrue();
        var writer = new ArrayBufferWriter<byte>();
        subscribe.WriteSelected(writer, [true, false, true], [1, 0, 2]);
        writer.WrittenSpan.ToArray().ShouldBe(Packet(0x82, Id, P([0x0b, 7], User), S("a"), [0x2d], S("c"), [2]));
        bool threw = false;
        try
        {
            subscribe.WriteSelected(writer, [false, false, false], default);
        }
        catch (ArgumentException)
        {
            threw = true;
        }

        threw.ShouldBeTrue("an empty SUBSCRIBE is never written");

        MqttUnsubscribe.TryParse([.. Id, .. S("a"), .. S("b")], MqttVersion.V311, out MqttUnsubscribe unsubscribe, out _).ShouldBeTrue();
        writer = new ArrayBufferWriter<byte>();
        unsubscribe.WriteSelected(writer, [false, true]);
        writer.WrittenSpan.ToArray().ShouldBe(Packet(0xa2, Id, S("b")));
    }
}
