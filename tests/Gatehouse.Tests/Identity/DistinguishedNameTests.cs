using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Identity;

/// <summary>Distinguished names (RFC 4514): read by parts, compared by parts, and values that cannot leave theirs.</summary>
public sealed class DistinguishedNameTests
{
    [Fact]
    public void Any_text_that_is_escaped_stays_one_value_of_one_part()
    {
        Gen<string> pieces = Gen.Elements(",", "+", "=", "\\", "\"", "<", ">", ";", "#", " ", "  ", "\0", "\n", "*", "(", ")", "a", "ou=x", "\\2c", "\\,", "é", "日", "😀", "{0}");
        Prop.ForAll(pieces.ArrayOf().Select(string.Concat).ToArbitrary(), static text =>
            DistinguishedName.TryParse($"uid={DistinguishedName.EscapeValue(text)},ou=people,dc=example", out DistinguishedName? name)
            && name!.Parts.Length == 3 && name.PlainName == text && !name.Parts[0][0].IsBinary).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), static text =>
            text is null || !IsText(text)
            || (DistinguishedName.TryParse($"uid={DistinguishedName.EscapeValue(text)},dc=example", out DistinguishedName? name) && name!.Parts.Length == 2 && name.PlainName == text))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Theory]
    [InlineData("CN=Anna Smith,OU=People,DC=example", "cn=anna  smith, ou=people , dc=EXAMPLE")]
    [InlineData("cn=a\\,b,dc=x", "cn=a\\2cb,dc=x")]
    [InlineData("cn=Lu\\C4\\8Di\\C4\\87", "cn=lučić")]
    [InlineData("ou=a+cn=b,dc=x", "cn=b+ou=a,dc=x")]
    [InlineData("cn=#04FF", "cn=#04ff")]
    [InlineData("", " ")]
    public void Names_that_are_the_same_are_equal(string one, string other)
    {
        DistinguishedName a = Read(one);
        DistinguishedName b = Read(other);
        a.ShouldBe(b);
        a.GetHashCode().ShouldBe(b.GetHashCode());
    }

    [Theory]
    [InlineData("cn=a,b=c,dc=x", "cn=a\\,b=c,dc=x")]
    [InlineData("cn=#04ff", "cn=\\#04ff")]
    [InlineData("cn=a", "cn=a,dc=x")]
    [InlineData("cn=ａ", "cn=a")]
    public void Names_that_only_look_alike_are_not(string one, string other) => Read(one).ShouldNotBe(Read(other));

    [Theory]
    [InlineData("uid=a,ou=people,dc=example", "OU=People,DC=example", true)]
    [InlineData("ou=people,dc=example", "ou=people,dc=example", true)]
    [InlineData("uid=a", "", true)]
    [InlineData("dc=example", "ou=people,dc=example", false)]
    [InlineData("uid=a\\,ou=people,dc=example", "ou=people,dc=example", false)]
    [InlineData("uid=a,ou=xpeople,dc=example", "ou=people,dc=example", false)]
    public void Within_goes_by_parts(string name, string ancestor, bool isWithin) => Read(name).IsWithin(Read(ancestor)).ShouldBe(isWithin);

    [Theory]
    [InlineData("anna")]
    [InlineData("uid=a,")]
    [InlineData(",uid=a")]
    [InlineData("uid=a,,dc=x")]
    [InlineData("=a")]
    [InlineData("u id=a")]
    [InlineData("uid=a\\")]
    [InlineData("uid=a\\x")]
    [InlineData("uid=a\"b")]
    [InlineData("uid=a;b=c")]
    [InlineData("uid=#0")]
    [InlineData("uid=#xy")]
    [InlineData("uid=\\ff")]
    [InlineData("uid=a\0")]
    public void What_is_no_name_is_refused(string text) => DistinguishedName.TryParse(text, out _).ShouldBeFalse();

    private static bool IsText(string text)
    {
        try
        {
            return new UTF8Encoding(false, true).GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    private static DistinguishedName Read(string text)
    {
        DistinguishedName.TryParse(text, out DistinguishedName? name).ShouldBeTrue(text);
        return name!;
    }
}
