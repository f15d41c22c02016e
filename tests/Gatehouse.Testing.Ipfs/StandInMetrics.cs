using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;

namespace Gatehouse.Testing.Ipfs;

/// <summary>The metrics listener of a cluster (port 8888 upstream): Prometheus text, and Go's profiles on the same port for anybody.</summary>
public sealed class StandInMetrics : StandInServer
{
    private StandInMetrics(StandInOptions options)
        : base(options)
    {
    }

    /// <summary>Starts one; it listens when this returns.</summary>
    public static async Task<StandInMetrics> StartAsync(StandInOptions? options = null)
    {
        var metrics = new StandInMetrics(options ?? new StandInOptions());
        await metrics.ListenAsync();
        return metrics;
    }

    private protected override Task AnswerAsync(Call call) => call.Path switch
    {
        "/metrics" => call.TextAsync(
            200, "# HELP cluster_pins Total number of cluster pins\n# TYPE cluster_pins gauge\ncluster_pins 1\n", "text/plain; version=0.0.4; charset=utf-8"),
        "/debug/vars" => call.JsonAsync(200, new JsonObject { ["cmdline"] = new JsonArray("ipfs-cluster-service", "daemon") }),
        "/debug/pprof/cmdline" => call.TextAsync(200, "ipfs-cluster-service\0daemon"),
        _ when call.Path.StartsWith("/debug/pprof/", StringComparison.Ordinal) => call.TextAsync(200, "<html>/debug/pprof/</html>", "text/html; charset=utf-8"),
        _ => call.TextAsync(404, "404 page not found\n"),
    };
}
