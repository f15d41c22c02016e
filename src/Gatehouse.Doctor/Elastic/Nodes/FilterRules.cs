using System.Collections.Immutable;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>The address filter of Elasticsearch and the port for other clusters: ES-030 to ES-032.</summary>
internal static class FilterRules
{
    private const string Transport = "xpack.security.transport.filter", Http = "xpack.security.http.filter", Remote = "xpack.security.remote_cluster.filter";

    /// <summary>ES-030: an allow list without a deny rule lets everybody in.</summary>
    public static IEnumerable<Observation> AllowListsDenyNobody(NodeSubject node)
    {
        if (node.IsOpenSearch)
        {
            yield break;
        }

        IEnumerable<string> profiles = node.Settings.Names("transport.profiles").Select(static name => $"transport.profiles.{name}.xpack.security.filter");
        foreach (string filter in (string[])[Transport, Http, Remote, .. profiles])
        {
            // A filter without lists of its own is that of transport, which is looked at already.
            if (!node.Settings[$"{filter}.allow"].IsSet && !node.Settings[$"{filter}.deny"].IsSet)
            {
                continue;
            }

            Setting allow = Fallback(node, filter, "allow"), deny = Fallback(node, filter, "deny");
            if (allow.IsDoubtful() || (allow.IsSet && deny.IsDoubtful()))
            {
                yield return (allow.IsDoubtful() ? allow : deny).Doubt();
            }
            else if (!allow.Words().IsEmpty && !DeniesAll(deny.Words()))
            {
                yield return Observation.Of("addresses that match no rule are let in: the allow list keeps nobody out", [.. Shown.All(allow), .. node.Stands(deny)]);
            }
        }
    }

    /// <summary>ES-031: the filter is switched off where others reach the port.</summary>
    public static IEnumerable<Observation> FilterIsOff(NodeSubject node)
    {
        if (node.IsOpenSearch)
        {
            yield break;
        }

        foreach ((string filter, Reach reach) in new[] { (Transport, node.TransportReach), (Http, node.HttpReach) })
        {
            Setting enabled = node.Settings[$"{filter}.enabled"];
            if (enabled.IsUnknown)
            {
                yield return enabled.Doubt();
            }
            else if (enabled.Flag(true) == false && reach.Kind != Reaching.Loopback)
            {
                yield return reach.IsExposed
                    ? Observation.Of($"the address filter is off, and {reach.Text}", [.. Shown.All(enabled), .. reach.Evidence])
                    : Observation.Unknown($"the address filter is off; who reaches the port is not known, because {reach.Text}", enabled);
            }
        }
    }

    /// <summary>ES-032: other clusters' port is open to all, or in plain text.</summary>
    public static IEnumerable<Observation> RemoteClusterPortIsOpen(NodeSubject node)
    {
        Setting enabled = node.Settings["remote_cluster_server.enabled"];
        if (node.IsOpenSearch || enabled.Flag(false) == false)
        {
            yield break;
        }

        Setting tls = node.Settings["xpack.security.remote_cluster_server.ssl.enabled"];
        if (enabled.AsBoolean() is null || tls.IsUnknown)
        {
            yield return (enabled.AsBoolean() is null ? enabled : tls).Doubt();
            yield break;
        }

        Reach reach = node.Configured("remote_cluster");
        bool hasFilter = !Fallback(node, Remote, "allow").Words().IsEmpty && DeniesAll(Fallback(node, Remote, "deny").Words()) && node.Settings[$"{Transport}.enabled"].Flag(true) == true;
        bool isPlain = tls.Flag(true) == false;
        if (reach.Kind == Reaching.Unknown)
        {
            yield return Observation.Unknown($"who reaches the port for other clusters is not known, because {reach.Text}", enabled);
        }
        else if (reach.IsExposed && (isPlain || !hasFilter))
        {
            string what = isPlain && !hasFilter ? "without TLS and without an address filter" : isPlain ? "without TLS" : "without an address filter";
            yield return Observation.Of($"the port for other clusters is open {what}, and {reach.Text}", [.. Shown.All(enabled), .. isPlain ? Shown.All(tls) : [], .. reach.Evidence]);
        }
    }

    // The lists for HTTP and for other clusters are those of transport where they have none of their own.
    private static Setting Fallback(NodeSubject node, string filter, string list)
    {
        Setting own = node.Settings[$"{filter}.{list}"];
        return own.IsSet || filter.StartsWith("transport.profiles", StringComparison.Ordinal) ? own : node.Settings[$"{Transport}.{list}"];
    }

    private static bool DeniesAll(ImmutableArray<string> words) => words.Contains("_all") || (words.Contains("0.0.0.0/0") && words.Contains("::/0"));
}
