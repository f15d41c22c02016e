using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Administration;
using Gatehouse.Engine.Elasticsearch.Answers;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// <c>_has_privileges</c>: the same decisions that requests get, for the caller, or with <c>manage_security</c> for another native
/// user. A pattern of index names is true only where the whole of it is covered. Application privileges are not kept: who has
/// <c>cluster:all</c> has every one, and the built-in roles <c>kibana_admin</c> and <c>editor</c> those of Kibana; nobody else any.
/// </summary>
internal static class HasPrivileges
{
    private const int MostQuestions = 20_000;
    private const string KibanaApplications = "kibana-";
    private static readonly string[] KibanaRoles = ["kibana_admin", "editor"];

    /// <summary>Answers; <paramref name="user"/> null is the caller.</summary>
    public static SecurityReply Answer(SecurityCall call, string? user)
    {
        AuthorizationContext context = call.Context;
        if (user is not null && (user != call.Principal.Name || call.HasKey))
        {
            if (SecurityRights.Needs(call, "manage_security") is { } denied)
            {
                return denied;
            }

            var principal = new Principal(user, RealmNames.Native);
            if (!call.Snapshot.TryGetRights(principal, call.Context.Source, call.Now, out Rights rights))
            {
                return SecurityReply.NotFound($"user [{AdminRequestReader.Shown(user)}] not found");
            }

            context = call.Context with { Principal = principal, Roles = rights.Roles, Limit = rights.Limit, List = rights.List };
        }

        JsonFields? body = JsonFields.Read(call.Body, mayBeEmpty: false, out string? wrong);
        if (body is null)
        {
            return SecurityReply.Unreadable(wrong!);
        }

        var asked = Asked.Read(body);
        return body.Fault() is { } fault ? SecurityReply.Wrong(fault)
            : asked.IsNothing ? SecurityReply.Wrong("Validation Failed: 1: must specify at least one privilege;", ElasticError.Validation)
            : asked.Count > MostQuestions ? SecurityReply.Wrong($"more than {MostQuestions} privileges at once")
            : Answer(call.Snapshot, context, asked);
    }

    /// <summary>Whether all names of a pattern are covered; never says so where they are not.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="context">Whose rights.</param>
    /// <param name="action">What for.</param>
    /// <param name="name">A name, or a pattern with <c>*</c> and <c>?</c>.</param>
    /// <param name="isRestrictedMeant">Whether restricted names are meant too where the pattern reaches them.</param>
    internal static bool Covers(CompiledPolicy policy, in AuthorizationContext context, SystemAction action, string name, bool isRestrictedMeant)
    {
        var operations = new OperationSet();
        operations.Begin(action);
        int one = name.IndexOf('?');
        int wildcard = name.AsSpan().IndexOfAny('*', '?');
        if (one < 0)
        {
            operations.AddResource(Encoding.UTF8.GetBytes(name));
        }

        if (one >= 0 || (wildcard >= 0 && isRestrictedMeant))
        {
            // All that begin as the pattern does before its first wildcard are more than the pattern means.
            operations.AddPrefix(Encoding.UTF8.GetBytes(name[..wildcard]));
        }

        return Authorizer.Decide(policy, context, operations).IsAllowed;
    }

    private static SecurityReply Answer(SecuritySnapshot snapshot, AuthorizationContext context, Asked asked) => SecurityReply.Of(json =>
    {
        json.WriteString("username", context.Principal.Name);
        bool hasAll = WriteCluster(json, snapshot.Policy, context, asked);
        hasAll &= WriteIndices(json, snapshot.Policy, context, asked);
        hasAll &= WriteApplications(json, snapshot, context, asked);

        // Members of an object have no order: what is known last is written last.
        json.WriteBoolean("has_all_requested", hasAll);
    });

    private static bool WriteCluster(Utf8JsonWriter json, CompiledPolicy policy, in AuthorizationContext context, Asked asked)
    {
        bool hasAll = true;
        json.WriteStartObject("cluster");
        foreach (string privilege in asked.Cluster)
        {
            bool has = HasCluster(policy, context, privilege);
            json.WriteBoolean(privilege, has);
            hasAll &= has;
        }

        json.WriteEndObject();
        return hasAll;
    }

    private static bool WriteIndices(Utf8JsonWriter json, CompiledPolicy policy, in AuthorizationContext context, Asked asked)
    {
        bool hasAll = true;
        json.WriteStartObject("index");
        foreach ((string name, string[] privileges) in asked.Indices)
        {
            json.WriteStartObject(name);
            foreach (string privilege in privileges)
            {
                bool has = privilege == PrivilegeWords.None
                    || Covers(policy, context, PrivilegeWords.OnIndex(privilege), name, asked.Restricted.Contains(name));
                json.WriteBoolean(privilege, has);
                hasAll &= has;
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        return hasAll;
    }

    private static bool WriteApplications(Utf8JsonWriter json, SecuritySnapshot snapshot, in AuthorizationContext context, Asked asked)
    {
        bool hasAll = true;
        json.WriteStartObject("application");
        foreach ((string application, SortedDictionary<string, SortedSet<string>> resources) in asked.Applications)
        {
            bool has = HasApplication(snapshot, context, application);
            hasAll &= has;
            json.WriteStartObject(application);
            foreach ((string resource, SortedSet<string> privileges) in resources)
            {
                json.WriteStartObject(resource);
                foreach (string privilege in privileges)
                {
                    json.WriteBoolean(privilege, has);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        return hasAll;
    }

    private static bool HasCluster(CompiledPolicy policy, in AuthorizationContext context, string privilege)
    {
        if (privilege == PrivilegeWords.None)
        {
            return true;
        }

        var operations = new OperationSet();
        operations.Begin(PrivilegeWords.OnCluster(privilege));
        return Authorizer.Decide(policy, context, operations).IsAllowed;
    }

    // What limits a key says nothing of applications, so that a limited key has none by a role.
    private static bool HasApplication(SecuritySnapshot snapshot, AuthorizationContext context, string application) =>
        HasCluster(snapshot.Policy, context, PrivilegeWords.All)
        || (context.Limit.IsDefault && application.StartsWith(KibanaApplications, StringComparison.Ordinal)
            && context.Roles.Any(role => KibanaRoles.Contains(role) && SecurityRights.IsBuiltIn(snapshot.Document, role)));

    /// <summary>What is asked, each thing once.</summary>
    private sealed class Asked
    {
        public IReadOnlyList<string> Cluster { get; private init; } = [];

        public IReadOnlyList<(string Name, string[] Privileges)> Indices { get; private init; } = [];

        public HashSet<string> Restricted { get; private init; } = [];

        public SortedDictionary<string, SortedDictionary<string, SortedSet<string>>> Applications { get; } = new(StringComparer.Ordinal);

        public bool IsNothing => Cluster.Count == 0 && Indices.Count == 0 && Applications.Count == 0;

        public int Count => Cluster.Count + Indices.Sum(static index => index.Privileges.Length)
            + Applications.Values.Sum(static resources => resources.Values.Sum(static privileges => privileges.Count));

        public static Asked Read(JsonFields body)
        {
            var indices = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
            var restricted = new HashSet<string>(StringComparer.Ordinal);
            foreach (JsonFields entry in body.Objects("index").Concat(body.Objects("indices")))
            {
                if (entry.Flag("allow_restricted_indices") == true)
                {
                    restricted.UnionWith(entry.Texts("names") ?? []);
                }

                Add(indices, entry.Texts("names"), entry.Texts("privileges"), body);
                Bound(indices, body);
            }

            var asked = new Asked
            {
                Cluster = [.. (body.Texts("cluster") ?? []).Distinct(StringComparer.Ordinal)],
                Indices = [.. indices.Select(static pair => (pair.Key, pair.Value.ToArray()))],
                Restricted = restricted,
            };
            foreach (JsonFields entry in body.Objects("application").Concat(body.Objects("applications")))
            {
                if (entry.Text("application") is not { Length: > 0 } name)
                {
                    body.Refuse("an entry of [application] needs [application], [privileges] and [resources]");
                    continue;
                }

                if (!asked.Applications.TryGetValue(name, out SortedDictionary<string, SortedSet<string>>? resources))
                {
                    asked.Applications[name] = resources = new(StringComparer.Ordinal);
                }

                Add(resources, entry.Texts("resources"), entry.Texts("privileges"), body);
                Bound(resources, body);
            }

            return asked;
        }

        private static void Add(SortedDictionary<string, SortedSet<string>> to, IReadOnlyList<string>? names, IReadOnlyList<string>? privileges, JsonFields body)
        {
            if (names is not { Count: > 0 } || privileges is not { Count: > 0 } || (long)names.Count * privileges.Count > MostQuestions)
            {
                body.Refuse("an entry needs names or resources, and [privileges], neither of them empty nor too long");
                return;
            }

            foreach (string name in names)
            {
                if (!to.TryGetValue(name, out SortedSet<string>? set))
                {
                    to[name] = set = new SortedSet<string>(StringComparer.Ordinal);
                }

                set.UnionWith(privileges);
            }
        }

        private static void Bound(SortedDictionary<string, SortedSet<string>> set, JsonFields body)
        {
            if (set.Count > MostQuestions)
            {
                body.Refuse("too many names at once");
            }
        }
    }
}
