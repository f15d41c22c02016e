using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Testing.Ipfs.Serving;

/// <summary>
/// github.com/rs/cors as ipfs-cluster sets it up: an empty list of origins or methods means its own defaults, credentials are
/// allowed, and an actual request is carried out whatever its origin is; only headers are withheld.
/// </summary>
internal sealed class RsCors(IReadOnlyList<string> origins, IReadOnlyList<string> methods)
{
    private static readonly string[] AllowedHeaders = ["accept", "content-type", "x-requested-with"];
    private readonly bool _anyOrigin = origins.Count == 0 || origins.Contains("*");
    private readonly IReadOnlyList<string> _methods = methods.Count == 0 ? ["GET", "POST", "HEAD"] : methods;

    /// <summary>True where this was a preflight, which is answered here and goes no further.</summary>
    public bool Run(HttpContext http)
    {
        IHeaderDictionary asked = http.Request.Headers;
        IHeaderDictionary answer = http.Response.Headers;
        string origin = asked.Origin.ToString();
        string wanted = asked.AccessControlRequestMethod.ToString();
        if (http.Request.Method == "OPTIONS" && wanted.Length > 0)
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            answer.Vary = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";
            string headers = asked.AccessControlRequestHeaders.ToString();
            if (IsAllowed(origin) && (wanted == "OPTIONS" || _methods.Contains(wanted)) && AreAllowed(headers))
            {
                answer.AccessControlAllowOrigin = _anyOrigin ? "*" : origin;
                answer.AccessControlAllowMethods = wanted;
                answer.AccessControlAllowHeaders = headers.Length > 0 ? headers : StringValues.Empty;
                answer.AccessControlAllowCredentials = "true";
            }

            return true;
        }

        answer.Vary = "Origin";
        if (IsAllowed(origin) && (http.Request.Method == "OPTIONS" || _methods.Contains(http.Request.Method)))
        {
            answer.AccessControlAllowOrigin = _anyOrigin ? "*" : origin;
            answer.AccessControlExposeHeaders = "Content-Type, X-Stream-Output, X-Chunked-Output, X-Content-Length";
            answer.AccessControlAllowCredentials = "true";
        }

        return false;
    }

    private static bool AreAllowed(string headers) =>
        headers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).All(h => AllowedHeaders.Contains(h.ToLowerInvariant()));

    private bool IsAllowed(string origin)
    {
        if (origin.Length == 0)
        {
            return false;
        }

        return _anyOrigin || origins.Any(o =>
        {
            int star = o.IndexOf('*');
            return star < 0
                ? string.Equals(o, origin, StringComparison.OrdinalIgnoreCase)
                : origin.Length >= o.Length - 1
                    && origin.StartsWith(o[..star], StringComparison.OrdinalIgnoreCase)
                    && origin.EndsWith(o[(star + 1)..], StringComparison.OrdinalIgnoreCase);
        });
    }
}
