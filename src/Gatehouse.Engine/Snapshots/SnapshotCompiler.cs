using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots.Validation;
using Gatehouse.Engine.Store;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Documents to snapshot: everything that can be wrong with a generation is found here, before it is committed.</summary>
internal static class SnapshotCompiler
{
    private const int MostHosts = 1000;

    // A generation that changed something else has the very same document: its patterns are not compiled again.
    private static readonly ConditionalWeakTable<AuditPolicyDocument, AuditPolicy> AuditPolicies = new();

    /// <summary>
    /// Compiles a generation; null with at least one problem when it must not come into force. What <paramref name="previous"/>
    /// compiled from documents that are in this generation too is taken over; the result is the same without it, only later.
    /// </summary>
    public static SecuritySnapshot? Compile(
        long epoch, long generation, ClusterDocument document, ICollection<Problem> problems, SecuritySnapshot? previous = null)
    {
        int before = problems.Count;
        CompiledPolicy? policy = PolicyOf(generation, document, previous, problems);
        RoleMapper? mapper = previous is not null && ReferenceEquals(previous.Document.Mappings, document.Mappings)
            ? previous.Mapper
            : RoleMapper.Compile(document.Mappings.Values, problems);
        RealmRules.Check(document.Realms, problems);
        AuditPolicy? auditPolicy = AuditPolicyOf(document.AuditPolicy, problems);
        (AddressFilter? global, FrozenDictionary<string, AddressFilter> filters) = FiltersOf(document.Networks, previous, problems);
        if (policy is null || auditPolicy is null || mapper is null || global is null || problems.Count > before)
        {
            return null;
        }

        UserTable users = previous is null
            ? UserTable.Of(document.Users)
            : previous.Users.With(DocumentChanges.Between(previous.Document.Users, document.Users));
        return new SecuritySnapshot(epoch, generation, document, policy, global, filters, users)
        {
            AuditPolicy = auditPolicy,
            Mapper = mapper,
        };
    }

    private static CompiledPolicy? PolicyOf(long generation, ClusterDocument document, SecuritySnapshot? previous, ICollection<Problem> problems) =>
        previous is not null && ReferenceEquals(previous.Document.Roles, document.Roles) && ReferenceEquals(previous.Document.ApiKeys, document.ApiKeys)
            ? previous.Policy.For(generation)
            : CompiledPolicy.Compile(generation, [.. document.Roles.Values], [.. LimitsOf(document)], previous?.Policy, problems);

    private static (AddressFilter? Global, FrozenDictionary<string, AddressFilter> Gates) FiltersOf(
        ImmutableArray<AddressRule> rules, SecuritySnapshot? previous, ICollection<Problem> problems)
    {
        if (previous is not null && previous.Document.Networks == rules)
        {
            return (previous.GlobalFilter, previous.GateFilters);
        }

        string[] gates = [.. GatesOf(rules)];
        AddressFilter? global = AddressFilter.Compile(gates.Length == 0 ? rules : [.. rules.Where(static r => r.Gate is null)], previous?.GlobalFilter, problems);
        var filters = new Dictionary<string, AddressFilter>(StringComparer.Ordinal);
        foreach (string gate in gates)
        {
            AddressFilter? own = AddressFilter.Compile([.. rules.Where(r => r.Gate is null || r.Gate == gate)], previous?.GateFilters.GetValueOrDefault(gate), problems);
            if (own is not null)
            {
                filters.Add(gate, own);
            }
        }

        int hosts = filters.Values.Append(global).SelectMany(static f => f?.Hosts ?? []).Distinct(StringComparer.Ordinal).Count();
        if (hosts > MostHosts)
        {
            problems.Add(NetworkProblems.TooManyHosts.Because(
                string.Create(CultureInfo.InvariantCulture, $"address rules name {hosts} hosts, {MostHosts} are allowed"),
                hint: "write a domain (`*.example.com`) or a network instead"));
        }

        return (global, filters.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static HashSet<string> GatesOf(ImmutableArray<AddressRule> rules)
    {
        var gates = new HashSet<string>(StringComparer.Ordinal);
        foreach (AddressRule rule in rules)
        {
            if (rule.Gate is { } gate)
            {
                gates.Add(gate);
            }
        }

        return gates;
    }

    /// <summary>What keys leave of their owners' rights, as roles of names that no role can have.</summary>
    public static IEnumerable<RoleDocument> LimitsOf(ClusterDocument document) =>
        document.ApiKeys.Values.Where(static key => key.Grants is not null)
            .Select(static key => new RoleDocument { Name = SecuritySnapshot.LimitRole(key), Grants = key.Grants!.Value });

    private static AuditPolicy? AuditPolicyOf(AuditPolicyDocument document, ICollection<Problem> problems)
    {
        if (ReferenceEquals(document, AuditPolicyDocument.Default))
        {
            return AuditPolicy.Everything;
        }

        if (!AuditPolicies.TryGetValue(document, out AuditPolicy? compiled) && (compiled = AuditPolicy.Compile(document, problems)) is not null)
        {
            AuditPolicies.AddOrUpdate(document, compiled);
        }

        return compiled;
    }
}
