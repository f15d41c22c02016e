using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Bodies of the search family.</summary>
internal static class SearchReaders
{
    private const string Read = "index:read";

    private static readonly HashSet<string> Header = new(StringComparer.Ordinal)
    {
        "index", "indices", "search_type", "searchType", "request_cache", "requestCache", "preference", "routing", "expand_wildcards",
        "expandWildcards", "ignore_unavailable", "ignoreUnavailable", "allow_no_indices", "allowNoIndices", "ignore_throttled",
        "ignoreThrottled", "allow_partial_search_results", "ccs_minimize_roundtrips", "max_concurrent_shard_requests", "project_routing",
    };

    /// <summary>One search body, or a body with a query.</summary>
    public static void Search(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        Search(request, body.Root, request.GivenIndices is not null);
    }

    /// <summary>Header and body lines.</summary>
    public static void MultiSearch(Classification request) => Lines(request, isTemplate: false);

    /// <summary>Header and template lines.</summary>
    public static void MultiSearchTemplate(Classification request) => Lines(request, isTemplate: true);

    /// <summary>A template may become any search: it needs everything.</summary>
    public static void Template(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        request.Need(Read, request.GivenIndices ?? "");
        request.Need(Read, "*");
    }

    /// <summary>Searches with ratings.</summary>
    public static void RankEvaluation(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null)
        {
            // Templates of queries may become anything.
            if (body.Root.Has("templates", out _))
            {
                request.Need(Read, "*");
            }

            SearchBody.Walk(request, body.Root);
        }
    }

    private static void Lines(Classification request, bool isTemplate)
    {
        var lines = new LineReader(request.Body);
        bool any = false;
        while (lines.TryRead(out ReadOnlyMemory<byte> header))
        {
            using StrictBody? head = header.IsEmpty ? null : StrictBody.ReadObject(request, header);
            if (head is null || !lines.TryRead(out ReadOnlyMemory<byte> line) || line.IsEmpty)
            {
                request.Refuse("malformed_lines");
                return;
            }

            using StrictBody? body = StrictBody.ReadObject(request, line);
            if (body is null)
            {
                return;
            }

            any = true;
            bool hasPit = !isTemplate && body.Root.Has("pit", out _);
            Named(request, head.Root, hasPit);
            if (isTemplate)
            {
                request.Need(Read, "*");
            }
            else
            {
                Search(request, body.Root, hasIndices: true);
            }
        }

        if (lines.IsCut || !any)
        {
            request.Refuse("malformed_lines");
        }
    }

    private static void Named(Classification request, JsonElement header, bool hasPit)
    {
        foreach (JsonProperty member in header.EnumerateObject())
        {
            if (!Header.Contains(member.Name))
            {
                request.Refuse("unknown_field");
            }
        }

        bool one = header.Has("index", out _);
        bool many = header.Has("indices", out _);
        if (one && many)
        {
            request.Refuse("two_names");
        }
        else if (!request.NeedFrom(Read, header, one ? "index" : "indices") && !hasPit)
        {
            request.Need(Read, request.GivenIndices ?? "");
        }
    }

    private static void Search(Classification request, JsonElement body, bool hasIndices)
    {
        if (body.Has("pit", out JsonElement pit))
        {
            // A point in time has its own indices, and an owner.
            if (!pit.Has("id", out JsonElement id) || id.ValueKind != JsonValueKind.String)
            {
                request.Refuse("unexpected_type");
            }

            if (!TakesPit(request.Plan.Template))
            {
                request.Refuse("unknown_field");
            }

            request.IsOwned = true;
            request.HasOwnIndices = !hasIndices;
        }

        SearchBody.Walk(request, body);
    }

    private static bool TakesPit(string template) =>
        template.EndsWith("_search", StringComparison.Ordinal) || template.EndsWith("_msearch", StringComparison.Ordinal);
}
