using System.Collections.Immutable;
using System.Net;

namespace Gatehouse.Network.Endpoints;

/// <summary>
/// Every endpoint of a node: its own listeners, the guarded ports behind its gates, what its mesh carries, and the usual ports
/// of the systems that stand behind its gates.
/// </summary>
public static class EndpointMap
{
    /// <summary>The endpoints by port, Gatehouse's own before others on the same port.</summary>
    public static ImmutableArray<Endpoint> Of(NodeShape node)
    {
        Endpoint[] declared = [.. Own(node), .. node.Gates.SelectMany(Guarded), .. node.Services.SelectMany(Carried), .. node.Calls.Select(Called)];
        return Sorted([.. declared, .. Neighbours(node, declared)]);
    }

    /// <summary>The endpoints of systems without a gate or a mesh before them, by their own manuals' rules.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="nodes">Names of their nodes, as <c>emqx1@10.0.0.1</c>; empty: the usual ports.</param>
    public static ImmutableArray<Endpoint> Of(IEnumerable<KnownSystem> systems, ImmutableArray<string> nodes) =>
        Sorted(systems.SelectMany(system => system.Ports.SelectMany(port => Placed(port, nodes).Select(span => Plain(system, port, span, port.Rule, port.Why)))));

    private static ImmutableArray<Endpoint> Sorted(IEnumerable<Endpoint> endpoints) =>
    [
        .. endpoints.Distinct().OrderBy(static e => e.Direction).ThenBy(static e => e.Ports.First).ThenBy(static e => e.Ports.Last).ThenBy(static e => e.Transport)
            .ThenBy(static e => e.Holder).ThenBy(static e => e.What, StringComparer.Ordinal).ThenBy(static e => e.Target, StringComparer.Ordinal),
    ];

    private static IEnumerable<Endpoint> Own(NodeShape node)
    {
        var ours = new Protection(ProtectionKind.Gatehouse);
        yield return Listener(
            "admin API and enrolment", node.Admin, ours, Audiences.Operators | Audiences.Peers, "operators manage the cluster here, and nodes join here");
        yield return Listener("mesh", node.Mesh, ours, Audiences.Peers, "only other nodes have anything to say here") with { MayBeSilent = true };
        foreach ((ServiceShape service, ServicePeer peer) in node.Services.SelectMany(static s => s.Peers.Select(p => (s, p))))
        {
            foreach (int port in peer.Ports)
            {
                yield return Listener(
                    $"service {service.Name} of {peer.Name}", new IPEndPoint(peer.Address, port), new Protection(ProtectionKind.Mesh, service.Name), Audiences.None, "programs of this host reach the peer's here") with
                {
                    MayBeSilent = true,
                };
            }
        }

        if (node.Metrics is { } metrics)
        {
            yield return Listener("metrics and health", metrics, ours, Audiences.None, "in clear text, for this host only");
        }

        foreach (GateShape gate in node.Gates)
        {
            bool isSwarm = gate.System == "ipfs-cluster" && gate.Listen.Port == KnownPorts.Named("ipfs-swarm").GatePort;
            yield return Listener(
                $"gate {gate.Name}", gate.Listen, ours, isSwarm ? Audiences.Clients | Audiences.Peers : Audiences.Clients, "clients come in here, with TLS, login and rights");
        }
    }

    private static Endpoint Listener(string what, IPEndPoint listen, Protection protection, Audiences audience, string why)
    {
        bool isLocal = IPAddress.IsLoopback(listen.Address);
        return new Endpoint
        {
            What = what,
            Holder = EndpointHolder.Gatehouse,
            Address = listen.Address,
            Ports = PortSpan.Of(listen.Port),
            Protection = protection,
            Audience = isLocal ? Audiences.None : audience,
            IsDeclared = true,
            Why = isLocal && audience != Audiences.None ? "it listens for this host only" : why,
        };
    }

    private static IEnumerable<Endpoint> Guarded(GateShape gate)
    {
        foreach (UpstreamShape upstream in gate.Upstreams)
        {
            string title = TitleOf(gate, upstream.Port, out string? system);
            yield return upstream.Address is { } address
                ? new Endpoint
                {
                    What = title,
                    Holder = EndpointHolder.System,
                    System = system,
                    Address = address,
                    Ports = PortSpan.Of(upstream.Port),
                    Protection = new Protection(ProtectionKind.Gate, gate.Name),
                    IsDeclared = true,
                    Why = $"whoever reaches it goes around gate {gate.Name}",
                }
                : Outgoing(title, upstream.Host, upstream.Port, Transport.Tcp, $"gate {gate.Name} calls it on another host");
        }
    }

    private static IEnumerable<Endpoint> Carried(ServiceShape service) => service.Ports.Distinct().Select(port => new Endpoint
    {
        What = $"service {service.Name} ({service.Kind})",
        Holder = EndpointHolder.System,
        System = KnownPorts.Systems.FirstOrDefault(system => system.Ports.Any(p => p.Service == service.Kind))?.Name,
        Ports = PortSpan.Of(port),
        Protection = new Protection(ProtectionKind.Mesh, service.Name),
        IsDeclared = true,
        Why = "peers come through the mesh; whoever reaches it goes around it",
    });

    private static Endpoint Called(CallShape call) => Outgoing(call.What, call.Host, call.Port, call.Transport, "this node calls it");

    private static Endpoint Outgoing(string what, string host, int port, Transport transport, string why) => new()
    {
        What = what,
        Holder = EndpointHolder.Elsewhere,
        Target = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host,
        Ports = PortSpan.Of(port),
        Transport = transport,
        Direction = Direction.Outgoing,
        IsDeclared = true,
        Why = why,
    };

    // The other doors of the same house: what no gate and no service guards, though the system behind it is guarded.
    private static IEnumerable<Endpoint> Neighbours(NodeShape node, Endpoint[] declared)
    {
        foreach (KnownSystem system in node.Gates.Where(static gate => IsHere(gate)).SelectMany(static gate => KnownPorts.Behind(gate.System)).Distinct())
        {
            foreach (SystemPort port in system.Ports.Where(static p => !p.IsCommon))
            {
                bool isCarried = port.Service is not null && node.Services.Any(service => service.Kind == port.Service);
                bool goesAround = !isCarried && port.Rule is Audiences.Clients;
                Audiences audience = isCarried || goesAround ? Audiences.None : port.Rule;
                string why = isCarried ? "peers come through the mesh"
                    : goesAround ? "no gate stands before it: clients who reach it go around the others"
                    : port.Why;
                Endpoint neighbour = Plain(system, port, port.Ports, audience, why);
                if (!declared.Any(d => d.Direction == neighbour.Direction && d.Transport == neighbour.Transport && Covers(d.Ports, neighbour.Ports)))
                {
                    yield return neighbour;
                }
            }
        }
    }

    // Behind a Unix socket it is here too.
    private static bool IsHere(GateShape gate) => gate.Upstreams.IsEmpty || gate.Upstreams.Any(static upstream => upstream.Address is not null);

    private static Endpoint Plain(KnownSystem system, SystemPort port, PortSpan ports, Audiences audience, string why) => new()
    {
        What = $"{system.Title}: {port.What}",
        Holder = port.Direction == Direction.Outgoing ? EndpointHolder.Elsewhere : EndpointHolder.System,
        System = system.Name,
        Ports = ports,
        Transport = port.Transport,
        Direction = port.Direction,
        Audience = audience,
        Why = why,
    };

    private static IEnumerable<PortSpan> Placed(SystemPort port, ImmutableArray<string> nodes) =>
        port.HasOffset && !nodes.IsDefaultOrEmpty
            ? nodes.Select(node => PortSpan.Of(port.Ports.First + ErlangPorts.Offset(node))).Distinct()
            : [port.Ports];

    private static string TitleOf(GateShape gate, int port, out string? system)
    {
        foreach (KnownSystem known in KnownPorts.Behind(gate.System).Concat(KnownPorts.Systems))
        {
            if (known.Ports.FirstOrDefault(p => p.Gate is not null && p.Ports.Contains(port)) is { } row)
            {
                system = known.Name;
                return $"{known.Title}: {row.What}";
            }
        }

        system = KnownPorts.Behind(gate.System).FirstOrDefault()?.Name;
        return $"upstream of gate {gate.Name}";
    }

    private static bool Covers(PortSpan outer, PortSpan inner) => outer.First <= inner.First && inner.Last <= outer.Last;
}
