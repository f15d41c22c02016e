using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Bodies that name documents.</summary>
internal static class DocumentReaders
{
    private const string Read = "index:read";
    private const string Manage = "cluster:manage";

    /// <summary><c>_mget</c>, <c>_mtermvectors</c>.</summary>
    public static void Documents(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool any = false;
        if (body is not null && body.Root.Has("docs", out JsonElement documents))
        {
            any = documents.ValueKind == JsonValueKind.Array && documents.GetArrayLength() > 0;
            Each(request, documents, Read);
        }

        if ((body is not null && body.Root.Has("ids", out _)) || request.Parameter("ids"u8) is not null)
        {
            any = true;
            NeedGiven(request, Read);
        }

        // Defaults of all documents, their index too.
        if (body is not null && body.Root.Has("parameters", out JsonElement defaults))
        {
            TermVectorsOf(request, defaults);
        }

        if (!any)
        {
            request.Refuse("missing_index");
        }
    }

    /// <summary><c>_termvectors</c>: an index in the body takes the place of the path's.</summary>
    public static void TermVectors(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null)
        {
            TermVectorsOf(request, body.Root);
        }
    }

    /// <summary><c>_ingest/_simulate</c>: runs pipelines on documents as if they were written.</summary>
    public static void Simulate(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null && body.Root.Has("docs", out JsonElement documents))
        {
            Each(request, documents, "index:index");
        }
        else
        {
            NeedGiven(request, "index:index");
        }
    }

    /// <summary>A query, and perhaps a script or a pipeline, which may do more than its caller may.</summary>
    public static void UpdateByQuery(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null)
        {
            SearchBody.Walk(request, body.Root);
            if (body.Root.Has("script", out _))
            {
                request.Need(Manage);
            }
        }
    }

    /// <summary><c>_reindex</c>: a remote source, a script and a pipeline reach further than the two names.</summary>
    public static void Reindex(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !body.Root.Has("source", out JsonElement source) || !body.Root.Has("dest", out JsonElement target))
        {
            request.Refuse("missing_index");
            return;
        }

        bool isRemote = source.Has("remote", out _);
        if (!source.Has("index", out JsonElement from) || !target.Has("index", out JsonElement to) || to.ValueKind != JsonValueKind.String)
        {
            request.Refuse("missing_index");
            return;
        }

        if (!isRemote)
        {
            request.NeedValue(Read, from);
        }

        if (source.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in source.EnumerateObject())
            {
                if (member.Name is not ("index" or "remote") && !isRemote)
                {
                    SearchBody.WalkMember(request, member.Name, member.Value);
                }
            }
        }

        request.NeedName("index:write", to.GetString()!);
        if (isRemote || body.Root.Has("script", out _) || target.Has("pipeline", out _))
        {
            request.Need(Manage);
        }
    }

    private static void TermVectorsOf(Classification request, JsonElement value)
    {
        request.NeedFrom(Read, value, "_index");
        request.NeedFrom(Read, value, "index");
    }

    private static void Each(Classification request, JsonElement documents, string action)
    {
        if (documents.ValueKind != JsonValueKind.Array)
        {
            request.Refuse("unexpected_type");
            return;
        }

        foreach (JsonElement document in documents.EnumerateArray())
        {
            bool one = document.Has("_index", out JsonElement index);
            bool two = document.Has("index", out JsonElement old);
            if (document.ValueKind != JsonValueKind.Object || (one && two))
            {
                request.Refuse(one && two ? "two_names" : "unexpected_type");
            }
            else if (!one && !two)
            {
                NeedGiven(request, action);
            }
            else if ((one ? index : old) is { ValueKind: JsonValueKind.String } name)
            {
                request.NeedName(action, name.GetString()!);
            }
            else
            {
                request.Refuse("unexpected_type");
            }
        }
    }

    private static void NeedGiven(Classification request, string action)
    {
        if (request.GivenIndices is { } given)
        {
            request.NeedName(action, given);
        }
        else
        {
            request.Refuse("missing_index");
        }
    }
}
