using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Realms;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// User profiles, without which Kibana lets nobody in: who logged in, under an identifier that stays. Nothing is kept but what
/// Gatehouse knows of its users anyway; <c>labels</c> and <c>data</c> are empty. All of it needs <c>manage_user_profile</c>.
/// Source: "User profiles" in Elastic's API reference.
/// </summary>
internal sealed class ProfileCalls(PresentedLogin presented)
{
    private const string Needed = "manage_user_profile";
    private const int MostUids = 1000;
    private const int MostSuggestions = 1000;
    private const int UsualSuggestions = 10;

    /// <summary><c>POST /_security/profile/_activate</c>: who these credentials belong to.</summary>
    public async ValueTask<SecurityReply> ActivateAsync(SecurityCall call, CancellationToken cancellation)
    {
        if (SecurityRights.Needs(call, Needed) is { } denied)
        {
            return denied;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string? kind = body.Text("grant_type");
        string? name = body.Text("username");
        string? password = body.Text("password");
        string? token = body.Text("access_token");
        bool isPassword = kind == "password" && !string.IsNullOrEmpty(name) && !name.Contains(':') && password is not null && token is null;
        bool isToken = kind == "access_token" && !string.IsNullOrEmpty(token) && !token.Any(char.IsControl) && name is null && password is null;
        if (!isPassword && !isToken)
        {
            body.Refuse("[grant_type] is [password] with [username] and [password], or [access_token] with [access_token]");
        }

        if (body.Fault() is { } fault)
        {
            return SecurityReply.Wrong(fault);
        }

        string header = isPassword ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")) : "Bearer " + token;
        (Authenticated? login, SecurityReply refusal) = await presented.VerifyAsync(call, header, name, RealmsOf(call), Needed, cancellation);
        if (login is null)
        {
            return refusal;
        }

        // The roles are those that the user itself would have at this moment, and may be none.
        return call.Snapshot.TryGetRights(login.Principal, call.Context.Source, call.Now, out Rights rights)
            ? SecurityReply.Of(json => WriteProfile(json, call, login.Principal.Realm, login.Principal.Name, rights.Roles, login.Principal, withVersion: true))
            : SecurityReply.Wrong($"unable to authenticate user [{AdminRequestReader.Shown(login.Principal.Name)}] for action [{Needed}]", ElasticError.Security, 401);
    }

    /// <summary><c>GET /_security/profile/UID,UID</c>.</summary>
    public static SecurityReply Get(SecurityCall call, string uids)
    {
        string[] wanted = [.. uids.Split(',', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
        if (SecurityRights.Needs(call, Needed) is { } denied)
        {
            return denied;
        }

        if (wanted.Length > MostUids)
        {
            return SecurityReply.Wrong($"more than {MostUids} profiles at once");
        }

        List<string> missing = [];
        return SecurityReply.Of(json =>
        {
            json.WriteStartArray("profiles");
            foreach (string uid in wanted)
            {
                if (!ProfileUid.TryRead(uid, out string realm, out string name) || !IsThere(call, realm, name))
                {
                    missing.Add(uid);
                    continue;
                }

                json.WriteStartObject();
                WriteProfile(json, call, realm, name, RolesOf(call, realm, name), null, withVersion: true);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteErrors(json, missing);
        });
    }

    /// <summary><c>_suggest</c>: native users whose name, or a word of whose full name, begins with a text. Those of directories are not known before they come.</summary>
    public static SecurityReply Suggest(SecurityCall call)
    {
        if (SecurityRights.Needs(call, Needed) is { } denied)
        {
            return denied;
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: true, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        string text = body.Text("name") ?? "";
        int size = body.Number("size") ?? UsualSuggestions;
        body.Ignore("data", "hint");
        if (body.Fault() is { } fault || size > MostSuggestions)
        {
            return SecurityReply.Wrong(body.Fault() ?? $"[size] is at most {MostSuggestions}");
        }

        UserDocument[] found =
        [
            .. call.Snapshot.Document.Users.Values.Where(user => !user.IsService && user.Enabled && !(user.Expires <= call.Now) && Matches(user, text)),
        ];
        return SecurityReply.Of(json =>
        {
            json.WriteStartObject("total");
            json.WriteNumber("value", found.Length);
            json.WriteString("relation", "eq");
            json.WriteEndObject();
            json.WriteNumber("took", 0);
            json.WriteStartArray("profiles");
            foreach (UserDocument user in found.Take(size))
            {
                json.WriteStartObject();
                WriteProfile(json, call, RealmNames.Native, user.Name, user.Roles, null, withVersion: false);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    private static bool Matches(UserDocument user, string text) =>
        text.Length == 0 || user.Name.StartsWith(text, StringComparison.OrdinalIgnoreCase)
        || (user.FullName?.Split(' ').Any(word => word.StartsWith(text, StringComparison.OrdinalIgnoreCase)) ?? false);

    // Realms of people: a key or nobody in particular has no profile.
    private static ImmutableArray<string> RealmsOf(SecurityCall call)
    {
        string[] people =
        [
            RealmNames.Native, .. call.Snapshot.Document.Realms.Values.Where(static realm => realm.Kind != RealmKind.Anonymous).Select(static realm => realm.Name),
        ];
        return call.Realms.IsDefaultOrEmpty ? [.. people] : [.. people.Where(name => call.Realms.Contains(name))];
    }

    private static bool IsThere(SecurityCall call, string realm, string name) => realm == RealmNames.Native
        ? call.Snapshot.Document.Users.ContainsKey(name)
        : call.Snapshot.Document.Realms.TryGetValue(realm, out RealmDocument? known) && known.Kind != RealmKind.Anonymous;

    // What a directory says of somebody is known while that one is logged in.
    private static ImmutableArray<string> RolesOf(SecurityCall call, string realm, string name) =>
        realm == RealmNames.Native && call.Snapshot.Document.Users.TryGetValue(name, out UserDocument? user) ? user.Roles : [];

    private static void WriteProfile(
        Utf8JsonWriter json, SecurityCall call, string realm, string name, ImmutableArray<string> roles, Principal? principal, bool withVersion)
    {
        UserDocument? user = realm == RealmNames.Native ? call.Snapshot.Document.Users.GetValueOrDefault(name) : null;
        json.WriteString("uid", ProfileUid.Of(realm, name));
        json.WriteBoolean("enabled", user is null || (user.Enabled && !(user.Expires <= call.Now)));
        if (withVersion)
        {
            json.WriteNumber("last_synchronized", call.Now.ToUnixTimeMilliseconds());
        }

        json.WriteStartObject("user");
        json.WriteString("username", name);
        ElasticRoles.WriteTexts(json, "roles", roles.IsDefault ? [] : roles);
        json.WriteString("realm_name", realm);
        json.WriteString("full_name", user?.FullName ?? principal?.Attributes.GetValueOrDefault("name"));
        json.WriteString("email", principal?.Attributes.GetValueOrDefault("email"));
        json.WriteEndObject();
        json.WriteStartObject("labels");
        json.WriteEndObject();
        json.WriteStartObject("data");
        json.WriteEndObject();
        if (withVersion)
        {
            json.WriteStartObject("_doc");
            json.WriteNumber("_primary_term", 1);
            json.WriteNumber("_seq_no", 0);
            json.WriteEndObject();
        }
    }

    private static void WriteErrors(Utf8JsonWriter json, List<string> missing)
    {
        if (missing.Count == 0)
        {
            return;
        }

        json.WriteStartObject("errors");
        json.WriteNumber("count", missing.Count);
        json.WriteStartObject("details");
        foreach (string uid in missing)
        {
            json.WriteStartObject(uid);
            json.WriteString("type", ElasticError.NotFound);
            json.WriteString("reason", "profile document not found");
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}
