using System.Collections.Immutable;
using System.Text.Json;
using Gatehouse.Engine.Administration;
using Gatehouse.Policy;

namespace Gatehouse.Engine.Elasticsearch.Security;

/// <summary>
/// Elastic's role form (<c>cluster</c>, <c>indices</c>, <c>run_as</c>) as grants and back. What would have to narrow rights and
/// cannot (fields, documents, workflows) is refused; what only would add some that are not known here (application privileges) is
/// left out.
/// </summary>
internal static class ElasticRoles
{
    private const string RunAs = "run-as";

    /// <summary>What a key has that says nothing of its rights: all that its owner has in Elasticsearch, and nothing beyond.</summary>
    public static Grant Everything { get; } = new() { System = PrivilegeWords.System, Actions = ["*"], Resources = ["**"], AllowRestricted = true };

    /// <summary>Whether these are the grants of a key that says nothing of its rights.</summary>
    public static bool IsEverything(IReadOnlyList<Grant>? grants) =>
        grants is [{ Effect: GrantEffect.Allow, System: PrivilegeWords.System, When: null, Actions: ["*"], Resources: ["**"] }];

    /// <summary>Reads the members of a role. What is wrong is said to <paramref name="body"/>.</summary>
    /// <param name="body">The role.</param>
    /// <param name="isKey">A key's descriptor: it cannot act as somebody else.</param>
    public static ImmutableArray<Grant> Read(JsonFields body, bool isKey)
    {
        ImmutableArray<Grant>.Builder grants = ImmutableArray.CreateBuilder<Grant>();
        AddCluster(body, grants);
        foreach (JsonFields entry in body.Objects("indices").Concat(body.Objects("index")))
        {
            AddIndices(entry, body, grants);
        }

        IReadOnlyList<string> runAs = body.Texts("run_as") ?? [];
        if (runAs.Count > 0 && isKey)
        {
            body.Refuse("[run_as] is not supported in an API key");
        }
        else if (runAs.Count > 0)
        {
            grants.Add(new Grant { System = AdminEndpoint.System, Actions = [RunAs], Resources = [.. runAs] });
        }

        body.Ignore("applications", "metadata", "transient_metadata");
        body.MustBeEmpty("global", "Gatehouse has no such privileges");
        body.MustBeEmpty("remote_indices", "write them as index names of the form cluster:index");
        body.MustBeEmpty("remote_cluster", "Gatehouse has no such privileges");
        body.MustBeEmpty("restriction", "Gatehouse has no workflows, and without them the rights would be wider");
        return grants.ToImmutable();
    }

    /// <summary>Whether a grant has a place in this form and comes back from it as it was.</summary>
    public static bool CanSay(Grant grant) => grant is { Effect: GrantEffect.Allow, When: null }
        && ((grant.System == PrivilegeWords.System && grant.Actions.All(static action => WordOf(action) is not null)) || IsRunAs(grant));

    /// <summary>Whether a role comes back from this form as it was.</summary>
    public static bool CanSay(RoleDocument role) => role.Grants.All(CanSay);

    /// <summary>Writes <c>cluster</c>, <c>indices</c>, <c>applications</c> and <c>run_as</c>: what can be said of these grants.</summary>
    public static void Write(Utf8JsonWriter json, IEnumerable<Grant> grants)
    {
        Grant[] said = [.. grants.Where(static grant => grant is { Effect: GrantEffect.Allow, When: null })];
        Grant[] ours = [.. said.Where(static grant => grant.System is PrivilegeWords.System or "*")];
        WriteTexts(json, "cluster", Words(ours, PrivilegeWords.ClusterPrefix).Distinct(StringComparer.Ordinal));
        json.WriteStartArray("indices");
        foreach (Grant grant in ours)
        {
            string[] privileges = [.. Words([grant], PrivilegeWords.IndexPrefix)];
            if (privileges.Length > 0)
            {
                json.WriteStartObject();
                WriteTexts(json, "names", NamesOf(grant));
                WriteTexts(json, "privileges", privileges);
                json.WriteBoolean("allow_restricted_indices", IsRestrictedAllowed(grant));
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteStartArray("applications");
        json.WriteEndArray();
        WriteTexts(json, "run_as", said.Where(IsRunAs).SelectMany(static grant => grant.Resources).Distinct(StringComparer.Ordinal));
    }

    /// <summary>Writes a list of texts.</summary>
    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>Names as Elastic writes them.</summary>
    public static IEnumerable<string> NamesOf(Grant grant) =>
        grant.Resources.IsDefaultOrEmpty ? ["*"] : grant.Resources.Select(static name => name == "**" ? "*" : name);

    /// <summary>Privileges of grants, by the prefix of their actions; <c>*</c> alone is everything.</summary>
    public static IEnumerable<string> Words(IEnumerable<Grant> grants, string prefix)
    {
        foreach (string action in grants.SelectMany(static grant => grant.Actions))
        {
            if (WordOf(action) is not { } word)
            {
                continue;
            }

            if (action == "*")
            {
                yield return PrivilegeWords.All;
            }
            else if (action.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return word;
            }
        }
    }

    // What is granted for every system reaches restricted names, if only to read them.
    private static bool IsRestrictedAllowed(Grant grant) => grant.AllowRestricted || grant.System == "*";

    private static bool IsRunAs(Grant grant) =>
        grant is { System: AdminEndpoint.System, Actions: [RunAs], Resources.IsDefaultOrEmpty: false, Effect: GrantEffect.Allow, When: null };

    // Null for what this form cannot say: other wildcards, words of other kinds.
    private static string? WordOf(string action)
    {
        if (action is "*" or "cluster:*" or "index:*")
        {
            return PrivilegeWords.All;
        }

        string? word = action.StartsWith(PrivilegeWords.ClusterPrefix, StringComparison.Ordinal) ? action[PrivilegeWords.ClusterPrefix.Length..]
            : action.StartsWith(PrivilegeWords.IndexPrefix, StringComparison.Ordinal) ? action[PrivilegeWords.IndexPrefix.Length..]
            : null;
        return word is null || word.Contains('*') ? null : word;
    }

    private static void AddCluster(JsonFields body, ImmutableArray<Grant>.Builder grants)
    {
        string[] actions = Actions(body, body.Texts("cluster") ?? [], PrivilegeWords.Cluster, PrivilegeWords.ClusterPrefix, "cluster");
        if (actions.Length > 0)
        {
            grants.Add(new Grant { System = PrivilegeWords.System, Actions = [.. actions] });
        }
    }

    private static void AddIndices(JsonFields entry, JsonFields body, ImmutableArray<Grant>.Builder grants)
    {
        IReadOnlyList<string> names = entry.Texts("names") ?? [];
        string[] actions = Actions(body, entry.Texts("privileges") ?? [], PrivilegeWords.Index, PrivilegeWords.IndexPrefix, "index");
        entry.MustBeEmpty("field_security", "Gatehouse does not restrict fields, and without that the rights would be wider");
        entry.MustBeEmpty("query", "Gatehouse does not restrict documents, and without that the rights would be wider");
        bool isRestrictedAllowed = entry.Flag("allow_restricted_indices") ?? false;
        if (names.Count == 0 || !entry.Has("privileges"))
        {
            body.Refuse("an entry of [indices] needs [names] and [privileges]");
        }
        else if (names.FirstOrDefault(static name => name.Length == 0 || name.StartsWith('/')) is { } pattern)
        {
            body.Refuse($"index name [{AdminRequestReader.Shown(pattern)}] is not supported: names are texts with * and ?, no regular expressions");
        }
        else if (actions.Length > 0)
        {
            grants.Add(Of(names, actions, isRestrictedAllowed));
        }
    }

    private static Grant Of(IReadOnlyList<string> names, string[] actions, bool isRestrictedAllowed) =>
        new() { System = PrivilegeWords.System, Actions = [.. actions], Resources = [.. names], AllowRestricted = isRestrictedAllowed };

    private static string[] Actions(JsonFields body, IReadOnlyList<string> words, ImmutableArray<string> known, string prefix, string kind)
    {
        if (words.FirstOrDefault(word => !known.Contains(word)) is { } unknown)
        {
            body.Refuse(
                $"unknown {kind} privilege [{AdminRequestReader.Shown(unknown)}]. a privilege must be one of the predefined {kind} privileges [{string.Join(',', known)}]; names of actions are not supported");
            return [];
        }

        return [.. words.Where(static word => word != PrivilegeWords.None).Distinct(StringComparer.Ordinal).Select(word => prefix + word)];
    }
}
