using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>What requests may run and fetch: ES-060 and ES-061.</summary>
internal static class ReachRules
{
    /// <summary>ES-060: scripts of every kind, and deleting by wildcard.</summary>
    public static IEnumerable<Observation> ScriptsAreOpen(NodeSubject node)
    {
        Setting types = node.Settings["script.allowed_types"], contexts = node.Settings["script.allowed_contexts"];
        if (types.IsDoubtful() || contexts.IsDoubtful())
        {
            yield return (types.IsDoubtful() ? types : contexts).Doubt();
        }
        else if (IsOpen(types) && !contexts.HasValue())
        {
            // Kibana, Fleet, alerts and pipelines bring theirs: only who has none of these can do without.
            yield return Observation.Of(Severity.Info, "requests may bring scripts of their own in every context, as Kibana, Fleet and pipelines do", [.. node.Stands(types), node.Absent("script.allowed_contexts")]);
        }

        Setting named = node.Settings["action.destructive_requires_name"];
        if (named.IsUnknown)
        {
            yield return named.Doubt();
        }
        else if (named.IsSet)
        {
            if (named.AsBoolean() == false)
            {
                yield return Observation.At(Severity.Medium, "one request with a wildcard deletes all indices", named);
            }
        }
        else if (node.IsOpenSearch || node.IsModern == false)
        {
            yield return Observation.Of(Severity.Medium, "one request with a wildcard deletes all indices: that is this version's default", node.Absent("action.destructive_requires_name"));
        }
        else if (node.IsModern is null)
        {
            yield return Observation.Unknown("whether a wildcard deletes all indices depends on the version, which is not known") with { Evidence = [node.Absent("action.destructive_requires_name")] };
        }
    }

    /// <summary>ES-061: the node fetches from anywhere, or writes snapshots anywhere.</summary>
    public static IEnumerable<Observation> FetchesFromAnywhere(NodeSubject node)
    {
        (string Path, string Text, Func<string, bool> IsWide)[] lists =
        [
            ("reindex.remote.whitelist", "reindexing may fetch from, and send to, any host", static word => Addresses.HostOf(word) is "*" or "*.*" or "*.*.*.*"),
            ("reindex.remote.allowlist", "reindexing may fetch from, and send to, any host", static word => Addresses.HostOf(word) is "*" or "*.*" or "*.*.*.*"),
            ("repositories.url.allowed_urls", "a snapshot repository may be any address, those of this network too", static word => Addresses.HostOf(word) is "*" || IsAnyFile(word)),
            ("path.repo", "a snapshot repository may be any folder of the host", static word => word.StartsWith('/') && Path.GetFullPath(word) == "/"),
        ];
        foreach ((string path, string text, Func<string, bool> isWide) in lists)
        {
            Setting list = node.Settings[path];
            if (list.IsDoubtful())
            {
                yield return list.Doubt();
            }
            else if (list.Words().Any(isWide))
            {
                yield return Observation.At(text, list);
            }
        }
    }

    // `file:/*`, `file:///**`
    private static bool IsAnyFile(string url) => url.StartsWith("file:", StringComparison.OrdinalIgnoreCase) && url[5..].Trim('/', '*', '.').Length == 0;

    private static bool IsOpen(Setting types) => !types.HasValue() || types.Words().Contains("both") || types.Words().Contains("inline");
}
