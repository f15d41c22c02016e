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

        foreach ((string key, string name) in Programs(service, node))
        {
            if (service.PortRule is { } rule && !service.Ports.Contains(0) && rule.Of(name).Contains(0))
            {
                yield return (key, $"the ports of `{name}` would be beyond 65535");
            }
        }
    }

    /// <summary>Two programs told apart by port that have one in common: the key, and why.</summary>
    public static IEnumerable<(string Key, string Why)> SharedPorts(MeshServiceConfiguration service, string node)
    {
        if (!service.IsByPort || service.PortRule is not { } rule)
        {
            yield break;
        }

        var taken = new Dictionary<int, string>();
        foreach ((string key, string name) in Programs(service, node))
        {
            foreach (int port in rule.Of(name).Where(static p => p > 0))
            {
                if (!taken.TryAdd(port, name))
                {
                    string at = port.ToString(CultureInfo.InvariantCulture);
                    yield return (key, $"`{name}` and `{taken[port]}` both have port {at}; they are told apart by port");
                    break;
                }
            }
        }
    }

    /// <summary>The programs that the file knows of, this host's first, with the key that names each.</summary>
    public static IEnumerable<(string Key, string Name)> Programs(MeshServiceConfiguration service, string node) =>
    [
        ("program", service.Program is { Length: > 0 } own ? own : node),
        .. service.Programs.Where(static p => p.Value.Length > 0).Select(static p => ("programs", p.Value)),
    ];
}
