using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>A document on its way through ingest pipelines, which may also change where it goes.</summary>
internal sealed class Ingested(string index, string? id, JsonObject source)
{
    public string Index { get; set; } = index;

    public string? Id { get; set; } = id;

    public JsonObject Source { get; } = source;
}

/// <summary>Ingest pipelines with the processors <c>set</c>, <c>remove</c>, <c>rename</c>, <c>lowercase</c>, <c>reroute</c> and <c>pipeline</c>.</summary>
internal static class Pipelines
{
    public static void Run(ClusterModel cluster, Ingested document, string? name)
    {
        if (name is null or "_none")
        {
            return;
        }

        if (!cluster.Pipelines.TryGetValue(name, out JsonObject? pipeline))
        {
            throw ElasticsearchException.IllegalArgument($"pipeline with id [{name}] does not exist");
        }

        foreach (JsonNode? step in pipeline["processors"] as JsonArray ?? [])
        {
            (string kind, JsonNode? settings) = step!.AsObject().First();
            Process(cluster, document, kind, settings.AsMap(kind));
        }
    }

    private static void Process(ClusterModel cluster, Ingested document, string kind, JsonObject settings)
    {
        string field = settings["field"].Text() ?? "";
        switch (kind)
        {
            case "set" when field == "_index":
                document.Index = settings["value"].Text()!;
                break;
            case "set" when field == "_id":
                document.Id = settings["value"].Text();
                break;
            case "set":
                document.Source[field] = settings["value"]?.DeepClone() ?? document.Source[settings["copy_from"].Text() ?? ""]?.DeepClone();
                break;
            case "remove":
                settings["field"].Texts().ToList().ForEach(f => document.Source.Remove(f));
                break;
            case "rename":
                document.Source[settings["target_field"].Text()!] = document.Source[field]?.DeepClone();
                document.Source.Remove(field);
                break;
            case "lowercase":
                document.Source[field] = document.Source[field].Text()?.ToLowerInvariant();
                break;
            case "reroute":
                document.Index = settings["destination"].Text() ?? document.Index;
                break;
            case "pipeline":
                Run(cluster, document, settings["name"].Text());
                break;
            default:
                throw new ElasticsearchException(400, "parse_exception", $"No processor type exists with name [{kind}]");
        }
    }
}
