using Gatehouse.Engine.Configuration.Yaml;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>
/// OpenSearch's action groups and internal actions in privileges that are the same or less. Source: OpenSearch's documentation, "Default
/// action groups" and "Permissions". What is in no table has no counterpart.
/// </summary>
internal sealed class OpenSearchActions
{
    private const int MaxDepth = 16;

    // A privilege that covers no more. `search` and `msearch` reach every document that `read` reaches.
    private static readonly Dictionary<string, string[]> Index = new(StringComparer.OrdinalIgnoreCase)
    {
        ["*"] = ["all"],
        ["unlimited"] = ["all"],
        ["indices_all"] = ["all"],
        ["indices:*"] = ["all"],
        ["data_access"] = ["read", "write"],
        ["crud"] = ["read", "write"],
        ["indices:data/*"] = ["read", "write"],
        ["read"] = ["read"],
        ["search"] = ["read"],
        ["indices:data/read*"] = ["read"],
        ["indices:data/read/*"] = ["read"],
        ["indices:data/read/search*"] = ["read"],
        ["write"] = ["write"],
        ["indices:data/write*"] = ["write"],
        ["indices:data/write/*"] = ["write"],
        ["index"] = ["index"],
        ["delete"] = ["delete"],
        ["indices:data/write/delete*"] = ["delete"],
        ["indices:data/write/index*"] = ["create"],
        ["create_index"] = ["create_index"],
        ["indices:admin/create*"] = ["create_index"],
        ["indices:admin/create"] = ["create_index"],
        ["indices:admin/delete"] = ["delete_index"],
        ["indices:admin/delete*"] = ["delete_index"],
        ["manage"] = ["manage"],
        ["indices_monitor"] = ["monitor"],
        ["indices:monitor/*"] = ["monitor"],
        ["indices:monitor*"] = ["monitor"],
    };

    private static readonly Dictionary<string, string[]> Cluster = new(StringComparer.OrdinalIgnoreCase)
    {
        // Theirs do not reach the security API, which is for administrators by certificate or role.
        ["*"] = ["manage"],
        ["unlimited"] = ["manage"],
        ["cluster_all"] = ["manage"],
        ["cluster:*"] = ["manage"],
        ["cluster_monitor"] = ["monitor"],
        ["cluster:monitor/*"] = ["monitor"],
        ["cluster:monitor*"] = ["monitor"],
        ["cluster_manage_index_templates"] = ["manage_index_templates"],
        ["cluster_manage_pipelines"] = ["manage_ingest_pipelines"],
        ["cluster:admin/ingest/pipeline/*"] = ["manage_ingest_pipelines"],
        ["cluster:admin/ingest/pipeline*"] = ["manage_ingest_pipelines"],
        ["manage_snapshots"] = ["create_snapshot", "monitor_snapshot"],
        ["cluster:admin/snapshot/*"] = ["create_snapshot", "monitor_snapshot"],
    };

    // Several items in one request: here each item is decided on its index, and nothing is needed besides.
    private static readonly string[] NotNeeded =
    [
        "cluster_composite_ops", "cluster_composite_ops_ro", "indices:data/read/scroll*", "indices:data/read/mget*", "indices:data/read/msearch*",
        "indices:data/read/mtv*", "indices:data/write/bulk*", "indices:data/read/scroll", "indices:data/read/scroll/clear", "indices:data/read/mget",
        "indices:data/read/msearch", "indices:data/write/bulk",
    ];

    private readonly Dictionary<string, IReadOnlyList<YamlScalar>> _own = new(StringComparer.Ordinal);

    /// <summary>Adds a group of <c>action_groups.yml</c>; it stands before one of ours by the name.</summary>
    public void Define(string name, IReadOnlyList<YamlScalar> actions) => _own[name] = actions;

    /// <summary>Whether nothing is needed for it here.</summary>
    public static bool IsNotNeeded(string action) => NotNeeded.Contains(action, StringComparer.OrdinalIgnoreCase);

    /// <summary>The privileges of an action; null where it has none.</summary>
    public static string[]? PrivilegesOf(string action, bool isCluster) => (isCluster ? Cluster : Index).GetValueOrDefault(action);

    /// <summary>The actions with groups of the file's own opened up, each once.</summary>
    public IReadOnlyList<YamlScalar> Expand(IReadOnlyList<YamlScalar> actions)
    {
        var found = new List<YamlScalar>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Open(actions, seen, found, 0);
        return found;
    }

    private void Open(IReadOnlyList<YamlScalar> actions, HashSet<string> seen, List<YamlScalar> found, int depth)
    {
        foreach (YamlScalar action in actions)
        {
            if (!seen.Add(action.Text))
            {
                continue;
            }

            if (_own.TryGetValue(action.Text, out IReadOnlyList<YamlScalar>? group))
            {
                if (depth == MaxDepth)
                {
                    found.Add(action with { Text = action.Text + " (groups within groups, too deep)" });
                    continue;
                }

                // Messages name the place in the role, where the group is used.
                Open([.. group.Select(inner => inner with { Span = action.Span })], seen, found, depth + 1);
            }
            else
            {
                found.Add(action);
            }
        }
    }
}
