using System.Text.Json;

namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>SQL, ES|QL and PPL: names inside the text of a query.</summary>
internal static class QueryLanguageReaders
{
    private const string Read = "index:read";

    /// <summary>Elasticsearch SQL; a cursor belongs to its maker.</summary>
    public static void Sql(Classification request) => Query(request, static (r, text) => SqlNames.Add(r, text, SqlDialect.Elasticsearch));

    /// <summary>OpenSearch SQL.</summary>
    public static void OpenSearchSql(Classification request) => Query(request, static (r, text) => SqlNames.Add(r, text, SqlDialect.OpenSearch));

    /// <summary>OpenSearch's piped language.</summary>
    public static void Ppl(Classification request) => Query(request, PplNames.Add);

    /// <summary>ES|QL.</summary>
    public static void Esql(Classification request) => Query(request, EsqlNames.Add);

    /// <summary>A view is a stored query: its text names what its readers read.</summary>
    public static void View(Classification request) => Query(request, EsqlNames.Add);

    private static void Query(Classification request, Action<Classification, string> names)
    {
        using StrictBody? body = StrictBody.ReadObject(request, request.Body);
        if (body is null)
        {
            request.Refuse("missing_query");
            return;
        }

        if (body.Root.Has("cursor", out JsonElement cursor))
        {
            if (cursor.ValueKind != JsonValueKind.String || body.Root.Has("query", out _))
            {
                request.Refuse(cursor.ValueKind == JsonValueKind.String ? "two_names" : "unexpected_type");
            }

            request.IsOwned = true;
            return;
        }

        if (!body.Root.Has("query", out JsonElement query) || query.ValueKind != JsonValueKind.String)
        {
            request.Refuse("missing_query");
            return;
        }

        request.Need(Read);
        names(request, query.GetString()!);
        foreach (string member in new[] { "filter", "runtime_mappings" })
        {
            if (body.Root.Has(member, out JsonElement value))
            {
                SearchBody.WalkMember(request, member, value);
            }
        }

        if (body.Root.Has("catalog", out JsonElement catalog))
        {
            Catalog(request, catalog);
        }
    }

    // Names without a cluster are the catalog's: which ones it takes is its own matter.
    private static void Catalog(Classification request, JsonElement catalog)
    {
        string? name = catalog.ValueKind == JsonValueKind.String ? catalog.GetString() : null;
        if (name is null || name.Contains(',') || name.Contains(':'))
        {
            request.Refuse("unexpected_value");
        }
        else if (name.Length > 0)
        {
            request.Need(Read, name + ":*");
        }
    }
}
