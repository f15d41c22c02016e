using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// Which parts of two documents differ. The second comes from the first by <see cref="PolicyMerger"/>: what is the same in both is
/// the same object.
/// </summary>
internal sealed class PolicyParts
{
    private const int MaxListed = 1_000;

    private static readonly AdminJson Json = AdminJson.Default;

    private PolicyParts(ClusterDocument before, ClusterDocument after)
    {
        Users = Differing(before.Users, after.Users);
        Roles = Differing(before.Roles, after.Roles);
        Realms = Differing(before.Realms, after.Realms);
        Mappings = Differing(before.Mappings, after.Mappings);
        HashSet<AddressRule> had = [.. before.Networks];
        HashSet<AddressRule> has = [.. after.Networks];
        AddedRules = [.. has.Where(rule => !had.Contains(rule))];
        RemovedRules = [.. had.Where(rule => !has.Contains(rule))];
        Audit = ReferenceEquals(before.AuditPolicy, after.AuditPolicy) ? null : (before.AuditPolicy, after.AuditPolicy);
    }

    public ImmutableArray<(string Name, UserDocument? Before, UserDocument? After)> Users { get; }

    public ImmutableArray<(string Name, RoleDocument? Before, RoleDocument? After)> Roles { get; }

    public ImmutableArray<(string Name, RealmDocument? Before, RealmDocument? After)> Realms { get; }

    public ImmutableArray<(string Name, MappingDocument? Before, MappingDocument? After)> Mappings { get; }

    public ImmutableArray<AddressRule> AddedRules { get; }

    public ImmutableArray<AddressRule> RemovedRules { get; }

    public (AuditPolicyDocument Before, AuditPolicyDocument After)? Audit { get; }

    /// <summary>Compares.</summary>
    public static PolicyParts Between(ClusterDocument before, ClusterDocument after) => new(before, after);

    /// <summary>How many of each section; sections without a difference are left out.</summary>
    public IReadOnlyList<PolicySectionChange> Sections() =>
    [
        .. new[]
        {
            Counted("users", Users), Counted("roles", Roles), Counted("realms", Realms), Counted("mappings", Mappings),
            new PolicySectionChange { Section = "networks", Added = AddedRules.Length, Removed = RemovedRules.Length },
            new PolicySectionChange { Section = "audit", Changed = Audit is null ? 0 : 1 },
        }.Where(static section => section.Added + section.Changed + section.Removed > 0),
    ];

    /// <summary>Each part, the first thousand.</summary>
    public IReadOnlyList<PolicyPartChange> Listed() =>
    [
        .. Roles.Select(static part => Part("roles", part, PolicyExport.Role, Json.RoleView))
            .Concat(Users.Select(static part => Part("users", part, static user => PolicyExport.User(user, true), Json.PolicyUserView)))
            .Concat(Mappings.Select(static part => Part("mappings", part, PolicyExport.Mapping, Json.MappingView)))
            .Concat(Realms.Select(static part => Part("realms", part, PolicyExport.Realm, Json.RealmView)))
            .Concat(Audit is { } audit ? [Part("audit", ("the audit policy", audit.Before, audit.After), PolicyExport.Audit, Json.AuditPolicyView)] : Array.Empty<PolicyPartChange>())
            .Concat(RemovedRules.Select(static rule => Rule(rule, "removed")))
            .Concat(AddedRules.Select(static rule => Rule(rule, "added")))
            .Take(MaxListed),
    ];

    /// <summary>The counts in one line, for a record.</summary>
    public string Summary() => string.Join(", ", Sections().Select(static section => $"{section.Section} +{section.Added} ~{section.Changed} -{section.Removed}"));

    private static ImmutableArray<(string, T?, T?)> Differing<T>(ImmutableSortedDictionary<string, T> before, ImmutableSortedDictionary<string, T> after)
        where T : class =>
        ReferenceEquals(before, after)
            ? []
            :
            [
                .. before.Where(pair => !after.ContainsKey(pair.Key)).Select(static pair => (pair.Key, (T?)pair.Value, (T?)null))
                    .Concat(after.Where(pair => !ReferenceEquals(before.GetValueOrDefault(pair.Key), pair.Value)).Select(pair => (pair.Key, before.GetValueOrDefault(pair.Key), (T?)pair.Value)))
                    .OrderBy(static part => part.Key, StringComparer.Ordinal),
            ];

    private static PolicySectionChange Counted<T>(string section, ImmutableArray<(string Name, T? Before, T? After)> parts)
        where T : class => new()
        {
            Section = section,
            Added = parts.Count(static part => part.Before is null),
            Changed = parts.Count(static part => part.Before is not null && part.After is not null),
            Removed = parts.Count(static part => part.After is null),
        };

    private static PolicyPartChange Part<TDocument, TView>(
        string section, (string Name, TDocument? Before, TDocument? After) part, Func<TDocument, TView> view, JsonTypeInfo<TView> type)
        where TDocument : class => new()
        {
            Section = section,
            Name = part.Name,
            Change = part.Before is null ? "added" : part.After is null ? "removed" : "changed",
            Members = part is { Before: { } before, After: { } after } ? Members(view(before), view(after), type) : [],
        };

    private static PolicyPartChange Rule(AddressRule rule, string change) => new()
    {
        Section = "networks",
        Name = $"{(rule.Effect == AddressRuleEffect.Allow ? "allow" : "deny")} {rule.Address}{(rule.Gate is null ? "" : $" on gate {rule.Gate}")}",
        Change = change,
    };

    // What no view shows is a secret of a realm.
    private static string[] Members<T>(T before, T after, JsonTypeInfo<T> type)
    {
        JsonObject one = JsonSerializer.SerializeToNode(before, type)!.AsObject(); // never null
        JsonObject other = JsonSerializer.SerializeToNode(after, type)!.AsObject(); // never null
        string[] members =
        [
            .. one.Select(static member => member.Key).Union(other.Select(static member => member.Key), StringComparer.Ordinal)
                .Where(key => !JsonNode.DeepEquals(one[key], other[key]))
                .Select(static key => key == "password_hash" ? "password" : key)
                .Order(StringComparer.Ordinal),
        ];
        return members.Length == 0 ? ["secret"] : members;
    }
}
