using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gatehouse.Testing.Ignite.Rest;

/// <summary>Who may come in: with security on, everybody with a password, and for /health everybody.</summary>
internal static class RestAccess
{
    private static readonly string[] BeforeInit =
        ["configuration/node", "cluster/init", "cluster/topology/physical", "node", "recovery/cluster"];

    /// <summary>The user whose name and password the request has; names know no case.</summary>
    public static string? UserOf(HttpRequest request, IReadOnlyDictionary<string, string>? users)
    {
        string header = request.Headers.Authorization.ToString();
        if (users is null || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        byte[] bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[6..].Trim(), bytes, out int length))
        {
            return null;
        }

        string[] pair = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        string? known = users.Keys.FirstOrDefault(u => u.Equals(pair[0], StringComparison.OrdinalIgnoreCase));
        return pair.Length == 2 && known is not null && users[known] == pair[1] ? known : null;
    }

    /// <summary>True for what everybody may ask.</summary>
    public static bool IsPublic(HttpRequest request) => HttpMethods.IsGet(request.Method) && IsHealth(request.Path);

    /// <summary>True for what is answered before the cluster is initialized: a comparison of prefixes.</summary>
    public static bool IsBeforeInit(PathString path) =>
        IsHealth(path) || Array.Exists(BeforeInit, p => path.Value!.StartsWith("/management/v1/" + p, StringComparison.Ordinal));

    private static bool IsHealth(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/management/v1/health", StringComparison.Ordinal);
}
