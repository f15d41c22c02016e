using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Policy;

/// <summary>API keys as text.</summary>
public sealed class ApiKeySecretTests
{
    [Fact]
    public void A_key_is_taken_apart_as_it_was_made()
    {
        (string id, string text, string hash) = ApiKeySecret.Make();

        ApiKeySecret.TryParse(text, out string read, out ReadOnlySpan<char> secret).ShouldBeTrue();

        read.ShouldBe(id);
        id.Length.ShouldBe(ApiKeySecret.IdLength);
        secret.Length.ShouldBe(ApiKeySecret.SecretLength);
        ApiKeySecret.Matches(hash, secret).ShouldBeTrue();
        text.ShouldNotContain(hash);
        ApiKeySecret.Make().Text.ShouldNotBe(text);
    }

    [Fact]
    public void Each_changed_character_of_a_secret_makes_it_wrong()
    {
        (_, string text, string hash) = ApiKeySecret.Make();
        string secret = text[^ApiKeySecret.SecretLength..];
        for (int i = 0; i < secret.Length; i++)
        {
            // The last character's low bits carry nothing: another spelling of the same bytes is wrong too.
            string other = secret[..i] + (secret[i] == 'A' ? 'B' : (char)(secret[i] == 'Z' || secret[i] == 'z' || secret[i] == '9' ? 'A' : secret[i] == '-' || secret[i] == '_' ? '0' : secret[i] + 1)) + secret[(i + 1)..];
            ApiKeySecret.Matches(hash, other).ShouldBeFalse($"at {i}");
        }

        ApiKeySecret.Matches(hash, secret.AsSpan(0, secret.Length - 1)).ShouldBeFalse();
        ApiKeySecret.Matches("", secret).ShouldBeFalse();
        ApiKeySecret.Matches("no base64!", secret).ShouldBeFalse();
        ApiKeySecret.Matches(hash, new string('\u00e9', ApiKeySecret.SecretLength)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("gh_")]
    [InlineData("gh_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("gh_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("GH_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("gh_aaaaaaaaa_aaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("gh_aaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("gh_aaaaaaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=")]
    public void What_is_not_of_the_form_is_no_key(string text) => ApiKeySecret.TryParse(text, out _, out _).ShouldBeFalse();
}
