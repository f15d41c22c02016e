using System.Buffers;
using System.Text;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttConnectTests
{
    private static readonly byte[] WillDelay = [0x18, 0, 0, 0, 5];
    private static readonly byte[] User = [0x26, .. S("k"), .. S("v")];

    [Fact]
    public void All_fields_of_5_0_are_read()
    {
        byte[] properties = P(
            [0x11, 0, 0, 0, 60], [0x21, 0, 20], [0x27, 0, 0, 16, 0], [0x22, 0, 10], [0x17, 0], [0x19, 1], [0x15, .. S("SCRAM")], [0x16, .. S("data")], User);
        MqttConnect connect = Parse(V5(0xee, properties, S("dev"), P(WillDelay, User), S("w/t"), S("gone"), S("user"), S("secret")));
        connect.Version.ShouldBe(MqttVersion.V5);
        (connect.CleanStart, connect.KeepAlive, connect.ClientId, connect.Username).ShouldBe((true, (ushort)60, "dev", "user"));
        connect.Password.ShouldBe("secret"u8.ToArray());
        (connect.SessionExpiry, connect.ReceiveMaximum, connect.MaximumPacketSize, connect.TopicAliasMaximum)
            .ShouldBe((60u, (ushort)20, 4096u, (ushort)10));
        (connect.RequestProblemInformation, connect.RequestResponseInformation).ShouldBe((false, true));
        connect.AuthenticationMethod.ShouldBe("SCRAM");
        connect.AuthenticationData.ShouldBe("data"u8.ToArray());
        connect.Properties.ToArray().ShouldBe(properties[V(properties.Length - 1).Length..]);
        MqttWill will = connect.Will.ShouldNotBeNull();
        (will.Topic, will.Qos, will.Retain, will.DelaySeconds).ShouldBe(("w/t", (byte)1, true, 5u));
        will.Payload.ToArray().ShouldBe("gone"u8.ToArray());
        will.Properties.ToArray().ShouldBe([.. WillDelay, .. User]);
    }

    [Fact]
    public void Older_versions_are_read()
    {
        MqttConnect old = Parse([.. S("MQIsdp"), 3, 0x02, 0, 60, .. S("dev")]);
        (old.Version, old.ClientId, old.Username, old.Password, old.Will).ShouldBe((MqttVersion.V31, "dev", null, null, null));
        Parse([.. S("MQIsdp"), 3, 0x03, 0, 60, .. S("dev")]).CleanStart.ShouldBeTrue("bit 0 has no rule in 3.1");
        Parse([.. S("MQIsdp"), 3, 0x02, 0, 60, .. S(new string('x', 24))]).ClientId.Length.ShouldBe(24);
        MqttConnect third = Parse([.. S("MQTT"), 4, 0xc2, 0, 0, .. S(""), .. S(""), .. S("")]);
        (third.Version, third.ClientId, third.Username).ShouldBe((MqttVersion.V311, "", ""));
        third.Password.ShouldBe([]);
    }

    [Theory]
    [InlineData("MQTT", 6, MqttError.UnsupportedVersion, MqttVersion.V311)]
    [InlineData("MQTT", 3, MqttError.UnsupportedVersion, MqttVersion.V311)]
    [InlineData("MQTT", 0x84, MqttError.UnsupportedVersion, MqttVersion.V311)]
    [InlineData("MQIsdp", 0x83, MqttError.UnsupportedVersion, MqttVersion.V311)]
    [InlineData("MQIsdp", 4, MqttError.UnsupportedVersion, MqttVersion.V311)]
    [InlineData("mqtt", 4, MqttError.ProtocolError, MqttVersion.None)]
    [InlineData("HTTP", 4, MqttError.ProtocolError, MqttVersion.None)]
    public void Other_names_and_levels_are_refused(string name, byte level, MqttError error, MqttVersion answer)
    {
        MqttConnect.TryParse([.. S(name), level, 2, 0, 60, .. S("d")], out MqttConnect? connect, out MqttError said, out MqttVersion answered)
            .ShouldBeFalse();
        (connect, said, answered).ShouldBe((null, error, answer));
    }

    public static TheoryData<string, byte[], MqttError> Wrong => new()
    {
        { "reserved flag in 3.1.1", V4(0x03, S("d")), MqttError.Malformed },
        { "reserved flag in 5.0", V5(0x03, P(), S("d")), MqttError.Malformed },
        { "will QoS without a will", V4(0x0a, S("d")), MqttError.Malformed },
        { "will retain without a will", V4(0x22, S("d")), MqttError.Malformed },
        { "will QoS 3", V4(0x1e, S("d"), S("t"), S("m")), MqttError.Malformed },
        { "a password without a user in 3.1.1", V4(0x42, S("d"), S("p")), MqttError.Malformed },
        { "a password without a user in 3.1", [.. S("MQIsdp"), 3, 0x42, 0, 0, .. S("d"), .. S("p")], MqttError.Malformed },
        { "will fields without the flag", V4(0x02, S("d"), S("t"), S("m")), MqttError.Malformed },
        { "a user without the flag", V4(0x02, S("d"), S("u")), MqttError.Malformed },
        { "a user that is not there", V4(0x82, S("d")), MqttError.Malformed },
        { "a byte behind the last field", V4(0x02, S("d"), [0]), MqttError.Malformed },
        { "an empty client id in 3.1", [.. S("MQIsdp"), 3, 0x02, 0, 0, .. S("")], MqttError.ClientIdInvalid },
        { "an empty client id for a session in 3.1.1", V4(0x00, S("")), MqttError.ClientIdInvalid },
        { "U+0000 in the client id", V4(0x02, S("a\0b")), MqttError.Malformed },
        { "U+0001 in the client id", V4(0x02, S("a\u0001b")), MqttError.Malformed },
        { "a client id that is no UTF-8", V4(0x02, S([0xff])), MqttError.Malformed },
        { "a user that is no UTF-8", V4(0x82, S("d"), S([0xc0, 0x80])), MqttError.Malformed },
        { "a will topic with a wildcard", V4(0x06, S("d"), S("a/#"), S("m")), MqttError.TopicNameInvalid },
        { "an empty will topic", V4(0x06, S("d"), S(""), S("m")), MqttError.TopicNameInvalid },
        { "a will topic that is no UTF-8", V4(0x06, S("d"), S([0xed, 0xa0, 0x80]), S("m")), MqttError.Malformed },
        { "no properties at all in 5.0", [.. S("MQTT"), 5, 0x02, 0, 60], MqttError.Malformed },
        { "properties longer than the packet", [.. S("MQTT"), 5, 0x02, 0, 60, 0x7f, .. S("d")], MqttError.Malformed },
        { "a length of properties that is not minimal", [.. S("MQTT"), 5, 0x02, 0, 60, 0x80, 0x00, .. S("d")], MqttError.Malformed },
        { "a property twice", V5(0x02, P([0x21, 0, 1], [0x21, 0, 1]), S("d")), MqttError.ProtocolError },
        { "receive maximum 0", V5(0x02, P([0x21, 0, 0]), S("d")), MqttError.ProtocolError },
        { "maximum packet size 0", V5(0x02, P([0x27, 0, 0, 0, 0]), S("d")), MqttError.ProtocolError },
        { "request problem information 2", V5(0x02, P([0x17, 2]), S("d")), MqttError.ProtocolError },
        { "authentication data without a method", V5(0x02, P([0x16, .. S("x")]), S("d")), MqttError.ProtocolError },
        { "a property of PUBLISH", V5(0x02, P([0x23, 0, 1]), S("d")), MqttError.Malformed },
        { "a property that is none", V5(0x02, P([0x04, 0]), S("d")), MqttError.Malformed },
        { "a property above all", V5(0x02, P([0x81, 0x00]), S("d")), MqttError.Malformed },
        { "a property that is cut", V5(0x02, P([0x21, 0]), S("d")), MqttError.Malformed },
        { "will delay among the others", V5(0x02, P(WillDelay), S("d")), MqttError.Malformed },
        { "session expiry in the will", V5(0x06, P(), S("d"), P([0x11, 0, 0, 0, 1]), S("t"), S("m")), MqttError.Malformed },
        { "a user property with U+0000", V5(0x02, P([0x26, .. S("a"), .. S("\0")]), S("d")), MqttError.Malformed },
        { "a will's response topic with a wildcard", V5(0x06, P(), S("d"), P([0x08, .. S("a/+")]), S("t"), S("m")), MqttError.ProtocolError },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_two_readers_could_read_differently_is_refused(string what, byte[] body, MqttError error)
    {
        MqttConnect.TryParse(body, out MqttConnect? connect, out MqttError said, out MqttVersion answer).ShouldBeFalse(what);
        said.ShouldBe(error, what);
        connect.ShouldBeNull();
        answer.ShouldNotBe(MqttVersion.None);
    }

    [Fact]
    public void Every_cut_of_a_CONNECT_is_refused()
    {
        byte[] body = V5(0xce, P([0x11, 0, 0, 0, 60], User), S("dev"), P(WillDelay), S("w/t"), S("gone"), S("user"), S("secret"));
        Parse(body);
        for (int cut = 0; cut < body.Length; cut++)
        {
            MqttConnect.TryParse(body.AsSpan(0, cut), out _, out MqttError error, out _).ShouldBeFalse();
            error.ShouldBe(MqttError.Malformed);
        }
    }

    [Fact]
    public void The_upstream_gets_the_changes_and_all_else_in_order()
    {
        byte[] properties = P(User, [0x22, 0, 10], [0x11, 0, 0, 0, 60], [0x15, .. S("M")], [0x16, .. S("D")], [0x21, 0, 20]);
        MqttConnect connect = Parse(V5(0xec, properties, S("dev"), P(WillDelay), S("w/t"), S("gone"), S("user"), S("secret")));
        Written(connect, new MqttConnectChange()).ShouldBe(Packet(
            0x10, V5(0x2c, P(User, [0x11, 0, 0, 0, 60], [0x15, .. S("M")], [0x16, .. S("D")], [0x21, 0, 20]), S("dev"), P(WillDelay), S("w/t"), S("gone"))));
        var change = new MqttConnectChange
        {
            Username = "gate",
            Password = "pw"u8.ToArray(),
            ClientId = "other",
            CleanStart = true,
            KeepAlive = 30,
            SessionExpiry = 5,
            MaximumPacketSize = 4096,
            RemovesAuthentication = true,
        };
        byte[] expected = V5(
            0xee, P(User, [0x11, 0, 0, 0, 5], [0x21, 0, 20], [0x27, 0, 0, 16, 0]), S("other"), P(WillDelay), S("w/t"), S("gone"), S("gate"), S("pw"));
        expected[9] = 30;
        Written(connect, change).ShouldBe(Packet(0x10, expected));
    }

    [Fact]
    public void Older_versions_are_written_in_their_own_form()
    {
        MqttConnect old = Parse([.. S("MQIsdp"), 3, 0xc3, 0, 60, .. S("dev"), .. S("u"), .. S("p")]);
        Written(old, new MqttConnectChange { SessionExpiry = 5 }).ShouldBe(Packet(0x10, S("MQIsdp"), [3, 0x02, 0, 60], S("dev")));
        Written(old, new MqttConnectChange { Username = "x" }).ShouldBe(Packet(0x10, S("MQIsdp"), [3, 0x82, 0, 60], S("dev"), S("x")));
        Should.Throw<ArgumentException>(() => Written(old, new MqttConnectChange { Password = "x"u8.ToArray() }));
        Should.Throw<ArgumentException>(() => Written(old, new MqttConnectChange { Username = new string('x', 65_536) }));
    }

    [Fact]
    public void Secrets_are_wiped_and_not_written_any_more()
    {
        MqttConnect connect = Parse(V5(0xc2, P(User, [0x15, .. S("M")], [0x16, .. S("secret")], [0x21, 0, 20]), S("d"), S("u"), S("hidden")));
        byte[] password = connect.Password.ShouldNotBeNull();
        byte[] data = connect.AuthenticationData.ShouldNotBeNull();
        connect.WipeSecrets();
        connect.WipeSecrets();
        password.ShouldAllBe(static b => b == 0);
        data.ShouldAllBe(static b => b == 0);
        (connect.Password, connect.AuthenticationData).ShouldBe((null, null));
        Encoding.Latin1.GetString(connect.Properties.Span).ShouldNotContain("secret");
        Written(connect, default).ShouldBe(Packet(0x10, V5(0x02, P(User, [0x21, 0, 20]), S("d"))));
    }

    private static MqttConnect Parse(byte[] body)
    {
        MqttConnect.TryParse(body, out MqttConnect? connect, out MqttError error, out _).ShouldBeTrue(error.ToString());
        error.ShouldBe(MqttError.None);
        return connect.ShouldNotBeNull();
    }

    private static byte[] Written(MqttConnect connect, MqttConnectChange change)
    {
        var writer = new ArrayBufferWriter<byte>();
        connect.Write(writer, change);
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] V4(byte flags, params byte[][] parts) => [.. S("MQTT"), 4, flags, 0, 60, .. parts.SelectMany(static p => p)];

    private static byte[] V5(byte flags, params byte[][] parts) => [.. S("MQTT"), 5, flags, 0, 60, .. parts.SelectMany(static p => p)];
}
