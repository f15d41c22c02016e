using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Shippers;

/// <summary>What pipelines of Logstash say to nodes: the plugins <c>elasticsearch</c> and <c>opensearch</c> of every section, and <c>http</c> where it speaks to a node.</summary>
internal static class PipelineOutputs
{
    private static readonly string[] Signs = [":9200", "elasticsearch", "opensearch", "/_bulk", "/_doc"];

    /// <summary>As outputs.</summary>
    public static IEnumerable<Output> Of(IEnumerable<PipelinePlugin> plugins) =>
        plugins.Where(static p => p.Name is "elasticsearch" or "opensearch" || (p is { Section: "output", Name: "http" } && IsOfNode(p["url"].Text))).Select(static plugin => new Output
        {
            Name = $"{plugin.Section} {plugin.Name}",
            Hosts = plugin[plugin.Name == "http" ? "url" : "hosts"],
            Protocol = plugin["no_such_name"],
            Tls = plugin["ssl_enabled"] is { IsSet: true } set ? set : plugin["ssl"],
            Verification = plugin["ssl_verification_mode"] is { IsSet: true } mode ? mode : plugin["ssl_certificate_verification"],
            User = plugin["user"],
            Secrets = [plugin["password"], plugin["api_key"], plugin["keystore_password"], plugin["ssl_keystore_password"]],
        });

    // Any other address is none of a node, as far as it can be told.
    private static bool IsOfNode(string? url) => url is not null && Signs.Any(sign => url.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
