using System.Net;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>More groups than a server tells at once: all of them or nobody, and an end to it.</summary>
public sealed class Large_groups
{
    private readonly Steps _steps = new();

    [Theory(Timeout = 60_000)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=unlimited", true)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.pr=70 size.prtotal=unlimited", true)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=2500", false)]
    [InlineData("sizelimit size.soft=100 size.hard=100 size.prtotal=disabled", false)]
    public async Task All_groups_come_in_pages_or_nobody_is_let_in(string limits, bool isWhole)
    {
        using var authority = new DirectoryAuthority("Root");
        await using SlapdServer server = await new SlapdServer(authority, "127.0.0.1").StartAsync(Entries(3000), limits + "\n");

        RealmAnswer answer = await LoginAsync(server.Url);

        if (isWhole)
        {
            answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
            answer.Principal!.Groups.Length.ShouldBe(6000);
            answer.Principal.Groups.ShouldContain("g2999");
            return;
        }

        answer.Verdict.ShouldBe(RealmVerdict.Unavailable, _steps.ToString());
        answer.Reason.ShouldBeOneOf("too_many_groups", "group_search_failed");
    }

    [Theory(Timeout = 60_000)]
    [InlineData(0, true)] // empty pages, and another one each time
    [InlineData(500, true)] // full ones, without end
    [InlineData(20_000, false)] // no pages at all: everything at once
    public async Task Groups_without_end_end_the_login(int inOnePage, bool isPaged)
    {
        await using var server = new TinyDirectory { InOnePage = inOnePage, IsPaged = isPaged };

        RealmAnswer answer = await LoginAsync(server.Url);

        answer.Verdict.ShouldBe(RealmVerdict.Unavailable, _steps.ToString());
        answer.Reason.ShouldBeOneOf("too_many_groups", "malformed_answer");
    }

    private async Task<RealmAnswer> LoginAsync(string url)
    {
        DirectorySettings settings = new()
        {
            Urls = [url],
            AllowClearText = true,
            BindDn = SlapdServer.Searcher,
            BindPassword = SlapdServer.SearcherPassword,
            UserBase = "ou=people,dc=example",
            GroupBase = "ou=groups,dc=example",
        };
        using var realm = new DirectoryRealm(new RealmDocument { Name = "directory", Kind = RealmKind.Ldap, Directory = settings }, TimeProvider.System);
        return await realm.VerifyAsync(
            new PresentedCredentials(IPAddress.Loopback) { Name = "anna", Password = "anna-password-1" }, _steps, TestContext.Current.CancellationToken);
    }

    private static string Entries(int groups)
    {
        var text = new StringBuilder($"""
            dn: dc=example
            objectClass: dcObject
            objectClass: organization
            o: Example
            dc: example

            dn: cn=gatehouse,dc=example
            objectClass: organizationalRole
            objectClass: simpleSecurityObject
            cn: gatehouse
            userPassword: {SlapdServer.SearcherPassword}

            dn: ou=people,dc=example
            objectClass: organizationalUnit
            ou: people

            dn: ou=groups,dc=example
            objectClass: organizationalUnit
            ou: groups

            dn: uid=anna,ou=people,dc=example
            objectClass: inetOrgPerson
            uid: anna
            cn: Anna
            sn: A
            userPassword: anna-password-1

            """.ReplaceLineEndings("\n"));
        for (int i = 0; i < groups; i++)
        {
            text.Append($"\ndn: cn=g{i},ou=groups,dc=example\nobjectClass: posixGroup\ncn: g{i}\ngidNumber: {1000 + i}\nmemberUid: anna\n");
        }

        return text.ToString();
    }
}
