using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Gatehouse.Operations;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// What a caller must be allowed for a change of the whole policy: the very operations that each part would need by itself, so that
/// a file is no way around them.
/// </summary>
internal static class PolicyRights
{
    /// <summary>Names of one action at most; for more the right on every name is needed, and the record stays short.</summary>
    internal const int MaxNames = 256;

    private static readonly ImmutableArray<string> Writing = ["user.write", "role.assign", "role.write", "realm.write", "mapping.write", "network.write"];

    /// <summary>The right to change every part there is, for changes that are not known yet.</summary>
    public static IEnumerable<AdminOperation> Everything =>
        [.. Writing.Select(static action => OnEverything(action)), AdminEndpoint.Operation("audit-policy.write", null)];

    /// <summary>The operations of a change.</summary>
    public static IEnumerable<AdminOperation> For(ClusterDocument after, PolicyParts parts) =>
        Named(after, parts)
            .Distinct()
            .GroupBy(static one => one.Action, StringComparer.Ordinal)
            .SelectMany(static group => group.Count() > MaxNames ? [OnEverything(group.Key)] : group.Select(static one => AdminEndpoint.Operation(one.Action, one.Name)))
            .Concat(parts.Audit is null ? [] : [AdminEndpoint.Operation("audit-policy.write", null)]);

    /// <summary>Whether a caller has a right by itself, before more is done for it.</summary>
    public static bool Has(AdminCall call, SystemAction action)
    {
        var asked = new OperationSet();
        asked.Begin(action);
        return call.Identity.TryGetRights(call.Snapshot, call.Now, out Rights rights)
            && Authorizer.Decide(call.Snapshot.Policy, call.Context(rights, call.Now), asked).IsAllowed;
    }

    private static IEnumerable<(string Action, string Name)> Named(ClusterDocument after, PolicyParts parts)
    {
        foreach ((string name, var before, var user) in parts.Users)
        {
            yield return ("user.write", name);
            foreach (string role in user?.Roles.Except(before?.Roles ?? [], StringComparer.Ordinal) ?? [])
            {
                yield return ("role.assign", role);
            }

            if (before is not null && user?.Password is not null && user.Password != before.Password)
            {
                yield return ("user.password", name);
            }
        }

        foreach ((string name, _, _) in parts.Roles)
        {
            yield return ("role.write", name);
        }

        foreach ((string name, _, var realm) in parts.Realms)
        {
            yield return ("realm.write", name);
            foreach (string role in realm is null ? [] : RealmChanges.RolesWithin(after, realm))
            {
                yield return ("role.assign", role);
            }
        }

        foreach ((string name, _, var mapping) in parts.Mappings)
        {
            yield return ("mapping.write", name);
            foreach (string role in mapping?.Roles ?? [])
            {
                yield return ("role.assign", role);
            }
        }

        foreach (AddressRule rule in parts.AddedRules.Concat(parts.RemovedRules))
        {
            yield return ("network.write", rule.Address);
        }
    }

    private static AdminOperation OnEverything(string action) => AdminEndpoint.Operation(action, null) with { IsOnEverything = true };
}
