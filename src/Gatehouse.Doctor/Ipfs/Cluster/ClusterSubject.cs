using System.Collections.Immutable;
using Gatehouse.Doctor.Facts;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Ipfs.Cluster;

/// <summary>Which way of agreeing on the pinset a configuration asks for.</summary>
internal enum Consensus
{
    /// <summary>None: the daemon does not start.</summary>
    None,

    /// <summary>CRDT.</summary>
    Crdt,

    /// <summary>Raft.</summary>
    Raft,

    /// <summary>Both at once: the daemon does not start.</summary>
    Both,
}

/// <summary>One peer of IPFS Cluster.</summary>
internal sealed class ClusterSubject : Subject
{
    /// <inheritdoc/>
    public override string System => "ipfs-cluster";

    /// <inheritdoc/>
    public override IEnumerable<BlindSpot> Blind => ConfigReading.BlindSpots(File, Blindness, Layers);

    /// <inheritdoc/>
    public override IEnumerable<string> Used => Launches.Select(static launch => launch.Place);

    /// <summary>Its <c>service.json</c> as a path of this host, or null where it cannot be told.</summary>
    public required string? File { get; init; }

    /// <summary>Its folder, or null.</summary>
    public string? Folder => Path.GetDirectoryName(File);

    /// <summary>What is in force: the file, and the environment on top.</summary>
    public SettingTree Settings { get; init; } = SettingTree.Empty;

    /// <summary>What the file alone says.</summary>
    public SettingTree InFile { get; init; } = SettingTree.Empty;

    /// <summary>What <c>identity.json</c> says; empty where it is not there or cannot be read.</summary>
    public SettingTree Identity { get; init; } = SettingTree.Empty;

    /// <summary>Why its settings cannot be told, or null.</summary>
    public Observation? Blindness { get; init; }

    /// <summary>What starts it, a process first.</summary>
    public ImmutableArray<Launch> Launches { get; init; } = [];

    /// <summary>All peers of the look, itself among them.</summary>
    public IReadOnlyList<ClusterSubject> Peers { get; init; } = [];

    /// <summary>Key files of the Kubo nodes on this host.</summary>
    public ImmutableArray<string> SwarmKeys { get; init; } = [];

    /// <summary>Which consensus it is configured for.</summary>
    public Consensus Consensus => (At("consensus", "crdt").IsSet, At("consensus", "raft").IsSet) switch
    {
        (true, true) => Consensus.Both,
        (true, false) => Consensus.Crdt,
        (false, true) => Consensus.Raft,
        _ => Consensus.None,
    };

    /// <summary>The secret of its swarm.</summary>
    public Setting Secret => At("cluster", "secret");

    /// <summary>Whether the swarm is open: nothing, or nothing but an empty text, is its secret.</summary>
    public bool IsSwarmOpen => Secret.IsBlank();

    /// <summary>Whether libp2p refuses to run without a secret.</summary>
    public bool RefusesOpenSwarm => Launches.FirstOrDefault()?.Environment.Find("LIBP2P_FORCE_PNET")?.Value == "1";

    /// <summary>The REST API.</summary>
    public ApiSection Rest => new(this, "restapi", "REST API", 9094);

    /// <summary>The pinning service API.</summary>
    public ApiSection Pinning => new(this, "pinsvcapi", "pinning service API", 9097);

    /// <summary>Sockets that its process listens on, as far as they can be seen.</summary>
    public ImmutableArray<SocketFact> Sockets => ProcessSockets.Of(Process, Host);

    /// <summary>The setting in force under names, which count in any case.</summary>
    public Setting At(params ReadOnlySpan<string> names) => Settings.At(names);

    /// <summary>A setting, or what it would stand in.</summary>
    public Setting Near(Setting setting) => Settings.Near(setting);

    /// <summary>A path of the configuration, which counts from its folder, as a path of this host.</summary>
    public string? PathOf(string path) =>
        !Path.IsPathRooted(path) ? Folder is null ? null : Path.GetFullPath(path, Folder)
        : Launches.FirstOrDefault() is not { Process: null, Image: not null } ? (Process?.Root ?? "") + path
        : null;

    /// <summary>Whether something says that there are other peers; null where a file with their addresses cannot be read.</summary>
    public bool? HasPeers()
    {
        if (At("cluster", "peer_addresses").Children.Length > 0 || Launches.Any(static l => CommandLine.Value(l.Arguments, "bootstrap", "j") is not null))
        {
            return true;
        }

        string name = At("cluster", "peerstore_file").Text is { Length: > 0 } given ? given : "peerstore";
        FileContent content = PathOf(name) is { } path ? Host.Read(path) : FileContent.Missing;
        return content.Bytes is { } bytes ? bytes.AsSpan().ContainsAnyExcept(" \t\r\n"u8) : content.IsMissing ? false : null;
    }
}
