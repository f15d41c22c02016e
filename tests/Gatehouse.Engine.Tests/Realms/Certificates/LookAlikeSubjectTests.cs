using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Certificates;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms.Certificates;

/// <summary>Subjects that look like somebody else's, whatever type their text is of; and one authority in two realms.</summary>
public sealed class LookAlikeSubjectTests
{
    private const int Utf8 = 12;
    private const int Printable = 19;
    private const int Teletex = 20;
    private const int Ia5 = 22;
    private const int Universal = 28;
    private const int Bmp = 30;
    private readonly ManualTime _time = new();
    private readonly ClientCa _ca;

    public LookAlikeSubjectTests() => _ca = new ClientCa(_time.GetUtcNow());

    // What is text in any type is the same name: the authority says who it is, not the encoding.
    [Theory]
    [InlineData(Utf8, "616C696365")]
    [InlineData(Printable, "616C696365")]
    [InlineData(Bmp, "0061006C006900630065")]
    public async Task The_type_of_a_text_makes_no_other_name(int type, string bytes) => (await NameOf(type, bytes)).ShouldBe("alice");

    [Theory]
    [InlineData(Utf8, "616C69636500")] // a zero at the end, and in the middle
    [InlineData(Utf8, "616C696365002E6576696C")]
    [InlineData(Bmp, "0061006C0069006300650000")]
    [InlineData(Bmp, "0061006C00690063006500")] // half a character
    [InlineData(Bmp, "0061D83D0062")] // half of a pair
    [InlineData(Utf8, "616C69636520")] // spaces at the ends
    [InlineData(Printable, "20616C696365")]
    [InlineData(Bmp, "0061006C006900630065" + "00A0")] // one that does not break
    [InlineData(Utf8, "616C696365E2808B")] // zero width
    [InlineData(Utf8, "E280AE6563696C61")] // right to left
    [InlineData(Utf8, "616C696365FF")] // no UTF-8
    [InlineData(Utf8, "C0E16C696365")] // longer than need be
    [InlineData(Utf8, "616C6963650A")]
    [InlineData(Utf8, "")]
    public async Task What_only_looks_like_a_name_is_none(int type, string bytes)
    {
        if (Issue(type, bytes) is not { } certificate)
        {
            return; // the platform reads no such certificate at all
        }

        (await AskAsync(certificate)).Verdict.ShouldBe(RealmVerdict.Refused);
        ConnectionIdentity.FromCertificate("gate", certificate).ShouldBeNull();
    }

    // Text of these types is read or it is not; in no case as a name that somebody else has.
    [Theory]
    [InlineData(Teletex, "616C696365")]
    [InlineData(Ia5, "616C696365")]
    [InlineData(Universal, "000000610000006C000000690000006300000065")]
    [InlineData(4, "616C696365")]
    [InlineData(3, "00616C696365")]
    public async Task Rare_types_are_the_same_name_or_none(int type, string bytes) => ((await NameOf(type, bytes)) is null or "alice").ShouldBeTrue();

    [Fact]
    public async Task One_authority_in_two_realms_makes_two_people_of_one_certificate()
    {
        X509Certificate2 alice = _ca.Issue("CN=alice");

        Principal first = (await AskAsync(alice, "first")).Principal!;
        Principal second = (await AskAsync(alice, "second")).Principal!;
        Principal vouched = ConnectionIdentity.FromCertificate("gate", alice)!.Principal;

        new[] { first.ToString(), second.ToString(), vouched.ToString() }.ShouldBe(["first/alice", "second/alice", "pki/alice"]);
        new HashSet<Principal> { first, second, vouched }.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData("Anna", "anna")]
    [InlineData("J\u00c9R\u00d4ME", "j\u00e9r\u00f4me")]
    [InlineData("\u212aate", null)] // the sign for kelvin, whose small letter is a plain k
    [InlineData("\u212bke", null)] // the sign for angstrom
    [InlineData("an\u200bna", null)]
    public void A_directory_s_name_in_small_letters_is_the_same_name_or_none(string name, string? lowered) => DirectoryLogin.Lowered(name).ShouldBe(lowered);

    private static X500DistinguishedName Subject(int type, string bytes)
    {
        byte[] value = Convert.FromHexString(bytes);
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSetOf())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier("2.5.4.3");
            writer.WriteEncodedValue([(byte)type, (byte)value.Length, .. value]);
        }

        return new X500DistinguishedName(writer.Encode());
    }

    private X509Certificate2? Issue(int type, string bytes)
    {
        try
        {
            return _ca.Issue(Subject(type, bytes));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private async Task<string?> NameOf(int type, string bytes) => Issue(type, bytes) is { } certificate ? (await AskAsync(certificate)).Principal?.Name : null;

    private async Task<RealmAnswer> AskAsync(X509Certificate2 certificate, string name = "people")
    {
        var document = new RealmDocument { Name = name, Kind = RealmKind.Pki, Certificate = new CertificateSettings { Authorities = _ca.Pem } };
        using var realm = new CertificateRealm(document, null, _time, NullLogger.Instance);
        return await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Certificate = certificate }, null, TestContext.Current.CancellationToken);
    }
}
