using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Kubo;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs;

/// <summary>
/// The RPC of a Kubo node in memory (port 5001 upstream): POST only, the last segment of a path may be an argument,
/// API.Authorizations guard /api/v0 alone, and profiles stand open beside it.
/// </summary>
public sealed class StandInKubo : StandInServer
{
    private readonly KuboNode _node;
    private readonly KuboGuard _guard;
    private readonly KuboRpc _rpc;

    private StandInKubo(Blobs blobs, StandInOptions options)
        : base(options)
    {
        _node = new KuboNode(blobs);
        _guard = new KuboGuard(options);
        _rpc = new KuboRpc(_node, options);
    }

    /// <summary>What it holds.</summary>
    public Blobs Blobs => _node.Blobs;

    /// <summary>Its own pins: CID to type.</summary>
    public IReadOnlyDictionary<string, string> Pins => _node.Pins;

    /// <summary>Its configuration: key to value, as JSON.</summary>
    public IReadOnlyDictionary<string, string> Configuration => _node.Configuration.ToDictionary(c => c.Key, c => c.Value.ToJsonString());

    /// <summary>The commands it carried out, each with its arguments after blanks.</summary>
    public IReadOnlyCollection<string> Done => [.. _node.Done];

    /// <summary>Starts one; it listens when this returns. Where it holds what a cluster added, it shares that cluster's content.</summary>
    public static async Task<StandInKubo> StartAsync(StandInOptions? options = null, Blobs? blobs = null)
    {
        var kubo = new StandInKubo(blobs ?? new Blobs(), options ?? new StandInOptions());
        await kubo.ListenAsync();
        return kubo;
    }

    private protected override Task AnswerAsync(Call call)
    {
        if (call.Path != "/api/v0" && !call.Path.StartsWith("/api/v0/", StringComparison.Ordinal))
        {
            return BesideAsync(call);
        }

        if (_guard.Refuse(call) is { } refusal)
        {
            return call.TextAsync(403, refusal + "\n");
        }

        string origin = call.Http.Request.Headers.Origin.ToString();
        call.Http.Response.Headers.Vary = "Origin";
        if (_guard.Allows(origin, call.Address))
        {
            call.Http.Response.Headers.AccessControlAllowOrigin = origin;
            call.Http.Response.Headers.AccessControlAllowMethods = "POST";
        }

        if (call.Method == "OPTIONS")
        {
            call.Http.Response.Headers.Allow = "OPTIONS, POST";
            call.SetStatus(204);
            return Task.CompletedTask;
        }

        call.Http.Response.Headers.Server = "kubo/0.43.1";
        return _rpc.RunAsync(call);
    }

    /// <summary>What stands on the same port outside the API, without any guard.</summary>
    private static Task BesideAsync(Call call)
    {
        switch (call.Path)
        {
            case "/webui" or "/webui/":
                call.Http.Response.Headers.Location = "/ipfs/bafybeihatzsgposbr3hrngo42yckdyqcc56yean2rynnwpzxstvdlphxf4";
                call.SetStatus(302);
                return Task.CompletedTask;
            case "/version":
                return call.TextAsync(200, "Commit: \nClient Version: kubo/0.43.1/\n");
            case "/debug/vars":
                return call.JsonAsync(200, new JsonObject { ["cmdline"] = PinJson.List(["ipfs", "daemon"]) });
            case "/debug/metrics/prometheus":
                return call.TextAsync(200, "ipfs_info{version=\"0.43.1\"} 1\n");
            case "/logs":
                return call.TextAsync(200, "{\"event\":\"one\"}\n");
            default:
                return call.Path.StartsWith("/debug/pprof", StringComparison.Ordinal) || call.Path == "/debug/stack"
                    ? call.TextAsync(200, "goroutine profile: total 1\n")
                    : call.Path.StartsWith("/ipfs/", StringComparison.Ordinal) && call.Method == "GET" ? call.TextAsync(200, "<html>webui</html>", "text/html")
                    : call.TextAsync(404, "404 page not found\n");
        }
    }
}
