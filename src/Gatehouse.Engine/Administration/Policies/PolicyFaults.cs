using System.Globalization;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots.Validation;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// Finds where in a file it is that the compiler speaks of: each part is compiled once more by itself. Only after a refusal; what is
/// wrong with the whole alone keeps no place.
/// </summary>
internal static class PolicyFaults
{
    /// <summary>The problems of a document that does not compile, with their places.</summary>
    public static IEnumerable<Problem> Placed(ClusterDocument document, IReadOnlyList<Problem> problems)
    {
        var placed = new Dictionary<(string Id, string Text), ProblemLocation>();
        foreach (RoleDocument role in document.Roles.Values)
        {
            Note(placed, PolicyForm.At("roles", role.Name), found => CompiledPolicy.Compile(0, [role], found));
            for (int i = 0; i < role.Grants.Length; i++)
            {
                NoteGrant(placed, role, i);
            }
        }

        foreach (MappingDocument mapping in document.Mappings.Values)
        {
            Note(placed, PolicyForm.At("mappings", mapping.Name), found => RoleMapper.Compile([mapping], found));
        }

        foreach ((string name, RealmDocument realm) in document.Realms)
        {
            Note(placed, PolicyForm.At("realms", name), found => RealmRules.Check(document.Realms.Clear().Add(name, realm), found));
        }

        Note(placed, PolicyForm.At("audit"), found => Audit.AuditPolicy.Compile(document.AuditPolicy, found));
        for (int i = 0; i < document.Networks.Length; i++)
        {
            AddressRule rule = document.Networks[i];
            Note(placed, PolicyForm.At("networks"), found => AddressFilter.Compile([rule], found));
        }

        return problems.Select(problem => placed.TryGetValue((problem.Id, problem.Text), out ProblemLocation? place) ? problem with { Location = place } : problem);
    }

    // A grant alone is called the first one of its role.
    private static void NoteGrant(Dictionary<(string, string), ProblemLocation> placed, RoleDocument role, int index)
    {
        var found = new List<Problem>();
        CompiledPolicy.Compile(0, [role with { Grants = [role.Grants[index]] }], found);
        string number = (index + 1).ToString(CultureInfo.InvariantCulture);
        foreach (Problem problem in found)
        {
            string text = problem.Text.Replace($"role `{role.Name}`, grant 1", $"role `{role.Name}`, grant {number}", StringComparison.Ordinal);
            placed[(problem.Id, text)] = PolicyForm.At("roles", $"{role.Name}/grants/{index.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    private static void Note(Dictionary<(string, string), ProblemLocation> placed, ProblemLocation place, Action<List<Problem>> compile)
    {
        var found = new List<Problem>();
        compile(found);
        foreach (Problem problem in found)
        {
            placed[(problem.Id, problem.Text)] = place;
        }
    }
}
