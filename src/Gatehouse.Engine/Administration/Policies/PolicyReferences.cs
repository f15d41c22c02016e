using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// What can be wrong with a document as a whole, and the compiler does not look at: names of nothing, look-alikes, nobody left to
/// administer. What was so before and is not touched stays allowed.
/// </summary>
internal static class PolicyReferences
{
    private const int MaxMappings = 10_000;

    /// <summary>Adds what is wrong.</summary>
    public static void Check(ClusterDocument current, ClusterDocument next, PolicyView file, PolicyMerge merge, List<Problem> problems)
    {
        bool knowsRoles = merge != PolicyMerge.Alone || file.Roles is not null;
        bool knowsRealms = merge != PolicyMerge.Alone || file.Realms is not null;
        if (knowsRoles)
        {
            CheckRoles(current, next, problems);
        }

        foreach (MappingDocument mapping in next.Mappings.Values.Where(_ => knowsRealms))
        {
            if (mapping.Realms.FirstOrDefault(realm => !next.Realms.ContainsKey(realm) && IsNew(current, mapping, realm)) is { } unknown)
            {
                problems.Add(AdministrationProblems.NotFound.Because(
                    $"mapping `{mapping.Name}`: there is no realm `{AdminRequestReader.Shown(unknown)}` to map from", PolicyForm.At("mappings", mapping.Name)));
            }
        }

        if (next.Mappings.Count > Math.Max(MaxMappings, current.Mappings.Count))
        {
            problems.Add(AdministrationProblems.InvalidValue.Because($"{next.Mappings.Count} mappings are more than {MaxMappings}", PolicyForm.At("mappings")));
        }

        LookAlikes("users", current.Users, next.Users, problems);
        LookAlikes("realms", current.Realms, next.Realms, problems);
        if (UserChanges.LastAdministrator(current, next) is { } nobody)
        {
            problems.Add(nobody with { Location = PolicyForm.At("users") });
        }
    }

    private static bool IsNew(ClusterDocument current, MappingDocument mapping, string realm) =>
        current.Realms.ContainsKey(realm) || !current.Mappings.TryGetValue(mapping.Name, out MappingDocument? former) || !former.Realms.Contains(realm);

    private static void CheckRoles(ClusterDocument current, ClusterDocument next, List<Problem> problems)
    {
        HashSet<string> known = [.. next.Roles.Keys, .. BuiltInRoles.All.Keys];

        // A built-in role by the name of one that is gone is another role: nobody gets it by a removal.
        known.ExceptWith(current.Roles.Keys.Where(role => !next.Roles.ContainsKey(role)));
        HashSet<string> lost = [.. current.Roles.Keys.Where(role => !known.Contains(role))];
        foreach (UserDocument user in next.Users.Values)
        {
            Look("users", user.Name, $"user `{user.Name}`", user.Roles, current.Users.TryGetValue(user.Name, out UserDocument? former) ? former.Roles : []);
        }

        foreach (MappingDocument mapping in next.Mappings.Values)
        {
            Look("mappings", mapping.Name, $"mapping `{mapping.Name}`", mapping.Roles, current.Mappings.TryGetValue(mapping.Name, out MappingDocument? former) ? former.Roles : []);
        }

        foreach (RealmDocument realm in next.Realms.Values.Where(static realm => realm.Anonymous is not null))
        {
            Look("realms", realm.Name, $"realm `{realm.Name}`", realm.Anonymous!.Roles, current.Realms.GetValueOrDefault(realm.Name)?.Anonymous?.Roles ?? []);
        }

        void Look(string section, string name, string who, ImmutableArray<string> roles, ImmutableArray<string> former)
        {
            foreach (string role in roles)
            {
                if (!known.Contains(role) && (lost.Contains(role) || !former.Contains(role)))
                {
                    problems.Add(lost.Contains(role)
                        ? AdministrationProblems.RoleInUse.Because($"role `{AdminRequestReader.Shown(role)}` would be gone, and {who} has it", PolicyForm.At(section, name))
                        : AdministrationProblems.NotFound.Because($"{who}: there is no role `{AdminRequestReader.Shown(role)}`", PolicyForm.At(section, name)));
                    return;
                }
            }
        }
    }

    private static void LookAlikes<T>(string section, ImmutableSortedDictionary<string, T> current, ImmutableSortedDictionary<string, T> next, List<Problem> problems)
    {
        if (ReferenceEquals(current, next))
        {
            return;
        }

        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (string name in next.Keys)
        {
            if (!seen.TryAdd(name, name) && !(current.ContainsKey(name) && current.ContainsKey(seen[name])))
            {
                string added = current.ContainsKey(name) ? seen[name] : name;
                problems.Add(AdministrationProblems.AlreadyThere.Because($"`{seen[name]}` and `{name}` differ in upper and lower case only", PolicyForm.At(section, added)));
            }
        }
    }
}
