using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Bodies of features that read and write indices later, with other rights.</summary>
internal static class FeatureReaders
{
    private const string Read = "index:read";

    /// <summary>An alias over indices, and a search template.</summary>
    public static void SearchApplication(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null)
        {
            request.NeedFrom("index:manage", body.Root, "indices");
        }
    }

    /// <summary>An enrich policy copies its source where everybody may read it.</summary>
    public static void Enrich(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        bool any = false;
        foreach (JsonProperty kind in body.Root.EnumerateObject())
        {
            any |= request.NeedFrom(Read, kind.Value, "indices");
            SearchBody.Walk(request, kind.Value.Has("query", out JsonElement query) ? query : default);
        }

        if (!any)
        {
            request.Refuse("missing_index");
        }
    }

    /// <summary>A transform reads its source and writes its destination; an update or a preview may name only one.</summary>
    public static void Transform(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        if (body.Root.Has("source", out JsonElement source))
        {
            request.NeedFrom(Read, source, "index");
            request.NeedFrom("index:view_index_metadata", source, "index");
            Queries(request, source);
        }

        if (body.Root.Has("pivot", out JsonElement pivot))
        {
            Queries(request, pivot);
            SearchBody.WalkMember(request, "group_by", pivot.Has("group_by", out JsonElement groups) ? groups : default);
        }

        bool isPreview = request.Plan.Template.EndsWith("_preview", StringComparison.Ordinal);
        if (!isPreview && body.Root.Has("dest", out JsonElement target))
        {
            request.NeedFrom("index:create_index", target, "index");
            request.NeedFrom("index:index", target, "index");
            if (body.Root.Has("retention_policy", out _))
            {
                request.NeedFrom("index:delete", target, "index");
            }

            if (target.Has("aliases", out JsonElement aliases) && aliases.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement alias in aliases.EnumerateArray())
                {
                    request.NeedFrom("index:manage", alias, "alias");
                }
            }
        }
    }

    /// <summary>A data frame analytics job.</summary>
    public static void Analytics(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        Source(request, body.Root);
        if (body.Root.Has("dest", out JsonElement target))
        {
            request.NeedFrom("index:create_index", target, "index");
            request.NeedFrom("index:index", target, "index");
            request.NeedFrom("index:manage", target, "index");
        }
    }

    /// <summary>A look at what a job would read.</summary>
    public static void AnalyticsSource(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null)
        {
            Source(request, body.Root.Has("config", out JsonElement inner) ? inner : default);
            Source(request, body.Root);
            request.NeedFrom(Read, body.Root, "index");
            Queries(request, body.Root);
        }
    }

    /// <summary>A datafeed reads documents, a preview gives them; a job may bring its own.</summary>
    public static void Datafeed(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        Feed(request, body.Root);
        Feed(request, body.Root.Has("datafeed_config", out JsonElement feed) ? feed : default);
        if (body.Root.Has("job_config", out JsonElement job))
        {
            Feed(request, job.Has("datafeed_config", out JsonElement inner) ? inner : default);
        }
    }

    /// <summary>One's own keys, or those of others.</summary>
    public static void ApiKey(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool isOwn = body is not null && body.Root.Has("owner", out JsonElement owner) && owner.ValueKind == JsonValueKind.True;
        string? narrower = (request.Method, isOwn || request.Parameter("owner"u8) == "true") switch
        {
            ("GET", false) => "cluster:read_security",
            ("DELETE", false) => "cluster:manage_api_key",
            _ => null,
        };
        if (narrower is not null)
        {
            request.Supersede("cluster:manage_own_api_key", narrower);
        }
    }

    private static void Feed(Classification request, JsonElement feed)
    {
        request.NeedFrom(Read, feed, "indices");
        request.NeedFrom(Read, feed, "indexes");
        Queries(request, feed);
    }

    private static void Source(Classification request, JsonElement job)
    {
        if (job.Has("source", out JsonElement source))
        {
            request.NeedFrom(Read, source, "index");
            Queries(request, source);
        }
    }

    private static void Queries(Classification request, JsonElement parent)
    {
        foreach (string name in new[] { "query", "aggs", "aggregations", "runtime_mappings" })
        {
            if (parent.Has(name, out JsonElement value))
            {
                // With its name: what is below is named by the caller.
                SearchBody.WalkMember(request, name, value);
            }
        }
    }
}
