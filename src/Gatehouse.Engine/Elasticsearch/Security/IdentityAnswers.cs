using System.Text.Json;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>Who the caller is and what it may, as Elasticsearch tells it. Everybody may ask for oneself.</summary>
internal static class IdentityAnswers
{
    private const string KeyRealm = "_es_api_key";

    /// <summary><c>GET /_security/_authenticate</c>: the one who acts, and in which realm that name was looked up.</summary>
    public static SecurityReply Authenticate(SecurityCall call) => SecurityReply.Of(json =>
    {
        Principal principal = call.Principal;
        call.Snapshot.Users.TryGetValue(principal.Name, out UserDocument? user);
        user = principal.Realm is RealmNames.Native or RealmNames.ApiKey ? user : null;
        json.WriteString("username", principal.Name);
        ElasticRoles.WriteTexts(json, "roles", call.HasKey ? [] : call.Context.Roles);
        json.WriteString("full_name", user?.FullName ?? principal.Attributes.GetValueOrDefault("name"));
        json.WriteString("email", principal.Attributes.GetValueOrDefault("email"));
        json.WriteStartObject("metadata");
        json.WriteEndObject();
        json.WriteBoolean("enabled", true);

        // The realm that verified somebody, and the one where who acts was found.
        Principal verified = (call.Actor ?? call.Login).Principal;
        WriteRealm(json, "authentication_realm", verified, call.Snapshot);
        WriteRealm(json, "lookup_realm", principal, call.Snapshot);
        bool isAnonymous = IsAnonymous(verified, call.Snapshot);
        json.WriteString("authentication_type", verified.Realm == RealmNames.ApiKey ? "api_key" : isAnonymous ? "anonymous" : "realm");
        if (verified.Realm == RealmNames.ApiKey)
        {
            json.WriteStartObject("api_key");
            json.WriteString("id", verified.Attributes.GetValueOrDefault(SecuritySnapshot.ApiKeyAttribute));
            json.WriteString("name", verified.Attributes.GetValueOrDefault("api_key.name"));
            json.WriteEndObject();
        }
    });

    /// <summary><c>GET /_security/user/_privileges</c>: what the roles give, without conditions and denials, which this form cannot say.</summary>
    public static SecurityReply Privileges(SecurityCall call)
    {
        // Elasticsearch refuses this too: an intersection of two lists has no such form.
        if (!call.Context.Limit.IsDefault && !ElasticRoles.IsEverything(KeyOf(call)?.Grants))
        {
            return SecurityReply.Wrong(
                "Cannot retrieve privileges for API keys with assigned role descriptors. Please use the Get API key information API https://ela.st/es-api-get-api-key");
        }

        Grant[] grants =
        [
            .. call.Context.Roles.Select(name => SecurityRights.FindRole(call.Snapshot.Document, name)).OfType<RoleDocument>().SelectMany(static role => role.Grants),
        ];
        return SecurityReply.Of(json =>
        {
            ElasticRoles.Write(json, grants);
            json.WriteStartArray("global");
            json.WriteEndArray();
        });
    }

    /// <summary>The name of a realm, and the word that Elasticsearch has for its kind.</summary>
    public static (string Name, string Type) RealmOf(Principal principal, SecuritySnapshot snapshot) => principal.Realm switch
    {
        RealmNames.ApiKey => (KeyRealm, KeyRealm),
        RealmNames.Native => (RealmNames.Native, "native"),
        var name when snapshot.Document.Realms.TryGetValue(name, out RealmDocument? realm) => (name, realm.Kind switch
        {
            RealmKind.Ldap => "ldap",
            RealmKind.ActiveDirectory => "active_directory",
            RealmKind.Jwt => "jwt",
            RealmKind.Oidc => "oidc",
            RealmKind.Pki => "pki",
            RealmKind.Anonymous => "__anonymous",
            _ => name,
        }),
        var name => (name, name),
    };

    private static ApiKeyDocument? KeyOf(SecurityCall call) => call.Snapshot.Document.ApiKeys.GetValueOrDefault(
        call.Principal.Attributes.GetValueOrDefault(SecuritySnapshot.ApiKeyAttribute, ""));

    private static bool IsAnonymous(Principal principal, SecuritySnapshot snapshot) =>
        snapshot.Document.Realms.TryGetValue(principal.Realm, out RealmDocument? realm) && realm.Kind == RealmKind.Anonymous;

    private static void WriteRealm(Utf8JsonWriter json, string name, Principal principal, SecuritySnapshot snapshot)
    {
        (string realm, string type) = RealmOf(principal, snapshot);
        json.WriteStartObject(name);
        json.WriteString("name", realm);
        json.WriteString("type", type);
        json.WriteEndObject();
    }
}
