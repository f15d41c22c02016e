using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gatehouse.Testing.Ipfs.State;

/// <summary>One pin of the shared pinset.</summary>
/// <param name="Cid">Its only key: a second pin of the same content is this pin.</param>
/// <param name="Options">The options; a later pin replaces them for everyone.</param>
/// <param name="Allocations">The peers that keep it; empty where all do.</param>
/// <param name="Created">When it was pinned last.</param>
/// <param name="Status">What every peer says of it.</param>
public sealed record Pin(string Cid, PinOptions Options, IReadOnlyList<string> Allocations, DateTimeOffset Created, string Status = "pinned");

/// <summary>The shared pinset of a cluster, without owners, as upstream's is.</summary>
public sealed class Pinset(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Pin> _pins = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();

    /// <summary>Every pin in order of CIDs.</summary>
    public IReadOnlyList<Pin> All => [.. _pins.Values.OrderBy(p => p.Cid, StringComparer.Ordinal)];

    /// <summary>How many calls changed the pinset, successful or not, for tests that want none.</summary>
    public int Changes { get; private set; }

    /// <summary>The pin, or null.</summary>
    public Pin? Find(string cid) => _pins.GetValueOrDefault(cid);

    /// <summary>Pins or repins; the error is upstream's text, or null.</summary>
    public (Pin? Pin, string? Error) Add(string cid, PinOptions options)
    {
        lock (_changing)
        {
            Changes++;
            Pin? before = Find(cid);
            if (options.PinUpdate is { } from)
            {
                if (Find(from) is not { } source)
                {
                    return (null, "not found");
                }

                // Copies allocations and options; the old pin stays.
                options = source.Options with { Name = options.Name.Length > 0 ? options.Name : source.Options.Name, PinUpdate = from };
            }

            if (before is { Options.Mode: "recursive" } && options.Mode == "direct")
            {
                return (null, "cannot repin a CID which is already pinned in recursive mode");
            }

            int min = options.ReplicationMin == 0 ? -1 : options.ReplicationMin;
            int max = options.ReplicationMax == 0 ? -1 : options.ReplicationMax;
            if (min > max && max != -1)
            {
                return (null, "ReplicationFactorMin is larger than ReplicationFactorMax");
            }

            IReadOnlyList<string> allocations = max < 0 ? [] : [.. options.UserAllocations.Concat(Peers.All).Distinct().Take(max)];
            var pin = new Pin(cid, options with { ReplicationMin = min, ReplicationMax = max }, allocations, time.GetUtcNow());
            _pins[cid] = pin;
            return (pin, null);
        }
    }

    /// <summary>Unpins for everyone; the pin that was, or null.</summary>
    public Pin? Remove(string cid)
    {
        lock (_changing)
        {
            Changes++;
            return _pins.TryRemove(cid, out Pin? pin) ? pin : null;
        }
    }

    /// <summary>Gives a pin another status, such as <c>pin_error</c>.</summary>
    public void SetStatus(string cid, string status)
    {
        lock (_changing)
        {
            _pins[cid] = _pins[cid] with { Status = status };
        }
    }

    /// <summary>What upstream does every five minutes: unpins all that has expired; how many it were.</summary>
    public int SyncState()
    {
        DateTimeOffset now = time.GetUtcNow();
        return All.Count(p => p.Options.ExpireAt < now && _pins.TryRemove(p.Cid, out _));
    }

    /// <summary>Forgets all pins.</summary>
    public void Clear()
    {
        _pins.Clear();
        Changes = 0;
    }
}

/// <summary>How ipfs-cluster v1.1 writes pins and their states.</summary>
internal static class PinJson
{
    public static string Instant(DateTimeOffset? at) =>
        at is { } some ? some.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'") : "0001-01-01T00:00:00Z";

    public static JsonObject Map(IReadOnlyDictionary<string, string> map) => new(map.Select(m => KeyValuePair.Create(m.Key, (JsonNode?)m.Value)));

    public static JsonArray List(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode?)t)];

    public static JsonObject Pin(Pin pin)
    {
        PinOptions o = pin.Options;
        return new JsonObject
        {
            ["replication_factor_min"] = o.ReplicationMin,
            ["replication_factor_max"] = o.ReplicationMax,
            ["name"] = o.Name,
            ["mode"] = o.Mode,
            ["shard_size"] = o.ShardSize,
            ["user_allocations"] = List(o.UserAllocations),
            ["expire_at"] = Instant(o.ExpireAt),
            ["metadata"] = Map(o.Metadata),
            ["pin_update"] = o.PinUpdate,
            ["origins"] = List(o.Origins),
            ["cid"] = pin.Cid,
            ["type"] = 2,
            ["allocations"] = List(pin.Allocations),
            ["max_depth"] = o.Mode == "direct" ? 0 : -1,
            ["reference"] = null,
            ["timestamp"] = Instant(pin.Created),
        };
    }

    /// <summary>GlobalPinInfo; of a CID without a pin every peer says unpinned.</summary>
    public static JsonObject Status(string cid, Pin? pin, bool local)
    {
        var peers = new JsonObject();
        foreach (string peer in local ? [Peers.First] : Peers.All)
        {
            bool isElsewhere = pin is { Allocations.Count: > 0 } && !pin.Allocations.Contains(peer);
            peers[peer] = new JsonObject
            {
                ["peername"] = peer == Peers.First ? "first" : "second",
                ["ipfs_peer_id"] = Peers.Kubo,
                ["ipfs_peer_addresses"] = List([$"/ip4/127.0.0.1/tcp/4001/p2p/{Peers.Kubo}"]),
                ["status"] = pin is null ? "unpinned" : isElsewhere ? "remote" : pin.Status,
                ["timestamp"] = Instant(pin?.Created),
                ["error"] = pin is { Status: "pin_error" } ? "context deadline exceeded" : "",
                ["attempt_count"] = 0,
                ["priority_pin"] = false,
            };
        }

        return new JsonObject
        {
            ["cid"] = cid,
            ["name"] = pin?.Options.Name ?? "",
            ["allocations"] = List(pin?.Allocations ?? []),
            ["origins"] = List(pin?.Options.Origins ?? []),
            ["created"] = Instant(pin?.Created),
            ["metadata"] = Map(pin?.Options.Metadata ?? new Dictionary<string, string>()),
            ["peer_map"] = peers,
        };
    }
}
