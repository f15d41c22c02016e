using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>Asks a stand-in with targets that go out byte for byte.</summary>
internal sealed class StandInCalls(ElasticsearchStandIn cluster) : IDisposable
{
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(20) };

    public async Task<(HttpStatusCode Status, JsonNode? Json, HttpResponseMessage Message)> SendAsync(
        string method, string target, string? body = null, string type = "application/json", params (string Name, string Value)[] headers)
    {
        var address = new Uri(cluster.Address.ToString().TrimEnd('/') + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        HttpResponseMessage answer = await _client.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.StartsWith('{') || text.StartsWith('[') ? JsonNode.Parse(text) : text.Length == 0 ? null : JsonValue.Create(text), answer);
    }

    /// <summary>Which documents a search finds, as <c>index/id</c> in order.</summary>
    public async Task<string> FindAsync(string target, string? body = null)
    {
        (HttpStatusCode status, JsonNode? json, _) = await SendAsync("POST", target, body ?? "{}");
        return status == HttpStatusCode.OK ? string.Join(' ', json!["hits"]!["hits"]!.AsArray().Select(static h => $"{h!["_index"]}/{h["_id"]}"))
            : $"{(int)status} {(json?["error"] is JsonObject error ? error["type"] : json?["error"])}";
    }

    public void Dispose() => _client.Dispose();
}
