using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Indices;
using Gatehouse.Testing.Elasticsearch.Queries;
using Gatehouse.Testing.Elasticsearch.Rest;
using Gatehouse.Testing.Elasticsearch.Searching;

namespace Gatehouse.Testing.Elasticsearch.Apis;

/// <summary>The answer to a query in a language with columns and rows.</summary>
internal sealed record Table(IReadOnlyList<(string Name, string Type)> Columns, IReadOnlyList<JsonArray> Rows)
{
    public JsonArray Described() => Columns.Select(static c => (JsonNode?)new JsonObject { ["name"] = c.Name, ["type"] = c.Type }).ToJsonArray();
}

/// <summary>Reads indices as tables, for the query languages.</summary>
internal sealed class TableReader(ApiContext context)
{
    /// <summary>Reads an index expression.</summary>
    /// <param name="expression">What stands behind FROM, quoted or not.</param>
    /// <param name="wanted">Column names with commas between, or <c>*</c>.</param>
    /// <param name="match">The query's match, whose groups <c>field</c>, <c>value</c> and <c>limit</c> hold where they are there.</param>
    public Table Read(string expression, string wanted, Match match)
    {
        string index = string.Join(',', expression.Split(',').Select(static e => e.Trim().Trim('"', '`')));
        Frozen frozen;
        try
        {
            frozen = context.Searcher.Freeze(context.Expressions.Targets(index, new ResolveOptions { AllowNoIndices = false }));
        }
        catch (ElasticsearchException e) when (e.Status == 404)
        {
            throw new ElasticsearchException(400, "verification_exception", $"Found 1 problem\nline 1:15: Unknown index [{index}]");
        }

        (string Path, string Type)[] fields = [.. frozen.Documents.Select(static d => d.Index).Distinct().SelectMany(static i => Mapping.Fields(i.Mappings))
            .Where(static f => f.Type != "object").Distinct().OrderBy(static f => f.Path, StringComparer.Ordinal)];
        (string Name, string Type)[] columns = wanted.Trim() == "*" ? [.. fields.Where(f => !f.Path.EndsWith(".keyword", StringComparison.Ordinal))]
            : [.. wanted.Split(',', StringSplitOptions.TrimEntries).Select(static c => c.Trim('"', '`')).Select(c => fields.FirstOrDefault(f => f.Path == c) is { Path: not null } known ? known
                : throw new ElasticsearchException(400, "verification_exception", $"Found 1 problem\nline 1:8: Unknown column [{c}]"))];
        IEnumerable<(IndexState Index, Document Document)> found = frozen.Documents;
        if (match.Groups["field"].Success)
        {
            string field = match.Groups["field"].Value.Trim('"', '`');
            JsonNode value = JsonValue.Create(match.Groups["value"].Value.Trim('\'', '"'));
            found = found.Where(d => FieldValues.Of(d.Index, d.Document, field).Any(v => FieldValues.AreSame(v, value)));
        }

        int limit = match.Groups["limit"].Success ? int.Parse(match.Groups["limit"].Value) : int.MaxValue;
        return new Table(columns, [.. found.Take(limit).Select(d => columns.Select(c => FieldValues.Of(d.Index, d.Document, c.Name).FirstOrDefault()?.DeepClone()).ToJsonArray())]);
    }
}
