using System.Collections.Frozen;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Json;
using Gatehouse.Problems.Hints;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>The names of <c>service.json</c>: what a section that is known may hold, what older versions called otherwise.</summary>
internal static class ClusterKeys
{
    // Sections of the store, informers and trackers hold nothing that rules ask for; their names are left alone.
    private static readonly FrozenSet<string> Known = new[] { "cluster", "consensus", "api", "ipfs_connector", "observations" }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string[]> Sections = Make();

    // Of older versions, and without a meaning for security.
    private static readonly FrozenSet<string> Past = new[]
    {
        "ipfs_connector.ipfshttp.pin_method", "ipfs_connector.ipfshttp.proxy_read_timeout", "ipfs_connector.ipfshttp.proxy_read_header_timeout", "ipfs_connector.ipfshttp.proxy_write_timeout",
        "ipfs_connector.ipfshttp.proxy_idle_timeout",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Of older versions, and somebody may count on them.
    private static readonly FrozenDictionary<string, string> Renamed = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["ipfs_connector.ipfshttp.proxy_listen_multiaddress"] = "api.ipfsproxy.listen_multiaddress",
        ["ipfs_connector.ipfshttp.listen_multiaddress"] = "api.ipfsproxy.listen_multiaddress",
        ["api.ipfsproxy.proxy_listen_multiaddress"] = "api.ipfsproxy.listen_multiaddress",
        ["api.restapi.listen_multiaddress"] = "api.restapi.http_listen_multiaddress",
        ["cluster.replication_factor"] = "cluster.replication_factor_min",
        ["cluster.peers"] = "cluster.peer_addresses",
        ["cluster.bootstrap"] = "cluster.peer_addresses",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Settings of known sections that have no meaning there.</summary>
    public static IEnumerable<Setting> Strangers(SettingTree tree)
    {
        // A remote configuration leaves everything but its address unread.
        if (!tree.At("source").IsBlank())
        {
            yield break;
        }

        foreach ((string section, string[] names) in Sections.OrderBy(static s => s.Key, StringComparer.Ordinal))
        {
            Setting here = section.Length == 0 ? tree.Root : tree.At(section.Split('.'));
            foreach (Setting child in here.Kind == SettingKind.Map ? here.Children : [])
            {
                if (!names.Contains(child.Name, StringComparer.OrdinalIgnoreCase))
                {
                    yield return child;
                }
            }
        }
    }

    /// <summary>Whether older versions read it, and nothing is open by its loss.</summary>
    public static bool WasRead(Setting setting) => Past.Contains(NameOf(setting));

    /// <summary>What a name of older versions is called now, or null.</summary>
    public static string? Instead(Setting setting) => Renamed.GetValueOrDefault(NameOf(setting));

    /// <summary>The name of the same section that may be meant, or null.</summary>
    public static string? Nearest(Setting setting) => NearestWord.Of(setting.Name, Sections[string.Join('.', setting.Path.Parent.Segments)]);

    // What variables can set, which is nearly all, and what only the file can.
    private static FrozenDictionary<string, string[]> Make()
    {
        var sections = new Dictionary<string, HashSet<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (IpfsClusterSection section in IpfsClusterSection.All.Where(static s => Known.Contains(s.Path[0])))
        {
            foreach ((string name, _) in section.Names.Values)
            {
                Add(sections, [.. section.Path, .. name.Split('.')]);
            }
        }

        foreach (string name in new[]
        {
            "source", "state", "pin_tracker", "monitor", "allocator", "informer", "datastore", "consensus.crdt.datastore_namespace", "cluster.pubsub.seen_messages_ttl",
            "cluster.pubsub.heartbeat_interval", "cluster.pubsub.d_factor", "cluster.pubsub.history_gossip", "cluster.pubsub.history_length", "cluster.pubsub.flood_publish",
        })
        {
            Add(sections, name.Split('.'));
        }

        return sections.ToFrozenDictionary(static s => s.Key, static s => s.Value.Order(StringComparer.Ordinal).ToArray(), StringComparer.OrdinalIgnoreCase);
    }

    private static void Add(Dictionary<string, HashSet<string>> sections, string[] path)
    {
        for (int i = 0; i < path.Length; i++)
        {
            string section = string.Join('.', path[..i]);
            if (!sections.TryGetValue(section, out HashSet<string>? names))
            {
                sections[section] = names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            }

            names.Add(path[i]);
        }
    }

    private static string NameOf(Setting setting) => string.Join('.', setting.Path.Segments);
}
