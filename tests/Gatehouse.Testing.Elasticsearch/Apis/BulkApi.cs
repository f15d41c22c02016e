using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary><c>_bulk</c>: every item on its own, in one answer.</summary>
internal sealed class BulkApi(ApiContext context, DocumentApi documents)
{
    private static readonly string[] Keys =
    [
        "_index", "_id", "routing", "_routing", "op_type", "version", "version_type", "retry_on_conflict", "pipeline", "_source", "if_seq_no", "if_primary_term",
        "require_alias", "require_data_stream", "dynamic_templates", "list_executed_pipelines",
    ];

    private sealed record Item(string Action, string? Index, string? Id, JsonObject Metadata, ReadOnlyMemory<byte> Source);

    public void Register(Router router)
    {
        router.Add("POST,PUT", "/_bulk", Bulk);
        router.Add("POST,PUT", "/{index}/_bulk", Bulk);
    }

    private RestAnswer Bulk(RestCall call)
    {
        byte[] body = call.Body;
        if (body.Length == 0)
        {
            throw new ElasticsearchException(400, "parse_exception", "request body is required");
        }

        if (body[^1] != (byte)'\n')
        {
            throw ElasticsearchException.IllegalArgument("The bulk request must be terminated by a newline [\\n]");
        }

        // The whole body is read before the first item is done: a fault in any action line undoes nothing.
        List<Item> items = Read(body, call);
        var answers = new JsonArray();
        bool hasErrors = false;
        foreach (Item item in items)
        {
            JsonObject answer = Run(item, call);
            hasErrors |= answer["error"] is not null;
            answers.Add(new JsonObject { [item.Action] = answer });
        }

        return RestAnswer.Ok(new JsonObject { ["errors"] = hasErrors, ["took"] = 1, ["items"] = answers });
    }

    private List<Item> Read(byte[] body, RestCall call)
    {
        var items = new List<Item>();
        int at = 0;
        for (int number = 1; at < body.Length; number++)
        {
            ReadOnlyMemory<byte> line = Line(body, ref at);
            if (line.Span.TrimEnd((byte)'\r').IsEmpty)
            {
                continue;
            }

            JsonObject action = Parse(line.Span, number);
            if (action.Count != 1 || action.First().Value is not JsonObject metadata)
            {
                throw ElasticsearchException.IllegalArgument($"Malformed action/metadata line [{number}], expected {(action.Count == 1 ? "START_OBJECT" : "END_OBJECT")} but found another token");
            }

            string kind = action.First().Key;
            if (kind is not ("index" or "create" or "update" or "delete"))
            {
                throw ElasticsearchException.IllegalArgument($"Malformed action/metadata line [{number}], expected field [create], [delete], [index] or [update] but found [{kind}]");
            }

            if (metadata.FirstOrDefault(static p => !Keys.Contains(p.Key)).Key is { } unknown)
            {
                throw ElasticsearchException.IllegalArgument($"Action/metadata line [{number}] contains an unknown parameter [{unknown}]");
            }

            string? index = metadata["_index"].Text();
            context.CheckExplicit(index, call["index"]);
            if (kind != "delete" && at >= body.Length)
            {
                throw ElasticsearchException.IllegalArgument("Malformed content, found extra data after parsing: START_OBJECT");
            }

            kind = kind == "index" && metadata["op_type"].Text() == "create" ? "create" : kind;
            items.Add(new Item(kind, index ?? call["index"], metadata["_id"].Text(), metadata, kind == "delete" ? default : Line(body, ref at)));
        }

        Validate(items);
        return items;
    }

    /// <summary>Without an index, or without an id where one is needed, the whole request fails.</summary>
    private static void Validate(List<Item> items)
    {
        string[] wrong = [.. items.SelectMany(static i => new[]
        {
            string.IsNullOrEmpty(i.Index) ? "index is missing" : null,
            i.Id is null && i.Action is "update" or "delete" && i.Id is null ? "id is missing" : null,
        }).OfType<string>()];
        if (items.Count == 0 || wrong.Length > 0)
        {
            string why = items.Count == 0 ? " 1: no requests added;" : string.Concat(wrong.Select(static (w, i) => $" {i + 1}: {w};"));
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed:" + why);
        }
    }

    private JsonObject Run(Item item, RestCall call)
    {
        try
        {
            WriteOptions options = Options(item, call);
            RestAnswer answer;
            if (item.Action == "delete")
            {
                answer = context.Writer.Delete(item.Index!, item.Id!, options);
            }
            else if (item.Action == "update")
            {
                JsonObject body = Source(item);
                answer = context.Writer.Update(item.Index!, item.Id!, body, options);
                documents.AddGet(answer, item.Index!, body["_source"] ?? item.Metadata["_source"] ?? SourceFilter.FromQuery(call));
            }
            else
            {
                answer = context.Writer.Index(item.Index!, item.Id, Source(item), options);
            }

            JsonObject result = answer.Json!.AsObject();
            result["status"] = answer.Status;
            return result;
        }
        catch (ElasticsearchException e)
        {
            return new JsonObject { ["_index"] = item.Index, ["_id"] = item.Id, ["status"] = e.Status, ["error"] = e.Cause() };
        }
    }

    private static JsonObject Source(Item item)
    {
        try
        {
            return RestCall.Parse(item.Source.Span);
        }
        catch (ElasticsearchException e)
        {
            throw new ElasticsearchException(400, "document_parsing_exception", "[1:1] failed to parse: " + e.Message);
        }
    }

    private static WriteOptions Options(Item item, RestCall call) => new()
    {
        MustCreate = item.Action == "create",
        RequireAlias = item.Metadata["require_alias"].Bool() ?? call.Flag("require_alias"),
        Pipeline = item.Metadata["pipeline"].Text() ?? call["pipeline"],
        Routing = (item.Metadata["routing"] ?? item.Metadata["_routing"]).Text() ?? call["routing"],
        IfSeqNo = item.Metadata["if_seq_no"].Int(),
        IfPrimaryTerm = item.Metadata["if_primary_term"].Int(),
        Version = item.Metadata["version"].Int(),
        VersionType = item.Metadata["version_type"].Text(),
    };

    private static JsonObject Parse(ReadOnlySpan<byte> line, int number)
    {
        try
        {
            return RestCall.Parse(line);
        }
        catch (ElasticsearchException e)
        {
            throw ElasticsearchException.IllegalArgument($"Malformed action/metadata line [{number}], {e.Message}");
        }
    }

    private static ReadOnlyMemory<byte> Line(byte[] body, ref int at)
    {
        int end = body.AsSpan(at).IndexOf((byte)'\n');
        ReadOnlyMemory<byte> line = body.AsMemory(at, end < 0 ? body.Length - at : end);
        at += line.Length + 1;
        return line;
    }
}
