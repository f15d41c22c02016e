using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Texts;
using Gatehouse.Doctor.Texts.Compose;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Ports of a container as a compose file opens them on the host. One that is not published is not reached from other hosts.</summary>
internal static class PublishedPorts
{
    /// <summary>What a service publishes; null where its network is the host's, or where it cannot be told.</summary>
    public static ImmutableArray<ComposePort>? Of(ComposeService service)
    {
        Setting mode = service.NetworkMode, ports = service["ports"];
        bool isUnknown = mode.IsUnknown || ports.IsUnknown || ports.IsPartial || ports.Children.Any(static one => one.IsUnknown || one.Children.Any(static part => part.IsUnknown));
        return isUnknown ? null
            : mode.Text is null or "bridge" or "default" ? service.Ports
            : mode.Text is "none" ? []
            : null;
    }

    /// <summary>Where a port of the container is open on the host.</summary>
    public static IEnumerable<(IPEndPoint EndPoint, Evidence Evidence)> At(ImmutableArray<ComposePort> published, int port, bool isUdp)
    {
        foreach (ComposePort one in published.Where(one => one.Protocol == (isUdp ? "udp" : "tcp")))
        {
            if (Range(one.Target) is not { } inside || port < inside.First || port > inside.Last)
            {
                continue;
            }

            // Without a port of its own the engine chooses one.
            int open = Range(one.Published) is { } outside && outside.Last - outside.First == inside.Last - inside.First ? outside.First + port - inside.First : 0;
            string shown = $"ports: {(one.Host.Length > 0 ? one.Host + ":" : "")}{one.Published}:{one.Target}{(isUdp ? "/udp" : "")}";
            yield return (new IPEndPoint(Address(one.Host), open), new Evidence(EvidenceKind.File, one.Origin.Source, shown, one.Origin.Line, one.Origin.Column));
        }
    }

    private static IPAddress Address(string host) => host.Length == 0 ? IPAddress.Any
        : host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) ? address
        : IPAddress.Any; // a name: nothing is called milder than it may be

    private static (int First, int Last)? Range(string text)
    {
        string[] parts = text.Split('-');
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first) && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last) && parts.Length <= 2
            ? (first, last)
            : null;
    }
}
