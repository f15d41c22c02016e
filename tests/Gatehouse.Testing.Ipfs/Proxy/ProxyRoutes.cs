using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Cluster;
using Gatehouse.Testing.Ipfs.Kubo;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ipfs.Proxy;

/// <summary>The calls of Kubo's API that the proxy answers from the cluster, by POST, PUT and, without any guard, by GET.</summary>
internal sealed class ProxyRoutes(ClusterNode node, KuboLink kubo, StandInOptions options)
{
    /// <summary>Answers a call, or passes it on.</summary>
    public async Task RunAsync(Call call)
    {
        string path = call.Path.StartsWith("/api/v0/", StringComparison.Ordinal) ? call.Path["/api/v0/".Length..] : "";
        if (call.Method is not ("POST" or "GET" or "PUT") || Handler(path, call) is not { } handler)
        {
            await kubo.PassAsync(call);
            return;
        }

        if (path is not ("block/put" or "dag/put") && !await kubo.CopyHeadersAsync(call))
        {
            await KuboRpc.FailAsync(call, "error contacting IPFS");
            return;
        }

        await handler(call);
    }

    private static string[] Arguments(string path, string command, Call call) =>
        [.. path.Length > command.Length ? new[] { path[(command.Length + 1)..] } : [], .. call.Query.All("arg")];

    private static JsonObject Pinned(params IEnumerable<string> cids) => new() { ["Pins"] = PinJson.List(cids) };

    private Func<Call, Task>? Handler(string path, Call call)
    {
        string command = path.Split('/') is [var a, var b, _] ? $"{a}/{b}" : path;
        string[] arguments = Arguments(path, command, call);
        return command switch
        {
            "pin/add" => c => PinAsync(c, arguments),
            "pin/rm" => c => UnpinAsync(c, arguments),
            "pin/ls" => c => ListAsync(c, arguments),
            "pin/update" when path == command => c => UpdateAsync(c, arguments),
            "add" when path == command => AddAsync,
            "repo/stat" when path == command => c => c.JsonAsync(200, new JsonObject { ["RepoSize"] = 8192, ["StorageMax"] = 20_000_000_000 }),
            "repo/gc" when path == command => c =>
            {
                node.Collections++;
                return KuboRpc.StreamAsync(c, []);
            }
            ,
            "block/put" or "dag/put" when path == command && call.Query["pin"] == "true" => PutAsync,
            _ => null,
        };
    }

    private string? Resolve(string[] arguments) => arguments.Length == 0 ? null : node.Blobs.Resolve(arguments[0]);

    private async Task PinAsync(Call call, string[] arguments)
    {
        (PinOptions pin, string? error) = PinOptions.Read(call.Query, node.Time);
        if (Resolve(arguments) is not { } cid)
        {
            await KuboRpc.FailAsync(call, "Error: invalid path \"" + string.Join(' ', arguments) + "\"");
            return;
        }

        error ??= node.Pins.Add(cid, pin).Error;
        await (error is null ? call.JsonAsync(200, Pinned(cid)) : KuboRpc.FailAsync(call, error));
    }

    private async Task UnpinAsync(Call call, string[] arguments)
    {
        bool isGone = Resolve(arguments) is { } cid && node.Pins.Remove(cid) is not null;
        await (isGone ? call.JsonAsync(200, Pinned(Resolve(arguments)!)) : KuboRpc.FailAsync(call, "not pinned or pinned indirectly"));
    }

    private async Task ListAsync(Call call, string[] arguments)
    {
        Pin[] pins = arguments.Length == 0 ? [.. node.Pins.All] : Resolve(arguments) is { } cid && node.Pins.Find(cid) is { } one ? [one] : [];
        if (arguments.Length > 0 && pins.Length == 0)
        {
            await KuboRpc.FailAsync(call, $"Error: path '{arguments[0]}' is not pinned");
        }
        else if (call.Query["stream"] == "true" || call.Query["s"] == "true")
        {
            await KuboRpc.StreamAsync(call, pins.Select(p => new JsonObject { ["Cid"] = p.Cid, ["Type"] = p.Options.Mode }));
        }
        else
        {
            await call.JsonAsync(200, new JsonObject
            {
                ["Keys"] = new JsonObject(pins.Select(p => KeyValuePair.Create(p.Cid, (JsonNode?)new JsonObject { ["Type"] = p.Options.Mode }))),
            });
        }
    }

    private async Task UpdateAsync(Call call, string[] arguments)
    {
        if (arguments.Length < 2)
        {
            await KuboRpc.FailAsync(call, "argument \"to-path\" is required", 400);
            return;
        }

        if (node.Blobs.Resolve(arguments[0]) is not { } from || node.Blobs.Resolve(arguments[1]) is not { } to)
        {
            await KuboRpc.FailAsync(call, "invalid path");
            return;
        }

        if (node.Pins.Add(to, new PinOptions { PinUpdate = from }).Error is { } error)
        {
            await KuboRpc.FailAsync(call, error);
            return;
        }

        if (call.Query["unpin"] != "false")
        {
            node.Pins.Remove(from);
        }

        await call.JsonAsync(200, Pinned(from, to));
    }

    private async Task AddAsync(Call call)
    {
        if (Upload.Boundary(call.Http.Request.ContentType) is null)
        {
            await KuboRpc.FailAsync(call, "error reading request: request Content-Type isn't multipart/form-data");
            return;
        }

        if (call.Query["only-hash"] == "true")
        {
            // Says that it cannot, and goes on.
            await KuboRpc.FailAsync(call, "only-hash is not supported when adding to cluster");
        }

        (PinOptions pin, _) = PinOptions.Read(call.Query, node.Time);
        var upload = new UploadOptions(call.Query["cid-version"] == "1" ? 1 : 0, call.Query["wrap-with-directory"] == "true", IsCar: false, options.KeptContent);
        var items = new List<JsonObject>();
        string error = "";
        try
        {
            Added? root = await new Upload(node.Blobs, upload).ReadAsync(call.Http.Request.ContentType, call.Http.Request.Body, added =>
            {
                items.Add(new JsonObject { ["Name"] = added.Name, ["Hash"] = added.Cid, ["Size"] = $"{added.Size}" });
                return Task.FromResult(true);
            });
            error = root is null ? "no files were added" : call.Query["pin"] == "false" ? "" : node.Pins.Add(root.Cid, pin).Error ?? "";
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException and not BadHttpRequestException))
        {
            error = e.Message;
        }

        if (call.Query["only-hash"] == "true")
        {
            return;
        }

        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        call.Http.Response.Headers["X-Chunked-Output"] = "1";
        stream.Begin();
        foreach (JsonObject item in items)
        {
            if (!await stream.WriteAsync(Call.Line(item)))
            {
                return;
            }
        }

        await stream.EndAsync(error);
    }

    private async Task PutAsync(Call call)
    {
        JsonNode? answer = await kubo.PassAndReadAsync(call);
        string? cid = answer?["Key"]?.GetValue<string>() ?? answer?["Cid"]?["/"]?.GetValue<string>();
        if (cid is not null)
        {
            node.Pins.Add(cid, new PinOptions());
        }
    }
}
