using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>SQL as far as <c>SELECT a, b FROM "index" WHERE c = 'x' LIMIT 5</c>, with cursors.</summary>
internal sealed partial class SqlApi(ApiContext context)
{
    private sealed record Cursor(IReadOnlyList<JsonArray> Rows, int Size)
    {
        public int At { get; set; }
    }

    private sealed record Table(IReadOnlyList<(string Name, string Type)> Columns, IReadOnlyList<JsonArray> Rows);

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
            [context.Cluster.IsOpenSearch ? "schema" : "columns"] = table.Columns.Select(static c => (JsonNode?)new JsonObject { ["name"] = c.Name, ["type"] = c.Type }).ToJsonArray(),
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
        if (!match.Success)
        {
            throw new ElasticsearchException(400, "parsing_exception", "line 1:1: mismatched input in " + text);
        }

        string index = match.Groups["index"].Value.Trim('"', '`');
        Frozen frozen;
        try
        {
            frozen = context.Searcher.Freeze(context.Expressions.Targets(index, new ResolveOptions { AllowNoIndices = false }));
        }
        catch (ElasticsearchException e) when (e.Status == 404)
        {
            throw new ElasticsearchException(400, "verification_exception", $"Found 1 problem\nline 1:15: Unknown index [{index}]");
        }

        (string Path, string Type)[] fields = [.. frozen.Documents.Select(static d => d.Index).Distinct().SelectMany(static i => Mapping.Fields(i.Mappings))
            .Where(static f => f.Type != "object").Distinct().OrderBy(static f => f.Path, StringComparer.Ordinal)];
        string wanted = match.Groups["columns"].Value.Trim();
        (string Name, string Type)[] columns = wanted == "*" ? [.. fields.Where(f => !f.Path.EndsWith(".keyword", StringComparison.Ordinal))]
            : [.. wanted.Split(',', StringSplitOptions.TrimEntries).Select(static c => c.Trim('"', '`')).Select(c => fields.FirstOrDefault(f => f.Path == c) is { Path: not null } known ? known
                : throw new ElasticsearchException(400, "verification_exception", $"Found 1 problem\nline 1:8: Unknown column [{c}]"))];
        IEnumerable<(IndexState Index, Document Document)> found = frozen.Documents;
        if (match.Groups["field"].Success)
        {
            string field = match.Groups["field"].Value.Trim('"', '`');
            JsonNode value = JsonValue.Create(match.Groups["value"].Value.Trim('\''));
            found = found.Where(d => FieldValues.Of(d.Index, d.Document, field).Any(v => FieldValues.AreSame(v, value)));
        }

        int limit = match.Groups["limit"].Success ? int.Parse(match.Groups["limit"].Value) : int.MaxValue;
        return new Table(columns, [.. found.Take(limit).Select(d => columns.Select(c => FieldValues.Of(d.Index, d.Document, c.Name).FirstOrDefault()?.DeepClone()).ToJsonArray())]);
    }

    [GeneratedRegex("""^\s*SELECT\s+(?<columns>.+?)\s+FROM\s+(?<index>"[^"]+"|`[^`]+`|[\w*.-]+)(\s+WHERE\s+(?<field>[\w.@"`]+)\s*=\s*(?<value>'[^']*'|[\w.-]+))?(\s+LIMIT\s+(?<limit>\d+))?\s*;?\s*$""", RegexOptions.IgnoreCase | RegexOptions.Singleline, 1000)]
    private static partial Regex Select();
}
