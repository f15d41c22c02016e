using System.Text.RegularExpressions;
using Gatehouse.Testing.Elasticsearch.Rest;

namespace Gatehouse.Testing.Elasticsearch.Serving;

/// <summary>Which media types come in and which goes out.</summary>
internal static partial class MediaTypes
{
    /// <summary>Refuses a body whose type the cluster does not read.</summary>
    public static void CheckContentType(string? contentType, StandInOptions options)
    {
        string type = contentType ?? "";
        if (Plain().IsMatch(type))
        {
            return;
        }

        Match vendored = Vendored().Match(type);
        if (!vendored.Success || options.Product == StandInProduct.OpenSearch)
        {
            throw new ElasticsearchException(406, "content_type_header_exception", $"Content-Type header [{type}] is not supported");
        }

        CheckCompatible(vendored, "Content-Type", type, options);
    }

    /// <summary>The type of an answer: the vendored one echoed, or plain JSON.</summary>
    public static string ForAnswer(string? accept, StandInOptions options, bool isText)
    {
        Match vendored = Vendored().Match(accept ?? "");
        if (vendored.Success && options.Product == StandInProduct.Elasticsearch)
        {
            CheckCompatible(vendored, "Accept", accept!, options);
            return isText ? "text/plain; charset=UTF-8" : $"application/vnd.elasticsearch+json;compatible-with={vendored.Groups["version"].Value}";
        }

        bool isOld = options.Product == StandInProduct.OpenSearch || options.Version.StartsWith("7.", StringComparison.Ordinal);
        return isText ? "text/plain; charset=UTF-8" : isOld ? "application/json; charset=UTF-8" : "application/json";
    }

    private static void CheckCompatible(Match vendored, string header, string value, StandInOptions options)
    {
        int major = int.Parse(options.Version.Split('.')[0]);
        int asked = int.Parse(vendored.Groups["version"].Value);
        if (asked != major && asked != major - 1)
        {
            throw new ElasticsearchException(400, "media_type_header_exception", $"Invalid media-type value on headers [{header}]")
            {
                CausedBy = new() { ["type"] = "status_exception", ["reason"] = $"{header} version must be either version {major} or {major - 1}, but found {asked}. {header}={value}" },
            };
        }
    }

    [GeneratedRegex("^application/(json|x-ndjson)\\s*(;\\s*charset=utf-8)?\\s*$", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Plain();

    [GeneratedRegex("application/vnd\\.elasticsearch\\+(json|x-ndjson)\\s*;\\s*compatible-with=(?<version>[0-9]{1,2})", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Vendored();
}
