using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;

namespace Gatehouse.Protocols.Tests.Ignite.Rest;

/// <summary>A request as one line: <c>METHOD PATH BODY</c>, the path below <c>/management/v1</c>.</summary>
internal static class Asked
{
    private const string Api = "/management/v1";

    public static string Shown(string request)
    {
        string[] parts = request.Split(' ', 3);
        string target = parts[1].StartsWith("/health", StringComparison.Ordinal) ? parts[1] : Api + parts[1];
        byte[] body = Encoding.UTF8.GetBytes(parts.Length > 2 ? parts[2] : "");
        RequestClass found = IgniteRestCatalogue.Classify(parts[0], target, TypeOf(parts[0], target), body);
        return found.Refusal is { } word ? "! " + word
            : string.Join("; ", found.Operations.Select(static o => o.Resources.Count == 0 ? o.Action : $"{o.Action} {string.Join(',', o.Resources)}"));
    }

    private static string? TypeOf(string method, string target)
    {
        var parsed = new CanonicalTarget();
        return parsed.Parse(target) == TargetError.None && IgniteRestCatalogue.Routes.Match(method, parsed) is { IsMatch: true, Endpoint.ContentTypes: [{ } type] } ? type : null;
    }
}
