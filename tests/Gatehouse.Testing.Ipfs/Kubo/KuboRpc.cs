using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>A command as it was called.</summary>
/// <param name="Http">The call.</param>
/// <param name="Name">The command's path.</param>
/// <param name="Arguments">What stood in the path, then every <c>arg</c> of the query.</param>
internal sealed record Invocation(Call Http, string Name, IReadOnlyList<string> Arguments)
{
    public string? First => Arguments.Count > 0 ? Arguments[0] : null;
}

/// <summary>The commands below /api/v0.</summary>
internal sealed class KuboRpc(KuboNode node, StandInOptions options)
{
    private const string Prefix = "/api/v0/";

    public async Task RunAsync(Call call)
    {
        string path = call.Path.StartsWith(Prefix, StringComparison.Ordinal) ? call.Path[Prefix.Length..] : "";
        if (Commands.Find(path) is not { } found)
        {
            await call.TextAsync(404, "404 page not found\n");
            return;
        }

        if (call.Method != "POST")
        {
            call.Http.Response.Headers.Allow = "OPTIONS, POST";
            await call.TextAsync(405, "405 - Method Not Allowed\n");
            return;
        }

        string[] arguments = [.. found.Argument is null ? [] : new[] { found.Argument }, .. call.Query.All("arg")];
        node.Done.Enqueue(string.Join(' ', [found.Command, .. arguments]));
        await RunAsync(new Invocation(call, found.Command, arguments));
    }

    public static Task FailAsync(Call call, string message, int status = 500) =>
        call.JsonAsync(status, new JsonObject { ["Message"] = message, ["Code"] = status == 400 ? 1 : 0, ["Type"] = "error" });

    /// <summary>One line of JSON for each item.</summary>
    public static async Task StreamAsync(Call call, IEnumerable<JsonNode> items)
    {
        call.Http.Response.Headers["X-Chunked-Output"] = "1";
        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        stream.Begin();
        await stream.FlushAsync();
        foreach (JsonNode item in items)
        {
            if (!await stream.WriteAsync(Call.Line(item)))
            {
                return;
            }
        }

        await stream.EndAsync();
    }

    private Task RunAsync(Invocation invocation)
    {
        Call call = invocation.Http;
        return invocation.Name switch
        {
            "id" => call.JsonAsync(200, Id()),
            "version" => call.JsonAsync(200, new JsonObject
            {
                ["Version"] = "0.43.1",
                ["Commit"] = "",
                ["Repo"] = "18",
                ["System"] = "amd64/linux",
                ["Golang"] = "go1.26.0",
            }),
            "add" => new KuboAdd(node, options).AddAsync(call),
            "block/put" or "dag/put" => new KuboAdd(node, options).PutAsync(call, invocation.Name),
            "cat" or "block/get" or "get" => ReadAsync(invocation),
            "ls" or "resolve" or "block/stat" or "dag/get" => LookAsync(invocation),
            "pin/add" or "pin/rm" or "pin/ls" or "pin/update" => new KuboPins(node).RunAsync(invocation),
            "repo/stat" or "stats/repo" => call.JsonAsync(200, new JsonObject
            {
                ["RepoSize"] = 4096,
                ["StorageMax"] = 10_000_000_000,
                ["NumObjects"] = node.Blobs.Known.Count,
                ["RepoPath"] = "/data/ipfs",
                ["Version"] = "fs-repo@18",
            }),
            "repo/gc" => CollectAsync(call),
            "config" => ConfigureAsync(invocation),
            "config/show" => call.JsonAsync(200, new JsonObject(node.Configuration.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value.DeepClone())))),
            "key/list" => call.JsonAsync(200, new JsonObject { ["Keys"] = new JsonArray([.. node.Keys.Select(k => Key(k.Key, k.Value))]) }),
            "key/gen" => GenerateAsync(invocation),
            "files/mkdir" or "files/rm" or "files/ls" => FilesAsync(invocation),
            "swarm/peers" => call.JsonAsync(200, new JsonObject
            {
                ["Peers"] = new JsonArray(new JsonObject { ["Addr"] = "/ip4/127.0.0.1/tcp/4001", ["Peer"] = Peers.Second, ["Latency"] = "1ms", ["Muxer"] = "", ["Streams"] = null }),
            }),
            "swarm/connect" => call.JsonAsync(200, new JsonObject { ["Strings"] = PinJson.List([$"connect {invocation.First} success"]) }),
            _ => call.JsonAsync(200, new JsonObject()),
        };
    }

    private static JsonObject Key(string name, string id) => new() { ["Name"] = name, ["Id"] = id };

    private static JsonObject Id() => new()
    {
        ["ID"] = Peers.Kubo,
        ["PublicKey"] = "",
        ["Addresses"] = PinJson.List([$"/ip4/127.0.0.1/tcp/4001/p2p/{Peers.Kubo}"]),
        ["AgentVersion"] = "kubo/0.43.1/",
        ["Protocols"] = PinJson.List(["/ipfs/kad/1.0.0"]),
    };

    private async Task ReadAsync(Invocation invocation)
    {
        Call call = invocation.Http;
        if (invocation.First is not { } path || node.Blobs.Resolve(path) is not { } cid || node.Blobs.Find(cid) is not { } content)
        {
            await FailAsync(call, invocation.First is null ? "argument \"ipfs-path\" is required" : "block was not found locally (offline)", invocation.First is null ? 400 : 500);
            return;
        }

        call.Http.Response.Headers["X-Stream-Output"] = "1";
        call.Http.Response.Headers["X-Content-Length"] = $"{content.Length}";
        var stream = new ChunkedAnswer(call, "X-Stream-Error");
        stream.Begin(invocation.Name == "cat" ? "text/plain" : "application/octet-stream");
        for (int at = 0; at < content.Length; at += 16 * 1024)
        {
            if (!await stream.WriteAsync(content.AsMemory(at, Math.Min(16 * 1024, content.Length - at))))
            {
                return;
            }
        }

        await stream.EndAsync();
    }

    private Task LookAsync(Invocation invocation)
    {
        Call call = invocation.Http;
        if (invocation.First is not { } path || node.Blobs.Resolve(path) is not { } cid)
        {
            return FailAsync(call, "invalid path", 500);
        }

        return invocation.Name switch
        {
            "resolve" => call.JsonAsync(200, new JsonObject { ["Path"] = "/ipfs/" + cid }),
            "block/stat" => call.JsonAsync(200, new JsonObject { ["Key"] = cid, ["Size"] = node.Blobs.Find(cid)?.Length ?? 0 }),
            "dag/get" => call.JsonAsync(200, new JsonObject { ["Links"] = new JsonArray() }),
            _ => call.JsonAsync(200, new JsonObject
            {
                ["Objects"] = new JsonArray(new JsonObject
                {
                    ["Hash"] = path,
                    ["Links"] = new JsonArray([.. (node.Blobs.Directory(cid) ?? new Dictionary<string, string>()).Select(e => (JsonNode?)new JsonObject
                    {
                        ["Name"] = e.Key, ["Hash"] = e.Value, ["Size"] = 0, ["Type"] = 2, ["Target"] = "",
                    })]),
                }),
            }),
        };
    }

    private Task CollectAsync(Call call)
    {
        string[] loose = [.. node.Blobs.Known.Where(c => !node.Pins.ContainsKey(c))];
        Array.ForEach(loose, c => node.Blobs.Remove(c));
        return StreamAsync(call, loose.Select(c => new JsonObject { ["Key"] = new JsonObject { ["/"] = c } }));
    }

    private Task ConfigureAsync(Invocation invocation)
    {
        if (invocation.First is not { } key)
        {
            return FailAsync(invocation.Http, "argument \"key\" is required", 400);
        }

        if (invocation.Arguments.Count > 1)
        {
            node.Configuration[key] = JsonValue.Create(invocation.Arguments[1]);
        }

        return node.Configuration.TryGetValue(key, out JsonNode? value)
            ? invocation.Http.JsonAsync(200, new JsonObject { ["Key"] = key, ["Value"] = value.DeepClone() })
            : FailAsync(invocation.Http, $"failed to get config value: \"{key} not found\"");
    }

    private Task GenerateAsync(Invocation invocation)
    {
        string name = invocation.First ?? "unnamed";
        node.Keys[name] = Peers.First;
        return invocation.Http.JsonAsync(200, Key(name, Peers.First));
    }

    private Task FilesAsync(Invocation invocation)
    {
        string path = invocation.First ?? "/";
        if (invocation.Name == "files/ls")
        {
            return invocation.Http.JsonAsync(200, new JsonObject
            {
                ["Entries"] = new JsonArray([.. node.Files.Keys.Order(StringComparer.Ordinal).Select(f => (JsonNode?)new JsonObject
                {
                    ["Name"] = f.Trim('/'), ["Type"] = 1, ["Size"] = 0, ["Hash"] = Cids.OfRaw([]),
                })]),
            });
        }

        if (invocation.Name == "files/mkdir")
        {
            node.Files[path] = "";
        }
        else
        {
            node.Files.TryRemove(path, out _);
        }

        return invocation.Http.TextAsync(200, "");
    }
}
