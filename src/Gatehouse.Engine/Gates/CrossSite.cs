using System.Collections.Frozen;
using System.Globalization;
using Gatehouse.Audit;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates.Headers;
using Gatehouse.Engine.Realms;
using Gatehouse.Identity;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Gates;

/// <summary>
/// What pages of other origins may do (the Fetch standard, section 3.3). The gate owns CORS: the upstream's own headers are
/// dropped, preflights never reach it, and a request that changes something is refused before it is even authenticated (a
/// browser sends cached Basic credentials with any cross-site POST).
/// </summary>
internal sealed class CrossSite
{
    private readonly FrozenSet<string> _origins;
    private readonly FrozenSet<string> _methods;
    private readonly FrozenSet<string> _headers;
    private readonly bool _credentials;
    private readonly string _methodList;
    private readonly string _headerList;
    private readonly string _exposed;
    private readonly string _maxAge;
    private readonly string _scheme;
    private readonly bool _isLocal;

    public CrossSite(GateConfiguration configuration)
    {
        CorsConfiguration cors = configuration.Cors ?? new CorsConfiguration();
        _origins = cors.Origins.ToFrozenSet(StringComparer.Ordinal);
        _methods = cors.Methods.ToFrozenSet(StringComparer.Ordinal);
        _headers = cors.Headers.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        _credentials = cors.Credentials;
        _methodList = string.Join(", ", cors.Methods);
        _headerList = string.Join(", ", cors.Headers);
        _exposed = string.Join(", ", cors.Expose);
        _maxAge = ((long)cors.MaxAge.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        _scheme = configuration.Tls ? "https://" : "http://";
        _isLocal = configuration.Realms.Contains(RealmNames.Local);
    }

    /// <summary>Whether a page of that origin may use the method. What needs no preflight (the Fetch standard, section 4.9) is held to the methods too.</summary>
    public bool Allows(string origin, string method) => _origins.Contains(origin) && _methods.Contains(method);

    /// <summary>Whether a request may go on to its authentication.</summary>
    public bool MayBegin(RequestHeaders headers, string method, bool changesSomething)
    {
        if (_isLocal && method != "OPTIONS")
        {
            // The browser of a user whose programs are let in is one of them: it would log in every page that it shows.
            return headers.Origin is null && headers.FetchSite is null;
        }

        if (!changesSomething)
        {
            return true; // the answer is kept from the page instead
        }

        // Old browsers send no Sec-Fetch-Site, but every one sends Origin with whatever changes something. Without it, a page
        // has no say: another origin of the same site is another origin.
        return headers.Origin is { } origin
            ? Allows(origin, method) || IsOwn(origin, headers.Host!) // Host was checked before
            : headers.FetchSite is null or "same-origin" or "none";
    }

    /// <summary>Whether a page of that origin may open a WebSocket on what is served as <paramref name="host"/>.</summary>
    public bool Accepts(string origin, string host) => Allows(origin, "GET") || IsOwn(origin, host);

    /// <summary>Puts the gate's CORS headers on an answer.</summary>
    public void Mark(HttpExchange exchange)
    {
        if (_origins.Count == 0)
        {
            return;
        }

        exchange.AddVary();
        RequestHeaders request = exchange.Headers;
        bool isPreflight = exchange.Method == "OPTIONS";
        if (request.Origin is not { } origin || (isPreflight ? !AllowsPreflight(exchange) : !Allows(origin, exchange.Method)))
        {
            return;
        }

        exchange.SetHeader("Access-Control-Allow-Origin", origin);
        if (_credentials)
        {
            exchange.SetHeader("Access-Control-Allow-Credentials", "true");
        }

        if (_exposed.Length > 0 && !isPreflight)
        {
            exchange.SetHeader("Access-Control-Expose-Headers", _exposed);
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
        else if (AllowsPreflight(exchange))
        {
            exchange.SetHeader("Access-Control-Allow-Methods", _methodList);
            exchange.SetHeader("Access-Control-Max-Age", _maxAge);
            if (_headerList.Length > 0)
            {
                exchange.SetHeader("Access-Control-Allow-Headers", _headerList);
            }
        }

        exchange.Answer(StatusCodes.Status204NoContent, []);
    }

    /// <summary>Whether everything that a preflight asks for is allowed, and on a route that there is; a plain OPTIONS is none.</summary>
    private bool AllowsPreflight(HttpExchange exchange)
    {
        RequestHeaders request = exchange.Headers;
        if (request.Origin is not { } origin || request.RequestedMethod is not { } method || !Allows(origin, method))
        {
            return false;
        }

        ReadOnlySpan<char> asked = request.RequestedHeaders;
        foreach (Range part in asked.Split(','))
        {
            ReadOnlySpan<char> name = asked[part].Trim(" \t");
            if (!name.IsEmpty && !_headers.GetAlternateLookup<ReadOnlySpan<char>>().Contains(name))
            {
                return false;
            }
        }

        return RequestMatching.Knows(exchange, method);
    }

    private bool IsOwn(string origin, string host) =>
        origin.Length == _scheme.Length + host.Length
        && origin.StartsWith(_scheme, StringComparison.Ordinal)
        && origin.AsSpan(_scheme.Length).Equals(host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// What of OPTIONS one source (an IPv6 /64) gets answered: nobody logs in for it. 300 at once, then 100 a second: a page asks once for each
/// path, method and ten minutes. Thread-safe.
/// </summary>
internal sealed class PreflightLimit(GateEnvironment environment)
{
    private readonly LoginLimits _sources = new(
        environment.Time, new LoginLimitOptions { SourceBurst = 300, SourceRefill = TimeSpan.FromMilliseconds(10), UserBurst = int.MaxValue });

    /// <summary>Whether one more is answered; otherwise it has its answer, which ends the connection, and its record.</summary>
    public bool Admits(HttpExchange exchange)
    {
        if (_sources.TryTake(exchange.Source.Address, "", out _))
        {
            return true;
        }

        environment.Pipeline.Refusals.Record(AuditAction.LimitReached, exchange.GateName, exchange.Source, "preflights_per_source");
        exchange.SetHeader("Retry-After", "1");
        exchange.CloseAfter();
        exchange.Answer(StatusCodes.Status429TooManyRequests, []);
        return false;
    }
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
