using Gatehouse.Protocols.Mqtt;
using Shouldly;
using Xunit;
using static Gatehouse.Protocols.Tests.Mqtt.Bytes;

namespace Gatehouse.Protocols.Tests.Mqtt;

public sealed class MqttFrameTests
{
    private const int Limit = 1000;

    [Theory]
    [InlineData("30 00", 2, 0)] // too short for a PUBLISH, refused below: here only through its length
    [InlineData("c0 00", 2, 0)]
    [InlineData("30 7f", 2, 127)]
    [InlineData("30 80 01", 3, 128)]
    [InlineData("30 ff 7f", 3, 16_383)]
    [InlineData("30 80 80 01", 4, 16_384)]
    [InlineData("30 ff ff 7f", 4, 2_097_151)]
    [InlineData("30 80 80 80 01", 5, 2_097_152)]
    [InlineData("30 ff ff ff 7f", 5, 268_435_455)]
    public void A_header_is_read_as_soon_as_it_is_whole(string hex, int header, int length)
    {
        byte[] bytes = Hex(hex);
        MqttFraming framing = MqttFrame.TryRead(bytes, MqttSide.Client, MqttVersion.V311, int.MaxValue, out MqttFrame frame, out _);
        if (bytes[0] == 0x30 && length == 0)
        {
            framing.ShouldBe(MqttFraming.Refused);
            return;
        }

        framing.ShouldBe(length == 0 ? MqttFraming.Complete : MqttFraming.NeedMore);
        frame.HeaderLength.ShouldBe(header);
        frame.Length.ShouldBe(length);
        frame.TotalLength.ShouldBe(header + length);
        for (int cut = 0; cut < bytes.Length; cut++)
        {
            MqttFrame.TryRead(bytes.AsSpan(0, cut), MqttSide.Client, MqttVersion.V311, int.MaxValue, out frame, out _).ShouldBe(MqttFraming.NeedMore);
            frame.ShouldBe(default);
        }
    }

    [Theory]
    [InlineData("30 ff ff ff ff")] // continuation on the fourth byte, before a fifth is there
    [InlineData("30 80 80 80 80 01")]
    [InlineData("30 85 00")] // not the shortest form
    [InlineData("30 85 80 00")]
    [InlineData("c0 80 00")]
    public void A_length_that_is_none_is_malformed(string hex)
    {
        foreach (MqttVersion version in new[] { MqttVersion.V31, MqttVersion.V311, MqttVersion.V5 })
        {
            Refused(hex, version).ShouldBe(MqttError.Malformed);
        }
    }

    [Fact]
    public void A_packet_above_the_limit_is_refused_by_its_header()
    {
        // 1,000 bytes in all are 997 behind a header of 3.
        Try("30 e5 07", MqttVersion.V5).ShouldBe((MqttFraming.NeedMore, MqttError.None));
        Try("30 e6 07", MqttVersion.V5).ShouldBe((MqttFraming.Refused, MqttError.PacketTooLarge));
        Try("30 ff ff ff 7f", MqttVersion.V5).ShouldBe((MqttFraming.Refused, MqttError.PacketTooLarge));
        Try("10 ff ff ff 7f", MqttVersion.None).ShouldBe((MqttFraming.Refused, MqttError.PacketTooLarge));
    }

    [Fact]
    public void Each_side_sends_its_own_types_and_the_first_byte_tells()
    {
        int[] client3 = [1, 3, 4, 5, 6, 7, 8, 10, 12, 14];
        int[] server3 = [2, 3, 4, 5, 6, 7, 9, 11, 13];
        for (int type = 0; type < 16; type++)
        {
            byte[] first = [(byte)((type << 4) | (type is 6 or 8 or 10 ? 2 : 0))];
            Expect(first, MqttSide.Client, MqttVersion.V31, client3.Contains(type));
            Expect(first, MqttSide.Client, MqttVersion.V311, client3.Contains(type));
            Expect(first, MqttSide.Client, MqttVersion.V5, client3.Contains(type) || type == 15);
            Expect(first, MqttSide.Server, MqttVersion.V311, server3.Contains(type));
            Expect(first, MqttSide.Server, MqttVersion.V5, server3.Contains(type) || type is 14 or 15);
            Expect(first, MqttSide.Client, MqttVersion.None, type == 1);
            Expect(first, MqttSide.Server, MqttVersion.None, false);
        }
    }

    [Fact]
    public void Flags_are_those_of_the_type()
    {
        for (int first = 0; first < 256; first++)
        {
            int type = first >> 4;
            int flags = first & 15;
            int qos = (flags >> 1) & 3;
            foreach (MqttVersion version in new[] { MqttVersion.V31, MqttVersion.V311, MqttVersion.V5 })
            {
                bool good = type switch
                {
                    3 => qos != 3 && (qos != 0 || (flags & 8) == 0),
                    6 or 8 or 10 => flags == 2 || (version == MqttVersion.V31 && flags is 0 or 8 or 10),
                    _ => flags == 0,
                };
                good = type is 6 or 8 or 10 && version != MqttVersion.V31 ? flags == 2 : good;
                MqttSide side = type is 2 or 9 or 11 or 13 ? MqttSide.Server : MqttSide.Client;
                MqttFraming framing = MqttFrame.TryRead([(byte)first], side, version, Limit, out _, out MqttError error);
                bool exists = type != 0 && (type != 15 || version == MqttVersion.V5);
                framing.ShouldBe(good && exists ? MqttFraming.NeedMore : MqttFraming.Refused, $"{first:x2} {version}");
                error.ShouldBe(!exists ? MqttError.ProtocolError : good ? MqttError.None : MqttError.Malformed);
            }
        }
    }

    [Theory]
    [InlineData("c0 01", MqttVersion.V5)]
    [InlineData("e0 01", MqttVersion.V311)]
    [InlineData("40 01", MqttVersion.V311)]
    [InlineData("40 03", MqttVersion.V311)]
    [InlineData("40 01", MqttVersion.V5)]
    [InlineData("62 03", MqttVersion.V31)]
    [InlineData("82 01", MqttVersion.V31)]
    [InlineData("a2 02", MqttVersion.V5)]
    [InlineData("30 01", MqttVersion.V311)]
    [InlineData("32 03", MqttVersion.V311)]
    [InlineData("30 02", MqttVersion.V5)]
    public void A_length_that_the_type_cannot_have_is_refused_before_the_body(string hex, MqttVersion version) =>
        Refused(hex, version).ShouldBe(MqttError.Malformed);

    [Theory]
    [InlineData("16 03 01 02 00 01 00 01")] // TLS
    [InlineData("47 45 54 20 2f 20 48 54 54 50")] // GET / HTTP
    [InlineData("30 05 00 01 61 62 63")] // PUBLISH first
    [InlineData("c0 00")]
    [InlineData("00 00")]
    public void The_first_packet_is_CONNECT(string hex)
    {
        MqttFrame.TryRead(Hex(hex).AsSpan(0, 1), MqttSide.Client, MqttVersion.None, Limit, out _, out MqttError error).ShouldBe(MqttFraming.Refused);
        error.ShouldNotBe(MqttError.None);
    }

    private static void Expect(byte[] first, MqttSide side, MqttVersion version, bool isTaken)
    {
        MqttFraming framing = MqttFrame.TryRead(first, side, version, Limit, out _, out MqttError error);
        framing.ShouldBe(isTaken ? MqttFraming.NeedMore : MqttFraming.Refused, $"{first[0]:x2} {side} {version}");
        error.ShouldBe(isTaken ? MqttError.None : MqttError.ProtocolError);
    }

    private static MqttError Refused(string hex, MqttVersion version)
    {
        (MqttFraming framing, MqttError error) = Try(hex, version);
        framing.ShouldBe(MqttFraming.Refused);
        return error;
    }

    private static (MqttFraming Framing, MqttError Error) Try(string hex, MqttVersion version) =>
        (MqttFrame.TryRead(Hex(hex), MqttSide.Client, version, Limit, out _, out MqttError error), error);
}
