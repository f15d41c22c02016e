using System.Net;
using System.Net.Sockets;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>The one server that most tests ask.</summary>
public sealed class SlapdFixture : IAsyncLifetime
{
    internal DirectoryAuthority Authority { get; } = new("Directory Test Root");

    internal SlapdServer Server { get; private set; } = null!; // made before any test

    public async ValueTask InitializeAsync() => Server = await new SlapdServer(Authority, "127.0.0.1", "localhost").StartAsync();

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
    }
}

/// <summary>A realm of kind <c>ldap</c> against OpenLDAP's server: who gets in with which groups, and who does not.</summary>
public sealed class Slapd_realm(SlapdFixture slapd) : IClassFixture<SlapdFixture>
{
    private readonly Steps _steps = new();

    [Fact(Timeout = 30_000)]
    public async Task A_user_is_found_bound_and_comes_with_groups()
    {
        RealmAnswer answer = await LoginAsync(Settings(), "Anna", "anna-password-1");

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        answer.Principal!.Name.ShouldBe("anna");
        answer.Principal.Realm.ShouldBe("directory");
        answer.Principal.Attributes["dn"].ShouldBe("uid=anna,ou=people,dc=example");
        answer.Principal.Attributes["mail"].ShouldBe("anna@example.org");
        answer.Principal.Groups.ShouldBe(
        [
            "cn=Writers,ou=groups,dc=example", "cn=elsewhere,ou=outside,dc=example", "cn=shell,ou=groups,dc=example",
            "Writers", "shell",
        ]);
        answer.Until.ShouldNotBeNull();
        _steps.ToString().ShouldNotContain("password-1");
    }

    [Fact(Timeout = 30_000)]
    public async Task Groups_in_groups_are_followed_and_a_loop_ends()
    {
        RealmAnswer byBoth = await LoginAsync(Settings() with { NestedDepth = 16 }, "anna", "anna-password-1");
        RealmAnswer bySearch = await LoginAsync(Settings() with { NestedDepth = 16, MemberOf = false }, "anna", "anna-password-1");
        RealmAnswer byMemberOf = await LoginAsync(Settings() with { NestedDepth = 16, GroupBase = null }, "anna", "anna-password-1");
        RealmAnswer oneStep = await LoginAsync(Settings() with { NestedDepth = 1 }, "anna", "anna-password-1");

        foreach (RealmAnswer answer in new[] { byBoth, bySearch, byMemberOf })
        {
            answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
            answer.Principal!.Groups.ShouldContain("cn=staff,ou=groups,dc=example");
            answer.Principal.Groups.Where(static g => g.StartsWith("cn=everyone", StringComparison.Ordinal)).ShouldHaveSingleItem();
            answer.Principal.Groups.ShouldContain("staff");

            // It is the group `Writers` that is called so, and no user of that name.
            answer.Principal.Groups.ShouldNotContain("trap");

            // A plain name that reads like part of a distinguished one is left out.
            answer.Principal.Groups.ShouldNotContain("everyone, really");
        }

        oneStep.Principal!.Groups.ShouldContain("staff");
        oneStep.Principal.Groups.ShouldNotContain(static g => g.StartsWith("cn=everyone", StringComparison.Ordinal));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TLS_from_the_first_byte_and_by_StartTls(bool isStartTls)
    {
        DirectorySettings settings = Tls() with { Urls = [isStartTls ? slapd.Server.Url : slapd.Server.TlsUrl], StartTls = isStartTls };

        (await LoginAsync(settings, "anna", "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        (await LoginAsync(settings, "anna", "wrong")).Verdict.ShouldBe(RealmVerdict.Refused);
        _steps.ToString().ShouldContain(isStartTls ? "TLS by StartTLS" : ", TLS");
    }

    [Theory(Timeout = 30_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_authority_that_is_not_pinned_is_refused(bool isStartTls)
    {
        using var stranger = new DirectoryAuthority("Directory Test Root");
        DirectorySettings settings = Tls() with
        {
            Urls = [isStartTls ? slapd.Server.Url : slapd.Server.TlsUrl],
            StartTls = isStartTls,
            Authorities = stranger.Pem,
        };

        RealmAnswer answer = await LoginAsync(settings, "anna", "anna-password-1");

        answer.Verdict.ShouldBe(RealmVerdict.Unavailable, _steps.ToString());
        answer.Reason.ShouldBe("certificate_refused");
        _steps.ToString().ShouldContain("does not come from the realm's authorities");
        _steps.ToString().ShouldNotContain("bind");
    }

    [Fact(Timeout = 30_000)]
    public async Task A_certificate_for_another_host_is_refused()
    {
        await using SlapdServer other = await new SlapdServer(slapd.Authority, "directory.example").StartAsync();

        RealmAnswer byName = await LoginAsync(Tls() with { Urls = [$"ldaps://localhost:{other.TlsPort}"] }, "anna", "anna-password-1");
        RealmAnswer byAddress = await LoginAsync(Tls() with { Urls = [other.TlsUrl] }, "anna", "anna-password-1");

        byName.ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "certificate_refused"), _steps.ToString());
        byAddress.ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "certificate_refused"), _steps.ToString());
        _steps.ToString().ShouldContain("is not for `localhost`");
    }

    [Fact(Timeout = 30_000)]
    public async Task An_empty_password_is_refused_though_the_server_takes_it()
    {
        ShellResult taken = await Shell.RunAsync("ldapwhoami", ["-x", "-H", slapd.Server.Url, "-D", "uid=anna,ou=people,dc=example", "-w", ""]);
        taken.ToString().ShouldContain("anonymous");

        RealmAnswer answer = await LoginAsync(Settings(), "anna", "");

        answer.ShouldBe(new RealmAnswer(RealmVerdict.Refused, Reason: "password_empty"));
        _steps.ToString().ShouldNotContain("bind");
    }

    [Theory(Timeout = 30_000)]
    [InlineData("*")]
    [InlineData("anna*")]
    [InlineData("*)(uid=*")]
    [InlineData("anna)(|(uid=*")]
    [InlineData("anna)(objectClass=*")]
    [InlineData("x)(|(uid=anna)")]
    [InlineData("\\61nna")]
    [InlineData("\\2a")]
    [InlineData("{0}")]
    [InlineData("{1}")]
    [InlineData("anna\0")]
    [InlineData("anna\0*")]
    [InlineData(" anna")]
    [InlineData("anna ")]
    [InlineData("anna,ou=people,dc=example")]
    [InlineData("anna+cn=Anna")]
    [InlineData("#616e6e61")]
    [InlineData("uid=anna")]
    [InlineData("")]
    public async Task A_name_is_a_value_and_nothing_more(string name)
    {
        DirectorySettings templates = Templates("uid={0},ou=people,dc=example");

        (await LoginAsync(Settings(), name, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Refused, _steps.ToString());
        (await LoginAsync(templates, name, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Refused, _steps.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_name_of_special_signs_is_that_name()
    {
        const string Name = @"we(ird*)\na,me+#";

        (await LoginAsync(Settings(), Name, "weird-password-1")).Principal?.Name.ShouldBe(Name, _steps.ToString());
        RealmAnswer byTemplate = await LoginAsync(Templates("uid={0},ou=people,dc=example"), Name, "weird-password-1");
        byTemplate.Principal?.Name.ShouldBe(Name, _steps.ToString());
        byTemplate.Verdict.ShouldBe(RealmVerdict.Accepted);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_name_that_the_directory_only_takes_for_another_is_refused()
    {
        const string LookAlike = "\uff41nna"; // a wide `a`, which RFC 4518 folds to the narrow one

        RealmAnswer found = await LoginAsync(Settings(), LookAlike, "anna-password-1");

        found.ShouldBe(new RealmAnswer(RealmVerdict.Refused, Reason: "name_not_exact"), _steps.ToString());
        (await LoginAsync(Templates("uid={0},ou=people,dc=example"), LookAlike, "anna-password-1")).Verdict.ShouldBe(RealmVerdict.Refused);
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_of_one_name_and_those_outside_are_refused()
    {
        (await LoginAsync(Settings(), "twin", "twin-password-1")).ShouldBe(new RealmAnswer(RealmVerdict.Refused, Reason: "user_ambiguous"), _steps.ToString());
        (await LoginAsync(Settings(), "outsider", "outsider-password-1")).Reason.ShouldBe("user_unknown");
        DirectorySettings outside = Templates("uid={0},ou=outside,dc=example") with { UserBase = "ou=people,dc=example" };
        (await LoginAsync(outside, "outsider", "outsider-password-1")).Reason.ShouldBe("dn_outside_base");
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_costs_a_bind_as_a_wrong_password_does()
    {
        (await LoginAsync(Settings(), "nobody-here", "x")).Reason.ShouldBe("user_unknown");
        string nobody = string.Join(',', _steps.All.Select(static s => s.Step));
        _steps.All.Clear();
        (await LoginAsync(Settings(), "anna", "x")).Reason.ShouldBe("bind_refused");

        nobody.ShouldBe(string.Join(',', _steps.All.Select(static s => s.Step)));
        nobody.ShouldEndWith("bind as the user");
    }

    [Fact(Timeout = 30_000)]
    public async Task Templates_bind_at_once_and_read_as_the_user()
    {
        DirectorySettings settings = Templates("uid={0},ou=outside,dc=example", "uid={0},ou=people,dc=example") with { GroupBase = "ou=groups,dc=example" };

        RealmAnswer answer = await LoginAsync(settings, "ANNA", "anna-password-1");

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        answer.Principal!.Name.ShouldBe("anna");
        answer.Principal.Groups.ShouldContain("Writers");
        (await LoginAsync(settings, "outsider", "outsider-password-1")).Verdict.ShouldBe(RealmVerdict.Accepted);
        (await LoginAsync(settings, "anna", "outsider-password-1")).ShouldBe(new RealmAnswer(RealmVerdict.Refused, Reason: "bind_refused"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Referrals_are_never_followed()
    {
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        string url = $"ldap://127.0.0.1:{((IPEndPoint)trap.LocalEndpoint).Port}";
        await using SlapdServer server = await new SlapdServer(slapd.Authority, "127.0.0.1").StartAsync(
            $"""
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

            dn: ou=away,dc=example
            objectClass: referral
            objectClass: extensibleObject
            ou: away
            ref: {url}/ou=away,dc=other

            """);
        DirectorySettings settings = Settings() with { Urls = [server.Url], UserBase = "dc=example", GroupBase = null };

        (await LoginAsync(settings, "anna", "x")).Reason.ShouldBe("user_unknown", _steps.ToString());
        _steps.ToString().ShouldContain("none followed");
        (await LoginAsync(settings with { UserBase = "ou=people,ou=away,dc=example" }, "anna", "x"))
            .ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "referral"));
        trap.Pending().ShouldBeFalse();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_searching_account_that_is_refused_lets_nobody_in()
    {
        RealmAnswer answer = await LoginAsync(Settings() with { BindPassword = "wrong" }, "anna", "anna-password-1");

        answer.ShouldBe(new RealmAnswer(RealmVerdict.Unavailable, Reason: "searcher_refused"));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_name_attribute_gives_the_name()
    {
        DirectorySettings settings = Settings() with { UserFilter = "(|(uid={0})(mail={0}))", NameAttribute = "cn" };

        (await LoginAsync(settings, "anna@example.org", "anna-password-1")).Principal?.Name.ShouldBe("Anna", _steps.ToString());
        (await LoginAsync(settings with { NameAttribute = "description" }, "anna", "anna-password-1")).Reason.ShouldBe("name_attribute_unusable");
    }

    private DirectorySettings Settings() => new()
    {
        Urls = [slapd.Server.Url],
        AllowClearText = true,
        BindDn = SlapdServer.Searcher,
        BindPassword = SlapdServer.SearcherPassword,
        UserBase = "ou=people,dc=example",
        GroupBase = "ou=groups,dc=example",
    };

    private DirectorySettings Tls() => Settings() with { Urls = [slapd.Server.TlsUrl], AllowClearText = false, Authorities = slapd.Authority.Pem };

    private DirectorySettings Templates(params string[] templates) =>
        new() { Urls = [slapd.Server.Url], AllowClearText = true, UserDnTemplates = [.. templates] };

    private async Task<RealmAnswer> LoginAsync(DirectorySettings settings, string name, string password)
    {
        using var realm = new DirectoryRealm(new RealmDocument { Name = "directory", Kind = RealmKind.Ldap, Directory = settings }, TimeProvider.System);
        var presented = new PresentedCredentials(IPAddress.Loopback) { Name = name, Password = password };
        return await realm.VerifyAsync(presented, _steps, TestContext.Current.CancellationToken);
    }
}
