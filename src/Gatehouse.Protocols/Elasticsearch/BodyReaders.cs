namespace Gatehouse.Protocols.Elasticsearch;

/// <summary>The readers that the table names.</summary>
internal static class BodyReaders
{
    private static readonly Dictionary<string, BodyReader?> ByName = new(StringComparer.Ordinal)
    {
        ["-"] = null,
        ["json"] = static r => Json(r),
        ["raw"] = static _ => { },
        ["document"] = static r => Json(r),
        ["update"] = static r => Json(r),
        ["search"] = SearchReaders.Search,
        ["query"] = SearchReaders.Search,
        ["msearch"] = SearchReaders.MultiSearch,
        ["msearch_template"] = SearchReaders.MultiSearchTemplate,
        ["search_template"] = SearchReaders.Template,
        ["rank_eval"] = SearchReaders.RankEvaluation,
        ["docs"] = DocumentReaders.Documents,
        ["termvectors"] = DocumentReaders.TermVectors,
        ["simulate"] = DocumentReaders.Simulate,
        ["bulk"] = BulkReader.Read,
        ["update_by_query"] = DocumentReaders.UpdateByQuery,
        ["reindex"] = DocumentReaders.Reindex,
        ["aliases"] = IndexReaders.Aliases,
        ["put_alias"] = IndexReaders.PutAlias,
        ["create_index"] = IndexReaders.CreateIndex,
        ["settings"] = IndexReaders.Settings,
        ["with_aliases"] = IndexReaders.WithAliases,
        ["modify_data_stream"] = IndexReaders.ModifyDataStream,
        ["mount"] = IndexReaders.Mount,
        ["migrate"] = IndexReaders.Migrate,
        ["analyze"] = IndexReaders.Analyze,
        ["search_application"] = FeatureReaders.SearchApplication,
        ["enrich"] = FeatureReaders.Enrich,
        ["transform"] = FeatureReaders.Transform,
        ["analytics"] = FeatureReaders.Analytics,
        ["analytics_source"] = FeatureReaders.AnalyticsSource,
        ["datafeed"] = FeatureReaders.Datafeed,
        ["api_key"] = FeatureReaders.ApiKey,
        ["scroll"] = HandleReaders.Scroll,
        ["clear_scroll"] = HandleReaders.ClearScroll,
        ["pit"] = static r => HandleReaders.Named(r, "id"),
        ["pit_id"] = static r => HandleReaders.Named(r, "pit_id"),
        ["cursor"] = static r => HandleReaders.Named(r, "cursor"),
        ["sql"] = QueryLanguageReaders.Sql,
        ["esql"] = QueryLanguageReaders.Esql,
        ["view"] = QueryLanguageReaders.View,
        ["os_sql"] = QueryLanguageReaders.OpenSearchSql,
        ["ppl"] = QueryLanguageReaders.Ppl,
    };

    /// <summary>The reader of that name; null where bodies are not looked at.</summary>
    public static BodyReader? Find(string name) => ByName[name];

    private static void Json(Classification request)
    {
        using StrictBody? body = StrictBody.Read(request, request.Body);
    }
}
