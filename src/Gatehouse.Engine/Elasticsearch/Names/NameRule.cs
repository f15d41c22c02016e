namespace Gatehouse.Engine.Elasticsearch.Names;

/// <summary>Where names stand in a piece of a JSON response.</summary>
internal sealed class NameRule
{
    /// <summary>The members' names are names of indices, or the items, or the text itself.</summary>
    public bool IsNames { get; init; }

    /// <summary>Items that are objects go when one of these members of theirs is a hidden name.</summary>
    public IReadOnlyList<string> ItemNames { get; init; } = [];

    /// <summary>Rules of members by name.</summary>
    public IReadOnlyDictionary<string, NameRule> Members { get; init; } = Nothing;

    /// <summary>The rule of every other member, or of every item.</summary>
    public NameRule? Each { get; init; }

    private static Dictionary<string, NameRule> Nothing { get; } = [];
}

/// <summary>The rules by path template (Elasticsearch: the response bodies of these APIs).</summary>
internal static class NameRules
{
    private static readonly NameRule Names = new() { IsNames = true };
    private static readonly NameRule BackingIndices = new() { ItemNames = ["index_name"] };

    // Of an index or alias that was asked for by name the members are shown, as Elasticsearch does; other aliases of them are not.
    private static readonly NameRule OfIndex = new() { Each = With(("aliases", Names)) };
    private static readonly NameRule OfAll = new() { IsNames = true, Each = With(("aliases", Names)) };

    private static readonly NameRule Resolved = With(
        ("indices", new NameRule { ItemNames = ["name"], Each = With(("aliases", Names), ("data_stream", Names)) }),
        ("aliases", new NameRule { ItemNames = ["name"], Each = With(("indices", Names)) }),
        ("data_streams", new NameRule { ItemNames = ["name"], Each = With(("backing_indices", Names)) }));

    private static readonly NameRule Streams = With(
        ("data_streams", new NameRule
        {
            ItemNames = ["name"],
            Each = With(("indices", BackingIndices), ("failure_store", With(("indices", BackingIndices)))),
        }));

    private static readonly NameRule StreamStats = With(("data_streams", new NameRule { ItemNames = ["data_stream"] }));

    private static readonly NameRule FieldType = With(
        ("indices", Names), ("non_searchable_indices", Names), ("non_aggregatable_indices", Names), ("metric_conflicts_indices", Names),
        ("non_dimension_indices", Names));

    private static readonly NameRule Fields = With(
        ("indices", Names),
        ("fields", new NameRule { Each = new NameRule { Each = FieldType } }),
        ("failures", new NameRule { Each = With(("indices", Names)) }));

    private static readonly NameRule Shards = With(
        ("indices", new NameRule { IsNames = true, Each = With(("aliases", Names)) }),
        ("shards", new NameRule { Each = new NameRule { ItemNames = ["index"] } }));

    private static readonly Dictionary<string, NameRule> ByTemplate = new(StringComparer.Ordinal)
    {
        ["/{index}"] = OfIndex,
        ["/_alias"] = OfAll,
        ["/_alias/{name}"] = OfAll,
        ["/_aliases"] = OfAll,
        ["/{index}/_alias"] = OfIndex,
        ["/{index}/_alias/{name}"] = OfIndex,
        ["/{index}/_aliases"] = OfIndex,
        ["/{index}/_aliases/{name}"] = OfIndex,
        ["/_resolve/index/{name}"] = Resolved,
        ["/_data_stream"] = Streams,
        ["/_data_stream/{name}"] = Streams,
        ["/_data_stream/_stats"] = StreamStats,
        ["/_data_stream/{name}/_stats"] = StreamStats,
        ["/_field_caps"] = Fields,
        ["/{index}/_field_caps"] = Fields,
        ["/_search_shards"] = Shards,
        ["/{index}/_search_shards"] = Shards,
    };

    /// <summary>The rule of a path template, or null where its response names nothing that was not asked for.</summary>
    public static NameRule? For(string template) => ByTemplate.GetValueOrDefault(template);

    /// <summary>
    /// Whether it lists everything, has no form that asks for less, and every name in its response is looked at: then who has the
    /// privilege on anything may ask, and sees his own.
    /// </summary>
    public static bool IsListing(string template) => template is "/_cat/aliases" or "/_data_stream" or "/_data_stream/_stats";

    /// <summary>Whether it is a table of aliases for people.</summary>
    public static bool IsAliasTable(string template) => template is "/_cat/aliases" or "/_cat/aliases/{name}";

    private static NameRule With(params ReadOnlySpan<(string Name, NameRule Rule)> members)
    {
        Dictionary<string, NameRule> rules = new(StringComparer.Ordinal);
        foreach ((string name, NameRule rule) in members)
        {
            rules.Add(name, rule);
        }

        return new NameRule { Members = rules };
    }
}
