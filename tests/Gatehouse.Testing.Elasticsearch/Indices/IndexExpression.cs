using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>An index that a request means, with the filters of the aliases by which alone it is reached.</summary>
internal sealed record IndexTarget(IndexState Index, IReadOnlyList<JsonObject> Filters);

/// <summary>
/// Turns index expressions into indices: lists, wildcards, exclusions behind a wildcard, date math, <c>_all</c>, data streams
/// and aliases. Aliases are followed after exclusions were taken out, so an excluded index is still reached by its alias.
/// </summary>
internal sealed class IndexExpression(ClusterModel cluster)
{
    /// <summary>The indices of an expression; nothing, "" and <c>_all</c> are all of them.</summary>
    public IReadOnlyList<IndexTarget> Targets(string? expression, ResolveOptions options) => Targets(IndexNames.Split(expression), options);

    public IReadOnlyList<IndexTarget> Targets(IReadOnlyList<string> list, ResolveOptions options)
    {
        IReadOnlyCollection<string> names = Names(list, options);
        SortedDictionary<string, List<(string Member, JsonObject Alias)>> aliases = cluster.Aliases();
        var byIndex = new SortedDictionary<string, List<JsonObject>?>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            bool isAlias = aliases.TryGetValue(name, out List<(string Member, JsonObject Alias)>? members);
            foreach ((string member, JsonObject? filter) in isAlias ? members!.Select(static m => (m.Member, m.Alias["filter"] as JsonObject)) : [(name, null)])
            {
                foreach (string index in Concrete(member))
                {
                    Add(byIndex, index, filter);
                }
            }
        }

        var targets = new List<IndexTarget>();
        foreach ((string name, List<JsonObject>? filters) in byIndex)
        {
            IndexState index = cluster.Indices[name];
            if (!index.IsClosed || !options.ForbidClosed)
            {
                targets.Add(new IndexTarget(index, filters ?? []));
            }
            else if (!options.IgnoreUnavailable)
            {
                throw new ElasticsearchException(400, "index_closed_exception", "closed", new JsonObject { ["index_uuid"] = index.Uuid, ["index"] = name });
            }
        }

        if (targets.Count == 0 && !options.AllowNoIndices)
        {
            throw ElasticsearchException.NotFound(list.Count == 0 ? "_all" : string.Join(',', list));
        }

        return targets;
    }

    /// <summary>The names that an expression reaches: of indices, aliases and data streams.</summary>
    public IReadOnlyCollection<string> Names(IReadOnlyList<string> list, ResolveOptions options)
    {
        if (list.Count == 0 || (list.Count == 1 && list[0] == "_all"))
        {
            return options.Wildcards ? Matching("*", options) : [];
        }

        var result = new List<string>();
        bool wildcardSeen = false;
        foreach (string given in list)
        {
            bool isExclusion = wildcardSeen && given.StartsWith('-');
            string name = DateMath.Resolve(isExclusion ? given[1..] : given, cluster.Now);
            name = WithoutSelector(name, out bool isFailures);
            bool isWildcard = options.Wildcards && name.Contains('*');
            wildcardSeen |= isWildcard;
            if (isFailures || IsRemote(name, options))
            {
                continue;
            }

            IReadOnlyCollection<string> found = isWildcard ? Matching(name, options) : isExclusion ? [name] : Literal(name, options);
            if (isExclusion)
            {
                result.RemoveAll(found.Contains);
            }
            else
            {
                if (isWildcard && found.Count == 0 && !options.AllowNoIndices)
                {
                    throw ElasticsearchException.NotFound(name);
                }

                result.AddRange(found.Except(result).ToList());
            }
        }

        return result;
    }

    private IReadOnlyCollection<string> Literal(string name, ResolveOptions options)
    {
        if (name.StartsWith('_'))
        {
            throw ElasticsearchException.Invalid(name, "must not start with '_'.");
        }

        bool isAlias = cluster.Aliases().ContainsKey(name);
        if (cluster.Indices.ContainsKey(name) || (options.WithDataStreams && cluster.DataStreams.ContainsKey(name)) || (isAlias && !options.IgnoreAliases))
        {
            return [name];
        }

        if (options.IgnoreUnavailable)
        {
            return [];
        }

        throw isAlias
            ? ElasticsearchException.IllegalArgument($"The provided expression [{name}] matches an alias, specify the corresponding concrete indices instead.")
            : ElasticsearchException.NotFound(name);
    }

    private IReadOnlyCollection<string> Matching(string pattern, ResolveOptions options)
    {
        bool IsVisible(string name, bool isHidden) => !isHidden || options.Hidden || (pattern.StartsWith('.') && name.StartsWith('.'));
        IEnumerable<string> indices = cluster.Indices.Values
            .Where(i => (i.IsClosed ? options.Closed : options.Open) && IsVisible(i.Name, i.IsHidden)).Select(static i => i.Name);
        IEnumerable<string> streams = options.WithDataStreams ? cluster.DataStreams.Values.Where(s => IsVisible(s.Name, s.IsHidden)).Select(static s => s.Name) : [];
        IEnumerable<string> aliases = options.IgnoreAliases ? []
            : cluster.Aliases().Where(a => IsVisible(a.Key, a.Value.TrueForAll(static m => m.Alias["is_hidden"].Bool() ?? false)))
                .Where(a => a.Value.Exists(m => Concrete(m.Member).Any(i => cluster.Indices[i].IsClosed ? options.Closed : options.Open)))
                .Select(static a => a.Key);
        return [.. indices.Concat(streams).Concat(aliases).Where(n => Glob.Matches(pattern, n)).Order(StringComparer.Ordinal)];
    }

    private IEnumerable<string> Concrete(string name) => cluster.DataStreams.TryGetValue(name, out DataStreamState? stream) ? stream.Backing : [name];

    /// <summary>An index that was named itself, or by an alias without a filter, has none.</summary>
    private static void Add(SortedDictionary<string, List<JsonObject>?> byIndex, string index, JsonObject? filter)
    {
        if (filter is null)
        {
            byIndex[index] = null;
        }
        else if (!byIndex.TryGetValue(index, out List<JsonObject>? filters))
        {
            byIndex[index] = [filter];
        }
        else
        {
            filters?.Add(filter);
        }
    }

    private static string WithoutSelector(string name, out bool isFailures)
    {
        isFailures = name.EndsWith("::failures", StringComparison.Ordinal);
        return isFailures ? name[..^10] : name.EndsWith("::data", StringComparison.Ordinal) ? name[..^6] : name;
    }

    /// <summary>No remote cluster is registered: a wildcard finds none, a name is an error.</summary>
    private static bool IsRemote(string name, ResolveOptions options)
    {
        int colon = name.IndexOf(':');
        if (colon <= 0)
        {
            return false;
        }

        string alias = name[..colon];
        return alias.Contains('*') || options.IgnoreUnavailable
            ? true
            : throw new ElasticsearchException(404, "no_such_remote_cluster_exception", $"no such remote cluster: [{alias}]");
    }
}
