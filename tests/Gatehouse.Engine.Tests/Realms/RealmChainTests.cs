using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Realms;

public sealed class RealmChainTests : IDisposable
{
    private static readonly IPAddress Source = IPAddress.Parse("10.1.2.3");
    private static readonly string AnnasHash = PasswordHash.Create("anna's password");

    private readonly ManualTime _time = new();
    private readonly ScriptedRealms _realms = new();
    private readonly RealmChain _chain;
    private long _epoch = 1;

    public RealmChainTests() => _chain = new RealmChain(_time, new LoginLimitOptions { SourceBurst = 50, UserBurst = 50, Queue = 8 }, _realms);

    public void Dispose() => _chain.Dispose();

    [Fact]
    public async Task Realms_are_asked_in_their_order_until_one_lets_in()
    {
        _realms.Answers["late"] = Accept("late");
        _realms.Answers["early"] = new RealmAnswer(RealmVerdict.Refused, Reason: "bind_refused");
        _realms.Answers["broken"] = new RealmAnswer(RealmVerdict.Unavailable, Reason: "unreachable");
        SecuritySnapshot snapshot = Snapshot(Ldap("late", 30), Ldap("early", 10), Ldap("broken", 20));

        AuthenticationResult result = await Login(snapshot, Basic("zoe", "secret"));

        result.Authenticated!.Principal.ToString().ShouldBe("late/zoe");
        _realms.Asked.ShouldBe(["early", "broken", "late"]);
    }

    [Fact]
    public async Task A_realm_that_cannot_be_asked_lets_nobody_in()
    {
        _realms.Answers["broken"] = new RealmAnswer(RealmVerdict.Unavailable, Reason: "unreachable");

        AuthenticationResult result = await Login(Snapshot(Ldap("broken", 10)), Basic("zoe", "secret"));

        result.Status.ShouldBe(AuthenticationStatus.Refused);
        result.Reason.ShouldBe("native: refused; broken: unreachable");
    }

    [Fact]
    public async Task An_empty_password_reaches_no_directory()
    {
        _realms.Answers["corp"] = Accept("corp");

        AuthenticationResult result = await Login(Snapshot(Ldap("corp", 10)), Basic("zoe", ""));

        result.Status.ShouldBe(AuthenticationStatus.Refused);
        _realms.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_gate_asks_only_its_own_realms_not_even_for_remembered_logins()
    {
        _realms.Answers["corp"] = Accept("corp");
        SecuritySnapshot snapshot = Snapshot(Ldap("corp", 10));
        (await Login(snapshot, Basic("zoe", "secret"))).Status.ShouldBe(AuthenticationStatus.Accepted);
        var elsewhere = new AuthenticationRequest(Basic("zoe", "secret"), Source, ["native"]);

        _chain.TryGetCached(elsewhere, snapshot, _time.GetUtcNow(), out _).ShouldBeFalse();
        (await _chain.AuthenticateAsync(elsewhere, snapshot, CancellationToken.None)).Status.ShouldBe(AuthenticationStatus.Refused);
        (await Login(snapshot, Basic("anna", "anna's password"), "corp")).Authenticated!.Principal.Realm.ShouldBe("corp");
    }

    [Fact]
    public async Task Two_realms_with_one_name_are_two_people()
    {
        _realms.Answers["corp"] = Accept("corp");
        SecuritySnapshot snapshot = Snapshot(Ldap("corp", 10));

        AuthenticationResult result = await Login(snapshot, Basic("anna", "her corp password"));

        result.Authenticated!.Principal.ToString().ShouldBe("corp/anna");
        snapshot.TryGetRights(result.Authenticated.Principal, Source, _time.GetUtcNow(), out Rights rights).ShouldBeTrue();
        rights.Roles.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_name_in_many_realms_shares_neither_rights_nor_keys_nor_a_login()
    {
        (string id, string text, string hash) = ApiKeySecret.Make();
        ApiKeyDocument key = new() { Id = id, Name = "ci", Owner = "anna", Hash = hash, OwnerSince = Anna.Created };
        _realms.Answers["corp"] = Accept("corp");
        _realms.Answers["tokens"] = Accept("tokens");
        SecuritySnapshot snapshot = Snapshot([key], Ldap("corp", 10), Tokens());
        Authenticated native = (await Login(snapshot, Basic("anna", "anna's password"))).Authenticated!;
        Authenticated corp = (await Login(snapshot, Basic("anna", "her corp password"))).Authenticated!;
        Authenticated byKey = (await Login(snapshot, "Bearer " + text)).Authenticated!;

        new HashSet<Principal> { native.Principal, corp.Principal, byKey.Principal, new("anna", "tokens") }.Count.ShouldBe(4);
        foreach (Principal other in new[] { corp.Principal, new Principal("anna", "tokens"), new Principal("anna", "gone"), new Principal("anna", "NATIVE") })
        {
            snapshot.TryGetRights(other, Source, _time.GetUtcNow(), out Rights rights);
            rights.Roles.ShouldBeEmpty(other.ToString());
            ApiKeys.IdOf(other).ShouldBeNull();
        }

        // The native anna goes: hers and her key's logins fall, that of the other one stands.
        SecuritySnapshot without = SnapshotCompiler.Compile(_epoch++, _epoch, snapshot.Document with { Users = snapshot.Document.Users.Remove("anna") }, [])!;
        (native.IsCurrent(without, _time.GetUtcNow()), byKey.IsCurrent(without, _time.GetUtcNow()), corp.IsCurrent(without, _time.GetUtcNow())).ShouldBe((false, false, true));

        // And the other way round: the realm goes, and a mapping for one realm's anna is not for another's.
        (await Login(Snapshot([key]), Basic("anna", "her corp password"))).Status.ShouldBe(AuthenticationStatus.Refused);
        RoleMapper mapper = RoleMapper.Compile([new MappingDocument { Name = "a", Roles = ["dev"], Realms = ["corp"], Users = ["anna"] }], [])!;
        mapper.RolesOf(corp.Principal, null).ShouldBe(["dev"]);
        mapper.RolesOf(new Principal("anna", "tokens"), null).ShouldBeEmpty();
        mapper.RolesOf(new Principal("anna", "Corp"), null).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_directory_login_is_asked_again_after_its_time_and_falls_with_its_realm()
    {
        _realms.Answers["corp"] = Accept("corp") with { Until = _time.GetUtcNow().AddMinutes(5) };
        SecuritySnapshot snapshot = Snapshot(Ldap("corp", 10));
        Authenticated login = (await Login(snapshot, Basic("zoe", "secret"))).Authenticated!;
        var request = new AuthenticationRequest(Basic("zoe", "secret"), Source);

        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeTrue();
        _time.Advance(TimeSpan.FromMinutes(5));
        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeFalse();
        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeTrue();

        login.IsCurrent(Snapshot(Ldap("corp", 10) with { Enabled = false }), _time.GetUtcNow()).ShouldBeFalse();
        login.IsCurrent(Snapshot(Ldap("corp", 10) with { Version = 2 }), _time.GetUtcNow()).ShouldBeFalse();
        login.IsCurrent(Snapshot(), _time.GetUtcNow()).ShouldBeFalse();
    }

    [Fact]
    public async Task Keys_that_changed_are_asked_again()
    {
        _realms.Answers["tokens"] = Accept("tokens") with { Until = _time.GetUtcNow().AddHours(1) };
        SecuritySnapshot snapshot = Snapshot(Tokens());
        await Login(snapshot, "Bearer abc");
        var request = new AuthenticationRequest("Bearer abc", Source);
        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeTrue();

        _realms.Epoch++;

        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_token_ends_for_what_runs_too()
    {
        _realms.Answers["tokens"] = Accept("tokens") with { Until = _time.GetUtcNow().AddSeconds(30) };
        SecuritySnapshot snapshot = Snapshot(Tokens());

        Authenticated login = (await Login(snapshot, "Bearer abc")).Authenticated!;

        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(30));
        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeFalse();
    }

    [Fact]
    public async Task A_login_falls_with_what_it_was_proved_by()
    {
        Proof proof = new();
        _realms.Answers["tokens"] = Accept("tokens") with { Proof = proof };
        SecuritySnapshot snapshot = Snapshot(Tokens());
        Authenticated login = (await Login(snapshot, "Bearer abc")).Authenticated!;
        var request = new AuthenticationRequest("Bearer abc", Source);
        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeTrue();
        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeTrue();

        proof.IsGood = false;

        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeFalse();
        _chain.TryGetCached(request, snapshot, _time.GetUtcNow(), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_realm_lives_on_when_a_generation_is_read_anew_and_goes_when_it_is_another()
    {
        _realms.Answers["corp"] = Accept("corp");
        await Login(Snapshot(Ldap("corp", 10)), Basic("zoe", "secret"));
        IRealm first = _chain.Find(Snapshot(Ldap("corp", 10)), "corp")!;
        RealmDocument other = Ldap("corp", 10) with { Directory = Ldap("corp", 10).Directory! with { PoolSize = 3 } };

        _chain.Find(Snapshot(Ldap("corp", 10), Ldap("more", 20)), "corp").ShouldBeSameAs(first);
        _chain.Find(Snapshot(other), "corp").ShouldNotBeSameAs(first, "its version is the same, its settings are not");
    }

    [Fact]
    public async Task A_gate_that_no_longer_asks_a_realm_lets_its_people_go()
    {
        RealmDocument open = new() { Name = "open", Kind = RealmKind.Anonymous, Anonymous = new AnonymousSettings { Roles = ["guest"] } };
        _realms.Answers["corp"] = Accept("corp");
        SecuritySnapshot snapshot = Snapshot(open, Ldap("corp", 10));
        Authenticated zoe = (await Login(snapshot, Basic("zoe", "secret"))).Authenticated!;
        Authenticated guest = (await Login(snapshot, null, "open")).Authenticated!;
        Authenticated vouched = new(new Principal("dora", RealmNames.Pki), 0);

        (zoe.MayComeThrough([], snapshot), zoe.MayComeThrough(["corp"], snapshot), zoe.MayComeThrough(["native"], snapshot)).ShouldBe((true, true, false));
        (guest.MayComeThrough([], snapshot), guest.MayComeThrough(["open"], snapshot)).ShouldBe((false, true));
        (vouched.MayComeThrough([], snapshot), vouched.MayComeThrough(["pki"], snapshot)).ShouldBe((false, true));
    }

    [Fact]
    public async Task Anonymous_is_let_in_only_where_the_gate_names_it()
    {
        RealmDocument open = new() { Name = "open", Kind = RealmKind.Anonymous, Anonymous = new AnonymousSettings { Roles = ["guest"] } };
        SecuritySnapshot snapshot = Snapshot(open);

        (await Login(snapshot, null)).Status.ShouldBe(AuthenticationStatus.Missing);
        (await Login(snapshot, null, "native")).Status.ShouldBe(AuthenticationStatus.Missing);
        Authenticated login = (await Login(snapshot, null, "native", "open")).Authenticated!;
        snapshot.TryGetRights(login.Principal, Source, _time.GetUtcNow(), out Rights rights).ShouldBeTrue();
        rights.Roles.ShouldBe(["guest"]);
        (await Login(snapshot, Basic("zoe", "wrong"), "native", "open")).Status.ShouldBe(AuthenticationStatus.Refused);
    }

    [Fact]
    public async Task A_key_acts_for_its_owner_within_its_own_grants()
    {
        (string id, string text, string hash) = ApiKeySecret.Make();
        ApiKeyDocument key = new() { Id = id, Name = "ci", Owner = "anna", Hash = hash, OwnerSince = Anna.Created, Grants = [new Grant { System = "http", Actions = ["get"], Resources = ["a/**"] }] };
        SecuritySnapshot snapshot = Snapshot([key]);

        Authenticated login = (await Login(snapshot, "Bearer " + text)).Authenticated!;
        login.Principal.ToString().ShouldBe("api-key/anna");
        string elastic = Convert.ToBase64String(Encoding.ASCII.GetBytes($"{id}:{text[24..]}"));
        (await Login(snapshot, "ApiKey " + elastic)).Status.ShouldBe(AuthenticationStatus.Accepted);

        snapshot.TryGetRights(login.Principal, Source, _time.GetUtcNow(), out Rights rights).ShouldBeTrue();
        rights.Roles.ShouldBe(["reader"]);
        May(snapshot, login.Principal, rights, "get", "a/b").ShouldBeTrue();
        May(snapshot, login.Principal, rights, "get", "c").ShouldBeFalse();
        May(snapshot, login.Principal, rights, "put", "a/b").ShouldBeFalse();
    }

    [Fact]
    public async Task A_key_never_adds_to_what_its_owner_may()
    {
        (string id, string text, string hash) = ApiKeySecret.Make();
        ApiKeyDocument key = new() { Id = id, Name = "ci", Owner = "anna", Hash = hash, OwnerSince = Anna.Created, Grants = [new Grant { System = "*", Actions = ["*"] }] };
        SecuritySnapshot snapshot = Snapshot([key]);
        Authenticated login = (await Login(snapshot, "Bearer " + text)).Authenticated!;
        snapshot.TryGetRights(login.Principal, Source, _time.GetUtcNow(), out Rights rights);

        May(snapshot, login.Principal, rights, "get", "c").ShouldBeTrue();
        May(snapshot, login.Principal, rights, "put", "c").ShouldBeFalse();
        SecuritySnapshot derived = Snapshot([key with { IsDerived = true }]);
        derived.TryGetRights(login.Principal, Source, _time.GetUtcNow(), out Rights none).ShouldBeTrue();
        May(derived, login.Principal, none, "get", "c").ShouldBeFalse();
    }

    [Fact]
    public async Task A_revoked_expired_or_orphaned_key_falls_at_once()
    {
        (string id, string text, string hash) = ApiKeySecret.Make();
        ApiKeyDocument key = new() { Id = id, Name = "ci", Owner = "anna", Hash = hash, OwnerSince = Anna.Created };
        SecuritySnapshot snapshot = Snapshot([key]);
        Authenticated login = (await Login(snapshot, "Bearer " + text)).Authenticated!;
        login.IsCurrent(snapshot, _time.GetUtcNow()).ShouldBeTrue();

        foreach (SecuritySnapshot after in new[]
        {
            Snapshot(),
            Snapshot([key with { Expires = _time.GetUtcNow() }]),
            Snapshot([key with { OwnerSince = Anna.Created.AddSeconds(1) }]),
            Snapshot([key with { Hash = ApiKeySecret.Make().Hash }]),
        })
        {
            login.IsCurrent(after, _time.GetUtcNow()).ShouldBeFalse();
            (await Login(after, "Bearer " + text)).Authenticated.ShouldBeNull();
        }

        (await Login(snapshot, "Bearer " + text[..^1] + (text[^1] == 'A' ? 'B' : 'A'))).Reason.ShouldBe("api-key: key_refused");
        (await Login(snapshot, "Bearer gh_short")).Reason.ShouldBe("api-key: key_malformed");
    }

    [Fact]
    public void Mappings_give_roles_by_realm_group_attribute_and_network()
    {
        RoleMapper mapper = RoleMapper.Compile(
        [
            new MappingDocument { Name = "a", Roles = ["dev"], Realms = ["corp"], Groups = ["cn=Developers, ou=Groups,dc=example"] },
            new MappingDocument { Name = "b", Roles = ["ops", "dev"], Groups = ["ops-*"], Networks = ["10.0.0.0/8"] },
            new MappingDocument { Name = "c", Roles = ["mail"], Attributes = ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty.Add("mail", ["*@example.com"]) },
            new MappingDocument { Name = "d", Roles = ["never"], Users = ["zoe"], Enabled = false },
        ],
            [])!;
        Principal zoe = new("zoe", "corp", ["CN=developers,OU=groups,DC=example", "ops-eu"]);

        mapper.RolesOf(zoe, Source).ShouldBe(["dev", "ops"]);
        mapper.RolesOf(zoe, IPAddress.Parse("192.0.2.1")).ShouldBe(["dev"]);
        mapper.RolesOf(zoe, null).ShouldBe(["dev"]);
        mapper.RolesOf(new Principal("zoe", "other", zoe.Groups), null).ShouldBeEmpty();
        mapper.RolesOf(new Principal("zoe", "corp", ["cn=developers\\,ou=groups,dc=example"]), null).ShouldBeEmpty();

        List<Problem> problems = [];
        RoleMapper.Compile([new MappingDocument { Name = "all", Roles = ["x"] }], problems).ShouldBeNull();
        problems.ShouldHaveSingleItem().Definition.Id.ShouldBe("GH5060");
    }

    private static UserDocument Anna { get; } = new() { Name = "anna", Password = AnnasHash, Roles = ["reader"], Created = DateTimeOffset.UnixEpoch };

    private static RealmDocument Ldap(string name, int order) =>
        new() { Name = name, Kind = RealmKind.Ldap, Order = order, Directory = new DirectorySettings { Urls = ["ldap://127.0.0.1"], AllowClearText = true, UserDnTemplates = ["uid={0},dc=example"] } };

    private static RealmDocument Tokens() =>
        new() { Name = "tokens", Kind = RealmKind.Jwt, Token = new TokenSettings { Issuer = "https://issuer.example", Audiences = ["a"], KeysUrl = "https://issuer.example/keys" } };

    private static RealmAnswer Accept(string realm) => new(RealmVerdict.Accepted, new Principal("scripted", realm));

    private static bool May(SecuritySnapshot snapshot, Principal principal, Rights rights, string action, string resource)
    {
        Gatehouse.Operations.OperationSet operations = new();
        operations.Begin(Gatehouse.Operations.SystemAction.Intern("http", action));
        operations.AddResource(Encoding.UTF8.GetBytes(resource));
        AuthorizationContext context = new(principal, rights.Roles, Source, "g", false, DateTimeOffset.UnixEpoch, 1) { Limit = rights.Limit };
        return Authorizer.Decide(snapshot.Policy, context, operations).IsAllowed;
    }

    private static string Basic(string name, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    private async Task<AuthenticationResult> Login(SecuritySnapshot snapshot, string? header, params ImmutableArray<string> realms) =>
        await _chain.AuthenticateAsync(new AuthenticationRequest(header, Source, realms), snapshot, CancellationToken.None);

    private SecuritySnapshot Snapshot(params RealmDocument[] realms) => Snapshot([], realms);

    private SecuritySnapshot Snapshot(ApiKeyDocument[] keys, params RealmDocument[] realms)
    {
        List<Problem> problems = [];
        ClusterDocument document = new()
        {
            Users = ImmutableSortedDictionary<string, UserDocument>.Empty.Add("anna", Anna),
            Roles = ImmutableSortedDictionary<string, RoleDocument>.Empty
                .Add("reader", new RoleDocument { Name = "reader", Grants = [new Grant { System = "http", Actions = ["get"] }] }),
            Realms = realms.ToImmutableSortedDictionary(static r => r.Name, static r => r, StringComparer.Ordinal),
            ApiKeys = keys.ToImmutableSortedDictionary(static k => k.Id, static k => k, StringComparer.Ordinal),
        };
        SecuritySnapshot? snapshot = SnapshotCompiler.Compile(_epoch++, _epoch, document, problems);
        problems.ShouldBeEmpty();
        return snapshot!;
    }

    private sealed class Proof : IProof
    {
        public bool IsGood { get; set; } = true;

        public bool Stands(DateTimeOffset now) => IsGood;
    }

    private sealed class ScriptedRealms : IRealmFactory
    {
        public Dictionary<string, RealmAnswer> Answers { get; } = [];

        public List<string> Asked { get; } = [];

        public int Epoch { get; set; }

        public IRealm TryMake(RealmDocument document) => new Scripted(this, document);

        IRealm? IRealmFactory.TryMake(RealmDocument document) => TryMake(document);

        private sealed class Scripted(ScriptedRealms owner, RealmDocument document) : IRealm
        {
            public RealmDocument Document => document;

            public int Epoch => owner.Epoch;

            public ValueTask<RealmAnswer> VerifyAsync(PresentedCredentials presented, IRealmSteps? steps, CancellationToken cancellation)
            {
                owner.Asked.Add(document.Name);
                RealmAnswer answer = owner.Answers[document.Name];
                return new(answer.Principal is null ? answer : answer with { Principal = new Principal(presented.Name ?? "token", document.Name) });
            }

            public void Dispose()
            {
            }
        }
    }
}
