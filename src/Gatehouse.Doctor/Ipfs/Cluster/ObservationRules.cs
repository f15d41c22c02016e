using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Metrics, which bring profiles and memory with them, and traces.</summary>
internal static class ObservationRules
{
    /// <summary>IC080: metrics for everybody.</summary>
    public static IEnumerable<Observation> Metrics(ClusterSubject subject)
    {
        Setting enabled = subject.At("observations", "metrics", "enable_stats");
        Setting endpoint = subject.At("observations", "metrics", "prometheus_endpoint");
        bool? isOn = subject.Launches.Any(static l => CommandLine.Has(l.Arguments, "stats")) ? true : enabled.IsUnknown ? null : enabled.IsOn() ?? false;
        if (isOn == false)
        {
            yield break;
        }

        if (isOn is null || ServiceAddress.Read(endpoint) is not { } addresses)
        {
            yield return Observation.Unknown("whether metrics are offered to other hosts cannot be told", enabled, endpoint);
            yield break;
        }

        HashSet<int> ports = [.. addresses.IsEmpty ? [8888] : addresses.Select(static a => a.Address.Port)];
        Evidence? open = addresses.Where(static a => a.Address.IsExposed).Select(static a => Shown.Of(a.Setting)).FirstOrDefault()
            ?? ApiSection.OpenSockets(subject).Where(socket => ports.Contains(socket.EndPoint.Port)).Select(socket => Shown.Of(socket, $"{subject.Process!.Place} listens here")).FirstOrDefault(); // the sockets are its
        if (open is not null)
        {
            yield return Observation.Of("other hosts read metrics, and with them profiles, memory and the command line: the port has no password and no TLS", open);
        }
        else if (addresses.Any(static a => a.Address.Reach is Reach.Name or Reach.Unreadable))
        {
            yield return Observation.Unknown("who reaches the metrics at this address cannot be told", endpoint);
        }
    }

    /// <summary>IC081: traces leave the host.</summary>
    public static IEnumerable<Observation> RemoteTraces(ClusterSubject subject)
    {
        Setting endpoint = Agent(subject);
        switch (Traces(subject))
        {
            case null:
                yield return Observation.Unknown("whether traces are sent cannot be told", subject.At("observations", "tracing", "enable_tracing"));
                break;
            case true when (ServiceAddress.Read(endpoint) ?? []).Any(static a => a.Address.Reach is Reach.Address or Reach.Name):
                yield return Observation.At("traces with the paths of requests, CIDs among them, leave the host as clear UDP", endpoint);
                break;
        }
    }

    /// <summary>IC082: traces go nowhere.</summary>
    public static IEnumerable<Observation> TracesToNowhere(ClusterSubject subject)
    {
        Setting endpoint = Agent(subject);
        if (Traces(subject) == true && ServiceAddress.Read(endpoint) is { } addresses && (addresses.IsEmpty || addresses.Any(static a => a.Address.Reach == Reach.Any)))
        {
            yield return Observation.At("traces are sent to 0.0.0.0, which is no destination; the agent is meant to be on this host", subject.Near(endpoint));
        }
    }

    private static Setting Agent(ClusterSubject subject) => subject.At("observations", "tracing", "jaeger_agent_endpoint");

    private static bool? Traces(ClusterSubject subject)
    {
        Setting enabled = subject.At("observations", "tracing", "enable_tracing");
        return subject.Launches.Any(static l => CommandLine.Has(l.Arguments, "tracing")) ? true : enabled.IsUnknown ? null : enabled.IsOn() ?? false;
    }
}
