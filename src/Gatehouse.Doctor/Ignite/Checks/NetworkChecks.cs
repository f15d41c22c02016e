using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ignite.Checks;

/// <summary>The door for other nodes, and how nodes find each other.</summary>
internal static class NetworkChecks
{
    private const string Finder = "network.nodeFinder.type";
    private const string Peers = "network.nodeFinder.netClusterNodes";
    private const string Hops = "network.nodeFinder.ttl";
    private static readonly IgniteChannel Network = IgniteChannel.Network;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<IgniteSubject>> All { get; } =
    [
        Scope.Node("IGN-NET-001", static (subject, file) =>
            DoorChecks.HasNoTls(subject, file, Network, isWorse: true, "rows, consensus and the configuration with its passwords go readable from node to node")),
        Scope.Node("IGN-NET-002", LetsAnyNodeIn),
        Scope.Node("IGN-NET-003", static (subject, file) =>
            DoorChecks.IsExposed(subject, file, Network, "whoever speaks this protocol is a node, as its handshake asks for nothing")),
        Scope.Node("IGN-NET-004", static (_, file) => Multicast(file, FindsByMulticast)),
        Scope.Node("IGN-NET-005", static (_, file) => Multicast(file, CallsFar)),
        Scope.Node("IGN-NET-006", HasDistantPeers),
        Scope.Node("IGN-NET-007", IsAlone),
    ];

    private static IEnumerable<Observation> LetsAnyNodeIn(IgniteSubject subject, IgniteFile file)
    {
        string path = Network.Tls("clientAuth");
        if (Network.ClientAuth(file) is not { } auth)
        {
            yield return file.Unsure(path);
        }
        else if (auth != "require")
        {
            Severity severity = DoorChecks.ReachOf(subject, file, Network) == Reach.Exposed ? Severity.Critical : Severity.High;
            yield return Observation.Of(severity, "a node without a certificate may join: certificates are all that the network between nodes could ask for", file.Show(path));
        }
    }

    private static IEnumerable<Observation> Multicast(IgniteFile file, Func<IgniteFile, IEnumerable<Observation>> look) => file.Text(Finder, "STATIC")?.ToUpperInvariant() switch
    {
        null => [file.Unsure(Finder)],
        "MULTICAST" => look(file),
        _ => [],
    };

    private static IEnumerable<Observation> FindsByMulticast(IgniteFile file) =>
        [Observation.Of("nodes are found by multicast: whoever is in the segment hears the call and may answer it", file.Show(Finder))];

    private static IEnumerable<Observation> CallsFar(IgniteFile file)
    {
        Setting hops = file.At(Hops);
        long? number = IgniteFile.NumberOf(hops, -1);
        if (number is null)
        {
            yield return file.Unsure(hops);
        }
        else if (number is < 0 or > 1)
        {
            yield return Observation.Of(number < 0 ? "how far calls go by multicast is left to the system" : $"calls by multicast pass {number - 1} routers", file.Show(hops));
        }
    }

    private static IEnumerable<Observation> HasDistantPeers(IgniteSubject subject, IgniteFile file)
    {
        if (file.Texts(Peers) is not { } peers)
        {
            yield return file.Unsure(Peers);
            yield break;
        }

        string[] hosts = [.. peers.Select(HostOf)];
        string? open = hosts.FirstOrDefault(static host => IPAddress.TryParse(host, out IPAddress? address) && Reaches.IsPublic(address));
        if (open is not null)
        {
            yield return Observation.Of(Severity.Medium, $"a peer has a public address: `{open}`", file.Show(Peers));
        }

        string? name = hosts.FirstOrDefault(static host => !IPAddress.TryParse(host, out _) && !Reaches.IsThisHost(host) && host.Length > 0);
        if (name is not null)
        {
            yield return Observation.Of(
                Severity.Low, $"a peer is given by name: `{name}`; nodes do not compare it with the certificate, so whoever answers for the name and has a certificate of the trusted CA is the peer", file.Show(Peers));
        }
    }

    private static IEnumerable<Observation> IsAlone(IgniteSubject subject, IgniteFile file)
    {
        if (file.Text(Finder, "STATIC") is not { } finder)
        {
            yield return file.Unsure(Finder);
        }
        else if (file.Texts(Peers) is not { } peers)
        {
            yield return file.Unsure(Peers);
        }
        else if (finder.Equals("STATIC", StringComparison.OrdinalIgnoreCase) && !peers.IsEmpty && peers.All(static peer => Reaches.IsThisHost(HostOf(peer))))
        {
            yield return Observation.Of("the only peers are this host: the file is that of a single node, as it comes with the package", file.Show(Peers));
        }
    }

    // `host:port`, `[address]:port`, or an IPv6 address alone.
    private static string HostOf(string peer)
    {
        string plain = peer.Trim();
        if (plain.StartsWith('['))
        {
            int end = plain.IndexOf(']', StringComparison.Ordinal);
            return end > 0 ? plain[1..end] : plain[1..];
        }

        int colon = plain.LastIndexOf(':');
        return colon > 0 && plain.IndexOf(':', StringComparison.Ordinal) == colon ? plain[..colon] : plain;
    }
}
