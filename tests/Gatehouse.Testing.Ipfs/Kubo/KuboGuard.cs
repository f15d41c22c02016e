using System.Text;
using Gatehouse.Testing.Ipfs.Serving;

namespace Gatehouse.Testing.Ipfs.Kubo;

/// <summary>Kubo's own controls: API.Authorizations before everything below /api/v0, and its guard against browsers.</summary>
internal sealed class KuboGuard(StandInOptions options)
{
    private static readonly string[] Companions =
        ["chrome-extension://nibjojkomfdiaoajekhjakgkdhaomnch", "chrome-extension://hjoieblefckbooibpepigmacodalfndh"];

    /// <summary>The text of a 403, or null where the request may go on.</summary>
    public string? Refuse(Call call)
    {
        if (options.Authorizations is { } authorizations)
        {
            string header = call.Http.Request.Headers.Authorization.ToString();
            KuboAuthorization? caller = authorizations.FirstOrDefault(a => Header(a.Secret) == header);
            bool mayAsk = caller is not null && (call.Path == "/api/v0/version"
                || caller.AllowedPaths.Any(p => call.Path.StartsWith(p, StringComparison.Ordinal)));
            if (!mayAsk)
            {
                return "Kubo RPC Access Denied: Please provide a valid authorization token as defined in the API.Authorizations configuration.";
            }
        }

        return call.Method == "OPTIONS" || IsFromTrusted(call) ? null : "403 - Forbidden";
    }

    /// <summary>Whether rs/cors would name this origin.</summary>
    public bool Allows(string origin, Uri own) => origin.Length > 0 && Origins(own).Contains(origin, StringComparer.OrdinalIgnoreCase);

    private static string Header(string secret) => secret.Split(':', 2) switch
    {
        ["basic", var pair] => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)),
        ["bearer", var token] => "Bearer " + token,
        _ => secret,
    };

    private IEnumerable<string> Origins(Uri own) => options.KuboOrigins.Concat(Companions).Concat(
        new[] { "localhost", "127.0.0.1", "[::1]" }.SelectMany(h => new[] { $"http://{h}:{own.Port}", $"https://{h}:{own.Port}" }));

    private bool IsFromTrusted(Call call)
    {
        string origin = call.Http.Request.Headers.Origin.ToString();
        string referer = call.Http.Request.Headers.Referer.ToString();
        string agent = call.Http.Request.Headers.UserAgent.ToString();
        if (origin.Length > 0 && !Allows(origin, call.Address))
        {
            return false;
        }

        if (referer.Length > 0)
        {
            return Uri.TryCreate(referer, UriKind.Absolute, out Uri? page) && Allows(page.GetLeftPart(UriPartial.Authority), call.Address);
        }

        return origin.Length > 0 || !agent.StartsWith("Mozilla", StringComparison.Ordinal) || agent.Contains("Electron", StringComparison.Ordinal);
    }
}
