using System.Text.Json;
using Gatehouse.Administration;
using Gatehouse.Engine.Administration;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// The security plugin of OpenSearch, as far as it is read: who the caller is, and users, roles and mappings. Nothing is changed this
/// way; <c>api/account</c> has no password to change here either (<c>gatehouse user passwd</c>, or Elastic's API).
/// </summary>
internal static class OpenSearchAnswers
{
    /// <summary>Answers what is below <c>/_plugins/_security</c>.</summary>
    public static SecurityReply Answer(SecurityCall call, string[] path) => (call.Method, path) switch
    {
        ("GET" or "POST", ["authinfo"]) => SecurityReply.Of(json => WriteAuthInfo(json, call)),
        ("GET" or "POST", ["whoami"]) => SecurityReply.Of(static json =>
        {
            json.WriteNull("dn");
            json.WriteBoolean("is_admin", false);
            json.WriteBoolean("is_node_certificate_request", false);
        }),
        ("GET" or "POST", ["health"]) => SecurityReply.Of(static json =>
        {
            json.WriteNull("message");
            json.WriteString("mode", "strict");
            json.WriteString("status", "UP");
        }),
        ("GET" or "POST", ["tenantinfo"]) => SecurityReply.Of(static _ => { }),
        ("GET" or "POST", ["dashboardsinfo"]) => SecurityReply.Of(json => WriteDashboardsInfo(json, call)),
        ("GET" or "POST", ["permissionsinfo"]) or ("GET", ["api", "permissionsinfo"]) => SecurityReply.Of(json => WritePermissions(json, call)),
        ("GET", ["api", "account"]) => SecurityReply.Of(json => WriteAccount(json, call)),
        ("GET", ["api", "internalusers", .. var name]) when name.Length < 2 => Read(call, name, static document => document.Users.Keys, WriteUser),
        ("GET", ["api", "roles", .. var name]) when name.Length < 2 => Read(call, name, SecurityRights.RoleNames, WriteRole),
        ("GET", ["api", "rolesmapping", .. var name]) when name.Length < 2 => Read(call, name, SecurityRights.RoleNames, WriteMapping),
        _ => SecurityReply.NotServed(call, "OpenSearch's own is read only here"),
    };

    private static SecurityReply Read(
        SecurityCall call, string[] name, Func<ClusterDocument, IEnumerable<string>> names, Action<Utf8JsonWriter, ClusterDocument, string> write)
    {
        if (SecurityRights.Needs(call, "read_security") is { } denied)
        {
            return denied;
        }

        ClusterDocument document = call.Snapshot.Document;
        string[] shown = [.. names(document).Where(one => name.Length == 0 || name[0] == one)];
        return name.Length > 0 && shown.Length == 0
            ? SecurityReply.Of(json =>
            {
                json.WriteString("status", "NOT_FOUND");
                json.WriteString("message", $"Resource '{AdminRequestReader.Shown(name[0])}' not found.");
            },
            404)
            : SecurityReply.Of(json =>
            {
                foreach (string one in shown)
                {
                    json.WriteStartObject(one);
                    json.WriteBoolean("reserved", SecurityRights.IsBuiltIn(document, one));
                    json.WriteBoolean("hidden", false);
                    write(json, document, one);
                    json.WriteBoolean("static", SecurityRights.IsBuiltIn(document, one));
                    json.WriteEndObject();
                }
            });
    }

    private static string Described(SecurityCall call) =>
        $"User [name={call.Principal.Name}, backend_roles=[{string.Join(", ", call.Principal.Groups)}], requestedTenant=null]";

    private static void WriteAuthInfo(Utf8JsonWriter json, SecurityCall call)
    {
        json.WriteString("user", Described(call));
        WriteUserFacts(json, call);
        json.WriteString("remote_address", call.Context.Source.ToString());
        json.WriteNull("principal");
        json.WriteString("peer_certificates", call.Context.HasClientCertificate ? "1" : "0");
        json.WriteNull("sso_logout_url");
    }

    private static void WriteAccount(Utf8JsonWriter json, SecurityCall call)
    {
        json.WriteBoolean("is_reserved", false);
        json.WriteBoolean("is_hidden", false);
        json.WriteBoolean("is_internal_user", call.Principal.Realm == RealmNames.Native);
        WriteUserFacts(json, call);
    }

    private static void WriteUserFacts(Utf8JsonWriter json, SecurityCall call)
    {
        json.WriteString("user_name", call.Principal.Name);
        json.WriteNull("user_requested_tenant");
        ElasticRoles.WriteTexts(json, "backend_roles", call.Principal.Groups);
        ElasticRoles.WriteTexts(json, "custom_attribute_names", []);
        ElasticRoles.WriteTexts(json, "roles", call.Context.Roles);
        json.WriteStartObject("tenants");
        json.WriteBoolean(call.Principal.Name, true);
        json.WriteEndObject();
    }

    private static void WriteDashboardsInfo(Utf8JsonWriter json, SecurityCall call)
    {
        json.WriteString("user_name", call.Principal.Name);
        json.WriteBoolean("not_fail_on_forbidden_enabled", true);
        json.WriteBoolean("opensearch_dashboards_mt_enabled", false);
        json.WriteString("opensearch_dashboards_index", ".kibana");
        json.WriteString("opensearch_dashboards_server_user", "kibanaserver");
        json.WriteBoolean("multitenancy_enabled", false);
        json.WriteBoolean("private_tenant_enabled", false);
        json.WriteString("default_tenant", "");
    }

    private static void WritePermissions(Utf8JsonWriter json, SecurityCall call)
    {
        json.WriteString("user", Described(call));
        json.WriteString("user_name", call.Principal.Name);
        json.WriteBoolean("has_api_access", SecurityRights.May(call, "read_security"));
        json.WriteStartObject("disabled_endpoints");
        json.WriteEndObject();
    }

    private static void WriteUser(Utf8JsonWriter json, ClusterDocument document, string name)
    {
        // The plugin shows an empty hash too.
        UserDocument user = document.Users[name];
        json.WriteString("hash", "");
        ElasticRoles.WriteTexts(json, "backend_roles", []);
        json.WriteStartObject("attributes");
        json.WriteEndObject();
        json.WriteString("description", user.FullName ?? "");
        ElasticRoles.WriteTexts(json, "opendistro_security_roles", user.Roles);
    }

    private static void WriteRole(Utf8JsonWriter json, ClusterDocument document, string name)
    {
        RoleDocument role = SecurityRights.FindRole(document, name)!; // one of RoleNames
        Grant[] grants = [.. role.Grants.Where(static grant => grant is { Effect: GrantEffect.Allow, When: null, System: PrivilegeWords.System or "*" })];
        json.WriteString("description", role.Description ?? "");
        ElasticRoles.WriteTexts(json, "cluster_permissions", ElasticRoles.Words(grants, PrivilegeWords.ClusterPrefix).Distinct(StringComparer.Ordinal));
        json.WriteStartArray("index_permissions");
        foreach (Grant grant in grants)
        {
            string[] privileges = [.. ElasticRoles.Words([grant], PrivilegeWords.IndexPrefix)];
            if (privileges.Length == 0)
            {
                continue;
            }

            json.WriteStartObject();
            ElasticRoles.WriteTexts(json, "index_patterns", ElasticRoles.NamesOf(grant));
            json.WriteNull("dls");
            ElasticRoles.WriteTexts(json, "fls", []);
            ElasticRoles.WriteTexts(json, "masked_fields", []);
            ElasticRoles.WriteTexts(json, "allowed_actions", privileges);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("tenant_permissions");
        json.WriteEndArray();
    }

    private static void WriteMapping(Utf8JsonWriter json, ClusterDocument document, string name)
    {
        MappingDocument[] mappings = [.. document.Mappings.Values.Where(mapping => mapping.Enabled && mapping.Roles.Contains(name))];
        ElasticRoles.WriteTexts(json, "hosts", mappings.SelectMany(static mapping => mapping.Networks).Distinct(StringComparer.Ordinal));
        ElasticRoles.WriteTexts(
            json,
            "users",
            document.Users.Values.Where(user => user.Roles.Contains(name)).Select(static user => user.Name).Concat(mappings.SelectMany(static mapping => mapping.Users))
                .Distinct(StringComparer.Ordinal));
        ElasticRoles.WriteTexts(json, "backend_roles", mappings.SelectMany(static mapping => mapping.Groups).Distinct(StringComparer.Ordinal));
        ElasticRoles.WriteTexts(json, "and_backend_roles", []);
    }
}
