using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Requests to IPFS Cluster's REST API.</summary>
internal static class ClusterRequests
{
    private const int MaxAsked = 100;

    // The catalogue's section 1.4 words; the upstream drops words that it does not know, and shows everything when a typo leaves none.
    private static readonly string[] States =
    [
        "undefined", "cluster_error", "pin_error", "unpin_error", "error", "pinned", "pinning", "unpinning", "unpinned", "remote", "pin_queued",
        "unpin_queued", "queued", "sharded", "unexpectedly_unpinned",
    ];

    private static readonly string[] Kinds = ["pin", "meta-pin", "clusterdag-pin", "shard-pin", "all"];

    public static IpfsFault? Read(string action, CanonicalTarget target, ReadOnlySpan<byte> body, IpfsDraft draft)
    {
        if (ReadLocal(target, draft) is { } fault)
        {
            return fault;
        }

        switch (action)
        {
            case "status.list":
                return ReadStatuses(target, draft);
            case "allocations.list":
                draft.Effect = IpfsEffect.List;
                draft.Begin(action, IpfsScope.List);
                draft.NameAll();
                return AreWords(target, "filter"u8, Kinds) ? null : IpfsFault.BadOption("filter", "kinds of pins, with commas between them");
            case "status.read" or "allocations.read" or "recover.one":
                return ReadOne(action, target, draft, IpfsEffect.Read, IpfsScope.Pin);
            case "pin.remove":
                return ReadOne(action, target, draft, IpfsEffect.Unpin, IpfsScope.Pin);
            case "pin.create":
                return ReadOne(action, target, draft, IpfsEffect.Pin, IpfsScope.NewPin) ?? ReadOptions(target, draft, IpfsScope.NewPin, draft.Pins[0].Text);
            case "pin.create.path" or "pin.remove.path":
                return ReadPath(action, target, draft);
            case "sync" when target.SegmentCount == 3:
                return ReadOne(action, target, draft, IpfsEffect.Read, IpfsScope.Pin);
            case "content.add":
                return ReadAddition(action, target, draft);
            case "peers.add":
                return ReadPeer(body, draft);
            case "peers.remove":
                string peer = Encoding.UTF8.GetString(target.Segment(1));
                draft.Add(action, IpfsScope.None, peer);
                return PeerId.IsPlain(peer) ? null : IpfsFault.BadOption("peer", "a peer id in its usual form");
            case "metrics.read":
                draft.Add(action, IpfsScope.None, Encoding.UTF8.GetString(target.Segment(2)));
                return null;
            default:
                draft.Begin(action, IpfsScope.None);
                return null;
        }
    }

    /// <summary>Whether a comma list holds known words only.</summary>
    public static bool AreWords(CanonicalTarget target, ReadOnlySpan<byte> name, string[] known) =>
        !target.TryGetParameter(name, out ReadOnlySpan<byte> value) || value.Length == 0 ||
        Array.TrueForAll(Encoding.UTF8.GetString(value).Split(','), word => known.Contains(word, StringComparer.Ordinal));

    /// <summary>Adds the CIDs of a comma list as pins and resources.</summary>
    public static IpfsFault? AddList(string list, string name, IpfsDraft draft)
    {
        string[] items = list.Split(',');
        if (items.Length > MaxAsked)
        {
            return IpfsFault.BadOption(name, $"{MaxAsked} CIDs at most");
        }

        foreach (string item in items)
        {
            if (!Cid.TryParse(item, out Cid? cid))
            {
                return IpfsFault.NotContentId($"an item of `{name}`");
            }

            draft.Pins.Add(cid);
            draft.Name(cid.Text);
        }

        return null;
    }

    // Of all values Cluster takes only `true` for yes.
    private static IpfsFault? ReadLocal(CanonicalTarget target, IpfsDraft draft)
    {
        if (!target.TryGetParameter("local"u8, out ReadOnlySpan<byte> value) || target.Segment(0).SequenceEqual("add"u8))
        {
            return null;
        }

        draft.Options = draft.Options with { IsLocal = value.SequenceEqual("true"u8) };
        return value.Length == 0 || draft.Options.IsLocal || value.SequenceEqual("false"u8) ? null : IpfsFault.BadOption("local", "`true` or `false`");
    }

    private static IpfsFault? ReadStatuses(CanonicalTarget target, IpfsDraft draft)
    {
        if (!AreWords(target, "filter"u8, States))
        {
            return IpfsFault.BadOption("filter", "states of pins, with commas between them");
        }

        if (target.TryGetParameter("cids"u8, out ReadOnlySpan<byte> cids) && cids.Length > 0)
        {
            draft.Effect = IpfsEffect.Read;
            draft.Begin("status.list", IpfsScope.Pin);
            return AddList(Encoding.UTF8.GetString(cids), "cids", draft);
        }

        draft.Effect = IpfsEffect.List;
        draft.Begin("status.list", IpfsScope.List);
        draft.NameAll();
        return null;
    }

    private static IpfsFault? ReadOne(string action, CanonicalTarget target, IpfsDraft draft, IpfsEffect effect, IpfsScope scope)
    {
        if (!Cid.TryParse(target.Segment(1), out Cid? cid))
        {
            return IpfsFault.NotContentId("the path's second part");
        }

        draft.Effect = effect;
        draft.Pins.Add(cid);
        draft.Add(action, scope, cid.Text);
        return null;
    }

    private static IpfsFault? ReadPath(string action, CanonicalTarget target, IpfsDraft draft)
    {
        if (!GatewayRequests.TryPath(target, 1, out IpfsPath? path))
        {
            return IpfsFault.BadPath();
        }

        bool removes = action == "pin.remove.path";
        IpfsScope scope = IpfsScope.NewPin;
        if (path!.Pin is { } cid)
        {
            draft.Pins.Add(cid);
            draft.Effect = removes ? IpfsEffect.Unpin : IpfsEffect.Pin;
            scope = removes ? IpfsScope.Pin : IpfsScope.NewPin;
        }
        else
        {
            draft.Effect = removes ? IpfsEffect.UnpinPath : IpfsEffect.PinPath;
            scope = removes ? IpfsScope.Unresolved : IpfsScope.Content;
        }

        draft.Add(action, scope, path.Resource);
        return removes ? null : ReadOptions(target, draft, scope, path.Resource);
    }

    private static IpfsFault? ReadOptions(CanonicalTarget target, IpfsDraft draft, IpfsScope scope, string resource)
    {
        var reader = new PinOptionReader();
        if (reader.ReadPin(target) is { } fault)
        {
            return fault;
        }

        draft.AddModifiers(reader.Options, scope, resource);
        return null;
    }

    private static IpfsFault? ReadAddition(string action, CanonicalTarget target, IpfsDraft draft)
    {
        var reader = new AddOptionReader(isProxy: false);
        if (reader.Read(target) is { } fault)
        {
            return fault;
        }

        draft.Effect = IpfsEffect.Add;
        draft.Begin(action, IpfsScope.Content);
        draft.AddModifiers(reader.Options, IpfsScope.Content, null);
        return null;
    }

    private static IpfsFault? ReadPeer(ReadOnlySpan<byte> body, IpfsDraft draft)
    {
        if (new StrictJson().Validate(body) != JsonError.None)
        {
            return IpfsFault.BadBody("the body is not strict JSON");
        }

        using JsonDocument document = JsonDocument.Parse(body.ToArray());
        if (document.RootElement.ValueKind != JsonValueKind.Object || document.RootElement.GetPropertyCount() != 1 ||
            !document.RootElement.TryGetProperty("peer_id", out JsonElement peer) || peer.ValueKind != JsonValueKind.String || !PeerId.IsPlain(peer.GetString()!))
        {
            return IpfsFault.BadBody("the body is `{\"peer_id\":\"...\"}` with a peer id in its usual form");
        }

        draft.Add("peers.add", IpfsScope.None, peer.GetString());
        return null;
    }
}
