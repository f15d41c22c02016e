using System.Collections.Frozen;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates.Headers;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// What pages of other origins may do. The gate owns CORS: the upstream's own headers are dropped, preflights never reach
/// it, and a request that changes something is refused before it is even authenticated (a browser sends cached Basic
/// credentials with any cross-site POST).
/// </summary>
internal sealed class CrossSite(GateConfiguration configuration)
{
    private readonly FrozenSet<string> _origins = configuration.CorsOrigins.ToFrozenSet(StringComparer.Ordinal);
    private readonly string _scheme = configuration.Tls ? "https://" : "http://";

    /// <summary>Whether answers depend on the origin.</summary>
    public bool HasOrigins => _origins.Count > 0;

    /// <summary>Whether a page of that origin may read answers and send changes.</summary>
    public bool Allows(string origin) => _origins.Contains(origin);

    /// <summary>Whether a request may go on to its authentication.</summary>
    public bool MayBegin(RequestHeaders headers, bool changesSomething)
    {
        if (headers.Origin is null)
        {
            // Old browsers send no Sec-Fetch-Site, but then they send Origin with whatever changes something.
            return !changesSomething || headers.FetchSite is null or "same-origin" or "same-site" or "none";
        }

        return !changesSomething || Accepts(headers.Origin, headers.Host!); // Host was checked before
    }

    /// <summary>Whether a page of that origin may act on what is served as <paramref name="host"/>.</summary>
    public bool Accepts(string origin, string host) => Allows(origin) || IsOwn(origin, host);

    /// <summary>Puts the gate's CORS headers on an answer.</summary>
    public void Mark(HttpExchange exchange)
    {
        if (_origins.Count == 0)
        {
            return;
        }

        exchange.AddVary();
        if (exchange.Headers.Origin is { } origin && Allows(origin))
        {
            exchange.SetHeader("Access-Control-Allow-Origin", origin);
            if (configuration.CorsCredentials)
            {
                exchange.SetHeader("Access-Control-Allow-Credentials", "true");
            }
        }
    }

    /// <summary>Answers OPTIONS: a preflight with what is allowed, anything else with the methods gates know.</summary>
    public void AnswerOptions(HttpExchange exchange)
    {
        RequestHeaders request = exchange.Headers;
        if (request.RequestedMethod is null)
        {
            exchange.SetHeader("Allow", "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS");
        }
        else if (request.Origin is { } origin && Allows(origin) && RequestMethods.IsKnown(request.RequestedMethod))
        {
            exchange.SetHeader("Access-Control-Allow-Methods", request.RequestedMethod);
            exchange.SetHeader("Access-Control-Max-Age", "600");
            if (!string.IsNullOrEmpty(request.RequestedHeaders))
            {
                exchange.SetHeader("Access-Control-Allow-Headers", "authorization, content-type, accept, if-match, if-none-match");
            }
        }

        exchange.Answer(StatusCodes.Status204NoContent, []);
    }

    private bool IsOwn(string origin, string host) =>
        origin.Length == _scheme.Length + host.Length
        && origin.StartsWith(_scheme, StringComparison.Ordinal)
        && origin.AsSpan(_scheme.Length).Equals(host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>The methods that gates know. TRACE and CONNECT are none of them.</summary>
internal static class RequestMethods
{
    /// <summary>Whether a gate takes the method, in this very spelling.</summary>
    public static bool IsKnown(string method) => method is "GET" or "HEAD" or "POST" or "PUT" or "DELETE" or "PATCH" or "OPTIONS";

    /// <summary>Whether a request with it may be repeated without harm (RFC 9110 section 9.2.2).</summary>
    public static bool IsIdempotent(string method) => method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS";

    /// <summary>Whether it is only for reading (RFC 9110 section 9.2.1).</summary>
    public static bool IsSafe(string method) => method is "GET" or "HEAD" or "OPTIONS";
}
