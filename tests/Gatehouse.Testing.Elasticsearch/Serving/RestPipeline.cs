using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch.Apis;
using Gatehouse.Testing.Elasticsearch.Rest;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gatehouse.Testing.Elasticsearch.Serving;

/// <summary>From a request of the web server to a call and from its answer back: credential, media types, compression, log.</summary>
internal sealed class RestPipeline(StandInOptions options, Router router, ApiContext context, RequestLog log, StandInIndices indices)
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 512 };

    private static readonly JsonSerializerOptions Pretty = new(Written) { WriteIndented = true };

    public async Task RunAsync(HttpContext http)
    {
        string raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        string? authorization = http.Request.Headers.Authorization.Count == 0 ? null : http.Request.Headers.Authorization.ToString();
        RestTarget? target = null;
        RestAnswer answer;
        try
        {
            target = RestTarget.Parse(raw);
            bool isBulk = options.DiscardBulk && target.Segments.Count > 0 && target.Segments[^1] == "_bulk";
            if (isBulk && Credentials.Suffice(authorization, options))
            {
                await DiscardAsync(http, raw, target);
                return;
            }

            byte[] body = await ReadAsync(http, raw);
            answer = Credentials.Suffice(authorization, options) ? Answer(http, raw, target, body) : Credentials.Refusal(authorization, target.Path);
        }
        catch (ElasticsearchException e)
        {
            answer = e.Answer();
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            answer = new RestAnswer(413, null);
        }

        await WriteAsync(http, answer, target);
    }

    private RestAnswer Answer(HttpContext http, string raw, RestTarget target, byte[] body)
    {
        string method = http.Request.Method;
        (RestHandler? handler, Dictionary<string, string> parameters, IReadOnlyCollection<string> allowed) = router.Find(method, target.Segments);
        if (method == "OPTIONS" && handler is null)
        {
            return new RestAnswer(200, null) { Headers = new Dictionary<string, string> { ["Allow"] = string.Join(',', allowed) } };
        }

        if (handler is null && allowed.Count > 0)
        {
            var wrong = new JsonObject { ["error"] = $"Incorrect HTTP method for uri [{raw}] and method [{method}], allowed: [{string.Join(", ", allowed)}]", ["status"] = 405 };
            return new RestAnswer(405, wrong) { Headers = new Dictionary<string, string> { ["Allow"] = string.Join(',', allowed) } };
        }

        if (handler is null)
        {
            return new RestAnswer(400, new JsonObject { ["error"] = $"no handler found for uri [{raw}] and method [{method}]" });
        }

        if (body.Length > 0)
        {
            MediaTypes.CheckContentType(http.Request.ContentType, options);
            body = Expand(http, body);
        }
        else if (target.Query.ContainsKey("source"))
        {
            MediaTypes.CheckContentType(target.Query.GetValueOrDefault("source_content_type"), options);
        }

        lock (context.Cluster)
        {
            return handler(new RestCall(method, target, parameters, body));
        }
    }

    private async Task<byte[]> ReadAsync(HttpContext http, string raw)
    {
        using var buffer = new MemoryStream();
        try
        {
            await http.Request.Body.CopyToAsync(buffer);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Record(http, raw, buffer.ToArray(), buffer.Length, isComplete: false);
            throw;
        }

        byte[] body = buffer.ToArray();
        Record(http, raw, body.Length > options.KeptBody ? [] : body, body.Length, isComplete: true);
        return body;
    }

    private async Task DiscardAsync(HttpContext http, string raw, RestTarget target)
    {
        string? index = target.Segments.Count > 1 ? RestTarget.Decode(target.Segments[0], isQuery: false) : target.Query.GetValueOrDefault("index");
        bool withItems = !target.Query.TryGetValue("filter_path", out string? filter) || filter.Contains("items", StringComparison.Ordinal);
        var discard = new BulkDiscard(index, withItems);
        byte[] answer;
        try
        {
            if (http.Request.Headers.ContentEncoding.ToString() == "gzip")
            {
                using var expanded = new GZipStream(http.Request.Body, CompressionMode.Decompress);
                answer = await discard.ReadAsync(System.IO.Pipelines.PipeReader.Create(expanded));
            }
            else
            {
                answer = await discard.ReadAsync(http.Request.BodyReader);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Record(http, raw, [], discard.Bytes, isComplete: false);
            throw;
        }

        Record(http, raw, [], discard.Bytes, isComplete: true);
        lock (context.Cluster)
        {
            indices.Discarded += discard.Documents;
        }

        SetHeaders(http, MediaTypes.ForAnswer(http.Request.Headers.Accept, options, isText: false));
        http.Response.ContentLength = answer.Length;
        await http.Response.Body.WriteAsync(answer);
    }

    private void Record(HttpContext http, string raw, byte[] body, long length, bool isComplete) => log.Add(new RecordedRequest(
        http.Request.Method, raw, http.Request.Headers.ToDictionary(static h => h.Key, static h => h.Value.OfType<string>().ToArray(), StringComparer.OrdinalIgnoreCase), body, length, isComplete));

    private byte[] Expand(HttpContext http, byte[] body)
    {
        switch (http.Request.Headers.ContentEncoding.ToString())
        {
            case "" or "identity":
                return body;
            case "gzip" or "x-gzip":
                using (var expanded = new MemoryStream())
                using (var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress))
                {
                    byte[] part = new byte[64 * 1024];
                    for (int read; (read = gzip.Read(part)) > 0;)
                    {
                        expanded.Write(part, 0, expanded.Length + read <= options.MaxBody ? read : throw new ElasticsearchException(413, "content_too_large_exception", "entity content is too long"));
                    }

                    return expanded.ToArray();
                }

            default:
                throw new ElasticsearchException(415, "status_exception", "unsupported content encoding");
        }
    }

    private async Task WriteAsync(HttpContext http, RestAnswer answer, RestTarget? target)
    {
        string type;
        try
        {
            type = MediaTypes.ForAnswer(http.Request.Headers.Accept, options, answer.Text is not null);
        }
        catch (ElasticsearchException e)
        {
            answer = e.Answer();
            type = "application/json";
        }

        JsonNode? json = answer.Json;
        if (json is not null && answer.Status < 400 && target?.Query.GetValueOrDefault("filter_path") is { Length: > 0 } filter)
        {
            json = FilterPath.Apply(json, filter);
        }

        bool isPretty = target?.Query.GetValueOrDefault("pretty") is "" or "true";
        byte[] body = answer.Text is not null ? Encoding.UTF8.GetBytes(answer.Text)
            : json is null ? [] : Encoding.UTF8.GetBytes(json.ToJsonString(isPretty ? Pretty : Written) + (isPretty ? "\n" : ""));
        http.Response.StatusCode = answer.Status;
        SetHeaders(http, type);
        foreach ((string name, string value) in answer.Headers)
        {
            http.Response.Headers[name] = value;
        }

        if (http.Request.Method == "HEAD")
        {
            return;
        }

        if (options.CompressAnswers && body.Length > 0 && http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            using var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            {
                gzip.Write(body);
            }

            body = packed.ToArray();
            http.Response.Headers.ContentEncoding = "gzip";
        }

        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body);
    }

    private void SetHeaders(HttpContext http, string type)
    {
        http.Response.ContentType = type;
        if (options.Product == StandInProduct.Elasticsearch)
        {
            http.Response.Headers["X-elastic-product"] = "Elasticsearch";
        }

        if (http.Request.Headers["X-Opaque-Id"] is { Count: > 0 } opaque)
        {
            http.Response.Headers["X-Opaque-Id"] = opaque;
        }
    }
}
