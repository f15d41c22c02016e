using System.Collections.Immutable;

namespace Gatehouse.Network;

/// <summary>A ready-made kind of mesh service.</summary>
/// <param name="Name">As gatehouse.yaml writes it.</param>
/// <param name="Title">What it carries, for people.</param>
/// <param name="Ports">Node-to-node ports of the program; none where the file must name them.</param>
/// <param name="BindSetting">The program's setting that makes it listen on one address; null where nobody knows the program.</param>
public sealed record MeshKind(string Name, string Title, ImmutableArray<int> Ports, string? BindSetting);

/// <summary>The kinds of mesh services, and which ports a program of one listens on.</summary>
public static class MeshKinds
{
    /// <summary>Erlang distribution and gen_rpc.</summary>
    public const string Erlang = "erlang";

    /// <summary>Ports that the file names.</summary>
    public const string Tcp = "tcp";

    /// <summary>IPFS Cluster's swarm.</summary>
    public const string IpfsSwarm = "ipfs-swarm";

    /// <summary>All of them.</summary>
    public static ImmutableArray<MeshKind> All { get; } =
    [
        new(Erlang, "Erlang distribution and gen_rpc (EMQX)", [ErlangPorts.DistributionBase, ErlangPorts.RpcBase], "inet_dist_use_interface and rpc.listen_address"),
        new("ignite", "Apache Ignite 3 between nodes", [3344], "ignite.network.listenAddresses"),
        new("elasticsearch-transport", "Elasticsearch or OpenSearch transport", [9300], "transport.host"),
        new(IpfsSwarm, "IPFS Cluster swarm", [9096], "cluster.listen_multiaddress"),
        new(Tcp, "TCP", [], null),
    ];

    /// <summary>A kind by its name, or null.</summary>
    public static MeshKind? Find(string name)
    {
        foreach (MeshKind kind in All)
        {
            if (kind.Name == name)
            {
                return kind;
            }
        }

        return null;
    }
}

/// <summary>What decides the ports of a program.</summary>
/// <param name="Kind">The service's kind.</param>
public sealed record MeshPortRule(MeshKind Kind)
{
    /// <summary>Ports that the file names instead of the kind's.</summary>
    public ImmutableArray<int> Ports { get; init; } = [];

    /// <summary>Erlang: base of the distribution where it is not 4370.</summary>
    public int? Base { get; init; }

    /// <summary>Erlang: gen_rpc on 5369 whatever the name.</summary>
    public bool Docker { get; init; }

    /// <summary>Programs are told apart by port: the offset of the program's name is added whatever the kind.</summary>
    public bool ByPort { get; init; }

    /// <summary>
    /// The ports of a program in the order of the kind, the same order for every node of the service; 0 where one would be beyond 65535.
    /// </summary>
    /// <param name="program">Name of the program's node; digits at its end are the offset.</param>
    public ImmutableArray<int> Of(string program)
    {
        int offset = ErlangPorts.Offset(program);
        if (Kind.Name == MeshKinds.Erlang && Ports.IsEmpty)
        {
            return
            [
                ErlangPorts.Distribution(program, Base ?? ErlangPorts.DistributionBase) ?? 0,
                Docker ? ErlangPorts.RpcFixed : ErlangPorts.Rpc(program),
            ];
        }

        ImmutableArray<int> plain = Ports.IsEmpty ? Kind.Ports : Ports;
        return ByPort ? [.. plain.Select(p => p + offset <= ushort.MaxValue ? p + offset : 0)] : plain;
    }
}
