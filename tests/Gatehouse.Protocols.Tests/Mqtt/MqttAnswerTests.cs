using System.Buffers;
using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttAnswerTests
{
    private static readonly byte[] Reason = [0x1f, .. S("why")];

    [Theory]
    [InlineData("40 02 00 01", MqttVersion.V311, MqttError.None)]
    [InlineData("40 02 00 00", MqttVersion.V311, MqttError.ProtocolError)]
    [InlineData("40 02 00 01", MqttVersion.V5, MqttError.None)]
    [InlineData("40 03 00 01 10", MqttVersion.V5, MqttError.None)]
    [InlineData("40 04 00 01 87 00", MqttVersion.V5, MqttError.None)]
    [InlineData("40 03 00 01 01", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("40 03 00 01 92", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("40 04 00 01 00 01", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("40 05 00 01 00 00 00", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("40 05 00 01 00 80 00", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("62 03 00 01 92", MqttVersion.V5, MqttError.None)]
    [InlineData("62 03 00 01 10", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("60 02 00 01", MqttVersion.V311, MqttError.Malformed)]
    [InlineData("60 02 00 01", MqttVersion.V31, MqttError.None)]
    [InlineData("70 02 00 00", MqttVersion.V5, MqttError.ProtocolError)]
    public void Acks_of_a_client_are_checked(string hex, MqttVersion version, MqttError error) => Read(Hex(hex), version).ShouldBe(error);

    [Fact]
    public void Acks_are_read()
    {
        byte[] body = [0, 9, 0x87, .. P(Reason)];
        MqttAck.TryParse(new MqttFrame(MqttPacketType.PubRec, 0, 2, body.Length), body, MqttVersion.V5, MqttSide.Server, out MqttAck ack, out _).ShouldBeTrue();
        (ack.Type, ack.PacketId, ack.Reason).ShouldBe((MqttPacketType.PubRec, (ushort)9, (byte)0x87));
        ack.Properties.Text(MqttPropertyId.ReasonString).ShouldBe("why");
    }

    [Theory]
    [InlineData("e0 00", MqttVersion.V5, MqttSide.Client, MqttError.None)]
    [InlineData("e0 01 04", MqttVersion.V5, MqttSide.Client, MqttError.None)]
    [InlineData("e0 01 8e", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("e0 01 8e", MqttVersion.V5, MqttSide.Server, MqttError.None)]
    [InlineData("e0 07 00 05 11 00 00 00 01", MqttVersion.V5, MqttSide.Client, MqttError.None)]
    [InlineData("e0 07 00 05 11 00 00 00 01", MqttVersion.V5, MqttSide.Server, MqttError.ProtocolError)]
    [InlineData("e0 06 00 04 1c 00 01 61", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("e0 06 9d 04 1c 00 01 61", MqttVersion.V5, MqttSide.Server, MqttError.None)]
    [InlineData("e0 03 00 00 00", MqttVersion.V5, MqttSide.Client, MqttError.Malformed)]
    [InlineData("e0 00", MqttVersion.V311, MqttSide.Client, MqttError.None)]
    [InlineData("e0 00", MqttVersion.V311, MqttSide.Server, MqttError.ProtocolError)]
    [InlineData("f0 06 18 04 15 00 01 6d", MqttVersion.V5, MqttSide.Client, MqttError.None)]
    [InlineData("f0 06 19 04 15 00 01 6d", MqttVersion.V5, MqttSide.Client, MqttError.None)]
    [InlineData("f0 06 00 04 15 00 01 6d", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("f0 06 00 04 15 00 01 6d", MqttVersion.V5, MqttSide.Server, MqttError.None)]
    [InlineData("f0 06 19 04 15 00 01 6d", MqttVersion.V5, MqttSide.Server, MqttError.ProtocolError)]
    [InlineData("f0 00", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("f0 00", MqttVersion.V5, MqttSide.Server, MqttError.None)]
    [InlineData("f0 02 18 00", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("f0 06 18 04 16 00 01 6d", MqttVersion.V5, MqttSide.Client, MqttError.ProtocolError)]
    [InlineData("f0 00", MqttVersion.V311, MqttSide.Client, MqttError.ProtocolError)]
    public void Ends_and_authentication_are_checked(string hex, MqttVersion version, MqttSide side, MqttError error) =>
        Read(Hex(hex), version, side).ShouldBe(error);

    [Theory]
    [InlineData("90 05 00 05 01 01 00", MqttVersion.V311, MqttError.None)]
    [InlineData("90 03 00 05 80", MqttVersion.V31, MqttError.None)]
    [InlineData("90 02 00 05", MqttVersion.V31, MqttError.None)]
    [InlineData("90 02 00 05", MqttVersion.V311, MqttError.Malformed)]
    [InlineData("90 03 00 05 03", MqttVersion.V311, MqttError.ProtocolError)]
    [InlineData("90 03 00 05 87", MqttVersion.V311, MqttError.ProtocolError)]
    [InlineData("90 04 00 05 00 87", MqttVersion.V5, MqttError.None)]
    [InlineData("90 03 00 05 00", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("90 03 00 00 00", MqttVersion.V311, MqttError.ProtocolError)]
    [InlineData("b0 02 00 06", MqttVersion.V311, MqttError.None)]
    [InlineData("b0 04 00 06 00 11", MqttVersion.V5, MqttError.None)]
    [InlineData("b0 04 00 06 00 01", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("20 02 00 00", MqttVersion.V311, MqttError.None)]
    [InlineData("20 02 01 00", MqttVersion.V311, MqttError.None)]
    [InlineData("20 02 02 00", MqttVersion.V311, MqttError.Malformed)]
    [InlineData("20 02 01 05", MqttVersion.V311, MqttError.ProtocolError)]
    [InlineData("20 02 00 06", MqttVersion.V311, MqttError.Malformed)]
    [InlineData("20 03 00 8c 00", MqttVersion.V5, MqttError.None)]
    [InlineData("20 03 01 8c 00", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("20 03 00 05 00", MqttVersion.V5, MqttError.ProtocolError)]
    [InlineData("20 02 00 01", MqttVersion.V5, MqttError.None)]
    [InlineData("20 02 00 00", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("20 04 00 00 00 00", MqttVersion.V5, MqttError.Malformed)]
    [InlineData("20 09 00 00 06 22 00 0a 22 00 14", MqttVersion.V5, MqttError.ProtocolError)]
    public void Answers_of_a_server_are_checked(string hex, MqttVersion version, MqttError error) =>
        Read(Hex(hex), version, MqttSide.Server).ShouldBe(error);

    [Fact]
    public void CONNACK_is_read_and_written_with_changes()
    {
        byte[] properties = P([0x22, 0, 10], [0x12, .. S("auto-1")], [0x21, 0, 20], [0x24, 1], [0x25, 0], [0x27, 0, 1, 0, 0], [0x13, 0, 60], [0x2a, 0], Reason);
        MqttConnAck.TryParse([1, 0, .. properties], MqttVersion.V5, out MqttConnAck ack, out _).ShouldBeTrue();
        (ack.SessionPresent, ack.Code, ack.AssignedClientId, ack.ServerKeepAlive).ShouldBe((true, (byte)0, "auto-1", (ushort)60));
        (ack.ReceiveMaximum, ack.TopicAliasMaximum, ack.MaximumQos, ack.RetainAvailable).ShouldBe(((ushort)20, (ushort)10, (byte)1, false));
        (ack.MaximumPacketSize, ack.SharedAvailable, ack.WildcardAvailable, ack.SessionExpiry).ShouldBe((65_536u, false, true, null));
        var writer = new ArrayBufferWriter<byte>();
        ack.Write(writer, default);
        writer.WrittenSpan.ToArray().ShouldBe(Packet(0x20, [1, 0], properties));
        writer = new ArrayBufferWriter<byte>();
        ack.Write(writer, new MqttConnAckChange
        {
            SessionPresent = false,
            ServerKeepAlive = 30,
            TopicAliasMaximum = 16,
            MaximumPacketSize = 1000,
            SessionExpiry = 9,
            SharedAvailable = true,
            RemovesAssignedClientId = true,
            RemovesReason = true,
        });
        writer.WrittenSpan.ToArray().ShouldBe(Packet(
            0x20, [0, 0], P([0x22, 0, 16], [0x21, 0, 20], [0x24, 1], [0x25, 0], [0x27, 0, 0, 3, 0xe8], [0x13, 0, 30], [0x2a, 1], [0x11, 0, 0, 0, 9])));
    }

    [Fact]
    public void What_a_gate_writes_itself_is_as_measured()
    {
        Written(static w => MqttWriter.ConnAck(w, MqttVersion.V311, false, 5)).ShouldBe(Hex("20 02 00 05"));
        Written(static w => MqttWriter.ConnAck(w, MqttVersion.V311, true, 5, "no")).ShouldBe(Hex("20 02 00 05"));
        Written(static w => MqttWriter.ConnAck(w, MqttVersion.V5, false, 0x8c)).ShouldBe(Hex("20 03 00 8c 00"));
        Written(static w => MqttWriter.ConnAck(w, MqttVersion.V5, false, 0x87, "why")).ShouldBe(Packet(0x20, [0, 0x87], P(Reason)));
        Written(static w => MqttWriter.PubAck(w, MqttVersion.V311, 1, 0x87)).ShouldBe(Hex("40 02 00 01"));
        Written(static w => MqttWriter.PubAck(w, MqttVersion.V5, 1, 0x87)).ShouldBe(Hex("40 03 00 01 87"));
        Written(static w => MqttWriter.PubRec(w, MqttVersion.V5, 1, 0)).ShouldBe(Hex("50 02 00 01"));
        Written(static w => MqttWriter.PubRel(w, MqttVersion.V5, 1, 0x92)).ShouldBe(Hex("62 03 00 01 92"));
        Written(static w => MqttWriter.PubComp(w, MqttVersion.V31, 258, 0x92)).ShouldBe(Hex("70 02 01 02"));
        Written(static w => MqttWriter.SubAck(w, MqttVersion.V311, 5, [1, 0x80])).ShouldBe(Hex("90 04 00 05 01 80"));
        Written(static w => MqttWriter.SubAck(w, MqttVersion.V5, 5, [1, 0x87])).ShouldBe(Hex("90 05 00 05 00 01 87"));
        Written(static w => MqttWriter.UnsubAck(w, MqttVersion.V311, 5, [0, 0])).ShouldBe(Hex("b0 02 00 05"));
        Written(static w => MqttWriter.UnsubAck(w, MqttVersion.V5, 5, [0, 0x11])).ShouldBe(Hex("b0 05 00 05 00 00 11"));
        Written(static w => MqttWriter.Disconnect(w, MqttVersion.V5, MqttSide.Server, 0x87)).ShouldBe(Hex("e0 01 87"));
        Written(static w => MqttWriter.Disconnect(w, MqttVersion.V5, MqttSide.Client, 0)).ShouldBe(Hex("e0 00"));
        Written(static w => MqttWriter.Disconnect(w, MqttVersion.V5, MqttSide.Server, 0x98, "why")).ShouldBe(Packet(0xe0, [0x98], P(Reason)));
        Written(static w => MqttWriter.Disconnect(w, MqttVersion.V311, MqttSide.Server, 0x87, "why")).ShouldBe([]);
        Written(static w => MqttWriter.Disconnect(w, MqttVersion.V311, MqttSide.Client, 0x87)).ShouldBe(Hex("e0 00"));
        Written(static w => MqttWriter.PingResp(w)).ShouldBe(Hex("d0 00"));
        Written(static w => MqttWriter.PingReq(w)).ShouldBe(Hex("c0 00"));
        Written(static w => MqttWriter.Subscribe(w, MqttVersion.V5, 5, [("a"u8.ToArray(), 1), ("b"u8.ToArray(), 2)]))
            .ShouldBe(Packet(0x82, [0, 5], P(), S("a"), [1], S("b"), [2]));
        Written(static w => MqttWriter.Subscribe(w, MqttVersion.V311, 261, [("a"u8.ToArray(), 1)])).ShouldBe(Packet(0x82, [1, 5], S("a"), [1]));
        Written(static w => MqttWriter.Unsubscribe(w, MqttVersion.V5, 5, ["a"u8.ToArray()])).ShouldBe(Packet(0xa2, [0, 5], P(), S("a")));
        Written(static w => MqttWriter.Unsubscribe(w, MqttVersion.V31, 261, ["a"u8.ToArray()])).ShouldBe(Packet(0xa2, [1, 5], S("a")));
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x81, 1)]
    [InlineData(0x84, 1)]
    [InlineData(0x85, 2)]
    [InlineData(0x88, 3)]
    [InlineData(0x89, 3)]
    [InlineData(0x97, 3)]
    [InlineData(0x9c, 3)]
    [InlineData(0x9f, 3)]
    [InlineData(0x8b, 3)]
    [InlineData(0x90, 3)]
    [InlineData(0x86, 4)]
    [InlineData(0x87, 5)]
    [InlineData(0x8a, 5)]
    [InlineData(0x8c, 5)]
    public void Reasons_are_said_in_older_versions(byte reason, byte code)
    {
        MqttReasons.ToConnAckCode(MqttVersion.V311, reason).ShouldBe(code);
        MqttReasons.ToConnAckCode(MqttVersion.V5, reason).ShouldBe(reason);
        MqttReasons.ToConnAckCode(MqttVersion.V311, MqttReasons.FromConnAckCode(code)).ShouldBe(code);
    }

    [Fact]
    public void Errors_have_their_reasons_and_words()
    {
        MqttError[] all = Enum.GetValues<MqttError>();
        all.Select(static e => e.Word()).Distinct().Count().ShouldBe(all.Length);
        MqttError.Malformed.Reason().ShouldBe((byte)0x81);
        MqttError.ProtocolError.Reason().ShouldBe((byte)0x82);
        MqttError.PacketTooLarge.Reason().ShouldBe((byte)0x95);
        MqttError.TopicAliasInvalid.Reason().ShouldBe((byte)0x94);
        foreach (MqttError error in all.Where(static e => e != MqttError.None))
        {
            MqttReasons.Name(error.Reason()).ShouldBe(error.Word());
        }
    }

    private static byte[] Written(Action<ArrayBufferWriter<byte>> write)
    {
        var writer = new ArrayBufferWriter<byte>();
        write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
