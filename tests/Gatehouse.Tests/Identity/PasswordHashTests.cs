using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.Tests.Identity;

public sealed class PasswordHashTests
{
    [Fact]
    public void A_hash_verifies_its_own_password_only()
    {
        string hash = PasswordHash.Create("correct horse");

        hash.ShouldStartWith("$pbkdf2-sha512$i=210000$");
        hash.ShouldNotContain("horse");
        PasswordHash.Verify(hash, "correct horse").ShouldBeTrue();
        PasswordHash.Verify(hash, "correct horsE").ShouldBeFalse();
        PasswordHash.Verify(hash, "").ShouldBeFalse();
    }

    [Fact]
    public void Two_hashes_of_one_password_differ() =>
        PasswordHash.Create("same").ShouldNotBe(PasswordHash.Create("same"));

    [Fact]
    public void A_hash_made_elsewhere_with_the_same_parameters_verifies()
    {
        // hashlib.pbkdf2_hmac("sha512", "pässword", bytes(range(16)), 1000, 32), base64url without padding.
        const string Foreign = "$pbkdf2-sha512$i=1000$AAECAwQFBgcICQoLDA0ODw$y_eRj2FwHgs6A0d8wKheOWOR5PjlKZUVEID5K8lrpY0";
        PasswordHash.Verify(Foreign, "pässword").ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("plain")]
    [InlineData("$pbkdf2-sha512$i=0$AAECAwQFBgcICQoLDA0ODw$AAAA")]
    [InlineData("$pbkdf2-sha512$i=99999999999$AAECAwQFBgcICQoLDA0ODw$AAAA")]
    [InlineData("$pbkdf2-sha512$i=1000$AAECAwQFBgcICQoLDA0ODw$AAAA")]
    [InlineData("$pbkdf2-sha512$i=1000$short$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_hash_matches_nothing(string encoded)
    {
        PasswordHash.IsWellFormed(encoded).ShouldBeFalse();
        PasswordHash.Verify(encoded, "x").ShouldBeFalse();
    }
}
