using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>What comes with a document that is to be written.</summary>
internal sealed record WriteOptions
{
    public bool MustCreate { get; init; }

    public bool RequireAlias { get; init; }

    public string? Pipeline { get; init; }

    public string? Routing { get; init; }

    public long? IfSeqNo { get; init; }

    public long? IfPrimaryTerm { get; init; }

    public long? Version { get; init; }

    public string? VersionType { get; init; }
}

/// <summary>Writes single documents: finds the index to write to, runs pipelines, keeps versions.</summary>
internal sealed class Writer(ClusterModel cluster)
{
    public RestAnswer Index(string target, string? id, JsonObject source, WriteOptions options)
    {
        options = options with { MustCreate = options.MustCreate || id is null };
        IndexState index = Target(target, options.MustCreate, options.RequireAlias);
        var document = new Ingested(index.Name, id, source);
        Pipelines.Run(cluster, document, options.Pipeline ?? index.Setting("default_pipeline"));
        Pipelines.Run(cluster, document, index.Setting("final_pipeline"));
        if (document.Index != index.Name)
        {
            index = Target(document.Index, options.MustCreate, requireAlias: false);
        }

        if (cluster.OwnerOf(index.Name) is { } stream && document.Source["@timestamp"] is null)
        {
            throw new ElasticsearchException(400, "document_parsing_exception", $"[1:1] failed to parse: data stream timestamp field [@timestamp] is missing in [{stream.Name}]");
        }

        string key = document.Id ?? ClusterModel.RandomDocumentId();
        if (key.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(key) > 512)
        {
            throw ElasticsearchException.IllegalArgument("if _id is specified it must not be empty and no longer than 512 bytes");
        }

        bool isThere = index.Documents.TryGetValue(key, out Document? old);
        if (options.MustCreate && isThere)
        {
            throw Conflict(index, $"[{key}]: version conflict, document already exists (current version [{old!.Version}])");
        }

        Check(index, key, old, options);
        Mapping.Learn(index.Mappings, document.Source);
        Document stored = index.Put(key, document.Source, options.Routing, options.VersionType is "external" or "external_gte" ? options.Version : null);
        return new RestAnswer(isThere ? 200 : 201, Result(index, key, stored.Version, stored.SeqNo, isThere ? "updated" : "created"));
    }

    public RestAnswer Delete(string target, string id, WriteOptions options)
    {
        if (!Exists(target) && options.VersionType is null)
        {
            throw ElasticsearchException.NotFound(target);
        }

        if (cluster.DataStreams.ContainsKey(target))
        {
            throw ElasticsearchException.IllegalArgument("only write ops with an op_type of create are allowed in data streams");
        }

        IndexState index = Target(target, mustCreate: false, options.RequireAlias);
        Check(index, id, index.Documents.GetValueOrDefault(id), options);
        (bool found, long version, long seqNo) = index.Remove(id);
        return new RestAnswer(found ? 200 : 404, Result(index, id, version, seqNo, found ? "deleted" : "not_found"));
    }

    public RestAnswer Update(string target, string id, JsonObject body, WriteOptions options)
    {
        IndexState index = Target(target, mustCreate: false, options.RequireAlias);
        index.Documents.TryGetValue(id, out Document? old);
        Check(index, id, old, options);
        if (old is null)
        {
            JsonNode? upsert = body["upsert"] ?? (body["doc_as_upsert"].Bool() == true ? body["doc"] : null);
            return upsert is JsonObject first
                ? Index(index.Name, id, first.DeepClone().AsObject(), options with { IfSeqNo = null, IfPrimaryTerm = null })
                : throw new ElasticsearchException(404, "document_missing_exception", $"[{id}]: document missing", new JsonObject { ["index_uuid"] = index.Uuid, ["shard"] = "0", ["index"] = index.Name });
        }

        JsonObject merged = old.Source.DeepClone().AsObject();
        if (body["doc"] is JsonObject part)
        {
            merged.MergeFrom(part);
        }
        else if (body["script"] is { } script)
        {
            Assign(merged, script);
        }
        else
        {
            throw new ElasticsearchException(400, "action_request_validation_exception", "Validation Failed: 1: script or doc is missing;");
        }

        if (JsonNode.DeepEquals(merged, old.Source) && (body["detect_noop"].Bool() ?? true))
        {
            JsonObject same = Result(index, id, old.Version, old.SeqNo, "noop");
            same["_shards"] = new JsonObject { ["total"] = 0, ["successful"] = 0, ["failed"] = 0 };
            return RestAnswer.Ok(same);
        }

        return Index(index.Name, id, merged, options with { MustCreate = false, IfSeqNo = null, IfPrimaryTerm = null, Routing = options.Routing ?? old.Routing });
    }

    /// <summary>The index that a write of the name goes to; created where nothing has the name.</summary>
    public IndexState Target(string given, bool mustCreate, bool requireAlias)
    {
        string name = DateMath.Resolve(given, cluster.Now);
        if (cluster.Aliases().TryGetValue(name, out List<(string Member, JsonObject Alias)>? members))
        {
            string[] writable = [.. members.Where(m => m.Alias["is_write_index"].Bool() ?? members.Count == 1).Select(static m => m.Member)];
            return writable.Length == 1 ? Target(writable[0], mustCreate, requireAlias: false)
                : throw ElasticsearchException.IllegalArgument($"no write index is defined for alias [{name}]. The write index may be explicitly disabled using is_write_index=false or the alias points to multiple indices without one being designated as a write index");
        }

        if (requireAlias)
        {
            throw new ElasticsearchException(404, "index_not_found_exception", $"no such index [{name}] and [require_alias] request flag is [true] and [{name}] is not an alias", new JsonObject { ["index_uuid"] = "_na_", ["index"] = name });
        }

        if (cluster.Indices.TryGetValue(name, out IndexState? index))
        {
            return index.IsClosed ? throw new ElasticsearchException(400, "index_closed_exception", "closed", new JsonObject { ["index_uuid"] = index.Uuid, ["index"] = name })
                : mustCreate && cluster.OwnerOf(name) is { } owner
                    ? throw ElasticsearchException.IllegalArgument($"index request with op_type=create targeting backing indices is disallowed, target corresponding data stream [{owner.Name}] instead")
                    : index;
        }

        if (!cluster.DataStreams.TryGetValue(name, out DataStreamState? stream))
        {
            if (cluster.TemplateFor(name)?["data_stream"] is null)
            {
                return cluster.Create(name, []);
            }

            stream = cluster.CreateDataStream(name);
        }

        return mustCreate ? cluster.Indices[stream.Backing[^1]]
            : throw ElasticsearchException.IllegalArgument("only write ops with an op_type of create are allowed in data streams");
    }

    private bool Exists(string given)
    {
        string name = DateMath.Resolve(given, cluster.Now);
        return cluster.Indices.ContainsKey(name) || cluster.DataStreams.ContainsKey(name) || cluster.Aliases().ContainsKey(name);
    }

    private static void Check(IndexState index, string id, Document? old, WriteOptions options)
    {
        if (options.IfSeqNo is { } wanted && (old is null || old.SeqNo != wanted || options.IfPrimaryTerm is not 1))
        {
            throw Conflict(index, old is null
                ? $"[{id}]: version conflict, required seqNo [{wanted}], primary term [{options.IfPrimaryTerm}]. but no document was found"
                : $"[{id}]: version conflict, required seqNo [{wanted}], primary term [{options.IfPrimaryTerm}]. current document has seqNo [{old.SeqNo}] and primary term [1]");
        }

        bool isLater = options.VersionType is "external_gte" ? options.Version >= (old?.Version ?? 0) : options.Version > (old?.Version ?? 0);
        if (options.VersionType is "external" or "external_gte" && !isLater)
        {
            throw Conflict(index, $"[{id}]: version conflict, current version [{old?.Version}] is higher or equal to the one provided [{options.Version}]");
        }
    }

    /// <summary>The only scripts known here are assignments such as <c>ctx._source.count += params.by</c>.</summary>
    public static void Assign(JsonObject source, JsonNode script)
    {
        string text = script is JsonObject map ? map["source"].Text() ?? "" : script.Text()!;
        foreach (string statement in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int at = statement.IndexOf('=');
            bool adds = at > 0 && statement[at - 1] == '+';
            string field = at < 0 ? "" : statement[..(adds ? at - 1 : at)].Trim();
            if (!field.StartsWith("ctx._source.", StringComparison.Ordinal))
            {
                throw ElasticsearchException.IllegalArgument("compile error: the stand-in knows assignments to ctx._source only: " + statement);
            }

            string right = statement[(at + 1)..].Trim();
            JsonNode? value = right.StartsWith("params.", StringComparison.Ordinal) ? (script as JsonObject)?["params"]?[right[7..]]?.DeepClone() : JsonNode.Parse(right.Replace('\'', '"'));
            string name = field["ctx._source.".Length..];
            source[name] = adds ? (source[name].Int() ?? 0) + (value.Int() ?? 0) : value;
        }
    }

    private static ElasticsearchException Conflict(IndexState index, string reason) =>
        new(409, "version_conflict_engine_exception", reason, new JsonObject { ["index_uuid"] = index.Uuid, ["shard"] = "0", ["index"] = index.Name });

    private static JsonObject Result(IndexState index, string id, long version, long seqNo, string result) => new()
    {
        ["_index"] = index.Name,
        ["_id"] = id,
        ["_version"] = version,
        ["result"] = result,
        ["_shards"] = new JsonObject { ["total"] = 2, ["successful"] = 1, ["failed"] = 0 },
        ["_seq_no"] = seqNo,
        ["_primary_term"] = 1,
    };
}
