using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Serving;

/// <summary>Whether a request has the credential that the options ask for.</summary>
internal static class Credentials
{
    public static bool Suffice(string? authorization, StandInOptions options)
    {
        if (options.User is null && options.ApiKey is null)
        {
            return true;
        }

        string[] given = (authorization ?? "").Split(' ', 2);
        return given.Length == 2 && given[0].ToUpperInvariant() switch
        {
            "BASIC" => options.User is not null && given[1] == Convert.ToBase64String(Encoding.UTF8.GetBytes(options.User + ":" + options.Password)),
            "APIKEY" => options.ApiKey is not null && given[1] == options.ApiKey,
            _ => false,
        };
    }

    public static RestAnswer Refusal(string? authorization, string path)
    {
        string reason = authorization is null ? $"missing authentication credentials for REST request [{path}]" : $"unable to authenticate user for REST request [{path}]";
        JsonArray Schemes() => new("Basic realm=\"security\", charset=\"UTF-8\"", "ApiKey");
        var error = new ElasticsearchException(401, "security_exception", reason, new JsonObject { ["header"] = new JsonObject { ["WWW-Authenticate"] = Schemes() } });
        return error.Answer() with { Headers = new Dictionary<string, string> { ["WWW-Authenticate"] = "Basic realm=\"security\", charset=\"UTF-8\"" } };
    }
}
