using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Tests.Snapshots;

/// <summary>Changes of every kind of document, some of them with faults, from a seed.</summary>
internal sealed class RandomChanges(int seed)
{
    public static readonly string[] Resources = ["a", "a/b", "a/b/c", "a/x/c", "b", "b/y", "u1", "u2/z", ""];

    private static readonly string[] Patterns =
        ["**", "a", "a/b", "a/**", "*/b", "a/*/c", "*", "b/*", "${username}", "${username}/**", "a*", "*y", "a/b*/**", "**/c", "u*/z"];

    private static readonly string[] Addresses =
    [
        "_all", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "10.1.2.0-10.1.2.9", "10.1.2.5-10.1.3.7", "0.0.0.0/0", "::/0", "2001:db8::/32",
        "2001:db8:1::/64", "2001:db8:1::5", "2001:db8:1::5-2001:db8:2::7", "2001:db8:1::5-2001:db8:1::9", "host.example.com", "*.example.com", "255.255.255.255",
    ];

    private readonly Random _random = new(seed);

    public ClusterDocument Next(ClusterDocument document) => _random.Next(14) switch
    {
        < 4 => Users(document),
        < 7 => Roles(document),
        7 => document with { Mappings = Toggle(document.Mappings, $"m{_random.Next(3)}", static (name, n) => new MappingDocument { Name = name, Roles = [$"r{n % 5}"], Groups = ["*"] }) },
        8 => document with { ApiKeys = Toggle(document.ApiKeys, $"k{_random.Next(3)}", (name, n) => new ApiKeyDocument { Id = name, Name = name, Owner = $"u{n % 4}", Hash = "", Grants = n % 3 == 0 ? null : [Grant()] }) },
        9 => document with { Realms = Toggle(document.Realms, "anonymous", static (name, n) => new RealmDocument { Name = name, Kind = RealmKind.Anonymous, Order = (n % 5) + 1, Anonymous = new AnonymousSettings { Roles = ["r1"] } }) },
        10 => document with { AuditPolicy = document.AuditPolicy with { Revision = document.AuditPolicy.Revision + 1 } },
        _ => document with { Networks = Rules(document.Networks) },
    };

    private ClusterDocument Users(ClusterDocument document) => document with
    {
        Users = Toggle(document.Users, $"u{_random.Next(40)}", (name, n) => StoreFixture.User(name) with
        {
            Roles = [.. Enumerable.Range(0, n % 3).Select(i => $"r{(n + i) % 6}")],
            Enabled = n % 7 != 0,
            Expires = n % 5 == 0 ? DateTimeOffset.UnixEpoch.AddDays(_random.Next(3)) : null,
        }),
    };

    private ClusterDocument Roles(ClusterDocument document) => document with
    {
        Roles = Toggle(document.Roles, $"r{_random.Next(6)}", (name, n) => new RoleDocument { Name = name, Grants = [.. Enumerable.Range(0, n % 4).Select(_ => Grant())] }),
    };

    private Grant Grant() => new()
    {
        System = "http",
        Actions = [_random.Next(3) == 0 ? "*" : "get"],
        Effect = _random.Next(4) == 0 ? GrantEffect.Deny : GrantEffect.Allow,
        Resources = _random.Next(40) == 0 ? [""] : [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Patterns[_random.Next(Patterns.Length)])],
        When = _random.Next(4) == 0 ? new GrantConditions { Sources = [_random.Next(2) == 0 ? "127.0.0.0/8" : "10.0.0.0/8"] } : null,
    };

    private ImmutableArray<AddressRule> Rules(ImmutableArray<AddressRule> rules)
    {
        if (_random.Next(12) == 0)
        {
            // A list that a file replaced: equal rules are other objects.
            return [.. rules.Select(static r => r with { })];
        }

        int at = _random.Next(rules.Length + 1);
        int removed = Math.Min(_random.Next(3), rules.Length - at);
        string[] gates = ["", "", "web", "mqtt"];
        string gate = gates[_random.Next(gates.Length)];
        AddressRule[] added = [.. Enumerable.Range(0, _random.Next(3)).Select(_ => new AddressRule(
            _random.Next(2) == 0 ? AddressRuleEffect.Allow : AddressRuleEffect.Deny,
            _random.Next(50) == 0 ? "10.0.0.1/8" : Addresses[_random.Next(Addresses.Length)],
            gate.Length == 0 ? null : gate))];
        return rules.RemoveRange(at, removed).InsertRange(at, added);
    }

    private ImmutableSortedDictionary<string, T> Toggle<T>(ImmutableSortedDictionary<string, T> documents, string name, Func<string, int, T> make) =>
        documents.ContainsKey(name) && _random.Next(3) == 0 ? documents.Remove(name) : documents.SetItem(name, make(name, _random.Next(1000)));
}
