using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Gatehouse.Engine.Administration;

/// <summary>
/// What no caller of the API has reason to send is refused before anything is read: framing that two parsers could take
/// differently (RFC 9112 section 6), repeated headers, foreign hosts (DNS rebinding) and pages of other origins.
/// </summary>
internal static class AdminStrictness
{
    /// <summary>Why a request is refused, in frozen words for the record; null when it may go on.</summary>
    public static string? Refuse(HttpContext http, bool isLocal, Func<string, bool> isOwnHost)
    {
        IHeaderDictionary headers = http.Request.Headers;
        StringValues encoding = headers.TransferEncoding;
        return http.Request.Method.Any(static c => !char.IsAsciiLetterUpper(c)) ? "method_case"
            // Kestrel moves a Content-Length that came beside a Transfer-Encoding to this name.
            : headers.ContainsKey("X-Content-Length") ? "two_lengths"
            // Nobody acts as somebody else here: done in one's own name, it would be more than was meant.
            : headers.ContainsKey("X-Gatehouse-Run-As") || headers.ContainsKey("es-security-runas-user") ? "run_as"
            : encoding.Count > 1 || (encoding.Count == 1 && !string.Equals(encoding[0], "chunked", StringComparison.OrdinalIgnoreCase)) ? "transfer_encoding"
            : encoding.Count == 1 && http.Request.Protocol == "HTTP/1.0" ? "transfer_encoding"
            : headers.Authorization.Count > 1 || headers.Host.Count != 1 || headers.ContentType.Count > 1 || headers.Origin.Count > 1 ? "repeated_header"
            : headers.ContainsKey("Upgrade") || http.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest == true ? "upgrade"
            : headers.ContainsKey("Expect") && http.Request.ContentLength is null && encoding.Count == 0 ? "expect"
            : !isLocal && !isOwnHost(headers.Host[0] ?? "") ? "foreign_host"
            : !IsSameSite(headers) ? "cross_site"
            : null;
    }

    /// <summary>Whether a body is JSON as we read it: UTF-8, no encoding on top.</summary>
    public static bool IsJson(HttpRequest request) =>
        !request.Headers.ContainsKey("Content-Encoding")
        && request.ContentType?.Split(';', StringSplitOptions.TrimEntries) is [var type, .. var parameters]
        && string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase)
        && parameters.All(static p => string.Equals(p, "charset=utf-8", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the request has a body at all.</summary>
    public static bool HasBody(HttpRequest request) => request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;

    // A browser sends these; the API has no pages of its own, so only a page of this very origin could be meant.
    private static bool IsSameSite(IHeaderDictionary headers)
    {
        if (headers.TryGetValue("Sec-Fetch-Site", out StringValues site) && site is not (["same-origin"] or ["none"]))
        {
            return false;
        }

        return headers.Origin.Count == 0
            || (Uri.TryCreate(headers.Origin[0], UriKind.Absolute, out Uri? origin)
                && origin.Scheme == Uri.UriSchemeHttps
                && string.Equals(origin.Authority, headers.Host[0], StringComparison.OrdinalIgnoreCase));
    }
}
