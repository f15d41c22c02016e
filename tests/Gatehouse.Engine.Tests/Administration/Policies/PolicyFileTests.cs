using System.Collections.Immutable;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration.Policies;

/// <summary>The policy as YAML: read strictly, written so that nothing is lost.</summary>
public sealed class PolicyFileTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A state with everything odd in it that the API lets in.</summary>
    internal static ClusterDocument Full => new()
    {
        Users = Map(
            static user => user.Name,
            new UserDocument { Name = "admin", Password = PasswordHash.Decoy, Roles = ["superuser"], Created = Now },
            new UserDocument { Name = "123", FullName = "Jürgen \"J\" \u200B#: \\ 😀", Enabled = false, Expires = Now.AddDays(3).AddTicks(7), Created = Now },
            new UserDocument { Name = "glass", Password = PasswordHash.Decoy, IsBreakGlass = true, Roles = ["reader"], Created = Now },
            new UserDocument { Name = "_job", IsService = true, Roles = ["reader", "true"], CredentialVersion = 4, Created = Now }),
        Roles = Map(
            static role => role.Name,
            new RoleDocument
            {
                Name = "reader",
                Description = "- reads: things",
                Grants =
                [
                    new Grant { System = "http", Actions = ["get", "index:read"], Resources = ["tenants/*/data", "a: b", "${username}/**"] },
                    new Grant
                    {
                        Effect = GrantEffect.Deny,
                        System = "*",
                        Actions = ["*"],
                        When = new GrantConditions { Sources = ["10.0.0.0/8", "::1"], Gates = ["g"], ClientCertificate = true, NotBefore = Now, NotAfter = Now.AddYears(1), Hours = "22:00-06:00" },
                    },
                    new Grant { System = "ipfs-cluster", Actions = ["pin.remove"], When = new GrantConditions { Own = true } },
                ],
            },
            new RoleDocument { Name = "true" }),
        Realms = Map(
            static realm => realm.Name,
            new RealmDocument { Name = "corp", Kind = RealmKind.Ldap, Version = 3, Directory = AdminBench.Corp with { UserFilter = "(&(uid={0})(x=*))" } },
            new RealmDocument { Name = "anonymous", Kind = RealmKind.Anonymous, Version = 1, Anonymous = new AnonymousSettings { Roles = ["reader"] } },
            new RealmDocument
            {
                Name = "hs",
                Kind = RealmKind.Jwt,
                Version = 2,
                Token = new TokenSettings
                {
                    Issuer = "https://issuer.test",
                    Audiences = ["us"],
                    Algorithms = ["HS256"],
                    Keys = $$"""{"keys":[{"kty":"oct","k":"{{new string('B', 42)}}A"}]}""",
                    Require = ImmutableSortedDictionary<string, string>.Empty.Add("/tenant", ""),
                },
            }),
        Mappings = Map(
            static mapping => mapping.Name,
            new MappingDocument
            {
                Name = "m",
                Roles = ["reader"],
                Realms = ["corp"],
                Groups = ["cn=a b,dc=c"],
                Attributes = ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal).Add("dept", ["*"]).Add("a:b", ["x", "y"]),
                Networks = ["10.0.0.0/8"],
            }),
        ApiKeys = Map(static key => key.Id, new ApiKeyDocument { Id = AdminBench.KnownKey, Name = "k", Owner = "_job", OwnerSince = Now, Hash = Convert.ToBase64String(new byte[32]) }),
        Networks = [new AddressRule(AddressRuleEffect.Deny, "10.6.6.6"), new AddressRule(AddressRuleEffect.Allow, "_all", "g"), new AddressRule(AddressRuleEffect.Allow, "::/0")],
        AuditPolicy = new AuditPolicyDocument
        {
            Revision = 9,
            Rules = new AuditRules { Level = "standard", Exclude = [], Ignore = [new IgnorePolicy { Name = "z", Users = [] }, new IgnorePolicy { Name = "a", Users = ["", "/x.*/"], Realms = ["native"] }] },
            Gates = [new GateAuditRules { Gate = "g", Rules = new AuditRules { Level = "minimal" } }],
        },
    };

    [Fact]
    public void What_was_exported_changes_nothing_when_it_is_applied()
    {
        ClusterDocument document = Full;

        foreach (bool withHashes in (bool[])[false, true])
        {
            string text = PolicyFile.Write(PolicyExport.Of(document, withHashes), "a comment");
            PolicyFileResult read = Read(text);
            read.Problems.ShouldBeEmpty(text);
            PolicyCandidate candidate = PolicyCandidate.Make(document, 7, read.View!, PolicyMerge.Replace, Now.AddDays(1));

            candidate.Problems.ShouldBeEmpty(text);
            candidate.Document.ShouldBeSameAs(document);
            PolicyFile.Write(PolicyExport.Of(candidate.Document!, withHashes), "a comment").ShouldBe(text);
            text.ShouldNotContain(AdminBench.Corp.BindPassword!);
            text.ShouldNotContain("BBBBB");
            text.ShouldNotContain(AdminBench.KnownKey);
            text.Contains(PasswordHash.Decoy, StringComparison.Ordinal).ShouldBe(withHashes);
        }
    }

    [Fact]
    public void An_export_checks_without_its_cluster()
    {
        PolicyFileResult read = Read(PolicyFile.Write(PolicyExport.Of(Full, false)));

        PolicyCandidate.Make(new ClusterDocument(), 0, read.View!, PolicyMerge.Alone, Now).Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("version: 1\nuzers: {}\n", "GH1006", 2, 1, "did you mean `users`")]
    [InlineData("version: 1\nusers:\n  anna:\n    rolez: a\n", "GH1006", 4, 5, "did you mean `roles`")]
    [InlineData("version: 1\nusers:\n  anna: {}\n  anna: {}\n", "GH1007", 4, 3, "twice")]
    [InlineData("version: 1\nroles:\n  a: {}\nroles:\n  b: {}\n", "GH1007", 4, 1, "twice")]
    [InlineData("version: 1\nusers: &a\n  anna: {}\n", "GH1005", 2, 8, "anchors")]
    [InlineData("version: 1\nusers: *a\n", "GH1005", 2, 8, "aliases")]
    [InlineData("version: 1\nusers:\n  <<: {}\n", "GH1005", 3, 3, "merge keys")]
    [InlineData("version: 1\nusers:\n", "GH1008", 2, 7, "nothing stands")]
    [InlineData("version: 1\nusers:\n  anna:\n    enabled: yes\n", "GH1008", 4, 14, "`true` or `false`")]
    [InlineData("version: 1\nusers:\n  anna:\n    expires: 2026-01-01\n", "GH1012", 4, 14, "no time")]
    [InlineData("version: 1\nroles:\n  a:\n    name: b\n", "GH1006", 4, 5, "unknown key")]
    [InlineData("version: 1\nrealms:\n  a:\n    kind: ldapp\n", "GH1013", 4, 11, "did you mean `ldap`")]
    [InlineData("version: 1\nrealms:\n  a:\n    order: 3\n", "GH1009", 4, 5, "no `kind`")]
    [InlineData("version: 1\nnetworks:\n- {effect: alow, address: _all}\n", "GH1013", 3, 12, "did you mean `allow`")]
    [InlineData("users: {}\n", "GH1009", 1, 1, "no `version`")]
    [InlineData("version: 1\nusers:\n  anna:\n    full_name: \"a\\tb\"\n", "GH1003", 4, 16, "control character")]
    public void A_mistake_has_its_line_and_column(string text, string id, int line, int column, string says)
    {
        PolicyFileResult read = Read(text);

        read.View.ShouldBeNull();
        read.Problems[0].Id.ShouldBe(id, read.Problems[0].ToString());
        (read.Problems[0].Location!.Line, read.Problems[0].Location!.Column).ShouldBe((line, column), read.Problems[0].ToString());
        read.Problems[0].ToString().ShouldContain(says);
    }

    [Theory]
    [InlineData("version: 2\n", "GH6020", 1)]
    [InlineData("version: 1\ntrusted_peers: [a]\n", "GH6020", 2)]
    [InlineData("version: 1\nusers:\n  ännä: {}\n", "GH9011", 3)]
    [InlineData("version: 1\nusers:\n  Anna: {}\n  anna: {}\n", "GH9010", 4)]
    [InlineData("version: 1\nusers:\n  anna: {}\n  bob: {password_hash: x}\n", "GH6021", 4)]
    [InlineData("version: 1\nroles:\n  superuser: {}\n", "GH9015", 3)]
    [InlineData("version: 1\nroles:\n  a:\n    grants:\n    - {system: http, actions: get}\n    - {system: http, actions: get, resources: '***'}\n", "GH6006", 6)]
    [InlineData("version: 1\nroles: {}\nusers:\n  anna: {roles: nowhere}\n", "GH9009", 4)]
    [InlineData("version: 1\nmappings:\n  m: {roles: superuser}\n", "GH5060", 3)]
    [InlineData("version: 1\nrealms: {}\nmappings:\n  m: {roles: superuser, realms: a}\n", "GH9009", 4)]
    [InlineData("version: 1\nrealms:\n  a: {kind: ldap}\n", "GH5002", 3)]
    [InlineData("version: 1\nnetworks:\n- {effect: allow, address: _all}\n- {effect: allow, address: _all}\n", "GH6021", 4)]
    [InlineData("version: 1\nnetworks:\n- {effect: allow, address: 10.0.0.1/8}\n", "GH4002", 2)]
    [InlineData("version: 1\naudit:\n  level: some\n", "GH8030", 2)]
    [InlineData("version: 1\ntests:\n- {user: anna, may: 'http:get:a'}\n- {may: 'http:get:a'}\n", "GH6021", 4)]
    public void What_the_store_would_refuse_is_refused_with_its_line(string text, string id, int line)
    {
        PolicyFileResult read = Read(text);
        read.Problems.ShouldBeEmpty();

        PolicyCandidate candidate = PolicyCandidate.Make(new ClusterDocument(), 0, read.View!, PolicyMerge.Alone, Now);

        candidate.Document.ShouldBeNull();
        candidate.Problems[0].Id.ShouldBe(id, candidate.Problems[0].ToString());
        read.Placed(candidate.Problems[0]).Location!.Line.ShouldBe(line, candidate.Problems[0].ToString());
    }

    [Fact]
    public void What_a_section_does_not_name_is_removed_by_a_replacement_and_kept_by_an_addition()
    {
        ClusterDocument document = Full;
        PolicyView view = Read("version: 1\nusers:\n  admin: {roles: superuser}\n  new: {roles: reader}\nmappings: {}\n").View!;

        ClusterDocument replaced = PolicyCandidate.Make(document, 7, view, PolicyMerge.Replace, Now).Document!;
        ClusterDocument added = PolicyCandidate.Make(document, 7, view, PolicyMerge.Add, Now).Document!;

        replaced.Users.Keys.ShouldBe(["admin", "new"]);
        replaced.Users["admin"].ShouldBeSameAs(document.Users["admin"]);
        replaced.Users["new"].Created.ShouldBe(Now);
        replaced.Mappings.ShouldBeEmpty();
        replaced.ApiKeys.ShouldBeEmpty("the key's owner is gone");
        replaced.Roles.ShouldBeSameAs(document.Roles);
        added.Users.Count.ShouldBe(5);
        added.Mappings.ShouldBeSameAs(document.Mappings);
        added.ApiKeys.ShouldBeSameAs(document.ApiKeys);
    }

    [Theory]
    [InlineData("users:\n  other: {roles: superuser}\n", "GH9013")]
    [InlineData("users:\n  admin: {roles: superuser, expires: 2030-01-01T00:00:00Z}\n", "GH9013")]
    [InlineData("users:\n  admin: {roles: superuser, service: true}\n", "GH9013")]
    [InlineData("users:\n  admin: {roles: superuser}\n  glass: {break_glass: false}\n", "GH6021")]
    [InlineData("users:\n  admin: {roles: superuser}\n  glass: {service: true}\n", "GH6021")]
    [InlineData("users:\n  admin: {roles: superuser, break_glass: true}\n", "GH6021")]
    [InlineData("users:\n  admin: {roles: superuser}\n  other: {service: true, break_glass: true}\n", "GH5032")]
    [InlineData("roles: {}\n", "GH9014")]
    [InlineData("realms: {}\n", "GH9009")]
    [InlineData("realms:\n  corp: {kind: ldap, directory: {urls: 'ldaps://elsewhere', bind_dn: 'cn=search,dc=example,dc=com', user_base: 'dc=c'}}\n", "GH5006")]
    public void A_file_that_would_lock_out_or_lose_something_is_refused(string text, string id)
    {
        PolicyCandidate candidate = PolicyCandidate.Make(Full, 7, Read("version: 1\n" + text).View!, PolicyMerge.Replace, Now);

        candidate.Document.ShouldBeNull();
        candidate.Problems.Select(static problem => problem.Id).ShouldContain(id);
    }

    [Fact]
    public void A_new_hash_ends_logins_and_a_realm_keeps_its_secret()
    {
        ClusterDocument document = Full;
        string hash = PasswordHash.Create("correct horse battery staple");
        PolicyView view = Read($"version: 1\nusers:\n  admin: {{roles: superuser, password_hash: '{hash}'}}\nrealms:\n  corp: {{kind: ldap, order: 7, directory: {{urls: 'ldap://127.0.0.1:3891', allow_clear_text: true, bind_dn: 'cn=search,dc=example,dc=com', user_base: 'dc=c'}}}}\n").View!;

        ClusterDocument next = PolicyCandidate.Make(document, 7, view, PolicyMerge.Add, Now).Document!;

        next.Users["admin"].Password.ShouldBe(hash);
        next.Users["admin"].CredentialVersion.ShouldBe(2);
        next.Users["admin"].Created.ShouldBe(document.Users["admin"].Created);
        next.Realms["corp"].Directory!.BindPassword.ShouldBe(AdminBench.Corp.BindPassword);
        next.Realms["corp"].Version.ShouldBe(8);
    }

    [Fact]
    public void A_file_that_is_too_large_or_nested_too_deep_is_not_read()
    {
        Read(new string(' ', PolicyFile.MaxBytes + 1)).Problems[0].Id.ShouldBe("GH1004");
        Read("version: " + new string('[', 100_000)).Problems[0].Id.ShouldBe("GH1004");
    }

    [Fact]
    public void Every_part_of_the_cluster_state_is_in_the_file_or_left_out_on_purpose() =>
        string.Join(' ', typeof(ClusterDocument).GetProperties().Select(static part => part.Name).Order(StringComparer.Ordinal))
            .ShouldBe("ApiKeys AuditPolicy Certificates Mappings Membership Networks Realms Revocations Roles Users", "a new part belongs into PolicyView, PolicyExport and PolicyMerger, or into docs/operate/policy-file.md as left out");

    internal static PolicyFileResult Read(string text) => PolicyFile.Read(Encoding.UTF8.GetBytes(text), "policy.yaml");

    private static ImmutableSortedDictionary<string, T> Map<T>(Func<T, string> name, params T[] documents) =>
        documents.ToImmutableSortedDictionary(name, static document => document, StringComparer.Ordinal);
}
