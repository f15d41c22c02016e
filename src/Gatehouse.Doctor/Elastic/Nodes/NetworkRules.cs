using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Nodes;

/// <summary>Where a node listens, and to whom browsers may speak for: ES-050 to ES-053, ES-072.</summary>
internal static class NetworkRules
{
    private const long UsualBody = 100 * 1024 * 1024;

    /// <summary>ES-050: it listens for others than this host.</summary>
    public static IEnumerable<Observation> ListensForOthers(NodeSubject node)
    {
        Severity severity = node.Security.Value == false || node.IsTlsAlone ? Severity.Critical : Severity.Info;
        string open = severity == Severity.Critical ? ", and nobody has to log in" : "";
        foreach ((string what, Reach reach) in new[] { ("clients", node.HttpReach), ("nodes", node.TransportReach) })
        {
            if (reach.IsExposed)
            {
                yield return Observation.Of(severity, $"the port for {what} is reached from other hosts: {reach.Text}{open}", reach.Evidence);
            }
            else if (reach.Kind == Reaching.Unknown)
            {
                yield return Observation.Unknown($"who reaches the port for {what} is not known, because {reach.Text}") with { Evidence = reach.Evidence };
            }
        }
    }

    /// <summary>ES-051: any web page may talk to the node in a visitor's name.</summary>
    public static IEnumerable<Observation> AnyPageMayAsk(NodeSubject node)
    {
        Setting enabled = node.Settings["http.cors.enabled"], origins = node.Settings["http.cors.allow-origin"], credentials = node.Settings["http.cors.allow-credentials"];
        if (enabled.Flag(false) == false)
        {
            yield break;
        }

        if (enabled.AsBoolean() is null || origins.IsDoubtful())
        {
            yield return (enabled.AsBoolean() is null ? enabled : origins).Doubt();
        }
        else if (origins.Text is { } text && CorsOrigins.TakeStrangers(text) is { } takes)
        {
            if (takes)
            {
                bool withCookies = credentials.Flag(false) == true;
                yield return Observation.At(
                    withCookies ? Severity.Critical : Severity.High,
                    withCookies ? "any web page may talk to the node with the credentials of whoever looks at it" : "any web page may talk to the node from the browser of whoever looks at it",
                    origins,
                    credentials);
            }
        }
        else if (origins.HasValue())
        {
            yield return Observation.Unknown("which origins the expression matches cannot be told", origins);
        }
    }

    /// <summary>ES-052: very long bodies are taken.</summary>
    public static IEnumerable<Observation> BodiesAreTooLong(NodeSubject node)
    {
        Setting limit = node.Settings["http.max_content_length"];
        if (limit.IsUnknown || (limit.HasValue() && limit.AsBytes() is null))
        {
            yield return limit.Doubt();
        }
        else if (limit.AsBytes() > UsualBody)
        {
            yield return Observation.At("one request may fill the node's memory with more than 100 MB", limit);
        }
    }

    /// <summary>ES-053: the checks of a start are off on a node that others reach.</summary>
    public static IEnumerable<Observation> ChecksAreOff(NodeSubject node)
    {
        Setting type = node.Settings["discovery.type"];
        if (type.IsUnknown)
        {
            yield return type.Doubt();
        }
        else if (type.Text == "single-node")
        {
            Reach[] ports = [node.HttpReach, node.TransportReach];
            if (ports.FirstOrDefault(static r => r.IsExposed) is { } open)
            {
                yield return Observation.Of($"the checks of the start, TLS between nodes among them, are off, and {open.Text}", [.. Shown.All(type), .. open.Evidence]);
            }
            else if (ports.Any(static r => r.Kind == Reaching.Unknown))
            {
                yield return Observation.Unknown("the checks of the start are off; who reaches the node's ports is not known", type);
            }
        }
    }

    /// <summary>ES-072: files say loopback, and the port is open. What answers there is asked elsewhere.</summary>
    public static IEnumerable<Observation> PortsContradictFiles(NodeSubject node)
    {
        foreach (string kind in new[] { "http", "transport" })
        {
            Reach written = node.Configured(kind), live = Reach.Of(node.ListeningSockets(), node.PortsOf(kind)) ?? written;
            if (written.Kind == Reaching.Loopback && live.IsExposed)
            {
                yield return Observation.Of($"by its settings the {kind} port is on loopback ({written.Text}), and {live.Text}: it runs with others than these", [.. written.Evidence, .. live.Evidence]);
            }
        }
    }
}
