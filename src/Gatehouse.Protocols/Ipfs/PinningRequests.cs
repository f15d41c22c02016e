using System.Text;
using System.Text.Json;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Json;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>Requests to IPFS Cluster's pinning service (IPFS Pinning Service API 1.0).</summary>
internal static class PinningRequests
{
    private const int MaxName = 255;
    private const int MaxLimit = 1000;
    private const int MaxMetadata = 100;
    private const int MaxOrigins = PinOptionReader.MaxOrigins;

    private static readonly string[] Matches = ["exact", "iexact", "partial", "ipartial"];
    private static readonly string[] States = ["queued", "pinning", "pinned", "failed"];

    public static IpfsFault? Read(string action, CanonicalTarget target, ReadOnlySpan<byte> body, IpfsDraft draft)
    {
        if (target.SegmentCount != 2)
        {
            switch (action)
            {
                case "svc.pins.list":
                    return ReadList(target, draft);
                case "svc.pins.create":
                    return ReadCreate(body, draft);
                default:
                    draft.Begin(action, IpfsScope.None);
                    return null;
            }
        }

        if (!Cid.TryParse(target.Segment(1), out Cid? cid))
        {
            return IpfsFault.NotContentId("the request's id");
        }

        draft.Add(action, IpfsScope.Pin, cid.Text);
        if (action == "svc.pins.replace")
        {
            return ReadReplace(cid, body, draft);
        }

        draft.Effect = action == "svc.pins.remove" ? IpfsEffect.Unpin : IpfsEffect.Read;
        draft.Pins.Add(cid);
        return null;
    }

    private static IpfsFault? ReadCreate(ReadOnlySpan<byte> body, IpfsDraft draft)
    {
        if (ReadPin(body, out Cid? cid, out IpfsOptions options) is { } fault)
        {
            return fault;
        }

        draft.Effect = IpfsEffect.Pin;
        draft.Pins.Add(cid!); // read
        draft.Add("svc.pins.create", IpfsScope.NewPin, cid!.Text);
        AddOrigins(options, cid, draft);
        return null;
    }

    // The upstream pins the new one and then unpins the old one: whoever may not do both may not do this.
    private static IpfsFault? ReadReplace(Cid old, ReadOnlySpan<byte> body, IpfsDraft draft)
    {
        if (ReadPin(body, out Cid? cid, out IpfsOptions options) is { } fault)
        {
            return fault;
        }

        draft.Effect = IpfsEffect.Replace;
        draft.Replaced = old;
        draft.Pins.Add(cid!); // read
        draft.Add("svc.pins.create", IpfsScope.NewPin, cid!.Text);
        draft.Add("svc.pins.remove", IpfsScope.Pin, old.Text);
        AddOrigins(options, cid, draft);
        return null;
    }

    // A name is part of this API: it needs no right of its own.
    private static void AddOrigins(IpfsOptions options, Cid cid, IpfsDraft draft)
    {
        draft.Options = options;
        if (options.HasOrigins)
        {
            draft.Add(IpfsActions.Origins, IpfsScope.NewPin, cid.Text);
        }
    }

    private static IpfsFault? ReadPin(ReadOnlySpan<byte> body, out Cid? cid, out IpfsOptions options)
    {
        cid = null;
        options = IpfsOptions.None;
        if (new StrictJson().Validate(body) != JsonError.None)
        {
            return IpfsFault.BadBody("the body is not strict JSON");
        }

        using JsonDocument document = JsonDocument.Parse(body.ToArray());
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return IpfsFault.BadBody("the body is not an object");
        }

        bool hasCid = false;
        foreach (JsonProperty member in document.RootElement.EnumerateObject())
        {
            IpfsFault? fault = null;
            switch (member.Name)
            {
                case "cid":
                    hasCid = true;
                    fault = member.Value.ValueKind == JsonValueKind.String && Cid.TryParse(member.Value.GetString()!, out cid) ? null : IpfsFault.NotContentId("`cid`");
                    break;
                case "name":
                    fault = ReadName(member.Value, ref options);
                    break;
                case "origins":
                    fault = ReadOrigins(member.Value, ref options);
                    break;
                case "meta":
                    fault = ReadMetadata(member.Value, ref options);
                    break;
                default:
                    fault = IpfsFault.BadBody("the body has members besides `cid`, `name`, `origins` and `meta`");
                    break;
            }

            if (fault is not null)
            {
                return fault;
            }
        }

        return hasCid ? null : IpfsFault.BadBody("the body has no `cid`");
    }

    private static IpfsFault? ReadName(JsonElement value, ref IpfsOptions options)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String || value.GetString() is not { Length: <= MaxName } name || !IsPlain(name))
        {
            return IpfsFault.BadBody($"`name` is text of {MaxName} characters at most, none of them a control character");
        }

        options = options with { Name = name };
        return null;
    }

    // No control characters (Unicode's category Cc): whoever shows a label or writes it into a line would show and write something else than
    // what was pinned. In a query they never come this far; JSON can escape them.
    private static bool IsPlain(string text) => !text.Any(char.IsControl);

    private static IpfsFault? ReadOrigins(JsonElement value, ref IpfsOptions options)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxOrigins ||
            !value.EnumerateArray().All(static o => o.ValueKind == JsonValueKind.String && MultiAddress.IsOfPeer(o.GetString()!)))
        {
            return IpfsFault.BadBody($"`origins` is a list of {MaxOrigins} addresses at most, each of which ends with /p2p/ID");
        }

        options = options with { HasOrigins = value.GetArrayLength() > 0 };
        return null;
    }

    private static IpfsFault? ReadMetadata(JsonElement value, ref IpfsOptions options)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object || value.GetPropertyCount() > MaxMetadata ||
            !value.EnumerateObject().All(static m => IsPlain(m.Name) && m.Value.ValueKind == JsonValueKind.String && IsPlain(m.Value.GetString()!)))
        {
            return IpfsFault.BadBody($"`meta` is an object of {MaxMetadata} texts at most, without control characters");
        }

        string[] keys = [.. value.EnumerateObject().Select(static m => m.Name)];
        options = options with { MetadataKeys = keys };
        return keys.Any(PinOptionReader.IsReserved) ? IpfsFault.Reserved() : null;
    }

    private static IpfsFault? ReadList(CanonicalTarget target, IpfsDraft draft)
    {
        if (CheckList(target) is { } fault)
        {
            return fault;
        }

        if (target.TryGetParameter("cid"u8, out ReadOnlySpan<byte> cids))
        {
            draft.Effect = IpfsEffect.Read;
            draft.Begin("svc.pins.list", IpfsScope.Pin);
            return ClusterRequests.AddList(Encoding.UTF8.GetString(cids), "cid", draft);
        }

        draft.Effect = IpfsEffect.List;
        draft.Begin("svc.pins.list", IpfsScope.List);
        draft.NameAll();
        return null;
    }

    private static IpfsFault? CheckList(CanonicalTarget target)
    {
        if (!ClusterRequests.AreWords(target, "match"u8, Matches) || (target.TryGetParameter("match"u8, out ReadOnlySpan<byte> match) && match.Contains((byte)',')))
        {
            return IpfsFault.BadOption("match", "`exact`, `iexact`, `partial` or `ipartial`");
        }

        if (!ClusterRequests.AreWords(target, "status"u8, States))
        {
            return IpfsFault.BadOption("status", "`queued`, `pinning`, `pinned` and `failed`, with commas between them");
        }

        if (Text(target, "name"u8) is { Length: > MaxName })
        {
            return IpfsFault.BadOption("name", $"{MaxName} characters at most");
        }

        if ((Text(target, "before"u8) is { } before && !GoValues.IsTime(before)) || (Text(target, "after"u8) is { } after && !GoValues.IsTime(after)))
        {
            return IpfsFault.BadOption("before` and `after", "a moment as in RFC 3339");
        }

        if (Text(target, "limit"u8) is { } limit && !GoValues.TryInteger(limit, 1, MaxLimit, out _))
        {
            return IpfsFault.BadOption("limit", $"a number from 1 to {MaxLimit}");
        }

        if (Text(target, "meta"u8) is not { } meta)
        {
            return null;
        }

        byte[] json = Encoding.UTF8.GetBytes(meta);
        if (new StrictJson().Validate(json) != JsonError.None)
        {
            return IpfsFault.BadOption("meta", "an object of texts in JSON");
        }

        using JsonDocument document = JsonDocument.Parse(json);
        IpfsOptions options = IpfsOptions.None;
        return ReadMetadata(document.RootElement, ref options);
    }

    private static string? Text(CanonicalTarget target, ReadOnlySpan<byte> name) =>
        target.TryGetParameter(name, out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : null;
}
