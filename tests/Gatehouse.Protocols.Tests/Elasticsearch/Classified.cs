using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Elasticsearch;

namespace Gatehouse.Protocols.Tests.Elasticsearch;

/// <summary>What a request is classified to, as one line: <c>index:read logs-*,b; cluster:manage</c>.</summary>
internal static class Classified
{
    private const string Json = "application/json";

    public static string As(string request, string? body = null, string? type = Json)
    {
        string[] halves = request.Split(' ', 2);
        RequestClass found = ElasticsearchClassifier.Classify(halves[0], halves[1], body is null ? null : type, Encoding.UTF8.GetBytes(body ?? ""));
        string operations = string.Join("; ", found.Operations.Select(static o => $"{o.Action} {string.Join(',', o.Resources)}".TrimEnd()));
        return found.Outcome switch
        {
            RequestOutcome.Refused => $"refused {found.Refusal}",
            RequestOutcome.Authenticated => "any",
            RequestOutcome.Owner => $"owner {operations}".TrimEnd(),
            _ => operations,
        };
    }

    public static string Query(string language, string text) =>
        As($"POST {language}", $$"""{"query":{{System.Text.Json.JsonSerializer.Serialize(text)}}}""");
}
