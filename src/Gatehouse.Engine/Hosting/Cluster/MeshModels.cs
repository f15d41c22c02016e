using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Configuration.Cluster;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Problems;
using Gatehouse.Problems.Cluster;

namespace Gatehouse.Engine.Hosting.Cluster;

/// <summary>Configuration to what the mesh runs on: ports and users looked up.</summary>
internal static class MeshModels
{
    /// <summary>Settings of a mesh; null with at least one problem when they cannot be made.</summary>
    /// <param name="configuration">As it is put in force.</param>
    /// <param name="node">This node's name.</param>
    /// <param name="problems">Where problems go.</param>
    public static MeshSettings? Make(NodeConfiguration configuration, string node, ICollection<Problem> problems)
    {
        int before = problems.Count;
        if (!ListenAddress.TryParse(configuration.Mesh.Listen, out IPEndPoint? listen, out string? why))
        {
            problems.Add(ConfigurationProblems.Address.Because($"`mesh.listen: {configuration.Mesh.Listen}`: {why}"));
            return null;
        }

        ImmutableArray<MeshServiceModel> services =
            [.. configuration.Mesh.Services.Select(s => Make(s, node, problems)).OfType<MeshServiceModel>()];
        return problems.Count > before
            ? null
            : new MeshSettings { Listen = listen, Limits = configuration.Limits, Services = services, Version = Node.Version };
    }

    /// <summary>
    /// What can be told only with the nodes known: programs of two nodes on one port where ports alone tell them apart, and nodes whose
    /// names give no port. The mesh goes on without what is named here.
    /// </summary>
    public static ImmutableArray<Problem> Check(NodeConfiguration configuration, string node, MembershipDocument membership)
    {
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (MeshServiceConfiguration service in configuration.Mesh.Services)
        {
            var taken = new Dictionary<int, string>();
            foreach (string one in membership.Nodes.Keys.Prepend(node).Distinct(StringComparer.Ordinal))
            {
                foreach (int port in service.PortsOf(one, node))
                {
                    if (port == 0 || (service.IsByPort && !taken.TryAdd(port, one)))
                    {
                        problems.Add(MeshConfigurationProblems.PeerPorts.Because(
                            port == 0
                                ? $"service `{service.Name}`: the ports of `{service.ProgramOf(one, node)}` on node `{one}` would be beyond 65535"
                                : $"service `{service.Name}`: the programs of nodes `{taken[port]}` and `{one}` both have port {port.ToString(CultureInfo.InvariantCulture)}",
                            hint: $"name the program of `{one}` in `mesh.services.{service.Name}.programs`, with another number at its end"));
                        break;
                    }
                }
            }
        }

        return problems.ToImmutable();
    }

    private static MeshServiceModel? Make(MeshServiceConfiguration service, string node, ICollection<Problem> problems)
    {
        if (service.PortRule is not { } rule)
        {
            return null;
        }

        UpstreamOwnerRule runAs = Users(service, "run_as", service.RunAs, new UpstreamOwnerRule([0, LocalUsers.Own]), problems);
        ImmutableArray<int> own = service.PortsOf(node, node);
        return new MeshServiceModel
        {
            Name = service.Name,
            Kind = service.Kind,
            OwnPorts = own,
            PeerPorts = peer => PortsOf(service, peer, node, own),
            RunAs = runAs,
            AllowUsers = Users(service, "allow_users", service.AllowUsers, runAs, problems),
            Separation = service.IsByPort ? MeshSeparation.Port : MeshSeparation.Address,
            BindSetting = rule.Kind.BindSetting,
            Target = service.Address is null ? null : IPAddress.Parse(service.Address),
        };
    }

    /// <summary>The ports of a peer's program; none where they cannot be told from this host's own.</summary>
    private static ImmutableArray<int> PortsOf(MeshServiceConfiguration service, string peer, string node, ImmutableArray<int> own)
    {
        ImmutableArray<int> ports = service.PortsOf(peer, node);
        return ports.Contains(0) || (service.IsByPort && ports.Any(p => own.Contains(p))) ? [] : ports;
    }

    private static UpstreamOwnerRule Users(
        MeshServiceConfiguration service, string key, ImmutableArray<string> names, UpstreamOwnerRule none, ICollection<Problem> problems)
    {
        if (names.Contains(Words.Any))
        {
            return UpstreamOwnerRule.Any;
        }

        if (names.IsEmpty)
        {
            return none;
        }

        var allowed = ImmutableArray.CreateBuilder<uint>(names.Length);
        foreach (string name in names)
        {
            if (LocalUsers.TryFind(name, out uint uid))
            {
                allowed.Add(uid);
            }
            else
            {
                problems.Add(ConfigurationProblems.UnknownUser.Because($"service `{service.Name}`: `{key}` names `{name}`, which is no user of this host"));
            }
        }

        return new UpstreamOwnerRule(allowed.ToImmutable());
    }
}
