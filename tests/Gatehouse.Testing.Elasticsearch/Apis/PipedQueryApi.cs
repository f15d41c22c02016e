using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>ES|QL as far as <c>FROM a, b* | WHERE c == "x" | KEEP c, d | LIMIT 5</c>, and PPL as far as <c>source=a | where c='x' | fields c | head 5</c>.</summary>
internal sealed partial class PipedQueryApi(ApiContext context, TableReader tables)
{
    public void Register(Router router)
    {
        if (context.Cluster.IsOpenSearch)
        {
            router.Add("POST", "/_plugins/_ppl", Ppl);
        }
        else
        {
            router.Add("POST", "/_query", Esql);
        }
    }

    private RestAnswer Esql(RestCall call)
    {
        Table table = Read(call, From());
        return RestAnswer.Ok(new JsonObject { ["took"] = 1, ["is_partial"] = false, ["columns"] = table.Described(), ["values"] = table.Rows.ToJsonArray() });
    }

    private RestAnswer Ppl(RestCall call)
    {
        Table table = Read(call, Source());
        return RestAnswer.Ok(new JsonObject { ["schema"] = table.Described(), ["datarows"] = table.Rows.ToJsonArray(), ["total"] = table.Rows.Count, ["size"] = table.Rows.Count });
    }

    private Table Read(RestCall call, Regex language)
    {
        string text = call.RequireJson()["query"].Text() ?? throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: [query] is required;");
        Match match = language.Match(text);
        return match.Success ? tables.Read(match.Groups["index"].Value, match.Groups["columns"].Success ? match.Groups["columns"].Value : "*", match)
            : throw new ElasticsearchException(400, "parsing_exception", "line 1:1: mismatched input in " + text);
    }

    [GeneratedRegex("""^\s*FROM\s+(?<index>("[^"]*"|[^|,\s"]+)(\s*,\s*("[^"]*"|[^|,\s"]+))*)\s*(\|\s*WHERE\s+(?<field>[\w.@`]+)\s*==\s*(?<value>"[^"]*"|[\w.-]+)\s*)?(\|\s*KEEP\s+(?<columns>[\w.@, `]+?)\s*)?(\|\s*LIMIT\s+(?<limit>\d+)\s*)?$""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex From();

    [GeneratedRegex("""^\s*(search\s+)?source\s*=\s*(?<index>(`[^`]*`|[^|,\s`]+)(\s*,\s*(`[^`]*`|[^|,\s`]+))*)\s*(\|\s*where\s+(?<field>[\w.@`]+)\s*=\s*(?<value>'[^']*'|"[^"]*"|[\w.-]+)\s*)?(\|\s*fields\s+(?<columns>[\w.@, `]+?)\s*)?(\|\s*head\s+(?<limit>\d+)\s*)?$""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Source();
}
