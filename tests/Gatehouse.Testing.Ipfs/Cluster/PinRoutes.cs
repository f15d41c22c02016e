using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Cluster;

/// <summary>Pins, their state and their allocations, in the order in which upstream registers the routes.</summary>
internal sealed class PinRoutes(ClusterPipeline pipeline, ClusterNode node)
{
    private const string PathPattern = "/pins/{keyType:ipfs|ipns|ipld}/{path:.*}";

    private static readonly string[] Words =
    [
        "undefined", "cluster_error", "pin_error", "unpin_error", "error", "pinned", "pinning", "unpinning", "unpinned", "remote",
        "pin_queued", "unpin_queued", "queued", "sharded", "unexpectedly_unpinned",
    ];

    public void Register()
    {
        GoMux routes = pipeline.Routes;
        routes.Add("GET", "/allocations", AllocationsAsync);
        routes.Add("GET", "/allocations/{hash}", AllocationAsync);
        routes.Add("GET", "/pins", StatusAllAsync);
        routes.Add("POST", "/pins/{hash}/recover", RecoverAsync);
        routes.Add("POST", "/pins/recover", RecoverAllAsync);
        routes.Add("GET", "/pins/{hash}", StatusAsync);
        routes.Add("POST", "/pins/{hash}", PinAsync);
        routes.Add("POST", PathPattern, PinPathAsync);
        routes.Add("DELETE", "/pins/{hash}", UnpinAsync);
        routes.Add("DELETE", PathPattern, UnpinPathAsync);
    }

    /// <summary>Streams one JSON value on each line; nothing at all is 204.</summary>
    public static async Task StreamAsync(Call call, IEnumerable<JsonObject> items)
    {
        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        foreach (JsonObject item in items)
        {
            if (!stream.HasBegun)
            {
                stream.Begin();
            }

            if (!await stream.WriteAsync(Call.Line(item)))
            {
                return;
            }
        }

        if (stream.HasBegun)
        {
            await stream.EndAsync();
        }
        else if (call.Fault is { Kind: FaultKind.StreamError } fault)
        {
            await call.JsonAsync(500, new JsonObject { ["code"] = 500, ["message"] = fault.Text });
        }
        else
        {
            call.Http.Response.Headers.Trailer = "X-Stream-Error";
            await ClusterPipeline.Empty(call);
        }
    }

    private Task AllocationsAsync(Call call)
    {
        string filter = call.Query["filter"];
        string[] words = filter.Split(',');
        if (filter.Length > 0 && !words.Any(w => w is "pin" or "meta-pin" or "clusterdag-pin" or "shard-pin" or "all"))
        {
            return pipeline.FailAsync(call, 400, "invalid filter value");
        }

        bool withPins = filter.Length == 0 || words.Any(w => w is "pin" or "all");
        return StreamAsync(call, withPins ? node.Pins.All.Select(PinJson.Pin) : []);
    }

    /// <summary>
    /// The CID and options of a call. Where options do not parse it writes 400 and, as upstream, goes on with what it has; null
    /// only where there is no CID.
    /// </summary>
    private async Task<(string? Cid, PinOptions Options)> ReadAsync(Call call)
    {
        if (Cids.Canonical(call.Variables["hash"]) is not { } cid)
        {
            await pipeline.FailAsync(call, 400, "error decoding Cid: invalid cid: selected encoding not supported");
            return (null, new PinOptions());
        }

        return (cid, await ReadOptionsAsync(call));
    }

    private async Task<PinOptions> ReadOptionsAsync(Call call)
    {
        (PinOptions options, string? error) = PinOptions.Read(call.Query, node.Time);
        if (error is not null)
        {
            await pipeline.FailAsync(call, 400, error);
        }

        return options;
    }

    private async Task AllocationAsync(Call call)
    {
        if (await ReadAsync(call) is (string cid, _))
        {
            await (node.Pins.Find(cid) is { } pin ? call.JsonAsync(200, PinJson.Pin(pin)) : pipeline.FailAsync(call, "not found"));
        }
    }

    private Task StatusAllAsync(Call call)
    {
        bool local = call.Query["local"] == "true";
        if (call.Query["cids"] is { Length: > 0 } list)
        {
            string[] cids = list.Split(',');
            return cids.FirstOrDefault(c => Cids.Canonical(c) is null) is { } bad
                ? pipeline.FailAsync(call, 400, $"error decoding Cid: {bad}")
                : StreamAsync(call, cids.Select(c => Cids.Canonical(c)!).Select(c => PinJson.Status(c, node.Pins.Find(c), local)));
        }

        string filter = call.Query["filter"];
        string[] words = [.. filter.Split(',').Where(Words.Contains)];
        if (filter.Length > 0 && words.Length == 0)
        {
            return pipeline.FailAsync(call, 400, "invalid filter value");
        }

        return StreamAsync(call, node.Pins.All.Where(p => words.Length == 0 || words.Any(w => Matches(p, w))).Select(p => PinJson.Status(p.Cid, p, local)));
    }

    private static bool Matches(Pin pin, string word) => word switch
    {
        "error" => pin.Status.EndsWith("_error", StringComparison.Ordinal),
        "queued" => pin.Status.EndsWith("_queued", StringComparison.Ordinal),
        "remote" => pin.Allocations.Count == 1,
        _ => pin.Status == word,
    };

    private async Task StatusAsync(Call call)
    {
        if (await ReadAsync(call) is (string cid, _))
        {
            await call.JsonAsync(200, PinJson.Status(cid, node.Pins.Find(cid), call.Query["local"] == "true"));
        }
    }

    private async Task PinAsync(Call call)
    {
        if (await ReadAsync(call) is (string cid, PinOptions options))
        {
            await AnswerAsync(call, node.Pins.Add(cid, options));
        }
    }

    private async Task UnpinAsync(Call call)
    {
        if (await ReadAsync(call) is (string cid, _))
        {
            await AnswerAsync(call, (node.Pins.Remove(cid), "not found"));
        }
    }

    private async Task PinPathAsync(Call call)
    {
        PinOptions options = await ReadOptionsAsync(call);
        await AnswerAsync(call, Resolve(call) is { } cid ? node.Pins.Add(cid, options) : (null, "could not resolve path"));
    }

    private async Task UnpinPathAsync(Call call)
    {
        _ = await ReadOptionsAsync(call);
        await AnswerAsync(call, Resolve(call) is { } cid ? (node.Pins.Remove(cid), "not found") : (null, "could not resolve path"));
    }

    private string? Resolve(Call call) => node.Blobs.Resolve($"/{call.Variables["keyType"]}/{call.Variables["path"].TrimEnd('/')}");

    private Task AnswerAsync(Call call, (Pin? Pin, string? Error) result) => result.Pin is { } pin
        ? call.JsonAsync(200, PinJson.Pin(pin))
        : pipeline.FailAsync(call, result.Error ?? "not found");

    private async Task RecoverAsync(Call call)
    {
        if (await ReadAsync(call) is (string cid, _))
        {
            Recover(cid);
            await call.JsonAsync(200, PinJson.Status(cid, node.Pins.Find(cid), call.Query["local"] == "true"));
        }
    }

    private Task RecoverAllAsync(Call call)
    {
        string[] failed = [.. node.Pins.All.Where(p => Matches(p, "error")).Select(p => p.Cid)];
        Array.ForEach(failed, Recover);
        return StreamAsync(call, failed.Select(c => PinJson.Status(c, node.Pins.Find(c), call.Query["local"] == "true")));
    }

    private void Recover(string cid)
    {
        if (node.Pins.Find(cid) is not null)
        {
            node.Pins.SetStatus(cid, "pinned");
        }
    }
}
