using System.Security.Cryptography;
using Gatehouse.Engine.Certificates;
using Gatehouse.Engine.Tests.Realms.Certificates;
using Gatehouse.Engine.Tests.Realms.Tokens;
using Gatehouse.Engine.Tokens;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms;

public class RealmSettingsTests
{
    private const string Secret = """{"keys":[{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}""";
    private static readonly TokenMaker Maker = new();
    private static readonly TokenSettings Good = new() { Issuer = "https://issuer.example", Audiences = ["a"], Algorithms = ["RS256"], KeysUrl = "https://issuer.example/keys" };

    [Fact]
    public void Good_settings_have_no_problem()
    {
        Check(Good).ShouldBeEmpty();
        Check(Good with { KeysUrl = null }, RealmKind.Oidc).ShouldBeEmpty();
        Check(Good with { KeysUrl = null, Keys = $$"""{"keys":[{{Maker.RsaJwk("r")}}]}""" }).ShouldBeEmpty();
        Check(Good with { KeysUrl = null, Keys = Secret, Algorithms = ["HS256"] }).ShouldBeEmpty();
    }

    [Fact]
    public void Every_problem_of_token_settings_has_its_id()
    {
        Check(Good with { Issuer = "" }).ShouldBe(["GH5202"]);
        Check(Good with { Issuer = "http://issuer.example" }, RealmKind.Oidc).ShouldBe(["GH5202"]);
        Check(Good with { Issuer = "https://issuer.example?tenant=a" }, RealmKind.Oidc).ShouldBe(["GH5202"]);
        Check(Good with { Audiences = [] }).ShouldBe(["GH5203"]);
        Check(Good with { Audiences = default }).ShouldBe(["GH5203"]);
        Check(Good with { Algorithms = [] }).ShouldBe(["GH5204"]);
        Check(Good with { Algorithms = ["none"] }).ShouldBe(["GH5204"]);
        Check(Good with { Algorithms = ["RS256", "HS256"] }).ShouldBe(["GH5204"]);
        Check(Good with { Algorithms = ["HS256"] }).ShouldBe(["GH5204"]);
        Check(Good with { KeysUrl = null }).ShouldBe(["GH5205"]);
        Check(Good with { KeysUrl = "http://issuer.example/keys" }).ShouldBe(["GH5206"]);
        Check(Good with { Authorities = "x" }).ShouldBe(["GH5201"]);
        Check(Good with { NameClaim = "sub" }).ShouldBe(["GH5207"]);
        Check(Good with { GroupsClaim = "/a~2" }).ShouldBe(["GH5207"]);
        Check(Good with { SkewSeconds = -1 }).ShouldBe(["GH5208"]);
        Check(Good with { MaxSeconds = 0 }).ShouldBe(["GH5208"]);
    }

    [Fact]
    public void Keys_that_prove_nothing_are_refused()
    {
        RSAParameters rsa = Maker.Rsa.ExportParameters(true);
        using RSA small = RSA.Create(1024);
        string n = TokenMaker.Base64(rsa.Modulus!);
        foreach (string jwk in new[]
        {
            $$"""{"kty":"RSA","n":"{{n}}","e":"AQ"}""", $$"""{"kty":"RSA","n":"{{n}}","e":"Ag"}""", $$"""{"kty":"RSA","n":"{{n}}"}""", $$"""{"kty":"RSA","n":"{{n}}=","e":"AQAB"}""",
            $$"""{"kty":"RSA","n":"{{TokenMaker.Base64(small.ExportParameters(false).Modulus!)}}","e":"AQAB"}""",
            Maker.RsaJwk("r", $",\"d\":\"{TokenMaker.Base64(rsa.D!)}\""), Maker.RsaJwk("r", ",\"key_ops\":[\"encrypt\"]"), Maker.RsaJwk("r").Replace("sig", "enc"),
            Maker.RsaJwk("r", ",\"alg\":\"none\""), Maker.EcJwk("e").Replace("\"x\":\"", "\"x\":\"AA"), Maker.EcJwk("e").Replace("P-256", "secp256k1"),
            $$"""{"kty":"EC","crv":"P-256","x":"{{TokenMaker.Base64(new byte[32])}}","y":"{{TokenMaker.Base64(new byte[32])}}"}""",
            """{"kty":"oct","k":"AAAA"}""", """{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""", "7",
        })
        {
            Check(Good with { KeysUrl = null, Algorithms = ["RS256", "ES256"], Keys = $$"""{"keys":[{{jwk}}]}""" }).ShouldBe(["GH5205"], jwk);
        }

        Check(Good with { KeysUrl = null, Keys = $$"""{"keys":[{{Maker.RsaJwk("r")}},{{Maker.RsaJwk("r")}}]}""" }).ShouldBe(["GH5205"]);
        Check(Good with { KeysUrl = null, Keys = Secret }).ShouldBe(["GH5205"]);
        Check(Good with { Keys = $$"""{"keys":[{{Maker.RsaJwk("r")}}]}""" }).ShouldBe(["GH5205"]);
    }

    [Fact]
    public void Every_problem_of_certificate_settings_has_its_id()
    {
        var ca = new ClientCa(new ManualTime().GetUtcNow());
        var good = new CertificateSettings { Authorities = ca.Pem, Crls = ["/etc/ca.crl", ClientCa.CrlPem(ca.Crl([]))] };
        Check(good).ShouldBeEmpty();
        Check(good with { NameFrom = "CN" }).ShouldBe(["GH5221"]);
        Check(good with { NameFrom = "subject.cn" }).ShouldBe(["GH5221"]);
        Check(good with { GroupsFrom = "san.ip" }).ShouldBe(["GH5221"]);
        Check(good with { Authorities = "x" }).ShouldBe(["GH5201"]);
        Check(good with { Authorities = ca.Issue("CN=alice").ExportCertificatePem() }).ShouldBe(["GH5201"]);
        Check(good with { Crls = ["ca.crl"] }).ShouldBe(["GH5222"]);
        Check(good with { Crls = ["-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----"] }).ShouldBe(["GH5222"]);
    }

    private static IEnumerable<string> Check(TokenSettings settings, RealmKind kind = RealmKind.Jwt) =>
        TokenSettingsRules.Check(new RealmDocument { Name = "t", Kind = kind, Token = settings }).Select(static p => p.Id);

    private static IEnumerable<string> Check(CertificateSettings settings) =>
        CertificateSettingsRules.Check(new RealmDocument { Name = "c", Kind = RealmKind.Pki, Certificate = settings }).Select(static p => p.Id);
}
