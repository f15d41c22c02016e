using System.Buffers;
using Gatehouse.Engine.Forwarding;
using Gatehouse.Engine.Gates;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Protocols.Elasticsearch.Streams;

namespace Gatehouse.Engine.Elasticsearch.Answers;

/// <summary>Bodies of requests in step 5: type, coding and size, before and while they are read.</summary>
internal static class ElasticsearchBodies
{
    /// <summary>Largest <c>_bulk</c>, in bytes as they come: the upstream's own default (http.max_content_length).</summary>
    public const long MaxBulk = 100L * 1024 * 1024;

    /// <summary>Most bytes of a body that nobody reads, to be read past.</summary>
    private const long MaxIgnored = 64 * 1024;

    /// <summary>Reads the body of a request that is not a bulk; null when it is there, unpacked.</summary>
    public static async ValueTask<Refusal?> ReadAsync(HttpExchange exchange, ElasticsearchRoute route)
    {
        if (!exchange.HasBody)
        {
            return await BufferAsync(exchange, 0);
        }

        if (route.Body == ElasticsearchBody.None)
        {
            // Nobody reads it, so nobody gets it.
            Refusal? refusal = await BufferAsync(exchange, MaxIgnored);
            exchange.UseBody(RequestBody.None);
            return refusal;
        }

        if (!ElasticsearchClassifier.AcceptsContentType(route, exchange.Headers.ContentType))
        {
            return ElasticsearchRefusals.BodyType;
        }

        long limit = exchange.Gate.Model.Configuration.MaxBody;
        if (!Inflater.TryCreate(exchange.Headers.ContentEncoding, new InflateLimits { MaxBytes = limit }, out Inflater? inflater))
        {
            return ElasticsearchRefusals.BodyCoding;
        }

        using (inflater)
        {
            return await BufferAsync(exchange, limit) ?? (inflater is null ? null : Unpack(exchange, inflater, limit));
        }
    }

    private static Refusal? Unpack(HttpExchange exchange, Inflater inflater, long limit)
    {
        ArrayBufferWriter<byte> unpacked = new();
        if (inflater.Push(exchange.Body.Buffered.Span, unpacked) == InflateError.None)
        {
            inflater.Finish(unpacked);
        }

        if (inflater.Error is not InflateError.None)
        {
            return ElasticsearchRefusals.OfCoding(inflater.Error);
        }

        exchange.UseBody(new RequestBody(null, unpacked.WrittenMemory, unpacked.WrittenCount, limit));
        return null;
    }

    private static async ValueTask<Refusal?> BufferAsync(HttpExchange exchange, long limit)
    {
        int status = await exchange.BufferBodyAsync(limit);
        return status == 0 ? null : RefusalOf(status);
    }

    /// <summary>What a body that could not be read means: 413 too large, -1 the client went, else malformed or too slow.</summary>
    public static Refusal RefusalOf(int status) => status switch
    {
        413 => ElasticsearchRefusals.BodyTooLarge,
        -1 => new Refusal(0, GateProblems.ClientCutShort, "client_gone", Audit.AuditAction.TamperedRequest),
        _ => new Refusal(status, GateProblems.TamperedRequest, "body_malformed", Audit.AuditAction.TamperedRequest),
    };
}
