using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>What the groups of endpoints work with.</summary>
internal sealed class ApiContext(ClusterModel cluster)
{
    public ClusterModel Cluster => cluster;

    public IndexExpression Expressions { get; } = new(cluster);

    public Writer Writer { get; } = new(cluster);

    public Searcher Searcher { get; } = new(cluster);

    public Contexts Contexts { get; } = new(cluster);

    public IReadOnlyList<IndexTarget> Targets(RestCall call, ResolveOptions? defaults = null) =>
        Expressions.Targets(call["index"], (defaults ?? new ResolveOptions()).With(call));

    /// <summary>The one index that a read of a single document goes to.</summary>
    public IndexState Single(string name)
    {
        IReadOnlyList<IndexTarget> targets = Expressions.Targets([name], new ResolveOptions { Open = false, WithDataStreams = false, AllowNoIndices = false });
        return targets.Count == 1 ? targets[0].Index
            : throw ElasticsearchException.IllegalArgument($"alias [{name}] has more than one index associated with it [{string.Join(", ", targets.Select(static t => t.Index.Name))}], can't execute a single index op");
    }

    /// <summary>Refuses a name in a body where <c>rest.action.multi.allow_explicit_index</c> is off.</summary>
    public void CheckExplicit(string? bodyIndex, string? pathIndex)
    {
        if (bodyIndex is not null && bodyIndex != pathIndex && !cluster.Options.AllowExplicitIndex)
        {
            throw ElasticsearchException.IllegalArgument("explicit index in bulk is not allowed");
        }
    }

    public static JsonObject Shards(int count) => new() { ["total"] = count, ["successful"] = count, ["failed"] = 0 };
}
