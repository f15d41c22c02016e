using System.Net;
using Gatehouse.Protocols.ProxyProtocol;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.ProxyProtocol;

public class ProxyHeaderWriterTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    [Fact]
    public void Addresses_alone_are_28_bytes() =>
        Convert.ToHexString(Write(Facts("192.0.2.1:56324", "198.51.100.2:1883"))).ShouldBe(
            Signature + "21" + "11" + "000C" + "C0000201" + "C6336402" + "DC04" + "075B");

    [Fact]
    public void IPv6_has_its_own_family() =>
        Convert.ToHexString(Write(Facts("[2001:db8::1]:1", "[::1]:2"))).ShouldBe(
            Signature + "21" + "21" + "0024" + "20010DB8000000000000000000000001" + "00000000000000000000000000000001" + "0001" + "0002");

    [Fact]
    public void A_mapped_address_is_the_one_it_holds() =>
        Convert.ToHexString(Write(Facts("[::ffff:192.0.2.1]:1", "192.0.2.2:2"))).ShouldBe(
            Signature + "21" + "11" + "000C" + "C0000201" + "C0000202" + "0001" + "0002");

    [Fact]
    public void Addresses_of_two_families_are_told_as_IPv6() =>
        Convert.ToHexString(Write(Facts("192.0.2.1:1", "[::1]:2"))).ShouldBe(
            Signature + "21" + "21" + "0024" + "00000000000000000000FFFFC0000201" + "00000000000000000000000000000001" + "0001" + "0002");

    [Fact]
    public void A_certificate_is_told_with_its_common_name_and_exact_lengths() =>
        Convert.ToHexString(Write(Facts("192.0.2.1:1", "192.0.2.2:2") with
        {
            ServerName = "mqtt.example",
            TlsVersion = "TLSv1.3",
            HasCertificate = true,
            CommonName = "dev-1",
        })).ShouldBe(
            Signature + "21" + "11" + "0035" + "C0000201" + "C0000202" + "0001" + "0002"
            + "02" + "000C" + "6D7174742E6578616D706C65"
            + "20" + "0017" + "07" + "00000000" + "21" + "0007" + "544C5376312E33" + "22" + "0005" + "6465762D31");

    [Fact]
    public void TLS_without_a_certificate_verifies_nothing() =>
        Convert.ToHexString(Write(Facts("192.0.2.1:1", "192.0.2.2:2") with { TlsVersion = "TLSv1.2", CommonName = "nobody" })).ShouldBe(
            Signature + "21" + "11" + "001E" + "C0000201" + "C0000202" + "0001" + "0002"
            + "20" + "000F" + "01" + "00000001" + "21" + "0007" + "544C5376312E32");

    [Fact]
    public void Without_TLS_no_certificate_is_told() =>
        Write(Facts("192.0.2.1:1", "192.0.2.2:2") with { HasCertificate = true, CommonName = "nobody" }).Length.ShouldBe(28);

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_name_that_cannot_be_told_whole_is_not_told(string name)
    {
        ProxyHeaderFacts facts = Facts("192.0.2.1:1", "192.0.2.2:2") with { TlsVersion = "TLSv1.3", HasCertificate = true };
        ProxyHeaderWriter.TryWrite(facts with { CommonName = name }, out byte[] header).ShouldBeFalse();
        header.ShouldBeEmpty();
        ProxyHeaderWriter.TryWrite(facts with { ServerName = name }, out _).ShouldBeFalse();
        ProxyHeaderWriter.TryWrite(facts with { CommonName = "a" + (char)0xd800 }, out _).ShouldBeFalse();
        ProxyHeaderWriter.TryWrite(facts with { CommonName = new string('é', 513) }, out _).ShouldBeFalse();
        ProxyHeaderWriter.TryWrite(facts with { CommonName = new string('é', 512) }, out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("192.0.2.1:56324", "198.51.100.2:1883")]
    [InlineData("[2001:db8::1]:65535", "[2001:db8::2]:1")]
    public void What_is_written_can_be_read(string source, string destination)
    {
        byte[] header = Write(Facts(source, destination) with
        {
            ServerName = new string('s', 1024),
            TlsVersion = "TLSv1.3",
            HasCertificate = true,
            CommonName = new string('c', 1024),
        });

        ProxyHeaderParser.Parse(header, out ProxyHeader read, out int consumed).ShouldBe(ProxyHeaderStatus.Parsed);
        read.ShouldBe(new ProxyHeader(IPEndPoint.Parse(source), IPEndPoint.Parse(destination)));
        consumed.ShouldBe(header.Length);
    }

    [Fact]
    public void The_gate_s_own_connection_is_local()
    {
        Convert.ToHexString(ProxyHeaderWriter.Local).ShouldBe(Signature + "20" + "00" + "0000");
        ProxyHeaderParser.Parse(ProxyHeaderWriter.Local, out ProxyHeader read, out int consumed).ShouldBe(ProxyHeaderStatus.Parsed);
        (read.Source, consumed).ShouldBe((null, 16));
    }

    private static ProxyHeaderFacts Facts(string source, string destination) =>
        new() { Source = IPEndPoint.Parse(source), Destination = IPEndPoint.Parse(destination) };

    private static byte[] Write(ProxyHeaderFacts facts)
    {
        ProxyHeaderWriter.TryWrite(facts, out byte[] header).ShouldBeTrue();
        return header;
    }
}
