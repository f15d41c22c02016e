using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>Cluster state to policy: sorted, without what the store counts, without the secrets of realms, hashes only when asked.</summary>
internal static class PolicyExport
{
    /// <summary>The whole policy.</summary>
    public static PolicyView Of(ClusterDocument document, bool withHashes) => new()
    {
        Version = PolicyView.KnownVersion,
        Users = document.Users.ToDictionary(static pair => pair.Key, PolicyUserView? (pair) => User(pair.Value, withHashes), StringComparer.Ordinal),
        Roles = document.Roles.ToDictionary(static pair => pair.Key, static RoleView? (pair) => Role(pair.Value), StringComparer.Ordinal),
        Realms = document.Realms.ToDictionary(static pair => pair.Key, static RealmView? (pair) => Realm(pair.Value), StringComparer.Ordinal),
        Mappings = document.Mappings.ToDictionary(static pair => pair.Key, static MappingView? (pair) => Mapping(pair.Value), StringComparer.Ordinal),
        Networks =
        [
            .. document.Networks.Distinct()
                .OrderBy(static rule => rule.Gate, StringComparer.Ordinal).ThenBy(static rule => rule.Address, StringComparer.Ordinal).ThenBy(static rule => rule.Effect)
                .Select(static rule => new NetworkRuleView { Effect = rule.Effect, Address = rule.Address, Gate = rule.Gate }),
        ],
        Audit = Audit(document.AuditPolicy),
    };

    /// <summary>A user.</summary>
    public static PolicyUserView User(UserDocument user, bool withHashes) => new()
    {
        FullName = user.FullName,
        Roles = user.Roles,
        Enabled = user.Enabled ? null : false,
        Expires = user.Expires,
        Service = user.IsService ? true : null,
        BreakGlass = user.IsBreakGlass ? true : null,
        PasswordHash = withHashes ? user.Password : null,
    };

    /// <summary>A role.</summary>
    public static RoleView Role(RoleDocument role)
    {
        RoleView view = RoleView.From(role, builtIn: false);
        view.Name = null;
        view.BuiltIn = null;
        return view;
    }

    /// <summary>A realm without its secrets: where they stay out, those of the store stay in force.</summary>
    public static RealmView Realm(RealmDocument realm)
    {
        RealmView view = RealmView.From(realm);
        view.Name = null;
        view.Version = null;
        view.Directory?.BindPasswordSet = null;
        view.Token?.KeysSet = null;
        view.Token?.Require = view.Token.Require is { } require ? new SortedDictionary<string, string?>(require.ToDictionary(), StringComparer.Ordinal) : null;
        return view;
    }

    /// <summary>A mapping.</summary>
    public static MappingView Mapping(MappingDocument mapping)
    {
        MappingView view = MappingView.From(mapping);
        view.Name = null;
        view.Attributes = view.Attributes is { } attributes ? new SortedDictionary<string, IReadOnlyList<string>?>(attributes.ToDictionary(), StringComparer.Ordinal) : null;
        return view;
    }

    /// <summary>The audit policy, whose parts have no order.</summary>
    public static AuditPolicyView Audit(AuditPolicyDocument policy)
    {
        AuditPolicyView view = AuditPolicyView.From(policy with
        {
            Rules = Sorted(policy.Rules),
            Gates = [.. policy.Gates.Select(static gate => gate with { Rules = Sorted(gate.Rules) }).OrderBy(static gate => gate.Gate, StringComparer.Ordinal)],
        });
        view.Revision = null;
        return view;
    }

    private static AuditRules Sorted(AuditRules rules) => rules with { Ignore = [.. rules.Ignore.OrderBy(static policy => policy.Name, StringComparer.Ordinal)] };
}
