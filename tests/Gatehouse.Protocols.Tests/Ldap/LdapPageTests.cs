using Gatehouse.Protocols.Ldap;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ldap;

/// <summary>Simple paged results (RFC 2696).</summary>
public sealed class LdapPageTests
{
    private const string Oid = "0416312E322E3834302E3131333535362E312E342E333139";
    private const string Done = "65070A010004000400";

    [Fact]
    public void A_page_is_asked_for_by_a_control_that_is_not_critical()
    {
        var search = new LdapSearch("", LdapScope.Base, LdapTemplate.Filter("(a=b)", ""), [], 0, 1);

        string plain = Convert.ToHexString(LdapRequests.Search(1, search));
        string paged = Convert.ToHexString(LdapRequests.Search(1, search, new LdapPage(500, new byte[] { 0xab })));

        plain.ShouldNotContain(Oid);
        paged.ShouldEndWith("A025" + "3023" + Oid + "0409" + "3007" + "020201F4" + "0401AB");
    }

    [Theory]
    [InlineData("A024" + "3022" + Oid + "0408" + "3006" + "020100" + "0401AB", "AB")]
    [InlineData("A027" + "3025" + Oid + "0101FF" + "0408" + "3006" + "020100" + "0401AB", "AB")] // critical, which says nothing in an answer
    [InlineData("A023" + "3021" + Oid + "0407" + "3005" + "020100" + "0400", "")]
    [InlineData("A007" + "3005" + "0403312E32", null)] // another control, without a value
    [InlineData("", null)]
    public void A_cookie_is_read_from_the_end_of_a_search(string controls, string? cookie)
    {
        LdapReplyParser.TryParse(Message(controls), out LdapReply reply).ShouldBeTrue();

        (reply.Cookie is { } read ? Convert.ToHexString(read.Span) : null).ShouldBe(cookie);
    }

    [Theory]
    [InlineData("A048" + "3022" + Oid + "0408" + "3006" + "020100" + "0401AB" + "3022" + Oid + "0408" + "3006" + "020100" + "0401AC")] // two cookies
    [InlineData("A01A" + "3018" + Oid)] // no value
    [InlineData("A01C" + "301A" + Oid + "0400")] // an empty one
    [InlineData("A025" + "3023" + Oid + "0409" + "3006" + "020100" + "0401AB" + "00")] // something behind it
    [InlineData("A022" + "3020" + Oid + "0406" + "3004" + "0400" + "0400")] // no number
    public void An_odd_page_is_malformed(string controls) => LdapReplyParser.TryParse(Message(controls), out _).ShouldBeFalse();

    [Fact]
    public void A_cookie_has_a_limit()
    {
        byte[] cookie = new byte[70_000];
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            writer.WriteOctetString(cookie);
        }

        byte[] value = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(Convert.FromHexString(Done));
            using (writer.PushSequence(new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
            {
                writer.WriteOctetString("1.2.840.113556.1.4.319"u8);
                writer.WriteOctetString(value);
            }
        }

        LdapReplyParser.TryParse(writer.Encode(), out _).ShouldBeFalse();
    }

    private static byte[] Message(string controls)
    {
        byte[] body = Convert.FromHexString("020101" + Done + controls);
        return [0x30, (byte)body.Length, .. body];
    }
}
