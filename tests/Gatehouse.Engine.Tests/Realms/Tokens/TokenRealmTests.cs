using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Tokens;
using Gatehouse.Identity;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms.Tokens;

public class TokenRealmTests
{
    private static readonly TokenMaker Maker = new();
    private readonly ManualTime _time = new();
    private readonly TokenMaker _maker = Maker;

    [Theory]
    [InlineData("RS256", "r1")]
    [InlineData("RS512", "r1")]
    [InlineData("PS256", "r1")]
    [InlineData("PS384", "r1")]
    [InlineData("ES256", "e1")]
    public async Task Good_tokens_of_every_algorithm_are_let_in(string algorithm, string kid)
    {
        RealmAnswer answer = await Ask(_maker.Sign(TokenMaker.Header(algorithm, kid), TokenMaker.Claims(_time.GetUtcNow())));

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        answer.Principal!.Name.ShouldBe("alice");
        answer.Principal.Realm.ShouldBe("tokens");
        answer.Until.ShouldBe(_time.GetUtcNow() + TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(60), "the skew");
    }

    [Fact]
    public async Task Passwords_and_certificates_are_not_its_business()
    {
        using TokenRealm realm = Realm();

        (await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Name = "a", Password = "b" }, null, default)).Verdict.ShouldBe(RealmVerdict.NotMine);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("nOnE")]
    [InlineData("")]
    [InlineData("none ")]
    [InlineData("rs256")]
    [InlineData("RS256 ")]
    [InlineData("EdDSA")]
    [InlineData("ES256K")]
    public async Task No_signature_and_unknown_algorithms_are_refused(string algorithm)
    {
        string header = TokenMaker.Header(algorithm, "r1");
        string claims = TokenMaker.Claims(_time.GetUtcNow());

        await Refused("token_algorithm", TokenMaker.Join(header, claims, []));
        await Refused("token_algorithm", TokenMaker.Join(header, claims, new byte[256]));
    }

    [Fact]
    public async Task A_signature_cut_away_is_refused()
    {
        string token = _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow()));

        await Refused("token_signature", token[..(token.LastIndexOf('.') + 1)]);
    }

    [Fact]
    public async Task The_public_key_is_no_secret()
    {
        string header = TokenMaker.Header("HS256", "r1");
        string claims = TokenMaker.Claims(_time.GetUtcNow());
        byte[] data = Encoding.ASCII.GetBytes($"{TokenMaker.Base64(header)}.{TokenMaker.Base64(claims)}");
        foreach (byte[] secret in new[]
        {
            Encoding.ASCII.GetBytes(_maker.Rsa.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(_maker.Rsa.ExportSubjectPublicKeyInfoPem() + "\n"),
            _maker.Rsa.ExportSubjectPublicKeyInfo(), _maker.Rsa.ExportParameters(false).Modulus!, Encoding.ASCII.GetBytes(_maker.RsaJwk("r1")),
        })
        {
            await Refused("token_algorithm", TokenMaker.Join(header, claims, HMACSHA256.HashData(secret, data)));
        }
    }

    [Fact]
    public async Task Shared_secrets_verify_in_a_realm_of_their_own()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        string header = TokenMaker.Header("HS256", "s1");
        string claims = TokenMaker.Claims(_time.GetUtcNow());
        byte[] data = Encoding.ASCII.GetBytes($"{TokenMaker.Base64(header)}.{TokenMaker.Base64(claims)}");
        TokenSettings settings = Settings() with { Algorithms = ["HS256"], Keys = $$"""{"keys":[{"kty":"oct","kid":"s1","k":"{{TokenMaker.Base64(secret)}}"}]}""" };

        (await Ask(TokenMaker.Join(header, claims, HMACSHA256.HashData(secret, data)), settings)).Verdict.ShouldBe(RealmVerdict.Accepted);
        await Refused("token_signature", TokenMaker.Join(header, claims, HMACSHA256.HashData(new byte[32], data)), settings);
        await Refused("token_signature", TokenMaker.Join(header, claims, HMACSHA256.HashData(secret, data)[..16]), settings);
    }

    [Theory]
    [InlineData("../../../../dev/null")]
    [InlineData("/etc/passwd")]
    [InlineData("r1' OR '1'='1")]
    [InlineData("R1")]
    [InlineData("https://attacker.example/keys#r1")]
    public async Task A_key_id_chooses_within_the_set_and_nothing_else(string kid) =>
        await Refused("token_key_unknown", _maker.Sign(TokenMaker.Header("RS256", kid), TokenMaker.Claims(_time.GetUtcNow())));

    [Fact]
    public async Task Keys_that_a_token_brings_along_are_not_used()
    {
        using var attacker = new TokenMaker();
        string jwk = attacker.RsaJwk("r1");
        foreach (string extra in new[] { $",\"jwk\":{jwk}", ",\"jku\":\"https://attacker.example/keys\"", ",\"x5u\":\"https://attacker.example/c.pem\"", ",\"x5c\":[\"MIIB\"]" })
        {
            await Refused("token_signature", attacker.Sign(TokenMaker.Header("RS256", "r1", extra), TokenMaker.Claims(_time.GetUtcNow())));
            (await Ask(_maker.Sign(TokenMaker.Header("RS256", "r1", extra), TokenMaker.Claims(_time.GetUtcNow())))).Verdict.ShouldBe(RealmVerdict.Accepted);
        }
    }

    [Theory]
    [InlineData(",\"crit\":[\"exp\"]", "token_critical")]
    [InlineData(",\"crit\":[]", "token_critical")]
    [InlineData(",\"b64\":false", "token_critical")]
    [InlineData(",\"enc\":\"A128GCM\"", "token_encrypted")]
    [InlineData(",\"zip\":\"DEF\"", "token_encrypted")]
    [InlineData(",\"alg\":\"RS256\"", "token_duplicate_member")]
    [InlineData(",\"\\u0061lg\":\"none\"", "token_duplicate_member")]
    [InlineData(",\"kid\":7", "token_malformed")]
    [InlineData(",\"x\":\"\\ud800\"", "token_malformed")]
    public async Task Odd_headers_are_refused(string extra, string reason) =>
        await Refused(reason, _maker.Sign(TokenMaker.Header("RS256", extra: extra), TokenMaker.Claims(_time.GetUtcNow())));

    [Theory]
    [InlineData("dpop+jwt")]
    [InlineData("logout+jwt")]
    [InlineData("JWE")]
    public async Task Tokens_of_other_types_are_refused(string type) =>
        await Refused("token_type", _maker.Sign(TokenMaker.Header("RS256", "r1").Replace("\"JWT\"", $"\"{type}\""), TokenMaker.Claims(_time.GetUtcNow())));

    [Fact]
    public async Task Text_that_can_be_read_in_two_ways_is_refused()
    {
        string good = _maker.Sign(TokenMaker.Header("ES256", "e1"), TokenMaker.Claims(_time.GetUtcNow()));
        (await Ask(good)).Verdict.ShouldBe(RealmVerdict.Accepted);
        foreach (string odd in new[]
        {
            good + "=", good + "==", good + " ", " " + good, good + "\n", good.Insert(3, "\r\n"), good + ".", good + "." + TokenMaker.Base64("{}"), "." + good,
            good.Replace('.', ','), "", ".", "..", good + "A", StrayBits(good),
        })
        {
            RealmAnswer answer = await Ask(odd);
            answer.Verdict.ShouldBe(RealmVerdict.Refused, odd);
        }

        await Refused("token_encrypted", "a.b.c.d.e");
        await Refused("token_malformed", good + "=");
        await Refused("token_malformed", StrayBits(good));
        await Refused("token_malformed", _maker.Sign("""{"alg":"ES256","kid":"e1"}""", TokenMaker.Claims(_time.GetUtcNow()) + "x"));
        await Refused("token_duplicate_member", _maker.Sign(TokenMaker.Header("ES256", "e1"), TokenMaker.Claims(_time.GetUtcNow(), ",\"sub\":\"root\"")));
        await Refused("token_duplicate_member", _maker.Sign(TokenMaker.Header("ES256", "e1"), TokenMaker.Claims(_time.GetUtcNow(), ",\"a\":{\"b\":1,\"b\":2}")));
        await Refused("token_too_long", good + new string('A', 16 * 1024));
    }

    [Fact]
    public async Task Signatures_of_another_length_or_form_are_refused()
    {
        string header = TokenMaker.Header("ES256", "e1");
        string claims = TokenMaker.Claims(_time.GetUtcNow());
        byte[] good = _maker.SignEc(header, claims);

        await Refused("token_signature", TokenMaker.Join(header, claims, new byte[64]));
        await Refused("token_signature", TokenMaker.Join(header, claims, good[..63]));
        await Refused("token_signature", TokenMaker.Join(header, claims, [.. good, 0]));
        await Refused("token_signature", TokenMaker.Join(header, claims, [0, .. good[..32], 0, .. good[32..]]));
        await Refused("token_signature", TokenMaker.Join(header, claims, _maker.SignEc(header, claims, DSASignatureFormat.Rfc3279DerSequence)));
        await Refused("token_signature", TokenMaker.Join(TokenMaker.Header("RS256", "r1"), claims, good));

        // s and n - s are both signatures of the same text by the same key (no low-s rule in RFC 7518): another text for the
        // same login, which nothing here counts or remembers by its text.
        byte[] order = Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
        byte[] other = (new BigInteger(order, true, true) - new BigInteger(good.AsSpan(32), true, true)).ToByteArray(true, true);
        byte[] twin = [.. good[..32], .. new byte[32 - other.Length], .. other];
        (await Ask(TokenMaker.Join(header, claims, twin))).Principal?.Name.ShouldBe("alice");
    }

    [Theory]
    [InlineData("\"iss\":\"https://issuer.example\"", "\"iss\":\"https://issuer.example/\"", "token_issuer")]
    [InlineData("\"iss\":\"https://issuer.example\"", "\"iss\":[\"https://issuer.example\"]", "token_issuer")]
    [InlineData("\"iss\":\"https://issuer.example\",", "", "token_issuer")]
    [InlineData("\"aud\":\"gatehouse\",", "", "token_audience")]
    [InlineData("\"aud\":\"gatehouse\"", "\"aud\":\"Gatehouse\"", "token_audience")]
    [InlineData("\"aud\":\"gatehouse\"", "\"aud\":[]", "token_audience")]
    [InlineData("\"aud\":\"gatehouse\"", "\"aud\":[\"a\",\"gatehouse.example\"]", "token_audience")]
    [InlineData("\"aud\":\"gatehouse\"", "\"aud\":[\"gatehouse\",7]", "token_malformed")]
    [InlineData("\"aud\":\"gatehouse\"", "\"aud\":{\"a\":\"gatehouse\"}", "token_malformed")]
    [InlineData("\"sub\":\"alice\"", "\"sub\":\"\"", "token_name")]
    [InlineData("\"sub\":\"alice\"", "\"sub\":7", "token_name")]
    [InlineData("\"sub\":\"alice\"", "\"sub\":\"ali\\u0000ce\"", "token_name")]
    [InlineData("\"sub\":\"alice\"", "\"sub\":\"alice\\u202e\"", "token_name")]
    [InlineData("\"sub\":\"alice\"", "\"sub\":\"alice \"", "token_name")]
    [InlineData("\"sub\":\"alice\",", "", "token_name")]
    public async Task Claims_must_be_exact(string replace, string with, string reason) =>
        await Refused(reason, _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow(), "", replace, with)));

    [Fact]
    public async Task One_audience_of_several_is_enough() =>
        (await Ask(_maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow(), "", "\"aud\":\"gatehouse\"", "\"aud\":[\"a\",\"gatehouse\"]"))))
            .Verdict.ShouldBe(RealmVerdict.Accepted);

    [Theory]
    [InlineData(-60, 0, null, "token_expired")]
    [InlineData(-59, -100, null, null)]
    [InlineData(600, 0, 60, null)]
    [InlineData(600, 0, 61, "token_not_yet")]
    [InlineData(600, 61, null, "token_not_yet")]
    [InlineData(86_401, 0, null, "token_lifetime")]
    [InlineData(86_400, 0, null, null)]
    [InlineData(3600, -86_400, null, "token_lifetime")]
    public async Task Times_are_held_to_the_second(int exp, int iat, int? nbf, string? reason)
    {
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        string claims = $$"""{"iss":"{{TokenMaker.Issuer}}","aud":"{{TokenMaker.Audience}}","sub":"alice","exp":{{now + exp}},"iat":{{now + iat}}{{(nbf is null ? "" : $",\"nbf\":{now + nbf}")}}}""";

        RealmAnswer answer = await Ask(_maker.Sign(TokenMaker.Header("RS256", "r1"), claims));

        answer.Reason.ShouldBe(reason);
        answer.Verdict.ShouldBe(reason is null ? RealmVerdict.Accepted : RealmVerdict.Refused);
    }

    [Theory]
    [InlineData("", "token_no_expiry")]
    [InlineData(",\"exp\":\"1900000000\"", "token_malformed")]
    [InlineData(",\"exp\":null", "token_malformed")]
    [InlineData(",\"exp\":1e400", "token_malformed")]
    [InlineData(",\"exp\":-1", "token_malformed")]
    [InlineData(",\"exp\":99999999999999", "token_malformed")]
    [InlineData(",\"exp\":253402300799", "token_lifetime")]
    public async Task A_token_ends(string exp, string reason) =>
        await Refused(reason, _maker.Sign(TokenMaker.Header("RS256", "r1"), $$"""{"iss":"{{TokenMaker.Issuer}}","aud":"{{TokenMaker.Audience}}","sub":"alice"{{exp}}}"""));

    [Fact]
    public async Task Nested_and_dotted_claims_are_found_by_pointer()
    {
        TokenSettings settings = Settings() with
        {
            NameClaim = "/https:~1~1example.com~1user.name",
            GroupsClaim = "/realm_access/roles",
            Require = Settings().Require.Add("/tenant/0/id", "7").Add("/email_verified", "true"),
        };
        string extra = """,   "https://example.com/user.name":"bob","realm_access":{"roles":["ops","dev"],"tier":3},"tenant":[{"id":7}],"email_verified":true,"dept":"x" """;
        string token = _maker.Sign(TokenMaker.Header("ES256", "e1"), TokenMaker.Claims(_time.GetUtcNow(), extra));

        RealmAnswer answer = await Ask(token, settings);

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, answer.Reason);
        answer.Principal!.Name.ShouldBe("bob");
        answer.Principal.Groups.ShouldBe(["ops", "dev"]);
        answer.Principal.Attributes["claim./dept"].ShouldBe("x");
        answer.Principal.Attributes["claim./realm_access/tier"].ShouldBe("3");
        answer.Principal.Attributes["claim./https:~1~1example.com~1user.name"].ShouldBe("bob");
        answer.Principal.Attributes.Keys.ShouldNotContain("claim./realm_access/roles");
        await Refused("token_claim", token, settings with { Require = settings.Require.Add("/dept", "y") });
        await Refused("token_claim", token, settings with { Require = settings.Require.Add("/missing", "y") });
        await Refused("token_claim", token, settings with { Require = settings.Require.Add("/realm_access/roles", "ops") });
    }

    [Theory]
    [InlineData("\"one group\"", "one group")]
    [InlineData("[]", "")]
    [InlineData("[\"a\",7]", null)]
    [InlineData("[[\"a\"]]", null)]
    [InlineData("{\"a\":true}", null)]
    [InlineData("[\"a\\nb\"]", null)]
    public async Task Groups_are_texts_or_no_login(string groups, string? expected)
    {
        RealmAnswer answer = await Ask(
            _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow(), $",\"groups\":{groups}")), Settings() with { GroupsClaim = "/groups" });

        answer.Reason.ShouldBe(expected is null ? "token_groups" : null);
        if (expected is not null)
        {
            string.Join(' ', answer.Principal!.Groups).ShouldBe(expected);
        }
    }

    [Fact]
    public async Task Without_a_key_id_there_must_be_one_key_that_fits()
    {
        using var second = new TokenMaker();
        string token = _maker.Sign(TokenMaker.Header("RS256"), TokenMaker.Claims(_time.GetUtcNow()));

        (await Ask(token)).Verdict.ShouldBe(RealmVerdict.Accepted);
        await Refused("token_key_ambiguous", token, Settings() with { Keys = $$"""{"keys":[{{_maker.RsaJwk("r1")}},{{second.RsaJwk("r2")}}]}""", Algorithms = ["RS256"] });
    }

    [Fact]
    public async Task A_key_keeps_to_its_own_algorithm()
    {
        TokenSettings settings = Settings() with { Keys = $$"""{"keys":[{{_maker.RsaJwk("r1", ",\"alg\":\"PS256\"")}}]}""", Algorithms = ["RS256", "PS256"] };

        await Refused("token_key_unknown", _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow())), settings);
        (await Ask(_maker.Sign(TokenMaker.Header("PS256", "r1"), TokenMaker.Claims(_time.GetUtcNow())), settings)).Verdict.ShouldBe(RealmVerdict.Accepted);
    }

    [Fact]
    public async Task Steps_tell_everything_but_the_token()
    {
        var steps = new HeardSteps();
        string token = _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow()));
        using TokenRealm realm = Realm();

        await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Token = token }, steps, default);

        steps.Lines.Count.ShouldBe(6);
        foreach (string part in token.Split('.'))
        {
            steps.Lines.ShouldAllBe(line => !line.Contains(part));
        }
    }

    [Fact]
    public async Task A_realm_that_was_replaced_lets_nobody_in()
    {
        TokenRealm realm = Realm();
        realm.Dispose();

        (await realm.VerifyAsync(
            new PresentedCredentials(IPAddress.Loopback) { Token = _maker.Sign(TokenMaker.Header("RS256", "r1"), TokenMaker.Claims(_time.GetUtcNow())) }, null, default))
            .Verdict.ShouldBe(RealmVerdict.Unavailable);
    }

    // The last character of a 64-byte signature carries 4 bits that mean nothing.
    private static string StrayBits(string token)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return token[..^1] + alphabet[alphabet.IndexOf(token[^1]) | 1];
    }

    private TokenSettings Settings() => new()
    {
        Issuer = TokenMaker.Issuer,
        Audiences = [TokenMaker.Audience],
        Algorithms = ["RS256", "RS512", "PS256", "PS384", "ES256"],
        Keys = _maker.Keys(),
    };

    private TokenRealm Realm(TokenSettings? settings = null) => new(
        new RealmDocument { Name = "tokens", Kind = RealmKind.Jwt, Token = settings ?? Settings() }, _time, NullLogger.Instance);

    private async Task<RealmAnswer> Ask(string token, TokenSettings? settings = null)
    {
        using TokenRealm realm = Realm(settings);
        return await realm.VerifyAsync(new PresentedCredentials(IPAddress.Loopback) { Token = token }, null, TestContext.Current.CancellationToken);
    }

    private async Task Refused(string reason, string token, TokenSettings? settings = null)
    {
        RealmAnswer answer = await Ask(token, settings);
        answer.Verdict.ShouldBe(RealmVerdict.Refused);
        answer.Principal.ShouldBeNull();
        answer.Reason.ShouldBe(reason);
    }
}
