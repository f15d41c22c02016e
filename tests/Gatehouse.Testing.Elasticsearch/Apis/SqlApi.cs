using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>SQL as far as <c>SELECT a, b FROM "index" WHERE c = 'x' LIMIT 5</c>, with cursors.</summary>
internal sealed partial class SqlApi(ApiContext context, TableReader tables)
{
    private sealed record Cursor(IReadOnlyList<JsonArray> Rows, int Size)
    {
        public int At { get; set; }
    }

    private string Path => context.Cluster.IsOpenSearch ? "/_plugins/_sql" : "/_sql";

    public void Register(Router router)
    {
        router.Add(context.Cluster.IsOpenSearch ? "POST" : "GET,POST", Path, Run);
        router.Add("POST", Path + "/close", Close);
    }

    private RestAnswer Run(RestCall call)
    {
        JsonObject body = call.RequireJson();
        if (body["cursor"].Text() is { } id)
        {
            Cursor cursor = context.Contexts.Find<Cursor>(id) ?? throw new ElasticsearchException(404, "search_context_missing_exception", "No search context found for the cursor");
            var next = new JsonObject { [Rows] = Take(cursor) };
            AddCursor(next, id, cursor);
            return RestAnswer.Ok(next);
        }

        Table table = Query(body["query"].Text() ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: one of [query] or [cursor] is required;"));
        var first = new Cursor(table.Rows, body["fetch_size"].Int() ?? 1000);
        var answer = new JsonObject
        {
            [context.Cluster.IsOpenSearch ? "schema" : "columns"] = table.Described(),
            [Rows] = Take(first),
        };
        if (context.Cluster.IsOpenSearch)
        {
            answer["total"] = table.Rows.Count;
            answer["size"] = ((JsonArray)answer[Rows]!).Count;
            answer["status"] = 200;
        }

        AddCursor(answer, context.Contexts.Hold("sql", first, TimeSpan.FromMinutes(5)), first);
        return RestAnswer.Ok(answer);
    }

    private RestAnswer Close(RestCall call)
    {
        bool isClosed = context.Contexts.Drop<Cursor>(call.RequireJson()["cursor"].Text() ?? "");
        return RestAnswer.Ok(new JsonObject { ["succeeded"] = isClosed });
    }

    private string Rows => context.Cluster.IsOpenSearch ? "datarows" : "rows";

    private static JsonArray Take(Cursor cursor)
    {
        JsonArray rows = cursor.Rows.Skip(cursor.At).Take(cursor.Size).Select(static r => r.DeepClone()).ToJsonArray();
        cursor.At += rows.Count;
        return rows;
    }

    private void AddCursor(JsonObject answer, string id, Cursor cursor)
    {
        if (cursor.At < cursor.Rows.Count)
        {
            answer["cursor"] = id;
        }
        else
        {
            context.Contexts.Drop<Cursor>(id);
        }
    }

    private Table Query(string text)
    {
        Match match = Select().Match(text);
        return match.Success ? tables.Read(match.Groups["index"].Value, match.Groups["columns"].Value, match)
            : throw new ElasticsearchException(400, "parsing_exception", "line 1:1: mismatched input in " + text);
    }

    [GeneratedRegex("""^\s*SELECT\s+(?<columns>.+?)\s+FROM\s+(?<index>"[^"]+"|`[^`]+`|[\w*.-]+)(\s+WHERE\s+(?<field>[\w.@"`]+)\s*=\s*(?<value>'[^']*'|[\w.-]+))?(\s+LIMIT\s+(?<limit>\d+))?\s*;?\s*$""", RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Select();
}
