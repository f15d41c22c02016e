using System.Collections.Immutable;
using Gatehouse.Network;

namespace Gatehouse.Engine.Configuration.Cluster;

/// <summary>The <c>mesh</c> mapping: where this node's mesh listens, and what it carries for programs of this host.</summary>
internal sealed record MeshConfiguration
{
    /// <summary>Address and port of the mesh; bound only while the cluster has a second node.</summary>
    public string Listen { get; init; } = "0.0.0.0:7444";

    /// <summary>Where peers dial it, <c>HOST:PORT</c> in order of preference; empty: this host's addresses with the port of <see cref="Listen"/>.</summary>
    public ImmutableArray<string> Advertise { get; init; } = [];

    /// <summary>Services by name, in the order written.</summary>
    public ImmutableArray<MeshServiceConfiguration> Services { get; init; } = [];
}

/// <summary>One service: a node-to-node port, or a few of them, of one program.</summary>
internal sealed record MeshServiceConfiguration
{
    /// <summary>Name, the same on every node: 1 to 63 of lower-case letters, digits and <c>-</c>, beginning with a letter.</summary>
    public required string Name { get; init; }

    /// <summary>One of <see cref="MeshKinds"/>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Node name of this host's program, whose digits at the end may decide its ports; null: the name of this node.</summary>
    public string? Program { get; init; }

    /// <summary>Node names of peers' programs by the peer's name, where they are not the peer's name.</summary>
    public ImmutableSortedDictionary<string, string> Programs { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Ports instead of the kind's; needed by kind <c>tcp</c>.</summary>
    public ImmutableArray<int> Ports { get; init; } = [];

    /// <summary>Ports of peers' programs by the peer's name, where neither the names nor <see cref="Ports"/> give them; in the order of this node's.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<int>> PeerPorts { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<int>>(StringComparer.Ordinal);

    /// <summary>Kind <c>erlang</c>: base of the distribution's ports, as <c>inet_dist_base_port</c>; null: 4370.</summary>
    public int? Base { get; init; }

    /// <summary>Kind <c>erlang</c>: gen_rpc on 5369, as EMQX's container image has it.</summary>
    public bool Docker { get; init; }

    /// <summary>User names or uids that may own the program's ports; empty: root and the daemon's own user; <c>any</c> switches the check off.</summary>
    public ImmutableArray<string> RunAs { get; init; } = [];

    /// <summary>User names or uids whose programs may use the peers' addresses; empty: those of <see cref="RunAs"/>.</summary>
    public ImmutableArray<string> AllowUsers { get; init; } = [];

    /// <summary><c>address</c>: peers are told apart by address; <c>port</c>: on 127.0.0.1 by port, for programs that bind every interface.</summary>
    public string Separate { get; init; } = Words.ByAddress;

    /// <summary>Address that this host's program listens on where it is not the node's own address of the mesh.</summary>
    public string? Address { get; init; }

    /// <summary>Whether programs are told apart by port.</summary>
    public bool IsByPort => Separate == Words.ByPort;

    /// <summary>What decides the ports of a program; null for a kind that could not be read.</summary>
    public MeshPortRule? PortRule => MeshKinds.Find(Kind) is { } kind
        ? new MeshPortRule(kind) { Ports = Ports, Base = Base, Docker = Docker, ByPort = IsByPort }
        : null;

    /// <summary>The name of a node's program: what the file says, else the node's own name. <see cref="Programs"/> may name this node too, so that every host can have the same lines.</summary>
    /// <param name="one">The node asked for.</param>
    /// <param name="node">This node.</param>
    public string ProgramOf(string one, string node) => one == node && Program is { Length: > 0 } own ? own : Programs.GetValueOrDefault(one, one);

    /// <summary>The ports of a node's program, in one order for all nodes; 0 for one beyond 65535; none of a kind that could not be read.</summary>
    /// <param name="one">The node asked for.</param>
    /// <param name="node">This node.</param>
    public ImmutableArray<int> PortsOf(string one, string node) =>
        one != node && PeerPorts.TryGetValue(one, out ImmutableArray<int> said) ? said : PortRule?.Of(ProgramOf(one, node)) ?? [];

    /// <summary>The nodes that the file knows of, this one first.</summary>
    public IEnumerable<string> NodesKnown(string node) => Programs.Keys.Concat(PeerPorts.Keys).Prepend(node).Distinct(StringComparer.Ordinal);
}
