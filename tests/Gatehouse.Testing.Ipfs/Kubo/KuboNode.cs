using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>What a Kubo node holds.</summary>
internal sealed class KuboNode
{
    public KuboNode(Blobs blobs) => Blobs = blobs;

    public Blobs Blobs { get; }

    /// <summary>The node's own pins: CID to type.</summary>
    public ConcurrentDictionary<string, string> Pins { get; } = new(StringComparer.Ordinal);

    /// <summary>Its configuration, flat: key to value.</summary>
    public ConcurrentDictionary<string, JsonNode> Configuration { get; } = new(StringComparer.Ordinal)
    {
        ["Addresses.API"] = JsonValue.Create("/ip4/127.0.0.1/tcp/5001")!,
        ["Addresses.Gateway"] = JsonValue.Create("/ip4/127.0.0.1/tcp/8080")!,
        ["Datastore.StorageMax"] = JsonValue.Create("10GB")!,
    };

    /// <summary>The names of its keys.</summary>
    public ConcurrentDictionary<string, string> Keys { get; } = new(StringComparer.Ordinal) { ["self"] = Peers.Kubo };

    /// <summary>Paths in MFS and their CIDs; a directory has none.</summary>
    public ConcurrentDictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The commands that were carried out, with their arguments.</summary>
    public ConcurrentQueue<string> Done { get; } = new();
}
