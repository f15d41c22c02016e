using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>Bodies that make, change or bind indices.</summary>
internal static class IndexReaders
{
    private const string Manage = "index:manage";

    // What moves documents elsewhere, hides an index or ties it to another cluster.
    private static readonly string[] Pipelines = ["default_pipeline", "final_pipeline"];
    private static readonly string[] Sensitive = [.. Pipelines, "routing", "blocks", "hidden"];

    /// <summary><c>POST /_aliases</c>: one verb an action, names in the singular or the plural.</summary>
    public static void Aliases(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !body.Root.Has("actions", out JsonElement actions) || actions.ValueKind != JsonValueKind.Array)
        {
            request.Refuse("missing_index");
            return;
        }

        foreach (JsonElement action in actions.EnumerateArray())
        {
            JsonProperty[] verbs = action.ValueKind == JsonValueKind.Object ? [.. action.EnumerateObject()] : [];
            if (verbs.Length != 1 || verbs[0].Name is not ("add" or "remove" or "remove_index") || verbs[0].Value.ValueKind != JsonValueKind.Object)
            {
                request.Refuse("unexpected_value");
                return;
            }

            Action(request, verbs[0].Name, verbs[0].Value);
        }
    }

    /// <summary>An alias put by path; the body may name others.</summary>
    public static void PutAlias(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool hasIndex = request.GivenIndices is not null;
        if (body is not null)
        {
            hasIndex |= request.NeedFrom(Manage, body.Root, "index");
            request.NeedFrom(Manage, body.Root, "alias");
            Filter(request, body.Root);
        }

        if (!hasIndex)
        {
            request.Need(Manage, "*");
        }
    }

    /// <summary>An index to be made: with aliases it binds names, with pipelines it moves documents.</summary>
    public static void CreateIndex(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        if (AddAliases(request, body.Root))
        {
            request.Supersede("index:create_index", Manage);
        }

        if (HasSetting(body.Root, Pipelines))
        {
            request.Need("cluster:manage");
        }
    }

    /// <summary>Settings of an index.</summary>
    public static void Settings(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is not null && HasSetting(body.Root, Sensitive))
        {
            request.Need("cluster:manage");
        }
    }

    /// <summary>Rollover, shrink, split, clone: new names, perhaps with aliases.</summary>
    public static void WithAliases(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            return;
        }

        AddAliases(request, body.Root);
        if (HasSetting(body.Root, Pipelines))
        {
            request.Need("cluster:manage");
        }
    }

    /// <summary><c>_data_stream/_modify</c>: a stream and the index grafted into it.</summary>
    public static void ModifyDataStream(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !body.Root.Has("actions", out JsonElement actions) || actions.ValueKind != JsonValueKind.Array)
        {
            request.Refuse("missing_index");
            return;
        }

        foreach (JsonElement action in actions.EnumerateArray())
        {
            JsonProperty[] verbs = action.ValueKind == JsonValueKind.Object ? [.. action.EnumerateObject()] : [];
            if (verbs.Length != 1 || verbs[0].Name is not ("add_backing_index" or "remove_backing_index"))
            {
                request.Refuse("unexpected_value");
            }
            else if (!request.NeedFrom(Manage, verbs[0].Value, "data_stream") || !request.NeedFrom(Manage, verbs[0].Value, "index"))
            {
                request.Refuse("missing_index");
            }
        }
    }

    /// <summary>A searchable snapshot mounted under a name.</summary>
    public static void Mount(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !request.NeedFrom(Manage, body.Root, "index"))
        {
            request.Refuse("missing_index");
            return;
        }

        request.NeedFrom(Manage, body.Root, "renamed_index");
        if (HasSetting(body.Root, Pipelines))
        {
            request.Need("cluster:manage");
        }
    }

    /// <summary><c>_migration/reindex</c>.</summary>
    public static void Migrate(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null || !body.Root.Has("source", out JsonElement source) || !request.NeedFrom(Manage, source, "index"))
        {
            request.Refuse("missing_index");
        }
    }

    /// <summary><c>_analyze</c> without an index in the path.</summary>
    public static void Analyze(Classification request)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        bool isNamed = body is not null && request.NeedFrom(Manage, body.Root, "index");
        if (request.GivenIndices is { } index)
        {
            request.Need(Manage, index);
        }
        else if (!isNamed)
        {
            request.Need("cluster:monitor");
        }
    }

    private static void Action(Classification request, string verb, JsonElement value)
    {
        bool hasIndex = One(request, value, "index", "indices");
        request.DeletesByWildcard |= verb == "remove_index" && (IsWide(value, "index") || IsWide(value, "indices"));
        bool hasAlias = verb == "remove_index" || One(request, value, "alias", "aliases");
        if (!hasIndex || !hasAlias)
        {
            request.Refuse("missing_index");
        }

        Filter(request, value);
    }

    // A list or an array may hold the wildcard anywhere, date math may make one.
    private static bool IsWide(JsonElement value, string member) => value.Has(member, out JsonElement names) && names.ValueKind switch
    {
        JsonValueKind.String => IsWide(names),
        JsonValueKind.Array => names.GetArrayLength() == 0 || names.EnumerateArray().Any(static n => n.ValueKind == JsonValueKind.String && IsWide(n)),
        _ => false,
    };

    private static bool IsWide(JsonElement name) =>
        name.GetString()!.Split(',').Any(static n => IndexLists.IsWide(IndexLists.Cover(n)));

    private static bool One(Classification request, JsonElement value, string singular, string plural)
    {
        bool one = request.NeedFrom(Manage, value, singular);
        bool many = request.NeedFrom(Manage, value, plural);
        if (one && many)
        {
            request.Refuse("two_names");
        }

        return one || many;
    }

    private static void Filter(Classification request, JsonElement value)
    {
        if (value.Has("filter", out JsonElement filter))
        {
            SearchBody.Walk(request, filter);
        }
    }

    private static bool AddAliases(Classification request, JsonElement body)
    {
        bool any = false;
        if (body.Has("aliases", out JsonElement aliases))
        {
            if (aliases.ValueKind != JsonValueKind.Object)
            {
                request.Refuse("unexpected_type");
                return false;
            }

            foreach (JsonProperty alias in aliases.EnumerateObject())
            {
                any = true;
                request.NeedName(Manage, alias.Name);
                Filter(request, alias.Value);
            }
        }

        return any;
    }

    // Settings come nested, dotted or both, under `settings` or, in older versions, as the body itself.
    private static bool HasSetting(JsonElement value, string[] names)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (member.Name is "mappings" or "aliases")
            {
                continue;
            }

            bool isNamed = member.Name.Split('.').Any(p => names.Contains(p, StringComparer.Ordinal) || (names == Sensitive && p.StartsWith("remote", StringComparison.Ordinal)));
            if (isNamed || HasSetting(member.Value, names))
            {
                return true;
            }
        }

        return false;
    }
}
