using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs;

/// <summary>The HTTP gateway of a Kubo node (port 8080 upstream): GET and HEAD of /ipfs and /ipns.</summary>
public sealed class StandInGateway : StandInServer
{
    private readonly Blobs _blobs;

    private StandInGateway(Blobs blobs, StandInOptions options)
        : base(options) => _blobs = blobs;

    /// <summary>Starts one over what a node holds; it listens when this returns.</summary>
    public static async Task<StandInGateway> StartAsync(Blobs blobs, StandInOptions? options = null)
    {
        var gateway = new StandInGateway(blobs, options ?? new StandInOptions());
        await gateway.ListenAsync();
        return gateway;
    }

    private protected override async Task AnswerAsync(Call call)
    {
        bool isContent = call.Path.StartsWith("/ipfs/", StringComparison.Ordinal) || call.Path.StartsWith("/ipns/", StringComparison.Ordinal);
        if (!isContent || call.Method is not ("GET" or "HEAD" or "OPTIONS"))
        {
            await call.TextAsync(isContent ? 405 : 404, isContent ? "405 method not allowed\n" : "404 page not found\n");
            return;
        }

        // Kubo's gateway is open to every origin.
        call.Http.Response.Headers.AccessControlAllowOrigin = "*";
        call.Http.Response.Headers.AccessControlAllowMethods = "GET, HEAD, OPTIONS";
        if (call.Method == "OPTIONS")
        {
            call.SetStatus(204);
            return;
        }

        if (_blobs.Resolve(call.Path) is not { } cid || _blobs.Find(cid) is not { } content)
        {
            await call.TextAsync(404, $"failed to resolve {call.Path}\n");
            return;
        }

        call.Http.Response.Headers.ETag = $"\"{cid}\"";
        call.Http.Response.Headers["X-Ipfs-Path"] = call.Path;
        call.Http.Response.ContentType = "application/octet-stream";
        call.Http.Response.ContentLength = content.Length;
        call.SetStatus(200);
        if (call.Method == "GET")
        {
            await call.Http.Response.Body.WriteAsync(content, call.Http.RequestAborted);
        }
    }
}
