using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Who may do what without a password of their own: ES-020 and ES-023.</summary>
internal static class AccessRules
{
    private static readonly string[] WritingRoles =
    [
        "superuser", "kibana_system", "kibana_admin", "kibana_user", "editor", "ingest_admin", "beats_admin", "beats_system", "logstash_admin", "logstash_system", "machine_learning_admin",
        "transform_admin", "rollup_admin", "watcher_admin", "inference_admin", "enrich_user", "remote_monitoring_agent", "apm_system", "all_access", "security_manager",
    ];

    private static readonly string[] ReadingRoles = ["viewer", "monitoring_user", "remote_monitoring_collector", "machine_learning_user", "transform_user", "watcher_user", "rollup_user", "snapshot_user", "transport_client"];

    private static readonly string[] WritingPrivileges = ["all", "index", "auto_configure", "maintenance", "grant_api_key", "clone_api_key", "delegate_pki", "cancel_task", "post_behavioral_analytics_event", "cross_cluster_replication"];

    // `manage_watcher`, `create_doc`: names of one family begin alike.
    private static readonly string[] WritingFamilies = ["manage", "write", "create", "delete"];

    // Actions that a raw pattern may name.
    private static readonly string[] WritingActions = ["cluster:admin", "indices:data/write", "indices:admin"];

    private static readonly string[] UsualRestRoles = ["all_access", "security_rest_api_access"];

    private static readonly string[] WideRestRoles =
        ["*", "own_index", "readall", "readall_and_monitor", "kibana_user", "kibana_server", "kibana_read_only", "logstash", "manage_snapshots", "opensearch_dashboards_user", "anonymous"];

    /// <summary>ES-020: requests without credentials have rights.</summary>
    public static IEnumerable<Observation> AnonymousMayDoThings(NodeSubject node) => node.IsOpenSearch ? OpenSearchAnonymous(node) : ElasticsearchAnonymous(node);

    /// <summary>ES-023: who may change users and roles.</summary>
    public static IEnumerable<Observation> AdministratorsAreTooMany(NodeSubject node)
    {
        if (!node.IsOpenSearch)
        {
            yield break;
        }

        Setting roles = node.Secured("restapi.roles_enabled");
        if (roles.IsDoubtful())
        {
            yield return roles.Doubt();
        }
        else
        {
            ImmutableArray<string> toAll = EverybodysRoles(node);
            string[] wide = [.. roles.Words().Where(role => WideRestRoles.Contains(role, StringComparer.Ordinal) || (!UsualRestRoles.Contains(role, StringComparer.Ordinal) && toAll.Contains(role)))];
            if (wide.Length > 0)
            {
                yield return Observation.At(Severity.High, $"roles that many have may change users and roles: {string.Join(", ", wide.Select(static r => $"`{r}`"))}", roles);
            }
        }

        Setting names = node.Secured("authcz.admin_dn");
        if (names.IsUnknown)
        {
            yield return names.Doubt();
        }
        else if (names.Words().Concat(names.AsTexts() ?? []).Any(static name => name.Replace(" ", "", StringComparison.Ordinal).StartsWith("CN=kirk", StringComparison.OrdinalIgnoreCase)))
        {
            yield return Observation.At(Severity.Critical, "the demo administrator's certificate, whose private key is public, may do everything", names);
        }
    }

    private static IEnumerable<Observation> ElasticsearchAnonymous(NodeSubject node)
    {
        Setting roles = node.Settings["xpack.security.authc.anonymous.roles"];
        if (roles.IsDoubtful())
        {
            yield return roles.Doubt();
            yield break;
        }

        ImmutableArray<string> words = roles.Words();
        if (words.IsEmpty || node.Security.Value == false)
        {
            yield break;
        }

        SettingTree own = node.Locate("roles.yml") is { } path ? ForeignFiles.ReadPlain(node.Host, path).Tree : SettingTree.Empty;
        string[] writing = [.. words.Where(role => WritingRoles.Contains(role, StringComparer.Ordinal) || Writes(own.Find(SettingPath.Of(role))))];
        string[] unknown = [.. words.Where(role => !ReadingRoles.Contains(role, StringComparer.Ordinal) && !own.Find(SettingPath.Of(role)).IsSet && !WritingRoles.Contains(role, StringComparer.Ordinal))];
        yield return writing.Length > 0
            ? Observation.At(Severity.Critical, $"requests without credentials may change things: {Named(writing)}", roles)
            : Observation.At(Severity.High, $"requests without credentials have the roles {Named(words)}{(unknown.Length > 0 ? $"; what {Named(unknown)} may do does not stand in files" : "")}", roles);
    }

    private static string Named(IEnumerable<string> names) => string.Join(", ", names.Take(5).Select(static name => $"`{name}`"));

    private static bool Writes(Setting role)
    {
        if (role.Child("run_as")?.AsTexts() is { IsEmpty: false })
        {
            return true; // it has the rights of whom it names
        }

        if (role.Child("cluster")?.AsTexts() is { } cluster && cluster.Any(IsWriting))
        {
            return true;
        }

        return role.Child("indices")?.Children.Any(static entry => entry.Child("privileges")?.AsTexts() is { } privileges && privileges.Any(IsWriting)) ?? false;
    }

    private static bool IsWriting(string privilege) =>
        WritingPrivileges.Contains(privilege, StringComparer.Ordinal)
        || WritingFamilies.Any(family => privilege == family || privilege.StartsWith(family + "_", StringComparison.Ordinal))
        || WritingActions.Any(action => privilege.StartsWith(action, StringComparison.Ordinal))
        || (privilege.IndexOf('*', StringComparison.Ordinal) is >= 0 and int star && WritingActions.Any(action => action.AsSpan().StartsWith(privilege.AsSpan(0, star), StringComparison.Ordinal)));

    private static IEnumerable<Observation> OpenSearchAnonymous(NodeSubject node)
    {
        SecurityFile config = SecurityFolder.Read(node, "config.yml");
        Setting switched = config.Tree["config.dynamic.http.anonymous_auth_enabled"];
        if (config.Why is { } why)
        {
            yield return Observation.Unknown($"`config.yml` cannot be read: {why}") with { Evidence = [new Evidence(EvidenceKind.File, config.Path, "anonymous_auth_enabled")] };
        }
        else if (switched.IsUnknown)
        {
            yield return switched.Doubt();
        }
        else if (switched.Flag(false) == true)
        {
            SecurityFile mapping = SecurityFolder.Read(node, "roles_mapping.yml");
            string[] roles = [.. mapping.Tree.Root.Children.Where(role => Words(role, "backend_roles").Contains("opendistro_security_anonymous_backendrole") || Words(role, "users").Contains("opendistro_security_anonymous")).Select(static r => r.Name)];
            string[] writing = [.. roles.Where(static role => role is "all_access" or "security_manager" or "logstash" or "kibana_server" or "manage_snapshots")];
            yield return writing.Length > 0
                ? Observation.At(Severity.Critical, $"requests without credentials may change things: {Named(writing)}", switched)
                : Observation.At(Severity.High, $"requests without credentials are let in{(roles.Length > 0 ? $" with the roles {Named(roles)}" : "")}", switched);
        }
    }

    private static ImmutableArray<string> Words(Setting setting, string name) => setting.Child(name)?.AsTexts() ?? [];

    private static ImmutableArray<string> EverybodysRoles(NodeSubject node) =>
    [
        .. SecurityFolder.Read(node, "roles_mapping.yml").Tree.Root.Children
            .Where(static role => Words(role, "users").Contains("*") || Words(role, "backend_roles").Contains("*") || Words(role, "hosts").Contains("*")).Select(static role => role.Name),
    ];
}
