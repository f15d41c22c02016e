using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>Everything the cluster knows. One call at a time works on it.</summary>
internal sealed class ClusterModel(StandInOptions options)
{
    public StandInOptions Options => options;

    public bool IsOpenSearch => options.Product == StandInProduct.OpenSearch;

    public string Uuid { get; } = RandomId();

    public string NodeId { get; } = RandomId();

    public SortedDictionary<string, IndexState> Indices { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, DataStreamState> DataStreams { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> Templates { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> LegacyTemplates { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> ComponentTemplates { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> Pipelines { get; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, JsonObject> Scripts { get; } = new(StringComparer.Ordinal);

    public JsonObject PersistentSettings { get; } = [];

    public JsonObject TransientSettings { get; } = [];

    public DateTimeOffset Now => options.Time.GetUtcNow();

    /// <summary>22 characters, as Elasticsearch's own ids have.</summary>
    public static string RandomId() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    /// <summary>20 characters, as documents get that come without an id.</summary>
    public static string RandomDocumentId() =>
        Convert.ToBase64String(RandomNumberGenerator.GetBytes(15)).Replace('+', '-').Replace('/', '_');

    /// <summary>The data stream that owns the index, if one does.</summary>
    public DataStreamState? OwnerOf(string index) => DataStreams.Values.FirstOrDefault(s => s.Backing.Contains(index));

    /// <summary>Every alias with its members, which are indices or data streams.</summary>
    public SortedDictionary<string, List<(string Member, JsonObject Alias)>> Aliases()
    {
        var all = new SortedDictionary<string, List<(string, JsonObject)>>(StringComparer.Ordinal);
        IEnumerable<(string Member, SortedDictionary<string, JsonObject> Aliases)> holders =
            Indices.Values.Select(static i => (i.Name, i.Aliases)).Concat(DataStreams.Values.Select(static s => (s.Name, s.Aliases)));
        foreach ((string member, SortedDictionary<string, JsonObject> aliases) in holders)
        {
            foreach ((string alias, JsonObject definition) in aliases)
            {
                if (!all.TryGetValue(alias, out List<(string, JsonObject)>? members))
                {
                    all[alias] = members = [];
                }

                members.Add((member, definition));
            }
        }

        return all;
    }

    public IndexState Create(string name, JsonObject body, bool isBacking = false)
    {
        if (!isBacking)
        {
            IndexNames.Validate(name);
        }

        if (Indices.TryGetValue(name, out IndexState? there))
        {
            throw new ElasticsearchException(400, "resource_already_exists_exception", $"index [{name}/{there.Uuid}] already exists", new JsonObject { ["index_uuid"] = there.Uuid, ["index"] = name });
        }

        if (DataStreams.ContainsKey(name) || Aliases().ContainsKey(name))
        {
            throw ElasticsearchException.Invalid(name, "already exists as " + (DataStreams.ContainsKey(name) ? "data stream" : "alias"));
        }

        var index = new IndexState(name, RandomId(), Now);
        JsonObject made = TemplateFor(name)?["template"]?.DeepClone().AsObject() ?? [];
        foreach (JsonObject layer in (JsonObject[])[made, body])
        {
            IndexSettings.Apply(index.Settings, layer["settings"] as JsonObject);
            index.Mappings.MergeFrom(layer["mappings"] as JsonObject ?? []);
            foreach ((string alias, JsonNode? definition) in layer["aliases"] as JsonObject ?? [])
            {
                index.Aliases[alias] = definition?.DeepClone() as JsonObject ?? [];
            }
        }

        IndexSettings.Complete(index, options.Version);
        Indices[name] = index;
        return index;
    }

    /// <summary>The composable template that wins for a name, its components merged in, or the legacy ones merged.</summary>
    public JsonObject? TemplateFor(string name)
    {
        KeyValuePair<string, JsonObject> best = Templates
            .Where(t => t.Value["index_patterns"].Texts().Any(p => Glob.Matches(p, name)))
            .OrderByDescending(static t => t.Value["priority"].Int() ?? 0).FirstOrDefault();
        if (best.Value is null)
        {
            JsonObject[] legacy = [.. LegacyTemplates.Values.Where(t => t["index_patterns"].Texts().Any(p => Glob.Matches(p, name))).OrderBy(static t => t["order"].Int() ?? 0)];
            var all = new JsonObject();
            Array.ForEach(legacy, all.MergeFrom);
            return legacy.Length == 0 ? null : new JsonObject { ["template"] = all };
        }

        var merged = new JsonObject();
        foreach (string component in best.Value["composed_of"].Texts().Where(ComponentTemplates.ContainsKey))
        {
            merged.MergeFrom(ComponentTemplates[component]["template"] as JsonObject ?? []);
        }

        merged.MergeFrom(best.Value["template"] as JsonObject ?? []);
        JsonObject result = best.Value.DeepClone().AsObject();
        result["template"] = merged;
        result["_name"] = best.Key;
        return result;
    }

    public DataStreamState CreateDataStream(string name)
    {
        IndexNames.Validate(name);
        if (DataStreams.ContainsKey(name))
        {
            throw new ElasticsearchException(400, "resource_already_exists_exception", $"data_stream [{name}] already exists");
        }

        if (TemplateFor(name) is not { } template || template["data_stream"] is null)
        {
            throw ElasticsearchException.IllegalArgument($"no matching index template found for data stream [{name}]");
        }

        var stream = new DataStreamState(name, template["_name"]!.GetValue<string>()) { IsHidden = template["data_stream"]?["hidden"].Bool() ?? false };
        foreach ((string alias, JsonNode? definition) in template["template"]?["aliases"] as JsonObject ?? [])
        {
            stream.Aliases[alias] = definition?.DeepClone() as JsonObject ?? [];
        }

        DataStreams[name] = stream;
        Rollover(stream);
        return stream;
    }

    /// <summary>Adds the next backing index.</summary>
    public IndexState Rollover(DataStreamState stream)
    {
        stream.Generation++;
        string backing = $".ds-{stream.Name}-{Now:yyyy.MM.dd}-{stream.Generation:D6}";
        var body = new JsonObject { ["settings"] = new JsonObject { ["index.hidden"] = "true" }, ["mappings"] = new JsonObject { ["properties"] = new JsonObject { ["@timestamp"] = new JsonObject { ["type"] = "date" } } } };
        IndexState index = Create(backing, body, isBacking: true);
        JsonObject? fromTemplate = TemplateFor(stream.Name)?["template"] as JsonObject;
        IndexSettings.Apply(index.Settings, fromTemplate?["settings"] as JsonObject);
        index.Mappings.MergeFrom(fromTemplate?["mappings"] as JsonObject ?? []);
        index.Aliases.Clear();
        stream.Backing.Add(backing);
        return index;
    }
}
