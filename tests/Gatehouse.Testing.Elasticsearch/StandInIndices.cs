using System.Text;
using Gatehouse.Testing.Elasticsearch.Apis;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch;

/// <summary>A look into the cluster past its HTTP port, and a way to fill it.</summary>
public sealed class StandInIndices
{
    private readonly ApiContext _context;

    internal StandInIndices(ApiContext context) => _context = context;

    /// <summary>The names of all indices, hidden and backing ones among them.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_context.Cluster)
            {
                return [.. _context.Cluster.Indices.Keys];
            }
        }
    }

    /// <summary>Every alias with the indices and data streams that it stands for.</summary>
    public IReadOnlyDictionary<string, string[]> Aliases
    {
        get
        {
            lock (_context.Cluster)
            {
                return _context.Cluster.Aliases().ToDictionary(static a => a.Key, static a => a.Value.Select(static m => m.Member).ToArray());
            }
        }
    }

    /// <summary>Every data stream with its backing indices, oldest first.</summary>
    public IReadOnlyDictionary<string, string[]> DataStreams
    {
        get
        {
            lock (_context.Cluster)
            {
                return _context.Cluster.DataStreams.ToDictionary(static s => s.Key, static s => s.Value.Backing.ToArray());
            }
        }
    }

    /// <summary>Bulk lines (documents, not actions) that were read and thrown away.</summary>
    public long Discarded { get; internal set; }

    /// <summary>The documents of one index: id to source as JSON; empty where there is no such index.</summary>
    public IReadOnlyDictionary<string, string> Documents(string index)
    {
        lock (_context.Cluster)
        {
            return _context.Cluster.Indices.TryGetValue(index, out IndexState? state)
                ? state.Documents.ToDictionary(static d => d.Key, static d => d.Value.Source.ToJsonString()) : new Dictionary<string, string>();
        }
    }

    /// <summary>Stores a document as if a client had; makes the index where it is missing.</summary>
    public void Put(string index, string id, string json)
    {
        lock (_context.Cluster)
        {
            _context.Writer.Index(index, id, RestCall.Parse(Encoding.UTF8.GetBytes(json)), new WriteOptions { MustCreate = _context.Cluster.DataStreams.ContainsKey(index) });
        }
    }

    /// <summary>Makes an index; <paramref name="json"/> may hold settings, mappings and aliases.</summary>
    public void Create(string index, string json = "{}")
    {
        lock (_context.Cluster)
        {
            _context.Cluster.Create(index, RestCall.Parse(Encoding.UTF8.GetBytes(json)));
        }
    }

    /// <summary>Makes a data stream and, where none fits, the template that it needs.</summary>
    public void CreateDataStream(string name)
    {
        lock (_context.Cluster)
        {
            if (_context.Cluster.TemplateFor(name)?["data_stream"] is null)
            {
                _context.Cluster.Templates["for-" + name] = RestCall.Parse(Encoding.UTF8.GetBytes($$$"""{"index_patterns":["{{{name}}}"],"priority":500,"data_stream":{}}"""));
            }

            _context.Cluster.CreateDataStream(name);
        }
    }

    /// <summary>Gives an index or data stream an alias.</summary>
    public void AddAlias(string member, string alias, string? filter = null)
    {
        lock (_context.Cluster)
        {
            SortedDictionary<string, System.Text.Json.Nodes.JsonObject> held =
                _context.Cluster.DataStreams.TryGetValue(member, out DataStreamState? stream) ? stream.Aliases : _context.Cluster.Indices[member].Aliases;
            held[alias] = filter is null ? [] : new() { ["filter"] = RestCall.Parse(Encoding.UTF8.GetBytes(filter)) };
        }
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        lock (_context.Cluster)
        {
            _context.Cluster.Indices.Clear();
            _context.Cluster.DataStreams.Clear();
            _context.Cluster.Templates.Clear();
            _context.Cluster.Pipelines.Clear();
        }
    }
}
