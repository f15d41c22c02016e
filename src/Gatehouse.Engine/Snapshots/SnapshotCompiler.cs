using System.Collections.Frozen;
using System.Globalization;
using System.Runtime.CompilerServices;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Snapshots.Validation;
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

    /// <summary>Compiles a generation; null with at least one problem when it must not come into force.</summary>
    public static SecuritySnapshot? Compile(long epoch, long generation, ClusterDocument document, ICollection<Problem> problems)
    {
        int before = problems.Count;
        CompiledPolicy? policy = CompiledPolicy.Compile(generation, [.. document.Roles.Values], [.. LimitsOf(document)], problems);
        RoleMapper? mapper = RoleMapper.Compile(document.Mappings.Values, problems);
        RealmRules.Check(document.Realms, problems);
        AuditPolicy? auditPolicy = AuditPolicyOf(document.AuditPolicy, problems);
        AddressFilter? global = AddressFilter.Compile(document.Networks.Where(static r => r.Gate is null), problems);
        var filters = new Dictionary<string, AddressFilter>(StringComparer.Ordinal);
        foreach (string gate in document.Networks.Select(static r => r.Gate).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            AddressFilter? own = AddressFilter.Compile(document.Networks.Where(r => r.Gate is null || r.Gate == gate), problems);
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

        return policy is null || auditPolicy is null || mapper is null || global is null || problems.Count > before
            ? null
            : new SecuritySnapshot(epoch, generation, document, policy, global, filters.ToFrozenDictionary(StringComparer.Ordinal))
            {
                AuditPolicy = auditPolicy,
                Mapper = mapper,
            };
    }

    /// <summary>What keys leave of their owners' rights, as roles of names that no role can have.</summary>
    private static IEnumerable<RoleDocument> LimitsOf(ClusterDocument document) =>
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
