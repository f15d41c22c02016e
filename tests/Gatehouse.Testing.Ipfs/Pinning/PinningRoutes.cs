using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Cluster;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Pinning;

/// <summary>The pinning service API as ipfs-cluster serves it: a pin's request id is its CID, whoever asked for it.</summary>
internal sealed class PinningRoutes(ClusterPipeline pipeline, ClusterNode node)
{
    public void Register()
    {
        GoMux routes = pipeline.Routes;
        routes.Add("GET", "/pins", ListAsync);
        routes.Add("POST", "/pins", AddAsync);
        routes.Add("GET", "/pins/{requestID}", GetAsync);
        routes.Add("POST", "/pins/{requestID}", AddAsync);
        routes.Add("DELETE", "/pins/{requestID}", RemoveAsync);
    }

    private static string State(Pin pin) => pin.Status switch
    {
        "pinned" or "pinning" => pin.Status,
        "pin_queued" => "queued",
        _ => pin.Status.EndsWith("_error", StringComparison.Ordinal) ? "failed" : "undefined",
    };

    private static JsonObject Status(Pin pin, string state) => new()
    {
        ["requestid"] = pin.Cid,
        ["status"] = state,
        ["created"] = PinJson.Instant(pin.Created),
        ["pin"] = new JsonObject
        {
            ["cid"] = pin.Cid,
            ["name"] = pin.Options.Name,
            ["origins"] = PinJson.List(pin.Options.Origins),
            ["meta"] = PinJson.Map(pin.Options.Metadata),
        },
        ["delegates"] = PinJson.List([$"/ip4/127.0.0.1/tcp/4001/p2p/{Peers.Kubo}"]),
        ["info"] = new JsonObject
        {
            ["source"] = "IPFS cluster API",
            ["warning1"] = "CID used for requestID. Conflicts possible",
            ["warning2"] = "experimental",
        },
    };

    /// <summary>The pin that a body asks for; an error is what upstream's decoder would say.</summary>
    private static (string? Cid, PinOptions Options, string? Error) Read(JsonObject? body)
    {
        var options = new PinOptions();
        try
        {
            if (body is null || body["cid"]?.GetValue<string>() is not { } text)
            {
                return (null, options, body is null ? "error decoding request body: invalid JSON" : null);
            }

            if (Cids.Canonical(text) is not { } cid)
            {
                return (null, options, "error decoding request body: invalid cid");
            }

            string[] origins = [.. (body["origins"]?.AsArray() ?? []).Select(o => o!.GetValue<string>())];
            if (Array.Exists(origins, o => !Peers.IsOrigin(o)) || body["name"]?.GetValue<string>().Length > 255)
            {
                return (null, options, "error decoding request body: origins or name");
            }

            return (cid, options with
            {
                Name = body["name"]?.GetValue<string>() ?? "",
                Origins = origins,
                Metadata = (body["meta"]?.AsObject() ?? []).ToDictionary(m => m.Key, m => m.Value?.GetValue<string>() ?? ""),
            }, null);
        }
        catch (Exception e) when (e is InvalidOperationException or NullReferenceException)
        {
            return (null, options, "error decoding request body: json: cannot unmarshal");
        }
    }

    private async Task AddAsync(Call call)
    {
        (string? cid, PinOptions options, string? error) = Read(await call.BodyAsync());
        if (error is not null)
        {
            await pipeline.FailAsync(call, 400, error);
        }

        if (cid is null)
        {
            // Without a CID upstream answers nothing more: 200 and an empty body.
            return;
        }

        string? before = null;
        if (call.Variables.TryGetValue("requestID", out string? id))
        {
            before = Cids.Canonical(id);
            if (before is null)
            {
                await pipeline.FailAsync(call, 400, "error decoding requestID: invalid cid");
                return;
            }
        }

        if (before is not null && node.Pins.Find(before) is null)
        {
            await pipeline.FailAsync(call, "not found");
            return;
        }

        (Pin? pin, string? failure) = node.Pins.Add(cid, options);
        if (pin is null)
        {
            await pipeline.FailAsync(call, failure!);
            return;
        }

        if (before is not null && before != cid)
        {
            node.Pins.Remove(before);
        }

        await call.JsonAsync(200, Status(pin, "queued"));
    }

    private async Task GetAsync(Call call)
    {
        if (Cids.Canonical(call.Variables["requestID"]) is not { } cid)
        {
            await pipeline.FailAsync(call, 400, "error decoding requestID: invalid cid");
        }
        else if (node.Pins.Find(cid) is { } pin && State(pin) != "undefined")
        {
            await call.JsonAsync(200, Status(pin, State(pin)));
        }
        else
        {
            await pipeline.FailAsync(call, 404, "pin not found");
        }
    }

    private async Task RemoveAsync(Call call)
    {
        if (Cids.Canonical(call.Variables["requestID"]) is not { } cid)
        {
            await pipeline.FailAsync(call, 400, "error decoding requestID: invalid cid");
        }
        else if (node.Pins.Remove(cid) is null)
        {
            await pipeline.FailAsync(call, "not found");
        }
        else
        {
            call.SetJson();
            call.SetStatus(202);
        }
    }

    private Task ListAsync(Call call)
    {
        GoQuery query = call.Query;
        int limit = 10;
        JsonObject? meta = null;
        DateTimeOffset before = DateTimeOffset.MaxValue, after = DateTimeOffset.MinValue;
        string? error =
            query["name"].Length > 255 ? "error in 'name' query param: longer than 255 chars"
            : query["match"] is not ("" or "exact" or "iexact" or "partial" or "ipartial") ? "error in 'match' query param"
            : query["limit"].Length > 0 && !int.TryParse(query["limit"], CultureInfo.InvariantCulture, out limit) ? "error parsing 'limit' query param"
            : query["before"].Length > 0 && !GoTime.TryReadInstant(query["before"], out before) ? "error decoding 'before' query param"
            : query["after"].Length > 0 && !GoTime.TryReadInstant(query["after"], out after) ? "error decoding 'after' query param"
            : query["meta"].Length > 0 && !TryReadMeta(query["meta"], out meta) ? "error unmarshaling 'meta' query param"
            : null;
        string[] cids = query["cid"].Length > 0 ? query["cid"].Split(',') : [];
        error ??= Array.Exists(cids, c => Cids.Canonical(c) is null) ? "error decoding cid" : null;
        if (error is not null)
        {
            return pipeline.FailAsync(call, error);
        }

        string[] states = query["status"].Split(',', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<Pin> found = cids.Length > 0
            ? cids.Select(c => node.Pins.Find(Cids.Canonical(c)!)).OfType<Pin>()
            : node.Pins.All.Where(p => (states.Length == 0 || states.Contains(State(p)))
                && p.Created >= after && p.Created <= before && MatchesName(p, query["name"], query["match"]) && MatchesMeta(p, meta));
        JsonArray results = [.. found.Where(p => State(p) != "undefined").Take(limit < 1 ? int.MaxValue : limit).Select(p => (JsonNode?)Status(p, State(p)))];
        return call.JsonAsync(200, new JsonObject { ["count"] = results.Count, ["results"] = results });
    }

    private static bool TryReadMeta(string text, out JsonObject? meta)
    {
        try
        {
            meta = JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            meta = null;
        }

        return meta is not null && meta.All(m => m.Value is JsonValue v && v.TryGetValue(out string? _));
    }

    private static bool MatchesName(Pin pin, string name, string match) => name.Length == 0 || match switch
    {
        "iexact" => string.Equals(pin.Options.Name, name, StringComparison.OrdinalIgnoreCase),
        "partial" => pin.Options.Name.Contains(name, StringComparison.Ordinal),
        "ipartial" => pin.Options.Name.Contains(name, StringComparison.OrdinalIgnoreCase),
        _ => pin.Options.Name == name,
    };

    private static bool MatchesMeta(Pin pin, JsonObject? meta) =>
        meta is null || meta.All(m => pin.Options.Metadata.TryGetValue(m.Key, out string? value) && value == m.Value!.GetValue<string>());
}
