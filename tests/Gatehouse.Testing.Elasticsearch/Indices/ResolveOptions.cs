using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Indices;

/// <summary>The options that change what an index expression means.</summary>
internal sealed record ResolveOptions
{
    public bool Open { get; init; } = true;

    public bool Closed { get; init; }

    public bool Hidden { get; init; }

    public bool IgnoreUnavailable { get; init; }

    public bool AllowNoIndices { get; init; } = true;

    /// <summary>Named closed indices are an error, or left out with <see cref="IgnoreUnavailable"/>.</summary>
    public bool ForbidClosed { get; init; } = true;

    /// <summary>Only concrete names count, as for deletion.</summary>
    public bool IgnoreAliases { get; init; }

    public bool WithDataStreams { get; init; } = true;

    /// <summary>Metadata and administration: closed indices are as good as open ones.</summary>
    public static ResolveOptions Metadata { get; } = new() { ForbidClosed = false };

    public bool Wildcards => Open || Closed;

    /// <summary>The query's words over these defaults.</summary>
    public ResolveOptions With(RestCall call) => Expand(call["expand_wildcards"]) with
    {
        IgnoreUnavailable = call.Flag("ignore_unavailable", IgnoreUnavailable),
        AllowNoIndices = call.Flag("allow_no_indices", AllowNoIndices),
    };

    /// <summary>The words of an <c>_msearch</c> header, in snake or camel case, over these.</summary>
    public ResolveOptions With(JsonObject header) =>
        Expand((header["expand_wildcards"] ?? header["expandWildcards"]) is { } words ? string.Join(',', words.Texts()) : null) with
        {
            IgnoreUnavailable = (header["ignore_unavailable"] ?? header["ignoreUnavailable"]).Bool() ?? IgnoreUnavailable,
            AllowNoIndices = (header["allow_no_indices"] ?? header["allowNoIndices"]).Bool() ?? AllowNoIndices,
        };

    private ResolveOptions Expand(string? words)
    {
        if (words is null)
        {
            return this;
        }

        ResolveOptions result = this with { Open = false, Closed = false, Hidden = false };
        foreach (string word in words.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            result = word.ToLowerInvariant() switch
            {
                "open" => result with { Open = true },
                "closed" => result with { Closed = true },
                "hidden" => result with { Hidden = true },
                "all" => result with { Open = true, Closed = true, Hidden = true },
                "none" => result with { Open = false, Closed = false, Hidden = false },
                _ => throw ElasticsearchException.IllegalArgument($"No valid expand wildcard value [{word}]"),
            };
        }

        // "hidden" alone adds nothing to expand.
        return result;
    }
}
