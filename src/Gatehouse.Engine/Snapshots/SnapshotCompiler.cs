using System.Collections.Frozen;
using Gatehouse.Administration;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Snapshots;

/// <summary>Documents to snapshot: everything that can be wrong with a generation is found here, before it is committed.</summary>
internal static class SnapshotCompiler
{
    /// <summary>Compiles a generation; null with at least one problem when it must not come into force.</summary>
    public static SecuritySnapshot? Compile(long epoch, long generation, ClusterDocument document, ICollection<Problem> problems)
    {
        int before = problems.Count;
        CompiledPolicy? policy = CompiledPolicy.Compile(generation, [.. document.Roles.Values], problems);
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

        return policy is null || global is null || problems.Count > before
            ? null
            : new SecuritySnapshot(epoch, generation, document, policy, global, filters.ToFrozenDictionary(StringComparer.Ordinal));
    }
}
