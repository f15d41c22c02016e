using System.Collections.Immutable;
using System.Net;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;
using Gatehouse.Network;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A node as others dial it.</summary>
/// <param name="Name">Its name: <c>emqx2@10.0.0.5</c>.</param>
/// <param name="Address">What its host part stands for, or null where only a name server knows.</param>
internal sealed record ClusterPeer(string Name, IPAddress? Address)
{
    /// <summary>Whether it is on this host's loopback; a name that only a server knows is not.</summary>
    public bool IsLoopback => Address is not null && Reach.IsLoopback(Address);
}

/// <summary>What an installation is in its cluster: name, peers, and the two ports between nodes.</summary>
internal sealed class ClusterView
{
    private const string DefaultName = "emqx@127.0.0.1";
    private static readonly char[] Blanks = [' ', '\t', '\r'];
    private static readonly string[] RpcPorts = ["rpc.server_port", "rpc.tcp_server_port", "rpc.ssl_server_port"];
    private readonly EmqxSubject _emqx;
    private readonly Lazy<Dictionary<string, IPAddress>> _hosts;

    private ClusterView(EmqxSubject emqx)
    {
        _emqx = emqx;
        _hosts = new Lazy<Dictionary<string, IPAddress>>(ReadHosts);
        Strategy = emqx.Word("cluster.discovery_strategy", "manual");
        Self = SelfOf(emqx);
        Seeds = [.. (emqx["cluster.static.seeds"].AsCommaTexts() ?? []).Select(Peer)];
        Protocol = ErlangFlagOf("-ekka_proto_dist")?.Value ?? emqx.Word("cluster.proto_dist", "inet_tcp");
        Neighbours = [.. emqx.Host.Processes.Where(p => p.Id != emqx.Process?.Id && p.Root == emqx.Places.Prefix && EmqxProcess.Is(p)).Select(EmqxProcess.NodeName).OfType<string>()];
    }

    /// <summary>How nodes are found; null where that cannot be told.</summary>
    public string? Strategy { get; }

    /// <summary>This node, or null where its name cannot be told.</summary>
    public ClusterPeer? Self { get; }

    /// <summary>Nodes that the file names.</summary>
    public ImmutableArray<ClusterPeer> Seeds { get; }

    /// <summary>What the distribution runs over: <c>inet_tcp</c>, <c>inet_tls</c>; null where that cannot be told.</summary>
    public string? Protocol { get; }

    /// <summary>Whether the distribution runs over TLS, as far as known.</summary>
    public bool IsTls => Protocol is "inet_tls" or "inet6_tls";

    /// <summary>Names of other nodes on the same host.</summary>
    public ImmutableArray<string> Neighbours { get; }

    /// <summary>Seeds that are not this node.</summary>
    public IEnumerable<ClusterPeer> Others => Seeds.Where(seed => seed.Name != Self?.Name);

    /// <summary>
    /// Whether nodes talk over the network: by the seeds, or by the way in which they are found. Null for a node that others may be joined to by hand.
    /// </summary>
    public bool? LeavesHost => Strategy switch
    {
        "singleton" => false,
        "static" when !Seeds.IsEmpty => Others.Any(static seed => !seed.IsLoopback),
        "manual" or null or "static" => Self is { IsLoopback: true } ? false : null,
        _ => true,
    };

    /// <summary>Whether nodes reach each other through addresses of the host's own loopback, that is: through a tunnel.</summary>
    public bool IsMeshed => Self is { IsLoopback: true } && Others.Any(other => !Neighbours.Contains(other.Name)) && (Others.Any(static o => o.IsLoopback) || !Self.Name.EndsWith("@127.0.0.1", StringComparison.Ordinal));

    /// <summary>Looks at an installation.</summary>
    public static ClusterView Of(EmqxSubject emqx) => new(emqx);

    /// <summary>Where the distribution listens by name and files; null where its port cannot be told.</summary>
    /// <param name="isCertain">Whether the address is certain: a setting of 6.2 may stand in a file of an unknown version.</param>
    public (IPEndPoint EndPoint, Evidence Evidence)? Distribution(out bool isCertain)
    {
        isCertain = true;
        int start = int.TryParse(_emqx.Flags.Kernel("inet_dist_base_port")?.Value, out int other) ? other : ErlangPorts.DistributionBase;
        if (Self is null || ErlangPorts.Distribution(Self.Name, start) is not { } port)
        {
            return null;
        }

        Setting setting = _emqx["node.dist_bind_address"];
        if (_emqx.Flags.Kernel("inet_dist_use_interface") is { } flag && flag.AsAddress() is { } bound)
        {
            return (new IPEndPoint(bound, port), flag.Evidence);
        }

        bool isHeeded = setting.IsSet && _emqx.IsBefore(6, 2) != true;
        isCertain = !(isHeeded && _emqx.IsBefore(6, 2) is null) && !(isHeeded && setting.IsUnknown);
        IPAddress address = isHeeded && EmqxBind.Parse($"{setting.Text}:1") is { Address: { } said } ? said : IPAddress.Any;
        return (new IPEndPoint(address, port), _emqx.Place(setting));
    }

    /// <summary>Where gen_rpc listens by name and files; null where that cannot be told.</summary>
    public (IPEndPoint EndPoint, Evidence Evidence)? Rpc()
    {
        Setting listen = _emqx["rpc.listen_address"];
        if (RpcPort() is not { } port || listen.IsUnknown)
        {
            return null;
        }

        return EmqxBind.Parse($"{listen.Text ?? "0.0.0.0"}:1") is { Address: { } address } ? (new IPEndPoint(address, port), _emqx.Place(listen)) : null;
    }

    /// <summary>Looks at a name's host part: an address, a name of <c>/etc/hosts</c>.</summary>
    public ClusterPeer Peer(string name)
    {
        string host = name[(name.IndexOf('@', StringComparison.Ordinal) + 1)..];
        return new ClusterPeer(name, IPAddress.TryParse(host, out IPAddress? address) ? address : _hosts.Value.GetValueOrDefault(host));
    }

    private int? RpcPort()
    {
        // The container image sets `manual` where nobody says otherwise.
        string? discovery = _emqx.Word("rpc.port_discovery", _emqx.IsContainer && _emqx.Process?.Environment is null ? "manual" : "stateless");
        Setting fixedPort = RpcPorts.Select(path => _emqx[path]).FirstOrDefault(static s => s.IsSet) ?? _emqx["rpc.server_port"];
        return discovery switch
        {
            "manual" => fixedPort.IsSet ? (int?)fixedPort.AsInteger() : ErlangPorts.RpcFixed,
            "stateless" when Self is not null && ErlangPorts.Rpc(Self.Name) is <= ushort.MaxValue and int port => port,
            _ => null,
        };
    }

    private ErlangFlag? ErlangFlagOf(string flag) => _emqx.Flags.IsRunning ? _emqx.Flags.Find(flag) : null;

    private ClusterPeer? SelfOf(EmqxSubject emqx)
    {
        if (emqx.Process is { } process && EmqxProcess.NodeName(process) is { } running)
        {
            return Peer(running);
        }

        // A container's script makes the name of the container's own.
        Setting name = emqx["node.name"];
        return name.IsSet ? (name.Text is { } text ? Peer(text) : null) : emqx.IsContainer ? null : Peer(DefaultName);
    }

    private Dictionary<string, IPAddress> ReadHosts()
    {
        var names = new Dictionary<string, IPAddress>(StringComparer.OrdinalIgnoreCase) { ["localhost"] = IPAddress.Loopback };
        foreach (string line in (EmqxFile.Text(_emqx.Host, _emqx.Places.Prefix + "/etc/hosts", out _, out _) ?? "").Split('\n'))
        {
            string[] words = line.Split('#')[0].Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 1 && IPAddress.TryParse(words[0], out IPAddress? address))
            {
                foreach (string word in words.AsSpan(1))
                {
                    names.TryAdd(word, address);
                }
            }
        }

        return names;
    }
}
