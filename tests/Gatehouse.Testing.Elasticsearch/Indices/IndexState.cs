using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>A stored document; its source is never changed, only replaced.</summary>
internal sealed record Document(string Id, JsonObject Source, long Version, long SeqNo, string? Routing);

/// <summary>An index: settings, mappings, aliases and documents.</summary>
internal sealed class IndexState(string name, string uuid, DateTimeOffset created)
{
    private readonly Dictionary<string, long> _deleted = new(StringComparer.Ordinal);
    private long _nextSeqNo;

    public string Name => name;

    public string Uuid => uuid;

    public DateTimeOffset Created => created;

    public JsonObject Settings { get; } = [];

    public JsonObject Mappings { get; } = [];

    /// <summary>Alias to what it is made of: <c>filter</c>, routings, <c>is_write_index</c>, <c>is_hidden</c>.</summary>
    public SortedDictionary<string, JsonObject> Aliases { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Document> Documents { get; } = new(StringComparer.Ordinal);

    public bool IsClosed { get; set; }

    public bool IsHidden => Setting("hidden") == "true";

    public string? Setting(string path)
    {
        JsonNode? at = Settings["index"];
        foreach (string step in path.Split('.'))
        {
            at = (at as JsonObject)?[step];
        }

        return at is JsonValue ? at.Text() : null;
    }

    public Document Put(string id, JsonObject source, string? routing, long? externalVersion = null)
    {
        long before = Documents.TryGetValue(id, out Document? old) ? old.Version : _deleted.GetValueOrDefault(id);
        var document = new Document(id, source, externalVersion ?? (before + 1), _nextSeqNo++, routing);
        _deleted.Remove(id);
        Documents[id] = document;
        return document;
    }

    /// <summary>Removes it where it is; the version and sequence number of the deletion either way.</summary>
    public (bool Found, long Version, long SeqNo) Remove(string id)
    {
        bool found = Documents.Remove(id, out Document? old);
        long version = (old?.Version ?? _deleted.GetValueOrDefault(id)) + 1;
        _deleted[id] = version;
        return (found, version, _nextSeqNo++);
    }
}

/// <summary>A data stream and the names of its backing indices, oldest first.</summary>
internal sealed class DataStreamState(string name, string template)
{
    public string Name => name;

    public string Template => template;

    public bool IsHidden { get; init; }

    public List<string> Backing { get; } = [];

    public int Generation { get; set; }

    public SortedDictionary<string, JsonObject> Aliases { get; } = new(StringComparer.Ordinal);
}
