using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>The <c>_cat</c> family: text in columns, or JSON on request.</summary>
internal sealed class CatApi(ApiContext context)
{
    private static readonly ResolveOptions Everything = ResolveOptions.Metadata with { Closed = true };

    public void Register(Router router)
    {
        Add(router, "indices", "/{index}", Indices);
        Add(router, "aliases", "/{name}", Aliases);
        Add(router, "count", "/{index}", Count);
        Add(router, "shards", "/{index}", Shards);
        Add(router, "health", null, _ => [Row(("cluster", "stand-in"), ("status", "green"), ("node.total", "1"), ("node.data", "1"), ("shards", Total()), ("pri", Total()))]);
        Add(router, "nodes", null, static _ => [Row(("ip", "127.0.0.1"), ("heap.percent", "10"), ("node.role", "dim"), ("master", "*"), ("name", "stand-in"))]);
        Add(router, "templates", "/{name}", call => context.Cluster.Templates.Where(t => Glob.Matches(call["name"] ?? "*", t.Key))
            .Select(static t => Row(("name", t.Key), ("index_patterns", $"[{string.Join(", ", t.Value["index_patterns"].Texts())}]"), ("order", "0"))));
        router.Add("GET", "/_cat", static _ => new RestAnswer(200, null) { Text = "=^.^=\n/_cat/indices\n/_cat/aliases\n/_cat/count\n/_cat/health\n/_cat/shards\n" });
    }

    private static void Add(Router router, string name, string? more, Func<RestCall, IEnumerable<(string Name, string Value)[]>> rows)
    {
        RestAnswer Answer(RestCall call) => Table(call, [.. rows(call)]);
        router.Add("GET", "/_cat/" + name, Answer);
        if (more is not null)
        {
            router.Add("GET", "/_cat/" + name + more, Answer);
        }
    }

    private static RestAnswer Table(RestCall call, (string Name, string Value)[][] rows)
    {
        string[]? wanted = call["h"]?.Split(',');
        (string Name, string Value)[][] shown = wanted is null ? rows
            : [.. rows.Select(r => wanted.SelectMany(w => r.Where(c => Glob.Matches(w, c.Name))).ToArray())];
        if (call["format"] == "json")
        {
            return RestAnswer.Ok(shown.Select(static r => (JsonNode?)r.ToJsonObject(static c => c.Name, static c => c.Value)).ToJsonArray());
        }

        IEnumerable<string[]> lines = shown.Select(static r => r.Select(static c => c.Value).ToArray());
        if (call.Flag("v") && shown.Length > 0)
        {
            lines = lines.Prepend([.. shown[0].Select(static c => c.Name)]);
        }

        string[][] all = [.. lines];
        var text = new StringBuilder();
        foreach (string[] line in all)
        {
            text.AppendJoin(' ', line.Select((cell, i) => i + 1 == line.Length ? cell : cell.PadRight(all.Max(l => l[i].Length)))).Append('\n');
        }

        return new RestAnswer(200, null) { Text = text.ToString() };
    }

    private static (string Name, string Value)[] Row(params (string Name, string Value)[] cells) => cells;

    private string Total() => context.Cluster.Indices.Count.ToString();

    private IEnumerable<(string Name, string Value)[]> Indices(RestCall call) => context.Targets(call, Everything).Select(static t => Row(
        ("health", "green"), ("status", t.Index.IsClosed ? "close" : "open"), ("index", t.Index.Name), ("uuid", t.Index.Uuid), ("pri", "1"), ("rep", "0"),
        ("docs.count", t.Index.Documents.Count.ToString()), ("docs.deleted", "0"), ("store.size", "250b"), ("pri.store.size", "250b")));

    private IEnumerable<(string Name, string Value)[]> Aliases(RestCall call) =>
        from alias in context.Cluster.Aliases()
        where (call["name"] ?? "*").Split(',').Any(p => Glob.Matches(p, alias.Key))
        from member in alias.Value
        select Row(("alias", alias.Key), ("index", member.Member), ("filter", member.Alias["filter"] is null ? "-" : "*"), ("routing.index", member.Alias["index_routing"].Text() ?? "-"),
            ("routing.search", member.Alias["search_routing"].Text() ?? "-"), ("is_write_index", member.Alias["is_write_index"].Text() ?? "-"));

    private IEnumerable<(string Name, string Value)[]> Count(RestCall call)
    {
        DateTimeOffset now = context.Cluster.Now;
        yield return Row(("epoch", now.ToUnixTimeSeconds().ToString()), ("timestamp", now.ToString("HH:mm:ss")),
            ("count", context.Searcher.Freeze(context.Targets(call)).Documents.Count.ToString()));
    }

    private IEnumerable<(string Name, string Value)[]> Shards(RestCall call) => context.Targets(call, Everything with { Hidden = true }).Select(static t => Row(
        ("index", t.Index.Name), ("shard", "0"), ("prirep", "p"), ("state", "STARTED"), ("docs", t.Index.Documents.Count.ToString()), ("store", "250b"), ("ip", "127.0.0.1"), ("node", "stand-in")));
}
