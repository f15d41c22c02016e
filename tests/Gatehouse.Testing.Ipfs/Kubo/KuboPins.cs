using System.Text.Json.Nodes;
using Gatehouse.Testing.Ipfs.Serving;
using Gatehouse.Testing.Ipfs.State;

namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>The node's own pins, which know nothing of the cluster's.</summary>
internal sealed class KuboPins(KuboNode node)
{
    public Task RunAsync(Invocation invocation)
    {
        Call call = invocation.Http;
        string?[] cids = [.. invocation.Arguments.Select(node.Blobs.Resolve)];
        if (invocation.Name == "pin/ls")
        {
            return ListAsync(call, cids);
        }

        if (cids.Length == 0 || Array.Exists(cids, c => c is null))
        {
            return KuboRpc.FailAsync(call, "invalid path", cids.Length == 0 ? 400 : 500);
        }

        if (invocation.Name == "pin/add")
        {
            Array.ForEach(cids, c => node.Pins[c!] = call.Query.Bool("recursive") is false ? "direct" : "recursive");
            return call.JsonAsync(200, Answer(cids!));
        }

        if (Array.Find(cids[..(invocation.Name == "pin/update" ? 1 : cids.Length)], c => !node.Pins.ContainsKey(c!)) is not null)
        {
            return KuboRpc.FailAsync(call, "not pinned or pinned indirectly");
        }

        if (invocation.Name == "pin/update")
        {
            if (cids.Length != 2)
            {
                return KuboRpc.FailAsync(call, "argument \"to-path\" is required", 400);
            }

            node.Pins[cids[1]!] = "recursive";
        }

        if (invocation.Name == "pin/rm" || call.Query.Bool("unpin") is not false)
        {
            foreach (string? cid in invocation.Name == "pin/update" ? cids[..1] : cids)
            {
                node.Pins.TryRemove(cid!, out _);
            }
        }

        return call.JsonAsync(200, Answer(cids!));
    }

    private static JsonObject Answer(IEnumerable<string> cids) => new() { ["Pins"] = PinJson.List(cids) };

    private Task ListAsync(Call call, string?[] cids)
    {
        KeyValuePair<string, string>[] pins = [.. node.Pins.Where(p => cids.Length == 0 || cids.Contains(p.Key)).OrderBy(p => p.Key, StringComparer.Ordinal)];
        if (pins.Length < cids.Length)
        {
            return KuboRpc.FailAsync(call, $"path '{call.Query["arg"]}' is not pinned");
        }

        return call.Query.Bool("stream") is true
            ? KuboRpc.StreamAsync(call, pins.Select(p => new JsonObject { ["Cid"] = p.Key, ["Type"] = p.Value }))
            : call.JsonAsync(200, new JsonObject { ["Keys"] = new JsonObject(pins.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)new JsonObject { ["Type"] = p.Value }))) });
    }
}
