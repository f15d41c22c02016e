using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Identity;
using Gatehouse.Network;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Policies;

/// <summary>
/// Puts a policy file on top of a cluster document. What is the same keeps its very object, counters and secrets: a file that was
/// exported and is applied changes nothing.
/// </summary>
internal sealed class PolicyMerger(
    ClusterDocument current, long generation, PolicyView file, PolicyMerge merge, DateTimeOffset now, ICollection<Problem> problems)
{
    private static readonly AdminJson Json = AdminJson.Default;

    /// <summary>The document; the current one itself where nothing differs.</summary>
    public ClusterDocument Merge()
    {
        ClusterDocument next = current;
        if (file.Users is { } users && Merged(current.Users, users, User) is var newUsers && !ReferenceEquals(newUsers, current.Users))
        {
            next = next with { Users = newUsers };
            string[] orphans = [.. current.ApiKeys.Values.Where(key => !newUsers.ContainsKey(key.Owner) && current.Users.ContainsKey(key.Owner)).Select(static key => key.Id)];
            next = orphans.Length == 0 ? next : next with { ApiKeys = next.ApiKeys.RemoveRange(orphans) };
        }

        if (file.Roles is { } roles && Merged(current.Roles, roles, Role) is var newRoles && !ReferenceEquals(newRoles, current.Roles))
        {
            next = next with { Roles = newRoles };
        }

        if (file.Realms is { } realms && Merged(current.Realms, realms, Realm) is var newRealms && !ReferenceEquals(newRealms, current.Realms))
        {
            next = next with { Realms = newRealms };
        }

        if (file.Mappings is { } mappings && Merged(current.Mappings, mappings, Mapping) is var newMappings && !ReferenceEquals(newMappings, current.Mappings))
        {
            next = next with { Mappings = newMappings };
        }

        next = file.Networks is { } networks ? WithNetworks(next, networks) : next;
        return file.Audit is { } audit ? WithAudit(next, audit) : next;
    }

    /// <summary>Whether two views say the same.</summary>
    public static bool IsSame<T>(T one, T other, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(one, type).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, type));

    private ImmutableSortedDictionary<string, TDocument> Merged<TDocument, TView>(
        ImmutableSortedDictionary<string, TDocument> present, IReadOnlyDictionary<string, TView?> wanted, Func<string, TView, TDocument?, TDocument> make)
        where TDocument : class
        where TView : class
    {
        var changed = new List<KeyValuePair<string, TDocument>>();
        foreach ((string name, TView? view) in wanted)
        {
            TDocument? former = present.GetValueOrDefault(name);
            TDocument next = make(name, view!, former); // PolicyForm has refused nulls
            if (!ReferenceEquals(next, former))
            {
                changed.Add(KeyValuePair.Create(name, next));
            }
        }

        string[] gone = merge == PolicyMerge.Add ? [] : [.. present.Keys.Where(name => !wanted.ContainsKey(name))];
        if (changed.Count == 0 && gone.Length == 0)
        {
            return present;
        }

        ImmutableSortedDictionary<string, TDocument>.Builder builder = present.ToBuilder();
        builder.RemoveRange(gone);
        foreach ((string name, TDocument document) in changed)
        {
            builder[name] = document;
        }

        return builder.ToImmutable();
    }

    private UserDocument User(string name, PolicyUserView view, UserDocument? present)
    {
        bool isService = view.Service == true;
        bool isBreakGlass = view.BreakGlass ?? present?.IsBreakGlass ?? false;
        if (present is not null && (present.IsBreakGlass != isBreakGlass || (isBreakGlass && isService)))
        {
            // Its alarm would be gone and its password would stay, or keys that it has would go past the alarm.
            problems.Add(PolicyProblems.FileValue.Because(
                $"user `{name}` {(present.IsBreakGlass ? "is a break-glass account" : "is no break-glass account")}, and stays so", PolicyForm.At("users", name), "remove the user, and make it anew"));
        }

        string? password = isService ? null : view.PasswordHash ?? present?.Password;
        UserDocument wanted = new()
        {
            Name = name,
            Password = password,
            IsService = isService,
            IsBreakGlass = isBreakGlass,
            Roles = [.. view.Roles.Distinct(StringComparer.Ordinal)],
            Enabled = view.Enabled ?? true,
            Expires = view.Expires?.ToUniversalTime(),
            FullName = string.IsNullOrEmpty(view.FullName) ? null : view.FullName,
            CredentialVersion = (present?.CredentialVersion ?? 0) + (present is null || present.Password != password ? 1 : 0),
            Created = present?.Created ?? now,
            Changed = now,
        };
        return present is not null && present.Password == password && IsSame(PolicyExport.User(present, true), PolicyExport.User(wanted, true), Json.PolicyUserView)
            ? present
            : wanted;
    }

    private static RoleDocument Role(string name, RoleView view, RoleDocument? present)
    {
        RoleDocument wanted = view.ToDocument(name);
        return present is not null && IsSame(PolicyExport.Role(present), PolicyExport.Role(wanted), Json.RoleView) ? present : wanted;
    }

    private RealmDocument Realm(string name, RealmView view, RealmDocument? present)
    {
        (RealmDocument wanted, Problem? problem) = RealmChanges.KeepSecrets(view.ToDocument(name), present);
        if (problem is not null)
        {
            problems.Add(problem with { Location = PolicyForm.At("realms", name), Hint = "set it by itself first: gatehouse realm set NAME -f FILE --bind-password-file FILE" });
        }

        if (merge == PolicyMerge.Alone)
        {
            wanted = PolicyStandIns.For(wanted);
        }

        bool isSame = present is not null && present.Directory?.BindPassword == wanted.Directory?.BindPassword && present.Token?.Keys == wanted.Token?.Keys
            && IsSame(PolicyExport.Realm(present), PolicyExport.Realm(wanted), Json.RealmView);

        // As where a realm is set: logins of a former realm of this name do not come back.
        int version = Math.Max((present?.Version ?? 0) + 1, (int)Math.Min(generation + 1, int.MaxValue / 2));
        return isSame ? present! : wanted with { Version = version };
    }

    private static MappingDocument Mapping(string name, MappingView view, MappingDocument? present)
    {
        MappingDocument wanted = view.ToDocument(name);
        return present is not null && IsSame(PolicyExport.Mapping(present), PolicyExport.Mapping(wanted), Json.MappingView) ? present : wanted;
    }

    private ClusterDocument WithNetworks(ClusterDocument next, IReadOnlyList<NetworkRuleView> wanted)
    {
        AddressRule[] rules = [.. wanted.Select(NetworkEndpoints.RuleOf)];
        HashSet<AddressRule> present = [.. current.Networks];
        AddressRule[] added = [.. rules.Where(rule => !present.Contains(rule))];
        HashSet<AddressRule> named = [.. rules];
        ImmutableArray<AddressRule> kept = merge == PolicyMerge.Add ? current.Networks : [.. current.Networks.Where(named.Contains)];
        return added.Length == 0 && kept.Length == current.Networks.Length ? next : next with { Networks = [.. kept, .. added] };
    }

    private ClusterDocument WithAudit(ClusterDocument next, AuditPolicyView audit)
    {
        AuditPolicyDocument wanted = audit.ToDocument(current.AuditPolicy.Revision + 1);
        return IsSame(PolicyExport.Audit(current.AuditPolicy), PolicyExport.Audit(wanted), Json.AuditPolicyView) ? next : next with { AuditPolicy = wanted };
    }
}
