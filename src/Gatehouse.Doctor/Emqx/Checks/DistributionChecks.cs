using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Emqx.Reading;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Network;

namespace Gatehouse.Doctor.Emqx.Checks;

/// <summary>The Erlang distribution: ports, names and who may reach them.</summary>
internal static class DistributionChecks
{
    private const int PortMapper = 4369;

    /// <summary>Its rules.</summary>
    public static ImmutableArray<Rule<EmqxSubject>> All { get; } =
    [
        new("ERL-010", Open),
        new("ERL-011", InClear),
        new("ERL-018", Mapper),
        new("ERL-019", OddPort),
        new("ERL-020", Collision),
        new("ERL-021", LoopbackName),
        new("ERL-022", ForgedMembers),
        new("MESH-001", PeersBesideTheMesh),
        new("MESH-002", WideBesideTheMesh),
    ];

    /// <summary>The distribution's port as it is open.</summary>
    public static IEnumerable<Reach> Reaches(EmqxSubject emqx) =>
        emqx.Cluster.Distribution(out _) is { } own ? Reach.Of(emqx, "the Erlang distribution", own.EndPoint, own.Evidence) : [];

    private static IEnumerable<Observation> ForgedMembers(EmqxSubject emqx)
    {
        const string Server = "cluster.etcd.server", Verify = "cluster.etcd.ssl_options.verify";
        if (emqx.Cluster.Strategy == "dns")
        {
            yield return emqx.Fault(Severity.Low, "the node joins whoever the name server names, and nothing signs its answers", "cluster.discovery_strategy");
        }
        else if (emqx.Cluster.Strategy == "etcd" && emqx[Server].AsCommaTexts() is not { } servers)
        {
            yield return emqx.Undecided(Server, "how members are found");
        }
        else if (emqx.Cluster.Strategy == "etcd" && (emqx[Server].AsCommaTexts() ?? []).Any(static s => s.StartsWith("http://", StringComparison.OrdinalIgnoreCase)))
        {
            yield return emqx.Fault("the store that names the members is asked in clear", Server);
        }
        else if (emqx.Cluster.Strategy == "etcd" && emqx[Verify] is { IsUnknown: false, Text: not "verify_peer" })
        {
            yield return emqx.Fault("the store that names the members is not verified", Verify);
        }
    }

    private static IEnumerable<Observation> Open(EmqxSubject emqx)
    {
        if (emqx.Cluster.Distribution(out bool isCertain) is null)
        {
            yield return emqx.IsContainer && !emqx["node.name"].IsSet
                ? new Observation("the port of the Erlang distribution follows from the node's name, which is made when the container starts", [emqx.Place(emqx["node.name"])]) { IsUnknown = true }
                : emqx.Undecided("node.name", "the port of the Erlang distribution follows from the node's name");
            yield break;
        }

        foreach (Reach reach in Reaches(emqx))
        {
            if (!reach.IsLive && !isCertain)
            {
                yield return new Observation("`node.dist_bind_address` is heeded from 6.2 on, and the version is not known", reach.Evidence) { IsUnknown = true };
            }
            else if (reach.IsExposed)
            {
                yield return MutualTls.OfDistribution(emqx)
                    ? Observation.Of(Severity.Info, $"{reach.Says}: the port is open, and protected by mutual TLS with certificates of its own", reach.Evidence)
                    : Observation.Of(emqx.Cookies.IsWellKnown ? Severity.Critical : Severity.High, reach.Says, reach.Evidence);
            }
        }

        if (emqx["node.dist_bind_address"].IsSet && emqx.IsBefore(6, 2) == true)
        {
            yield return emqx.Fault(Severity.Low, $"`node.dist_bind_address` is set, which {emqx.Release} ignores", "node.dist_bind_address");
        }
    }

    private static IEnumerable<Observation> InClear(EmqxSubject emqx)
    {
        ClusterView cluster = emqx.Cluster;
        if (cluster.IsTls || cluster.LeavesHost == false)
        {
            if (cluster.IsTls && emqx.Word("cluster.proto_dist", "inet_tcp") is "inet_tcp" or "inet6_tcp")
            {
                yield return emqx.Fault(Severity.Medium, "the running node uses TLS between nodes, and its files no longer say so: after a restart it does not", "cluster.proto_dist");
            }

            yield break;
        }

        if (cluster.Protocol is null)
        {
            yield return emqx.Undecided("cluster.proto_dist", "whether nodes talk in clear");
        }
        else if (cluster.LeavesHost is null)
        {
            yield return new Observation($"nodes would talk in clear (`{cluster.Protocol}`); whether this one is joined to others cannot be told from here", [emqx.Place(emqx["cluster.proto_dist"])]) { IsUnknown = true };
        }
        else
        {
            bool isContradicted = emqx.Word("cluster.proto_dist", null) is "inet_tls" or "inet6_tls";
            yield return emqx.Fault($"nodes talk to each other over the network in clear (`{cluster.Protocol}`){(isContradicted ? ", though the files say TLS" : "")}", "cluster.proto_dist", "cluster.discovery_strategy");
        }
    }

    private static IEnumerable<Observation> Mapper(EmqxSubject emqx)
    {
        foreach (SocketFact socket in emqx.Host.Sockets.Where(static s => s is { IsUdp: false, IsExposed: true, EndPoint.Port: PortMapper }))
        {
            yield return Observation.Of("Erlang's port mapper is open: it tells names and ports of nodes to whoever asks", Shown.Of(socket, "port 4369 listens"));
        }
    }

    private static IEnumerable<Observation> OddPort(EmqxSubject emqx)
    {
        if (emqx.Flags.Kernel("inet_dist_base_port") is { } start && start.Value != ErlangPorts.DistributionBase.ToString(System.Globalization.CultureInfo.InvariantCulture))
        {
            yield return Observation.Of("the distribution's ports do not begin at 4370, so that firewalls and peers miss them", start.Evidence);
        }

        if (emqx.Cluster.Distribution(out _) is not { } own
            || emqx.Flags.Kernel("inet_dist_listen_min") is not { } least || emqx.Flags.Kernel("inet_dist_listen_max") is not { } most
            || !int.TryParse(least.Value, out int from) || !int.TryParse(most.Value, out int to))
        {
            yield break;
        }

        if (own.EndPoint.Port < from || own.EndPoint.Port > to)
        {
            yield return Observation.Of($"the range of distribution ports is {from} to {to}, and the node's name stands for {own.EndPoint.Port}", least.Evidence, most.Evidence);
        }
    }

    private static IEnumerable<Observation> Collision(EmqxSubject emqx)
    {
        if (emqx.Cluster.Self is not { } self)
        {
            yield break; // ERL-010 says that it cannot be told
        }

        string digits = new([.. self.Name.Split('@')[0].Reverse().TakeWhile(char.IsAsciiDigit).Reverse()]);
        if (digits.TrimStart('0').Length > 5 || (int.TryParse(digits, out int number) && number >= ErlangPorts.Wrap))
        {
            yield return emqx.Fault($"the digits of `{self.Name}` begin anew at 60000: it has the ports of the node with number {ErlangPorts.Offset(self.Name)}", "node.name");
        }

        foreach (string other in emqx.Cluster.Neighbours.Where(other => other != self.Name && ErlangPorts.Offset(other) == ErlangPorts.Offset(self.Name)))
        {
            yield return emqx.Fault($"`{self.Name}` and `{other}` run on this host and stand for the same ports", "node.name");
        }
    }

    private static IEnumerable<Observation> LoopbackName(EmqxSubject emqx)
    {
        ClusterView cluster = emqx.Cluster;
        bool findsOthers = cluster.Strategy is "dns" or "etcd" or "k8s" or "mcast" || (cluster.Strategy == "static" && cluster.Others.Any(static o => !o.IsLoopback));
        if (findsOthers && cluster.Self is { IsLoopback: true } self && !cluster.IsMeshed)
        {
            yield return emqx.Fault($"the node is called `{self.Name}`, an address of its own host, while it looks for others: they cannot dial it", "node.name", "cluster.discovery_strategy");
        }
    }

    private static IEnumerable<Observation> PeersBesideTheMesh(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsMeshed)
        {
            yield break;
        }

        foreach (ClusterPeer peer in emqx.Cluster.Others.Where(static p => !p.IsLoopback))
        {
            Evidence[] place = [emqx.Place(emqx["cluster.static.seeds"])];
            yield return peer.Address is null
                ? new Observation($"whether `{peer.Name}` is reached through the mesh cannot be told: `/etc/hosts` does not have its name", [.. place]) { IsUnknown = true }
                : Observation.Of($"`{peer.Name}` stands for {peer.Address}: the node dials it beside the mesh", [.. place]);
        }
    }

    private static IEnumerable<Observation> WideBesideTheMesh(EmqxSubject emqx)
    {
        if (!emqx.Cluster.IsMeshed)
        {
            yield break;
        }

        foreach (Reach reach in Reaches(emqx).Concat(RpcChecks.Reaches(emqx)).Where(static r => r.IsExposed))
        {
            bool isAny = reach.EndPoint.Address.Equals(IPAddress.Any) || reach.EndPoint.Address.Equals(IPAddress.IPv6Any);
            yield return Observation.Of($"{reach.Says}, beside the mesh{(isAny ? ", and takes the peers' addresses from it" : "")}", reach.Evidence);
        }
    }
}
