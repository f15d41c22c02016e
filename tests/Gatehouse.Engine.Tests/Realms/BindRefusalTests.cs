using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms;

/// <summary>What Active Directory says beside "invalid credentials", for the record.</summary>
public sealed class BindRefusalTests
{
    [Theory]
    [InlineData("525", "Refused", "user_unknown")]
    [InlineData("52e", "Refused", "password_wrong")]
    [InlineData("52E", "Refused", "password_wrong")]
    [InlineData("52f", "Inactive", "account_restricted")]
    [InlineData("530", "Inactive", "logon_hours")]
    [InlineData("531", "Inactive", "logon_workstation")]
    [InlineData("532", "Inactive", "password_expired")]
    [InlineData("533", "Inactive", "account_disabled")]
    [InlineData("534", "Inactive", "logon_type")]
    [InlineData("568", "Inactive", "too_many_groups")]
    [InlineData("701", "Inactive", "account_expired")]
    [InlineData("773", "Inactive", "password_must_change")]
    [InlineData("775", "Inactive", "account_locked")]
    public void Each_code_has_its_reason(string code, string verdict, string reason)
    {
        RealmAnswer? answer = ActiveDirectory.Refusal($"80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {code}, v1db1");

        answer.ShouldBe(new RealmAnswer(Enum.Parse<RealmVerdict>(verdict), Reason: reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Invalid credentials")]
    [InlineData("80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 0, v1db1")]
    [InlineData("comment: error, data 5330, v1db1")]
    [InlineData("comment: error, metadata533, v1db1")]
    [InlineData("data")]
    public void What_is_not_known_says_nothing(string diagnostic) => ActiveDirectory.Refusal(diagnostic).ShouldBeNull();
}
