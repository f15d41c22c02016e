using System.Net;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Realms.Directory;
using Gatehouse.Identity;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Directories;

/// <summary>One domain controller for all tests: making it takes ten seconds.</summary>
public sealed class SambaFixture : IAsyncLifetime
{
    private SambaDomain? _domain;

    internal DirectoryAuthority Authority { get; } = new("Domain Test Root");

    public async ValueTask InitializeAsync()
    {
        if (Environment.IsPrivilegedProcess)
        {
            _domain = await new SambaDomain().StartAsync(Authority);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_domain is not null)
        {
            await _domain.DisposeAsync();
        }

        Authority.Dispose();
    }
}

/// <summary>The classes that share the domain controller.</summary>
[CollectionDefinition(nameof(SambaFixture))]
public sealed class SambaCollection : ICollectionFixture<SambaFixture>;

/// <summary>
/// A realm of kind <c>active-directory</c> against Samba as a domain controller. Its LDAP ports are fixed and below 1024: without
/// root it cannot listen, and these tests say so and are skipped.
/// </summary>
[Collection(nameof(SambaFixture))]
public sealed class Active_directory_realm(SambaFixture samba)
{
    private const string Password = "User.Passw0rd";
    private readonly Steps _steps = new();

    [Theory(Timeout = 30_000)]
    [InlineData("anna")]
    [InlineData("ANNA")]
    [InlineData("anna@corp.test")]
    [InlineData("Anna@CORP.TEST")]
    [InlineData("CORP\\anna")]
    [InlineData("corp.test\\Anna")]
    [InlineData("a.name@other.example")]
    public async Task One_user_by_every_name_is_one_principal(string name)
    {
        foreach (DirectorySettings settings in new[] { Settings(), WithoutSearcher() })
        {
            RealmAnswer answer = await LoginAsync(settings, name, Password);

            answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
            answer.Principal!.Name.ShouldBe("anna");
            answer.Principal.Attributes["mail"].ShouldBe("anna@example.org");
            (await LoginAsync(settings, name, "wrong")).ShouldBe(new RealmAnswer(RealmVerdict.Refused, Reason: "password_wrong"), _steps.ToString());
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Groups_in_groups_and_the_primary_group_count()
    {
        RealmAnswer flat = await LoginAsync(Settings(), "anna", Password);
        RealmAnswer nested = await LoginAsync(Settings() with { NestedDepth = 1 }, "anna", Password);

        flat.Principal!.Groups.ShouldContain("Writers", _steps.ToString());
        flat.Principal.Groups.ShouldContain("Domain Users");
        flat.Principal.Groups.ShouldNotContain("Staff");
        foreach (string group in new[] { "Writers", "Staff", "Everyone Here", "Domain Users", "Users", "CN=Users,CN=Builtin,DC=corp,DC=test" })
        {
            nested.Principal!.Groups.ShouldContain(group, _steps.ToString());
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("ldaps://127.77.254.1:3269", false)]
    [InlineData("ldap://127.77.254.1:3268", true)]
    [InlineData("ldap://127.77.254.1", true)]
    public async Task Global_catalogue_and_StartTls(string url, bool isStartTls)
    {
        RealmAnswer answer = await LoginAsync(Settings() with { Urls = [url], StartTls = isStartTls, NestedDepth = 1 }, "anna", Password);

        answer.Verdict.ShouldBe(RealmVerdict.Accepted, _steps.ToString());
        answer.Principal!.Groups.ShouldContain("Staff", _steps.ToString());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("disabled", "account_disabled")]
    [InlineData("expired", "account_expired")]
    [InlineData("fresh", "password_must_change")]
    [InlineData("stale", "password_expired")]
    [InlineData("night", "logon_hours")]
    [InlineData("desk", "logon_workstation")]
    public async Task An_account_that_may_not_log_in_is_inactive_for_its_reason(string name, string reason)
    {
        (await LoginAsync(Settings(), name, Password)).ShouldBe(new RealmAnswer(RealmVerdict.Inactive, Reason: reason), _steps.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task An_account_that_was_guessed_at_too_often_is_locked_for_its_reason()
    {
        for (int i = 0; i < 3; i++)
        {
            (await LoginAsync(Settings(), "locked", "guess")).Verdict.ShouldNotBe(RealmVerdict.Accepted, _steps.ToString());
        }

        (await LoginAsync(Settings(), "locked", Password)).ShouldBe(new RealmAnswer(RealmVerdict.Inactive, Reason: "account_locked"), _steps.ToString());
        (await LoginAsync(WithoutSearcher(), "locked", Password)).Reason.ShouldBe("account_locked", _steps.ToString());
    }

    [Fact(Timeout = 30_000)]
    public async Task An_attribute_set_to_another_s_name_lets_neither_in_under_it()
    {
        DirectorySettings byMail = Settings() with { UserFilter = "(|(sAMAccountName={0})(mail={0}))" };

        (await LoginAsync(byMail, "bert", Password)).Reason.ShouldBe("user_ambiguous", _steps.ToString());
        (await LoginAsync(byMail, "thief", Password)).Principal?.Name.ShouldBe("thief");
        (await LoginAsync(Settings(), "CORP\\bert", Password)).Principal?.Name.ShouldBe("bert");
    }

    [Fact(Timeout = 30_000)]
    public async Task Other_domains_computers_and_nobody_are_refused()
    {
        (await LoginAsync(Settings(), "OTHER\\anna", Password)).ShouldBe(RealmAnswer.NotMine);
        (await LoginAsync(Settings(), "anna@elsewhere.example", Password)).Reason.ShouldBe("user_unknown", _steps.ToString());
        (await LoginAsync(Settings(), "DC1$", "x")).Reason.ShouldBe("user_unknown");
        (await LoginAsync(Settings(), "nobody", "x")).Reason.ShouldBe("user_unknown");
        (await LoginAsync(WithoutSearcher(), "nobody", "x")).Verdict.ShouldBe(RealmVerdict.Refused);
        (await LoginAsync(Settings(), "*", Password)).Reason.ShouldBe("user_unknown");
        (await LoginAsync(Settings(), "anna)(|(cn=*", Password)).Reason.ShouldBe("user_unknown");
        (await LoginAsync(Settings(), "anna", "")).Reason.ShouldBe("password_empty");
    }

    private DirectorySettings Settings() => WithoutSearcher() with { BindDn = SambaDomain.Searcher, BindPassword = SambaDomain.SearcherPassword };

    private DirectorySettings WithoutSearcher() =>
        new() { Urls = [$"ldaps://{SambaDomain.Address}"], Authorities = samba.Authority.Pem, Domain = "corp.test", NetbiosName = "CORP" };

    private async Task<RealmAnswer> LoginAsync(DirectorySettings settings, string name, string password)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a domain controller listens on ports below 1024, for which these tests lack the right");
        using var realm = new DirectoryRealm(new RealmDocument { Name = "corp", Kind = RealmKind.ActiveDirectory, Directory = settings }, TimeProvider.System);
        var presented = new PresentedCredentials(IPAddress.Loopback) { Name = name, Password = password };
        return await realm.VerifyAsync(presented, _steps, TestContext.Current.CancellationToken);
    }
}
