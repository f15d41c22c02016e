using System.Collections.Immutable;
using System.Net;
using System.Text;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration.Policies;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration.Policies;

/// <summary>Who gains or loses what: nothing gained is ever hidden, and what is covered is no change.</summary>
public sealed class PolicyDiffTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("http:get:a/b", "http:get:a/b", "", "")]
    [InlineData("http:get:a/b", "http:get:tenants/*/data", "http:get:tenants/*/data", "http:get:a/b")]
    [InlineData("http:*:**", "http:*:**|http:get:a", "", "")]
    [InlineData("http:get:a/**", "http:get:a/*/c", "", "http:get:a/**")]
    [InlineData("http:get:a/*", "http:get:a/**", "http:get:a/**", "")]
    [InlineData("http:get:a/*", "http:get:a/b*", "", "http:get:a/*")]
    [InlineData("http:get:a*/**", "http:get:ab/**", "http:get:ab/**", "http:get:a*/**")] // the second allows "all that begins with ab/", the first does not
    [InlineData("http:g*:a", "http:get:a", "", "http:g*:a")]
    [InlineData("*:*:**", "http:get:a", "", "*:*:**")]
    [InlineData("http:get:a|-http:get:a/secret", "http:get:a", "", "")]
    [InlineData("http:get:a/**|-http:get:a/secret", "http:get:a/**", "-http:get:a/secret", "")]
    [InlineData("http:get:a/**", "http:get:a/**|-http:get:a/secret", "", "-http:get:a/secret")]
    [InlineData("-http:*:**", "-http:*:**|http:get:a", "", "")]
    [InlineData("-http:get:a", "-http:get:a|http:get:a", "http:get:a", "")] // the system as a whole is open
    [InlineData("http:get:a/${username}", "http:get:a/*", "http:get:a/*", "")]
    [InlineData("http:get:a/*", "http:get:a/${username}", "", "http:get:a/*")]
    [InlineData("", "gatehouse:user.list", "!gatehouse:user.list:**", "")]
    [InlineData("", "*:*:**", "!*:*:**", "")]
    [InlineData("ignite:table.read:PUBLIC.*", "ignite:table.read:PUBLIC.*|ignite:table.read:PUBLIC.ORDERS", "", "")]
    [InlineData("ignite:table.read:PUBLIC.*", "ignite:table.read:PUBLIC.*|ignite:meta.read:PUBLIC.ORDERS", "", "")] // implied
    [InlineData("ignite:table.read:PUBLIC.*", "ignite:table.read:PUBLIC.*|ignite:sql.read:PUBLIC.ORDERS", "ignite:sql.read:PUBLIC.ORDERS", "")]
    [InlineData("ignite:sql.read:PUBLIC.*|-ignite:table.read:public.pay", "ignite:sql.read:PUBLIC.*", "-ignite:table.read:public.pay", "")] // denied both ways
    [InlineData("*:*:PUBLIC*", "*:*:PUBLIC*|ignite:table.read:PUBLIC.*", "ignite:table.read:PUBLIC.*", "")] // of a path, `*` ends at `/`
    public void Rights_are_compared_grant_by_grant(string before, string after, string gains, string losses)
    {
        PolicyDiffResponse diff = PolicyDiff.Between(Document(before), 3, Document(after), Now);

        foreach (string kind in (string[])["user", "role", "mapping"])
        {
            PolicyIdentityChange? change = diff.Identities.SingleOrDefault(one => one.Kind == kind);
            string.Join('|', change?.Gains.Select(Text) ?? []).ShouldBe(gains, kind);
            string.Join('|', change?.Losses.Select(static right => Text(right).TrimStart('!')) ?? []).ShouldBe(losses, kind);
            (change?.Critical == true).ShouldBe(gains.StartsWith('!'));
        }
    }

    [Fact]
    public void What_is_too_much_to_compare_is_named_and_not_hidden()
    {
        GrantAtom wide = AtomOf("**");
        GrantAtom narrow = AtomOf("a/b");
        var spent = new DiffBudget();
        spent.Take(long.MaxValue, long.MaxValue).ShouldBeFalse();
        spent.Take(4_000_000_000, 1).ShouldBeTrue();

        RightsDiff.Between([wide], [wide, narrow], new DiffBudget()).IsEmpty.ShouldBeTrue();
        RightsDiff.Between([wide], [wide, narrow], spent).Gains.ShouldBe([narrow]);
    }

    [Fact]
    public void A_grant_with_conditions_covers_no_wider_one()
    {
        GrantConditions narrow = new() { Sources = ["10.1.0.0/16"], Gates = ["g"] };
        GrantConditions wide = new() { Sources = ["10.0.0.0/8"] };

        Atom(wide).Covers(Atom(narrow)).ShouldBeTrue();
        Atom(narrow).Covers(Atom(wide)).ShouldBeFalse();
        Atom(null).Covers(Atom(wide)).ShouldBeTrue();
        Atom(wide).Covers(Atom(null)).ShouldBeFalse();
        Atom(new GrantConditions { ClientCertificate = true }).Covers(Atom(narrow)).ShouldBeFalse();
        Atom(new GrantConditions { Own = true }).Covers(Atom(narrow)).ShouldBeFalse();
        Atom(narrow with { Own = null }).Covers(Atom(narrow with { Own = true })).ShouldBeTrue();
        Atom(new GrantConditions { NotAfter = Now }).Covers(Atom(new GrantConditions { NotAfter = Now.AddDays(1) })).ShouldBeFalse();
        Atom(new GrantConditions { Hours = "08:00-10:00" }).Covers(Atom(new GrantConditions { Hours = "08:00-09:00" })).ShouldBeFalse("not proved, so named");
    }

    [Fact]
    public void A_pattern_that_covers_another_matches_all_that_the_decision_lets_it_match()
    {
        var random = new Random(20260501);
        string[] bits = ["a", "b", "/", "*", "**", "a/", "/b", "ab"];
        int covering = 0;
        for (int i = 0; i < 3000; i++)
        {
            (string outer, string inner) = (Pattern(), Pattern());
            if (outer.Contains("***", StringComparison.Ordinal) || inner.Contains("***", StringComparison.Ordinal) || !AtomOf(outer).Covers(AtomOf(inner)))
            {
                continue;
            }

            covering++;
            CompiledPolicy policy = CompiledPolicy.Compile(1, [Role("outer", outer), Role("inner", inner)], [])!;
            for (int j = 0; j < 40; j++)
            {
                string name = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => bits[random.Next(3)]));
                bool isPrefix = random.Next(2) == 0;
                (Allows(policy, "inner", name, isPrefix) && !Allows(policy, "outer", name, isPrefix)).ShouldBeFalse($"{outer} covers {inner}, but not `{name}` {isPrefix}");
            }
        }

        covering.ShouldBeGreaterThan(200);

        string Pattern() => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => bits[random.Next(bits.Length)]));
    }

    [Fact]
    public void Users_with_the_same_roles_are_one_group_and_disabling_takes_all()
    {
        ClusterDocument before = Document("http:get:a") with { Users = Users(100_000, true) };
        ClusterDocument after = Document("http:get:a|http:put:a") with { Users = before.Users };
        ClusterDocument off = before with { Users = before.Users.SetItem("u7", before.Users["u7"] with { Enabled = false }) };
        long begin = TimeProvider.System.GetTimestamp();

        PolicyIdentityChange all = PolicyDiff.Between(before, 1, after, Now).Identities.Single(static one => one.Kind == "user");
        PolicyIdentityChange one = PolicyDiff.Between(before, 1, off, Now).Identities.ShouldHaveSingleItem();

        all.Count.ShouldBe(100_000);
        all.Names.Count.ShouldBe(100);
        all.Gains.Select(Text).ShouldBe(["http:put:a"]);
        one.Names.ShouldBe(["u7"]);
        one.Losses.Select(Text).ShouldBe(["http:get:a"]);
        TimeProvider.System.GetElapsedTime(begin).ShouldBeLessThan(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public void A_mapping_for_others_and_a_realm_with_other_settings_say_so()
    {
        ClusterDocument before = Document("gatehouse:*");
        MappingDocument mapping = before.Mappings["m"];
        ClusterDocument wider = before with { Mappings = before.Mappings.SetItem("m", mapping with { Groups = ["everybody"] }) };
        ClusterDocument moved = before with { Realms = before.Realms.SetItem("corp", before.Realms["corp"] with { Directory = AdminBench.Corp with { Urls = ["ldap://127.0.0.1:1"] } }) };
        ClusterDocument gone = before with { Mappings = before.Mappings.Clear() };

        PolicyDiffResponse others = PolicyDiff.Between(before, 1, wider, Now);
        PolicyDiffResponse elsewhere = PolicyDiff.Between(before, 1, moved, Now);

        others.Identities[0].Critical.ShouldBeTrue();
        others.Identities[0].Note!.ShouldContain("gains");
        others.Identities.Count.ShouldBe(2);
        elsewhere.Identities.ShouldHaveSingleItem().Kind.ShouldBe("realm");
        elsewhere.Identities[0].Critical.ShouldBeTrue();
        elsewhere.Parts.ShouldHaveSingleItem().Members.ShouldBe(["directory"]);
        PolicyDiff.Between(before, 1, gone, Now).Identities.ShouldHaveSingleItem().Losses.Count.ShouldBe(1);
        PolicyDiff.Between(before, 1, before, Now).Differs.ShouldBeFalse();
    }

    private static string Text(PolicyRightChange right) => (right.Critical ? "!" : "") + (right.Deny ? "-" : "") + right.Grant;

    private static GrantAtom Atom(GrantConditions? when) => GrantAtom.Of([new Grant { System = "http", Actions = ["get"], When = when }]).Single();

    private static GrantAtom AtomOf(string resource) => GrantAtom.Of([new Grant { System = "http", Actions = ["get"], Resources = [resource] }]).Single();

    private static RoleDocument Role(string name, string resource) => new() { Name = name, Grants = [new Grant { System = "http", Actions = ["get"], Resources = [resource] }] };

    private static bool Allows(CompiledPolicy policy, string role, string name, bool isPrefix)
    {
        var set = new OperationSet();
        set.Begin(SystemAction.Intern("http", "get"));
        if (isPrefix)
        {
            set.AddPrefix(Encoding.UTF8.GetBytes(name));
        }
        else
        {
            set.AddResource(Encoding.UTF8.GetBytes(name));
        }

        return Authorizer.Decide(policy, new AuthorizationContext(new Principal("p", "native"), [role], IPAddress.Loopback, "g", false, Now, 1), set).IsAllowed;
    }

    private static ImmutableSortedDictionary<string, UserDocument> Users(int count, bool enabled) =>
        Enumerable.Range(0, count).Select(i => new UserDocument { Name = $"u{i}", Roles = ["r"], Enabled = enabled })
            .ToImmutableSortedDictionary(static user => user.Name, static user => user, StringComparer.Ordinal);

    private static ClusterDocument Document(string grants)
    {
        var role = new RoleDocument
        {
            Name = "r",
            Grants =
            [
                .. grants.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(static line =>
                {
                    GrantText.TryParse(line.TrimStart('-'), line.StartsWith('-') ? GrantEffect.Deny : GrantEffect.Allow, out GrantView? grant, out _).ShouldBeTrue();
                    return grant!.ToDocument();
                }),
            ],
        };
        return new ClusterDocument
        {
            Users = Shared.Users,
            Mappings = Shared.Mappings,
            Realms = Shared.Realms,
            Roles = ImmutableSortedDictionary.Create<string, RoleDocument>(StringComparer.Ordinal).Add("r", role),
        };
    }

    // What is the same in two documents is the same object.
    private static readonly ClusterDocument Shared = new()
    {
        Users = Users(1, true),
        Mappings = ImmutableSortedDictionary.Create<string, MappingDocument>(StringComparer.Ordinal).Add("m", new MappingDocument { Name = "m", Roles = ["r"], Realms = ["corp"], Groups = ["few"] }),
        Realms = ImmutableSortedDictionary.Create<string, RealmDocument>(StringComparer.Ordinal).Add("corp", new RealmDocument { Name = "corp", Kind = RealmKind.Ldap, Directory = AdminBench.Corp }),
    };
}
