using Gatehouse.Engine.Issuing;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Engine.Administration.Cluster;

/// <summary>
/// Revocation lists, for everybody: <c>GET /v1/crl/nodes.crl</c>, <c>users.crl</c> (DER), <c>nodes.pem</c> and <c>users.pem</c>. They
/// are signed, say numbers and times only, and are fetched by programs that cannot log in (RFC 5280 section 4.2.1.13).
/// </summary>
internal static class PublicLists
{
    private const string Prefix = "/v1/crl/";

    /// <summary>Answers when the request is for a list; false: it is somebody else's.</summary>
    public static async ValueTask<bool> TryServeAsync(HttpContext http, RevocationListKeeper? lists)
    {
        if (lists is null || http.Request.Method != HttpMethods.Get || http.Request.QueryString.HasValue || http.Request.Path.Value is not { } path
            || !path.StartsWith(Prefix, StringComparison.Ordinal) || lists.Find(path[Prefix.Length..]) is not { } list)
        {
            return false;
        }

        // RFC 2585 section 4.2.
        http.Response.ContentType = path.EndsWith(".crl", StringComparison.Ordinal) ? "application/pkix-crl" : "application/x-pem-file";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "max-age=60";
        http.Response.ContentLength = list.Length;
        await http.Response.Body.WriteAsync(list, http.RequestAborted);
        return true;
    }
}
