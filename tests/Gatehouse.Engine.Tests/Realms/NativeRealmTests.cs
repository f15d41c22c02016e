using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms;

public sealed class NativeRealmTests : IDisposable
{
    private static readonly IPAddress Source = IPAddress.Loopback;
    private static readonly string AnnasHash = PasswordHash.Create("anna's password");
    private readonly ManualTime _time = new();
    private readonly RealmChain _realm;

    public NativeRealmTests() =>
        _realm = new RealmChain(_time, new LoginLimitOptions { SourceBurst = 4, UserBurst = 3, Queue = 8 }, new NoRealms());

    public void Dispose() => _realm.Dispose();

    [Fact]
    public async Task The_right_password_is_accepted_and_remembered()
    {
        SecuritySnapshot snapshot = Snapshot(Anna());

        AuthenticationResult first = await Login(snapshot, "anna", "anna's password");
        first.Status.ShouldBe(AuthenticationStatus.Accepted);
        first.Authenticated!.Principal.ToString().ShouldBe("native/anna");

        _realm.TryGetCached(new AuthenticationRequest(Basic("anna", "anna's password"), Source), snapshot, _time.GetUtcNow(), out Authenticated? cached).ShouldBeTrue();
        cached.ShouldBeSameAs(first.Authenticated);
    }

    [Theory]
    [InlineData("anna", "wrong")]
    [InlineData("nobody", "anna's password")]
    [InlineData("Anna", "anna's password")]
    [InlineData("no-password", "")]
    public async Task Everything_else_is_refused_alike(string name, string password)
    {
        SecuritySnapshot snapshot = Snapshot(Anna(), new UserDocument { Name = "no-password" });

        AuthenticationResult result = await Login(snapshot, name, password);

        result.Status.ShouldBe(AuthenticationStatus.Refused);
        result.Authenticated.ShouldBeNull();
        _realm.TryGetCached(new AuthenticationRequest(Basic(name, password), Source), snapshot, _time.GetUtcNow(), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_disabled_expired_removed_or_changed_user_falls_out_of_the_cache()
    {
        SecuritySnapshot snapshot = Snapshot(Anna() with { Expires = _time.GetUtcNow() + TimeSpan.FromHours(1) });
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);

        Cached(snapshot).ShouldBeTrue();
        Cached(Snapshot(Anna() with { Enabled = false })).ShouldBeFalse();
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);
        Cached(Snapshot()).ShouldBeFalse();
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);
        Cached(Snapshot(Anna() with { CredentialVersion = 2 })).ShouldBeFalse();
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);
        _time.Advance(TimeSpan.FromHours(2));
        Cached(snapshot).ShouldBeFalse();
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Inactive);
    }

    [Fact]
    public async Task Failed_logins_are_limited_before_hashing_and_recover_with_time()
    {
        SecuritySnapshot snapshot = Snapshot(Anna());
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);
        for (int i = 0; i < 3; i++)
        {
            (await Login(snapshot, "anna", "wrong" + i)).Status.ShouldBe(AuthenticationStatus.Refused);
        }

        AuthenticationResult limited = await Login(snapshot, "anna", "wrong again");
        limited.Status.ShouldBe(AuthenticationStatus.Limited);
        limited.RetryAfter.ShouldBeGreaterThan(TimeSpan.Zero);

        // Whoever was verified before is not locked out by somebody who guesses.
        (await Login(snapshot, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Accepted);

        _time.Advance(limited.RetryAfter);
        (await Login(snapshot, "anna", "wrong again")).Status.ShouldBe(AuthenticationStatus.Refused);
    }

    [Fact]
    public async Task One_source_is_limited_over_all_names()
    {
        SecuritySnapshot snapshot = Snapshot(Anna());
        for (int i = 0; i < 4; i++)
        {
            (await Login(snapshot, "guess" + i, "x")).Status.ShouldBe(AuthenticationStatus.Refused);
        }

        (await Login(snapshot, "guess5", "x")).Status.ShouldBe(AuthenticationStatus.Limited);
        AuthenticationResult elsewhere = await _realm.AuthenticateAsync(
            new AuthenticationRequest(Basic("guess5", "x"), IPAddress.Parse("10.1.2.3")), snapshot, TestContext.Current.CancellationToken);
        elsewhere.Status.ShouldBe(AuthenticationStatus.Refused);
    }

    [Fact]
    public async Task Many_connections_with_one_credential_share_one_hash()
    {
        SecuritySnapshot snapshot = Snapshot(Anna());
        using var realm = new RealmChain(_time, new LoginLimitOptions { Queue = 2, SourceBurst = 5, UserBurst = 5 }, new NoRealms());

        AuthenticationResult[] all = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ =>
            realm.AuthenticateAsync(new AuthenticationRequest(Basic("anna", "anna's password"), Source), snapshot, TestContext.Current.CancellationToken).AsTask()));

        all.ShouldAllBe(r => r.Status == AuthenticationStatus.Accepted);
    }

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic ")]
    [InlineData("Basic !!!!")]
    [InlineData("Basic YW5uYQ==")]
    [InlineData("Basic OnB3")]
    [InlineData("Basic YW5uYTpwdw== ,Basic YW5uYTpwdw==")]
    [InlineData("Basic YW5\tuYTpwdw==")]
    [InlineData("Basic YW5uYQA6cHc=")]
    [InlineData("Basic /2E6Yg==")]
    public async Task What_is_not_Basic_to_the_letter_is_malformed(string header) =>
        (await _realm.AuthenticateAsync(new AuthenticationRequest(header, Source), Snapshot(Anna()), TestContext.Current.CancellationToken))
            .Status.ShouldBe(AuthenticationStatus.Malformed);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task No_header_is_missing(string? header) =>
        (await _realm.AuthenticateAsync(new AuthenticationRequest(header, Source), Snapshot(Anna()), TestContext.Current.CancellationToken))
            .Status.ShouldBe(AuthenticationStatus.Missing);

    private static string Basic(string name, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    private static UserDocument Anna() => new() { Name = "anna", Password = AnnasHash, Roles = ["reader"] };

    private static SecuritySnapshot Snapshot(params UserDocument[] users) => new(
        1,
        1,
        new ClusterDocument { Users = users.ToImmutableSortedDictionary(u => u.Name, u => u, StringComparer.Ordinal) },
        CompiledPolicy.Empty,
        AddressFilter.Open,
        FrozenDictionary<string, AddressFilter>.Empty);

    private bool Cached(SecuritySnapshot snapshot) =>
        _realm.TryGetCached(new AuthenticationRequest(Basic("anna", "anna's password"), Source), snapshot, _time.GetUtcNow(), out _);

    [Fact]
    public async Task A_user_removed_and_made_again_does_not_inherit_the_old_password()
    {
        SecuritySnapshot before = Snapshot(Anna());
        AuthenticationResult old = await Login(before, "anna", "anna's password");
        SecuritySnapshot after = Snapshot(Anna() with { Password = PasswordHash.Create("another password") });

        old.Authenticated!.IsCurrent(after, _time.GetUtcNow()).ShouldBeFalse();
        Cached(after).ShouldBeFalse();
        (await Login(after, "anna", "anna's password")).Status.ShouldBe(AuthenticationStatus.Refused);
    }

    private async Task<AuthenticationResult> Login(SecuritySnapshot snapshot, string name, string password) =>
        await _realm.AuthenticateAsync(new AuthenticationRequest(Basic(name, password), Source), snapshot, TestContext.Current.CancellationToken);
}
