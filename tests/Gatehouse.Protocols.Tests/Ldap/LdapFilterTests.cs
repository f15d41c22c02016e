using System.Formats.Asn1;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Protocols.Ldap;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ldap;

/// <summary>Filters (RFC 4515) as bytes (RFC 4511 section 4.5.1.7), and values that cannot leave theirs.</summary>
public sealed class LdapFilterTests
{
    [Fact]
    public void Any_text_that_is_escaped_stays_one_value_of_one_comparison()
    {
        Gen<string> pieces = Gen.Elements("*", "(", ")", "\\", "\0", "{0}", "{1}", "|", "&", "!", "=", ":", ")(uid=*", "\\2a", " ", "a", "é", "日", "😀", "\n");
        Prop.ForAll(pieces.ArrayOf().Select(string.Concat).ToArbitrary(), static text => Holds(text)).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), static text => text is null || Holds(text)).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData("(uid=a)", "A3080403756964040161")]
    [InlineData("(uid=*)", "8703756964")]
    [InlineData("(uid=a*b*c)", "A410040375696430098001618101628201 63")]
    [InlineData("(uid=*b*)", "A40A04037569643003810162")]
    [InlineData("(!(uid=a))", "A20AA3080403756964040161")]
    [InlineData("(&(uid=a)(uid=*))", "A00FA30804037569640401618703756964")]
    [InlineData("(|(uid=a))", "A10AA3080403756964040161")]
    [InlineData("(uid>=a)", "A5080403756964040161")]
    [InlineData("(uid<=a)", "A6080403756964040161")]
    [InlineData("(uid~=a)", "A8080403756964040161")]
    [InlineData("(uid=\\2a)", "A308040375696404012A")]
    [InlineData("(m:1.2:=a)", "A90B8103312E3282016D830161")]
    [InlineData("(o:dn:=a)", "A90982016F8301618401FF")]
    public void A_filter_is_these_bytes(string text, string hex)
    {
        LdapFilter.TryParse(text, out LdapFilter? filter, out string? error).ShouldBeTrue(error);
        Convert.ToHexString(filter!.Encoded.Span).ShouldBe(hex.Replace(" ", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("uid=a")]
    [InlineData("(uid=a")]
    [InlineData("(uid=a))")]
    [InlineData("(uid=a)(uid=b)")]
    [InlineData("(&)")]
    [InlineData("(!(uid=a)(uid=b))")]
    [InlineData("(=a)")]
    [InlineData("(uid=a\\2)")]
    [InlineData("(uid=a(b)")]
    [InlineData("(uid=a**b)")]
    [InlineData("(uid=a\0)")]
    [InlineData("(:=a)")]
    [InlineData("(uid:a)")]
    [InlineData("(u id=a)")]
    public void What_is_no_filter_is_refused_with_its_place(string text)
    {
        LdapFilter.TryParse(text, out _, out string? error).ShouldBeFalse();
        error!.ShouldStartWith("character ");
    }

    [Fact]
    public void Depth_is_bounded()
    {
        string deep = string.Concat(Enumerable.Repeat("(!", 40)) + "(a=b)" + new string(')', 40);
        LdapFilter.TryParse(deep, out _, out string? error).ShouldBeFalse();
        error!.ShouldContain("too deep");
    }

    [Theory]
    [InlineData("(uid=x)", 0, false)]
    [InlineData("(uid={1})", 0, false)]
    [InlineData("(uid={0})", 0, true)]
    [InlineData("(|(member={0})(memberUid={1}))", 1, true)]
    [InlineData("(uid={0}", 0, false)]
    [InlineData("(uid={0}{2})", 1, false)]
    public void A_template_has_its_places(string template, int places, bool isFine) => (LdapTemplate.CheckFilter(template, places) is null).ShouldBe(isFine);

    [Theory]
    [InlineData("uid={0},ou=people,dc=example", true)]
    [InlineData("{0}", false)]
    [InlineData("{0},dc=example", false)]
    [InlineData("uid={0}", false)]
    [InlineData("uid=x-{0},dc=example", false)]
    [InlineData("uid=\\{0},dc=example", false)]
    [InlineData("uid={0},ou={0},dc=example", false)]
    [InlineData("uid=a,dc=example", false)]
    public void A_name_template_has_one_whole_value(string template, bool isFine) => (LdapTemplate.CheckName(template) is null).ShouldBe(isFine);

    [Fact]
    public void A_bind_without_name_or_password_cannot_be_written()
    {
        Should.Throw<ArgumentException>(static () => LdapRequests.Bind(1, "cn=a", ""));
        Should.Throw<ArgumentException>(static () => LdapRequests.Bind(1, "", "x"));
        Convert.ToHexString(LdapRequests.Bind(1, "cn=a", "x")).ShouldBe("3011020101600C0201030404636E3D61800178");
    }

    private static bool Holds(string text)
    {
        LdapFilter filter = LdapTemplate.Filter("(|(uid={0})(o={1}))", text, text);
        AsnReader or = new AsnReader(filter.Encoded, AsnEncodingRules.BER).ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 1, true));
        byte[] value = Encoding.UTF8.GetBytes(text);
        foreach (string type in (string[])["uid", "o"])
        {
            AsnReader equality = or.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, true));
            if (Encoding.ASCII.GetString(equality.ReadOctetString()) != type || !equality.ReadOctetString().AsSpan().SequenceEqual(value) || equality.HasData)
            {
                return false;
            }
        }

        return !or.HasData;
    }
}
