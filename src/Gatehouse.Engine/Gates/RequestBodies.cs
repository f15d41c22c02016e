using Gatehouse.Audit;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;

namespace Gatehouse.Engine.Gates;

/// <summary>Bodies of requests in step 5: kind, coding and size, before and while they are read.</summary>
internal static class RequestBodies
{
    private static readonly Refusal BodyTooLarge = new(413, GateProblems.BodyTooLarge, "body_too_large", AuditAction.AccessDenied);
    private static readonly Refusal BodyType = new(415, GateProblems.BodyTypeRefused, "content_type", AuditAction.AccessDenied);
    private static readonly Refusal BodyCoding = new(415, GateProblems.BodyTypeRefused, "content_encoding", AuditAction.AccessDenied);

    /// <summary>What must hold before the body is read; a streamed one begins.</summary>
    /// <param name="exchange">The request, with the endpoint that takes it.</param>
    /// <param name="streamed">Most bytes of a streamed body; null: what endpoint or gate say.</param>
    public static Refusal? Check(HttpExchange exchange, long? streamed = null)
    {
        CatalogueEndpoint endpoint = exchange.Endpoint!; // Match found it
        if (endpoint.BodyMode == BodyMode.None)
        {
            return exchange.HasBody ? Refusal.Tampered(ClassifyErrors.Word(ClassifyError.UnexpectedBody)) : null;
        }

        if (exchange.HasBody && !endpoint.AcceptsContentType(exchange.Headers.ContentType))
        {
            return BodyType;
        }

        if (endpoint.BodyMode == BodyMode.Json)
        {
            return exchange.Headers.HasContentEncoding ? BodyCoding : null;
        }

        long limit = streamed ?? LimitOf(exchange);
        if (exchange.Headers.ContentLength > limit)
        {
            return BodyTooLarge;
        }

        exchange.StreamBody(limit);
        return null;
    }

    /// <summary>Reads a body that step 5 looks into.</summary>
    public static async ValueTask<Refusal?> ReadJsonAsync(HttpExchange exchange)
    {
        int status = await exchange.BufferBodyAsync(LimitOf(exchange));
        return status switch
        {
            0 => null,
            413 => BodyTooLarge,
            -1 => new Refusal(0, GateProblems.ClientCutShort, "client_gone", AuditAction.TamperedRequest),
            _ => new Refusal(status, GateProblems.TamperedRequest, "body_malformed", AuditAction.TamperedRequest),
        };
    }

    /// <summary>Checks and reads a body of any media type that step 5 looks into.</summary>
    public static async ValueTask<Refusal?> ReadWholeAsync(HttpExchange exchange) =>
        exchange.HasBody && !exchange.Endpoint!.AcceptsContentType(exchange.Headers.ContentType) ? BodyType // Match found it
            : exchange.Headers.HasContentEncoding ? BodyCoding
            : await ReadJsonAsync(exchange);

    private static long LimitOf(HttpExchange exchange) =>
        exchange.Endpoint!.MaxBody ?? exchange.Gate.Model.Configuration.MaxBody; // Match found it
}
