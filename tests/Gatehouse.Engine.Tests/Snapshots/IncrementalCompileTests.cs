using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Snapshots;

public sealed class IncrementalCompileTests
{
    private const int Steps = 30;
    private static readonly SystemAction[] Actions = [SystemAction.Intern("http", "get"), SystemAction.Intern("http", "put")];
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(1);

    private static readonly IPAddress[] Sources =
    [
        .. new[]
        {
            "10.1.2.3", "10.1.2.4", "10.1.2.9", "10.1.2.10", "10.1.3.7", "10.1.3.8", "10.2.0.0", "11.0.0.0", "9.255.255.255", "0.0.0.0", "255.255.255.255",
            "2001:db8:1::5", "2001:db8:1::4", "2001:db8:1::a", "2001:db8:2::7", "2001:db8:2::8", "2001:db9::", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        }.Select(IPAddress.Parse),
    ];

    [Fact]
    public void A_snapshot_made_from_the_one_before_decides_as_one_made_from_nothing()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), static seed =>
        {
            var changes = new RandomChanges(seed);
            SecuritySnapshot current = Compile(new ClusterDocument(), 1, null, out _).ShouldNotBeNull();
            var all = new List<(SecuritySnapshot Snapshot, string Says)>();
            for (int step = 2; step < Steps; step++)
            {
                ClusterDocument next = changes.Next(current.Document);
                SecuritySnapshot? whole = Compile(next, step, null, out string[] found);
                SecuritySnapshot? made = Compile(next, step, current, out string[] foundToo);
                foundToo.ShouldBe(found);
                (made is null).ShouldBe(whole is null);
                if (made is null || whole is null)
                {
                    continue;
                }

                string says = Say(made);
                says.ShouldBe(Say(whole));
                made.Policy.Generation.ShouldBe(step);
                all.Add((made, says));
                current = made;
            }

            // What came later has changed none of those before.
            all.ShouldAllBe(static s => Say(s.Snapshot) == s.Says);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
    }

    [Fact]
    public void What_did_not_change_is_taken_over()
    {
        ClusterDocument document = new()
        {
            Users = StoreFixture.With("a", "b").Users,
            Roles = StoreFixture.With("a").Roles,
            Networks = [new AddressRule(AddressRuleEffect.Deny, "10.0.0.1")],
        };
        SecuritySnapshot first = Compile(document, 1, null, out _).ShouldNotBeNull();
        SecuritySnapshot user = Compile(document with { Users = document.Users.Add("c", StoreFixture.User("c")) }, 2, first, out _).ShouldNotBeNull();
        user.Users.Find("a").ShouldBeSameAs(first.Users.Find("a"));
        user.Users.ContainsKey("c").ShouldBeTrue();
        user.GlobalFilter.ShouldBeSameAs(first.GlobalFilter);
        user.Mapper.ShouldBeSameAs(first.Mapper);

        SecuritySnapshot role = Compile(document with { Roles = document.Roles.Add("more", new RoleDocument { Name = "more" }) }, 2, first, out _).ShouldNotBeNull();
        role.Users.ShouldBeSameAs(first.Users);
    }

    [Fact]
    public void A_role_that_comes_into_being_holds_for_who_had_its_name_already()
    {
        var reader = new RoleDocument { Name = "reader", Grants = [new Grant { System = "http", Actions = ["get"] }] };
        ClusterDocument document = StoreFixture.With("a");
        document = document with { Roles = document.Roles.SetItem("reader", reader), Users = document.Users.SetItem("a", StoreFixture.User("a") with { Roles = ["reader", "late"] }) };
        SecuritySnapshot before = Compile(document, 1, null, out _).ShouldNotBeNull();
        Allows(before, "a", Actions[0], "a").ShouldBeTrue();
        var late = new RoleDocument { Name = "late", Grants = [new Grant { System = "*", Actions = ["*"], Effect = GrantEffect.Deny }] };
        SecuritySnapshot after = Compile(document with { Roles = document.Roles.Add("late", late) }, 2, before, out _).ShouldNotBeNull();
        Allows(after, "a", Actions[0], "a").ShouldBeFalse();
        Allows(before, "a", Actions[0], "a").ShouldBeTrue();
    }

    [Fact]
    public async Task Whoever_decides_while_snapshots_are_swapped_decides_as_the_documents_of_its_snapshot_say()
    {
        ClusterDocument document = new() { Roles = document0("allow") };
        for (int i = 0; i < 64; i++)
        {
            document = document with { Users = document.Users.Add($"u{i}", StoreFixture.User($"u{i}") with { Roles = ["turning"] }) };
        }

        var holder = new SnapshotHolder(Compile(document, 1, null, out _).ShouldNotBeNull());
        using var ended = new CancellationTokenSource();
        Task<int>[] deciding = [.. Enumerable.Range(0, 3).Select(n => Task.Run(() => Watch(holder, n, ended.Token), TestContext.Current.CancellationToken))];
        for (int step = 2; step < 600; step++)
        {
            SecuritySnapshot current = holder.Current;
            ClusterDocument next = (step % 3) switch
            {
                0 => current.Document with { Roles = document0(step % 2 == 0 ? "allow" : "deny") },
                1 => current.Document with { Users = current.Document.Users.SetItem($"u{step % 64}", StoreFixture.User($"u{step % 64}") with { Roles = ["turning"], Enabled = step % 4 != 0 }) },
                _ => current.Document with { Networks = [new AddressRule(step % 2 == 0 ? AddressRuleEffect.Deny : AddressRuleEffect.Allow, "10.1.2.3")] },
            };
            holder.Swap(Compile(next, step, current, out _).ShouldNotBeNull());
            await Task.Yield();
        }

        await ended.CancelAsync();
        (await Task.WhenAll(deciding)).ShouldAllBe(static decided => decided > 0);

        static System.Collections.Immutable.ImmutableSortedDictionary<string, RoleDocument> document0(string effect) =>
            new ClusterDocument().Roles.Add("turning", new RoleDocument
            {
                Name = "turning",
                Description = effect,
                Grants = [new Grant { System = "http", Actions = ["get"], Resources = ["a"], Effect = effect == "allow" ? GrantEffect.Allow : GrantEffect.Deny }],
            });
    }

    private static int Watch(SnapshotHolder holder, int seed, CancellationToken ended)
    {
        var random = new Random(seed);
        int decided = 0;
        while (!ended.IsCancellationRequested || decided == 0)
        {
            SecuritySnapshot snapshot = holder.Current;
            string user = $"u{random.Next(64)}";
            bool expected = snapshot.Document.Users[user].Enabled && snapshot.Document.Roles["turning"].Description == "allow";
            Allows(snapshot, user, Actions[0], "a").ShouldBe(expected);
            bool isDenied = snapshot.Document.Networks is [{ Effect: AddressRuleEffect.Deny }];
            snapshot.Decide("web", Sources[0]).IsAllowed.ShouldBe(!isDenied);
            decided++;
        }

        return decided;
    }

    private static SecuritySnapshot? Compile(ClusterDocument document, long generation, SecuritySnapshot? previous, out string[] found)
    {
        var problems = new List<Problem>();
        SecuritySnapshot? snapshot = SnapshotCompiler.Compile(generation, generation, document, problems, previous);
        found = [.. problems.Select(static p => p.ToString()).Order(StringComparer.Ordinal)];
        return snapshot;
    }

    private static bool Allows(SecuritySnapshot snapshot, string user, SystemAction action, string resource) =>
        Allows(snapshot, new Principal(user, RealmNames.Native), action, resource);

    private static bool Allows(SecuritySnapshot snapshot, Principal principal, SystemAction action, string resource)
    {
        if (!snapshot.TryGetRights(principal, IPAddress.Loopback, Now, out Rights rights))
        {
            return false;
        }

        var operations = new OperationSet();
        operations.Begin(action);
        if (resource.Length > 0)
        {
            operations.AddResource(Encoding.UTF8.GetBytes(resource));
        }

        var context = new AuthorizationContext(principal, rights.Roles, IPAddress.Loopback, "web", false, Now, 1) { Limit = rights.Limit };
        bool allowed = Authorizer.Decide(snapshot.Policy, context, operations).IsAllowed;
        Authorizer.Decide(snapshot.Policy, context with { List = rights.List }, operations).IsAllowed.ShouldBe(allowed);
        return allowed;
    }

    // Everything that a snapshot decides, as text.
    private static string Say(SecuritySnapshot snapshot)
    {
        var said = new StringBuilder();
        IEnumerable<Principal> principals = Enumerable.Range(0, 40).Select(static i => new Principal($"u{i}", RealmNames.Native))
            .Concat(snapshot.Document.ApiKeys.Keys.Select(static id => new Principal(id, RealmNames.ApiKey, attributes: Attributes(id))))
            .Append(new Principal("anonymous", RealmNames.Anonymous));
        foreach (Principal principal in principals)
        {
            if (snapshot.TryGetRights(principal, IPAddress.Loopback, Now, out Rights rights))
            {
                said.Append(principal).Append(' ').AppendJoin(',', rights.Roles).Append(' ');
                foreach (SystemAction action in Actions)
                {
                    foreach (string resource in RandomChanges.Resources)
                    {
                        said.Append(Allows(snapshot, principal, action, resource) ? '+' : '-');
                    }
                }

                said.AppendLine();
            }
        }

        foreach (string gate in new[] { "web", "mqtt", "other" })
        {
            foreach (IPAddress source in Sources)
            {
                AddressVerdict verdict = snapshot.Decide(gate, source);
                said.Append(verdict.IsAllowed ? '+' : '-').Append(verdict.Rule?.ToString() ?? "default").Append(verdict.Doubt).AppendLine();
            }

            said.AppendJoin(',', snapshot.FilterFor(gate).Hosts.Order(StringComparer.Ordinal)).Append(snapshot.FilterFor(gate).Count).AppendLine();
        }

        return said.ToString();
    }

    private static System.Collections.Frozen.FrozenDictionary<string, string> Attributes(string id) =>
        System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([KeyValuePair.Create(SecuritySnapshot.ApiKeyAttribute, id)], StringComparer.Ordinal);
}
