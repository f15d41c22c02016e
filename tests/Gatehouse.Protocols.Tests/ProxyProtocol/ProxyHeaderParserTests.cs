using System.Buffers.Binary;
using System.Net;
using System.Numerics;
using System.Text;
using Gatehouse.Protocols.ProxyProtocol;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.ProxyProtocol;

public sealed class ProxyHeaderParserTests
{
    private static readonly byte[] Signature = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];
    private static readonly byte[] Four = [192, 0, 2, 1, 198, 51, 100, 2, 0xdc, 0x04, 0x01, 0xbb];

    [Theory]
    [InlineData("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n", "192.0.2.1:56324")]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255:65535")]
    [InlineData("PROXY TCP4 0.0.0.0 0.0.0.0 0 0\r\n", "0.0.0.0:0")]
    [InlineData("PROXY TCP6 2001:db8::1 2001:db8::2 4124 443\r\n", "[2001:db8::1]:4124")]
    [InlineData("PROXY TCP6 ::ffff:192.0.2.1 ::1 4124 443\r\n", "[::ffff:192.0.2.1]:4124")]
    [InlineData("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n",
        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")]
    public void Version_1_is_read(string text, string source)
    {
        byte[] data = Encoding.ASCII.GetBytes(text + "rest");
        ProxyHeaderParser.Parse(data, out ProxyHeader header, out int consumed).ShouldBe(ProxyHeaderStatus.Parsed);
        header.Source.ShouldBe(IPEndPoint.Parse(source));
        consumed.ShouldBe(text.Length);
        EveryPrefixNeedsMore(data.AsSpan(0, consumed));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROXY\r\n")]
    [InlineData("PROXY \r\n")]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ff:: ff:: 1 2\r\n")]
    [InlineData("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("proxy TCP4 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n")]
    [InlineData("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1  192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1\t192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 0300.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.513 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 3221225985 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 99999\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1x 2\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 [::1] ::1 1 2\r\n")]
    [InlineData("PROXY TCP6 ::1/64 ::1 1 2\r\n")]
    [InlineData("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n")]
    [InlineData("PROXY TCP4\r\n")]
    public void A_malformed_version_1_is_refused(string text) => Refused(Encoding.ASCII.GetBytes(text));

    [Fact]
    public void Version_1_without_an_end_is_refused_at_107_bytes()
    {
        byte[] data = Encoding.ASCII.GetBytes("PROXY TCP6 " + new string('f', 200));
        ProxyHeaderParser.Parse(data.AsSpan(0, 106), out _, out _).ShouldBe(ProxyHeaderStatus.NeedMore);
        Refused(data[..107]);
    }

    [Fact]
    public void Version_2_is_read_with_tlvs_skipped()
    {
        byte[] data = [.. Binary(0x21, 0x11, [.. Four, 0x04, 0x00, 0x02, 1, 2, 0xee, 0x00, 0x00]), 0x16];
        ProxyHeaderParser.Parse(data, out ProxyHeader header, out int consumed).ShouldBe(ProxyHeaderStatus.Parsed);
        header.Source.ShouldBe(IPEndPoint.Parse("192.0.2.1:56324"));
        header.Destination.ShouldBe(IPEndPoint.Parse("198.51.100.2:443"));
        consumed.ShouldBe(data.Length - 1);
        EveryPrefixNeedsMore(data.AsSpan(0, consumed));
    }

    [Fact]
    public void Version_2_over_IPv6_is_read()
    {
        byte[] body = [.. IPAddress.Parse("2001:db8::1").GetAddressBytes(), .. IPAddress.Parse("2001:db8::2").GetAddressBytes(), 0, 80, 1, 187];
        ProxyHeaderParser.Parse(Binary(0x21, 0x21, body), out ProxyHeader header, out _).ShouldBe(ProxyHeaderStatus.Parsed);
        header.Source.ShouldBe(IPEndPoint.Parse("[2001:db8::1]:80"));
        header.Destination.ShouldBe(IPEndPoint.Parse("[2001:db8::2]:443"));
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x00, 20)]
    [InlineData(0x11, 12)]
    public void Local_has_no_source(byte family, int length)
    {
        ProxyHeaderParser.Parse(Binary(0x20, family, new byte[length]), out ProxyHeader header, out int consumed)
            .ShouldBe(ProxyHeaderStatus.Parsed);
        header.Source.ShouldBeNull();
        consumed.ShouldBe(16 + length);
    }

    [Fact]
    public void A_right_checksum_is_accepted_and_a_wrong_one_refused()
    {
        byte[] data = Binary(0x21, 0x11, [.. Four, 0x03, 0x00, 0x04, 0, 0, 0, 0]);
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(^4), ~crc);
        ProxyHeaderParser.Parse(data, out _, out _).ShouldBe(ProxyHeaderStatus.Parsed);
        data[16] ^= 1;
        Refused(data);
    }

    [Fact]
    public void A_malformed_version_2_is_refused()
    {
        Refused([0x16, 0x03, 0x01]);
        Refused([0x0d, 0x0a, 0x0d, 0x0b]);
        Refused(Binary(0x11, 0x11, Four));
        Refused(Binary(0x31, 0x11, Four));
        Refused(Binary(0x22, 0x11, Four));
        Refused(Binary(0x21, 0x00, Four));
        Refused(Binary(0x21, 0x12, Four));
        Refused(Binary(0x21, 0x31, new byte[216]));
        Refused(Binary(0x21, 0x41, Four));
        Refused(Binary(0x21, 0x11, Four[..11]));
        Refused(Binary(0x21, 0x21, Four));
        Refused(Binary(0x21, 0x11, [.. Four, 0x04]));
        Refused(Binary(0x21, 0x11, [.. Four, 0x04, 0x00]));
        Refused(Binary(0x21, 0x11, [.. Four, 0x04, 0x00, 0x02, 1]));
        Refused(Binary(0x21, 0x11, [.. Four, 0x03, 0x00, 0x02, 1, 1]));
        Refused(Binary(0x21, 0x11, new byte[4097]));
    }

    [Fact]
    public void Random_bytes_never_throw_and_never_consume_more_than_given()
    {
        var random = new Random(5);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] seed = i % 2 == 0
                ? Binary(0x21, 0x11, [.. Four, 0x03, 0x00, 0x04, 0, 0, 0, 0])
                : Encoding.ASCII.GetBytes("PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\n");
            for (int change = random.Next(4); change >= 0; change--)
            {
                seed[random.Next(seed.Length)] = (byte)random.Next(256);
            }

            ProxyHeaderStatus status = ProxyHeaderParser.Parse(seed.AsSpan(0, random.Next(seed.Length + 1)), out _, out int consumed);
            consumed.ShouldBeLessThanOrEqualTo(seed.Length);
            (consumed > 0).ShouldBe(status == ProxyHeaderStatus.Parsed);
        }
    }

    private static void EveryPrefixNeedsMore(ReadOnlySpan<byte> whole)
    {
        for (int i = 0; i < whole.Length; i++)
        {
            ProxyHeaderParser.Parse(whole[..i], out _, out _).ShouldBe(ProxyHeaderStatus.NeedMore);
        }
    }

    private static void Refused(byte[] data) =>
        ProxyHeaderParser.Parse(data, out _, out _).ShouldBe(ProxyHeaderStatus.Invalid, Convert.ToHexString(data));

    private static byte[] Binary(byte command, byte family, byte[] body) =>
        [.. Signature, command, family, (byte)(body.Length >> 8), (byte)body.Length, .. body];
}
