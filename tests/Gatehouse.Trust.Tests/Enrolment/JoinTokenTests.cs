using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Gatehouse.Trust.Enrolment;
using Shouldly;
using Xunit;

namespace Gatehouse.Trust.Tests.Enrolment;

public sealed class JoinTokenTests
{
    private static readonly string Fingerprint = Convert.ToHexStringLower(SHA256.HashData("root"u8));

    [Fact]
    public void A_token_reads_back_as_what_it_was_made_of()
    {
        using JoinToken made = Make();

        using JoinToken? read = JoinToken.TryParse(made.Encode(), out TokenFault fault);

        fault.ShouldBe(TokenFault.None);
        read.ShouldNotBeNull();
        read.Id.ShouldBe(made.Id);
        read.Key.ToArray().ShouldBe(made.Key.ToArray());
        read.CaFingerprint.ShouldBe(Fingerprint);
        read.Node.ShouldBe("n-2.example");
        read.Roles.ShouldBe(["issuer"]);
        read.Addresses.Select(static a => a.ToString()).ShouldBe(["192.0.2.7:7443", "[2001:db8::7]:7443", "gate.example.org:443"]);
        read.Expires.ShouldBe(made.Expires);
        EnrolmentProof.IsKey(read.KeyHash, made.Key.Span).ShouldBeTrue();
    }

    [Fact]
    public void Two_tokens_have_nothing_secret_in_common()
    {
        using JoinToken one = Make();
        using JoinToken other = Make();

        one.Id.ShouldNotBe(other.Id);
        EnrolmentProof.IsKey(one.KeyHash, other.Key.Span).ShouldBeFalse();
        one.ToString().ShouldNotContain(one.Encode()[20..40]);
    }

    [Fact]
    public void Every_single_wrong_character_is_found()
    {
        using JoinToken token = Make();
        string text = token.Encode();
        for (int i = 0; i < text.Length; i++)
        {
            char[] wrong = text.ToCharArray();
            wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
            JoinToken.TryParse(wrong, out TokenFault fault).ShouldBeNull($"character {i}");
            fault.ShouldNotBe(TokenFault.None);
        }

        for (int length = 0; length < text.Length; length++)
        {
            JoinToken.TryParse(text.AsSpan(0, length), out _).ShouldBeNull($"{length} characters");
        }
    }

    [Theory]
    [InlineData("", TokenFault.NotAToken)]
    [InlineData("a password", TokenFault.NotAToken)]
    [InlineData("gh2_AAAA", TokenFault.OtherVersion)]
    [InlineData("gh1_AAAA", TokenFault.WrongLength)]
    public void A_text_that_is_no_token_is_named_as_what_it_is(string text, TokenFault expected)
    {
        JoinToken.TryParse(text, out TokenFault fault).ShouldBeNull();
        fault.ShouldBe(expected);
    }

    [Fact]
    public void White_space_padding_and_a_second_token_are_refused()
    {
        using JoinToken token = Make();
        string text = token.Encode();

        JoinToken.TryParse(text + "=", out TokenFault padding).ShouldBeNull();
        padding.ShouldBeOneOf(TokenFault.WrongCharacter, TokenFault.WrongLength);
        JoinToken.TryParse(text.Insert(50, " "), out _).ShouldBeNull();
        JoinToken.TryParse(text + text, out _).ShouldBeNull();
        JoinToken.TryParse(JoinToken.Prefix + new string('A', 5000), out TokenFault tooLong).ShouldBeNull();
        tooLong.ShouldBe(TokenFault.WrongLength);
    }

    [Theory]
    [InlineData("", "issuer", "192.0.2.7:7443")]
    [InlineData("-n", "issuer", "192.0.2.7:7443")]
    [InlineData("n2", "Issuer", "192.0.2.7:7443")]
    [InlineData("n2", "issuer", "192.0.2.7")]
    [InlineData("n2", "issuer", "192.0.2.7:07443")]
    [InlineData("n2", "issuer", "1:7443")]
    [InlineData("n2", "issuer", "host/path:7443")]
    [InlineData("n2", "issuer", "")]
    public void A_checksum_does_not_make_up_for_what_no_token_says(string node, string role, string address)
    {
        byte[] content = [.. new byte[72], 0, 0, 0, 0, 0x70, 0, 0, 0, .. Text(node), 1, .. Text(role), 1, .. Text(address)];

        JoinToken.TryParse(Sealed(content), out TokenFault fault).ShouldBeNull();

        fault.ShouldBe(TokenFault.Malformed);
    }

    [Fact]
    public void The_same_content_without_a_fault_is_a_token()
    {
        byte[] content = [.. new byte[72], 0, 0, 0, 0, 0x70, 0, 0, 0, .. Text("n2"), 1, .. Text("issuer"), 1, .. Text("192.0.2.7:7443")];

        using JoinToken? token = JoinToken.TryParse(Sealed(content), out TokenFault fault);

        fault.ShouldBe(TokenFault.None);
        token.ShouldNotBeNull();
        JoinToken.TryParse(Sealed([.. content, 0]), out _).ShouldBeNull("nothing may follow");
    }

    [Fact]
    public void A_proof_is_for_one_token_one_nonce_and_one_certificate()
    {
        byte[] key = SHA256.HashData("key"u8);
        byte[] nonce = new byte[32];
        byte[] certificate = SHA256.HashData("certificate"u8);
        byte[] proof = EnrolmentProof.Of(key, "0011223344556677", nonce, certificate);

        EnrolmentProof.Of(key, "0011223344556677", nonce, certificate).ShouldBe(proof);
        EnrolmentProof.Of(key, "0011223344556678", nonce, certificate).ShouldNotBe(proof);
        EnrolmentProof.Of(key, "0011223344556677", certificate, certificate).ShouldNotBe(proof);
        EnrolmentProof.Of(key, "0011223344556677", nonce, nonce).ShouldNotBe(proof);
        EnrolmentProof.Of(nonce, "0011223344556677", nonce, certificate).ShouldNotBe(proof);
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static string Sealed(byte[] content) =>
        JoinToken.Prefix + Base64Url.EncodeToString((byte[])[.. content, .. SHA256.HashData(content)[..4]]);

    private static JoinToken Make() => JoinToken.Create(
        Fingerprint, "n-2.example", ["issuer"], [new TokenAddress("192.0.2.7", 7443), new TokenAddress("2001:db8::7", 7443), new TokenAddress("gate.example.org", 443)],
        new DateTimeOffset(2026, 11, 23, 12, 0, 0, 500, TimeSpan.Zero));
}
