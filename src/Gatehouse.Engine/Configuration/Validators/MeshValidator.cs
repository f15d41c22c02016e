using System.Net;
using System.Net.Sockets;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>The mesh: its services do not contradict themselves, each other, the gates, or this host.</summary>
internal sealed class MeshValidator : IConfigurationValidator
{
    public void Validate(NodeConfiguration configuration, ConfigurationContext context)
    {
        string node = configuration.Node is { Length: > 0 } named ? named : Environment.MachineName;
        CheckAdvertise(configuration.Mesh, context);
        foreach (MeshServiceConfiguration service in configuration.Mesh.Services)
        {
            string place = Place(service);
            foreach ((string key, string why) in MeshRules.Conflicts(service, node))
            {
                context.Report(MeshConfigurationProblems.Service, $"service `{service.Name}`: {why}", key.Length == 0 ? place : $"{place}.{key}");
            }

            foreach ((string key, string why) in MeshRules.SharedPorts(service, node))
            {
                context.Report(MeshConfigurationProblems.PeerPorts, $"service `{service.Name}`: {why}", $"{place}.{key}", "end the names of the programs in different numbers");
            }

            CheckAddress(service, context);
            CheckUsers(service, context);
            CheckGates(service, node, configuration, context);
        }

        CheckEachOther(configuration.Mesh, node, context);
    }

    private static void CheckAdvertise(MeshConfiguration mesh, ConfigurationContext context)
    {
        bool local = ListenAddress.TryParse(mesh.Listen, out IPEndPoint? listen, out _) && IPAddress.IsLoopback(listen.Address);
        foreach (string text in mesh.Advertise)
        {
            if (!AdvertisedAddress.TryParse(text, out string? host, out _, out _) || !IPAddress.TryParse(host, out IPAddress? address))
            {
                continue;
            }

            string? why = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "is no address that anybody can dial"
                : address.IsIPv6Multicast || address.Equals(IPAddress.Broadcast) || (address.GetAddressBytes()[0] is >= 224 and < 240 && address.AddressFamily == AddressFamily.InterNetwork)
                    ? "is no address of a host"
                : IPAddress.IsLoopback(address) && !local ? "leads every peer to itself"
                : null;
            if (why is not null)
            {
                context.Report(MeshConfigurationProblems.Advertise, $"`{text}` {why}", "mesh.advertise", "name an address of this host that peers reach");
            }
        }
    }

    private static void CheckAddress(MeshServiceConfiguration service, ConfigurationContext context)
    {
        if (service.Address is not { Length: > 0 } text || !IPAddress.TryParse(text, out IPAddress? address))
        {
            return;
        }

        string? why = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
            ? "is every interface: a program that listens there holds the peers' addresses too"
            : !IPAddress.IsLoopback(address) && !context.Host.OwnAddresses.Contains(address)
                ? "is no address of this host: what the mesh carries would go on in clear text"
                : null;
        if (why is not null)
        {
            context.Report(
                MeshConfigurationProblems.ProgramAddress,
                $"service `{service.Name}`: `{text}` {why}",
                Place(service) + ".address",
                "let the program listen on the node's own address of the mesh, or use `separate: port`");
        }
    }

    private static void CheckUsers(MeshServiceConfiguration service, ConfigurationContext context)
    {
        foreach ((string key, IEnumerable<string> users) in new (string, IEnumerable<string>)[] { ("run_as", service.RunAs), ("allow_users", service.AllowUsers) })
        {
            string place = $"{Place(service)}.{key}";
            if (users.Contains(Words.Any) && users.Skip(1).Any())
            {
                context.Report(MeshConfigurationProblems.Service, $"service `{service.Name}`: `any` stands alone in `{key}`", place);
            }

            foreach (string user in users.Where(user => user.Length > 0 && user != Words.Any && !context.Host.UserExists(user)))
            {
                context.Report(ConfigurationProblems.UnknownUser, $"user `{user}` does not exist on this host", place, "name the user that the program runs as, or its uid");
            }
        }
    }

    /// <summary>No listener of ours on a port that the mesh or the program must have, and no swarm behind a gate and the mesh.</summary>
    private static void CheckGates(MeshServiceConfiguration service, string node, NodeConfiguration configuration, ConfigurationContext context)
    {
        var ports = new HashSet<int>(Ports(service, node));
        foreach (Listener listener in Listener.Of(configuration).Where(l => ports.Contains(l.EndPoint.Port) && IsInTheWay(l.EndPoint.Address, service)))
        {
            context.Report(
                MeshConfigurationProblems.OwnPort,
                $"service `{service.Name}` has port {listener.EndPoint.Port}, where {listener.What} listens (`{listener.EndPoint}`)",
                Place(service),
                "give the listener another port, or one address instead of every interface");
        }

        foreach (GateConfiguration gate in configuration.Gates.Where(static g => g.Enabled && g.Protocol == Words.Swarm))
        {
            if (UpstreamAddress.TryParse(gate.Upstream, out UpstreamAddress? upstream, out _) && ports.Contains(upstream.Port))
            {
                context.Report(
                    MeshConfigurationProblems.CarriedTwice,
                    $"port {upstream.Port} is carried by service `{service.Name}` and by gate `{gate.Name}`",
                    Place(service),
                    "keep one of them: `enabled: false` closes the gate");
            }
        }
    }

    /// <summary>Every peer's address has a port once only.</summary>
    private static void CheckEachOther(MeshConfiguration mesh, string node, ConfigurationContext context)
    {
        string[] nodes = [node, .. mesh.Services.SelectMany(s => s.NodesKnown(node)).Where(p => p != node).Distinct(StringComparer.Ordinal)];
        var taken = new Dictionary<(string Node, int Port), string>();
        var said = new HashSet<(string, string)>();
        foreach (MeshServiceConfiguration service in mesh.Services)
        {
            foreach (string one in nodes)
            {
                foreach (int port in service.PortsOf(one, node).Where(static p => p > 0))
                {
                    // Those told apart by port share one address, whoever they belong to.
                    (string, int) key = (service.IsByPort ? "" : one, port);
                    string first = taken.GetValueOrDefault(key, service.Name);
                    taken.TryAdd(key, service.Name);
                    if (first != service.Name && said.Add((first, service.Name)))
                    {
                        context.Report(
                            MeshConfigurationProblems.SharedPort,
                            $"services `{first}` and `{service.Name}` both have port {port}",
                            Place(service),
                            "a port belongs to one service; name several of one program in `ports` of one");
                    }
                }
            }
        }
    }

    private static IEnumerable<int> Ports(MeshServiceConfiguration service, string node) =>
        service.NodesKnown(node).SelectMany(n => service.PortsOf(n, node)).Where(static p => p > 0);

    // Peers' addresses lie in 127.0.0.0/8, all of them beside the usual one.
    private static bool IsInTheWay(IPAddress address, MeshServiceConfiguration service) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)
        || (service.IsByPort ? address.Equals(IPAddress.Loopback) : PeerAddresses.Contains(address))
        || (service.Address is { } own && IPAddress.TryParse(own, out IPAddress? mine) && mine.Equals(address));

    private static IPNetwork PeerAddresses { get; } = new(IPAddress.Parse("127.77.0.0"), 16);

    private static string Place(MeshServiceConfiguration service) => "mesh.services." + service.Name;
}
