using System.Collections.Immutable;
using System.Globalization;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Network;

namespace Gatehouse.Engine.Configuration.Validators;

/// <summary>Settings of a mesh service that contradict each other.</summary>
internal static class MeshRules
{
    /// <summary>More ports than any known program has; each one is a listener for every peer.</summary>
    public const int MaxPorts = 32;

    /// <summary>Each key that is wrong, and why. <paramref name="node"/> is the name of this node.</summary>
    public static IEnumerable<(string Key, string Why)> Conflicts(MeshServiceConfiguration service, string node)
    {
        bool erlang = service.Kind == MeshKinds.Erlang;
        if (service.Kind == MeshKinds.Tcp && service.Ports.IsEmpty)
        {
            yield return ("", "kind `tcp` needs `ports`");
        }

        if (service.Ports.Length > MaxPorts)
        {
            yield return ("ports", $"`ports` names more than {MaxPorts} ports");
        }

        foreach ((string key, bool set) in new[] { ("base", service.Base is not null), ("docker", service.Docker) })
        {
            if (set && !erlang)
            {
                yield return (key, $"`{key}` goes with kind `erlang`");
            }
            else if (set && !service.Ports.IsEmpty)
            {
                yield return (key, $"`{key}` has no meaning beside `ports`");
            }
        }

        if (service.IsByPort && service.Docker)
        {
            yield return ("docker", "with `separate: port` every program has ports of its own, and 5369 is the same on all of them");
        }

        if (service.IsByPort && service.Address is not null)
        {
            yield return ("address", "`address` goes with `separate: address`; with `separate: port` it is 127.0.0.1");
        }

        // A port that could not be read is 0, too, and told already.
        if (!service.Ports.Contains(0) && !service.PeerPorts.Values.Any(static p => p.Contains(0)))
        {
            foreach (string one in service.NodesKnown(node).Where(n => service.PortsOf(n, node).Contains(0)))
            {
                yield return (KeyOf(service, one, node), $"the ports of `{service.ProgramOf(one, node)}` would be beyond 65535");
            }
        }

        int count = service.PortsOf(node, node).Length;
        foreach ((string peer, ImmutableArray<int> ports) in service.PeerPorts.Where(p => p.Value.Length != count))
        {
            yield return ("peer_ports", $"`{peer}` has {ports.Length} ports and this node {count}: a port is known by its place in the list");
        }
    }

    /// <summary>Two programs told apart by port that have one in common: the key, and why.</summary>
    public static IEnumerable<(string Key, string Why)> SharedPorts(MeshServiceConfiguration service, string node)
    {
        if (!service.IsByPort)
        {
            yield break;
        }

        var taken = new Dictionary<int, string>();
        foreach (string one in service.NodesKnown(node))
        {
            foreach (int port in service.PortsOf(one, node).Where(static p => p > 0))
            {
                if (!taken.TryAdd(port, one))
                {
                    string at = port.ToString(CultureInfo.InvariantCulture);
                    yield return (KeyOf(service, one, node), $"the programs of `{one}` and `{taken[port]}` both have port {at}; they are told apart by port");
                    break;
                }
            }
        }
    }

    private static string KeyOf(MeshServiceConfiguration service, string one, string node) =>
        one == node ? "program" : service.PeerPorts.ContainsKey(one) ? "peer_ports" : "programs";
}
