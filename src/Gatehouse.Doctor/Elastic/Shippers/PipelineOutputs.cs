using System.Collections.Immutable;
using Gatehouse.Doctor.Texts;

namespace Gatehouse.Doctor.Elastic.Shippers;

/// <summary>What pipelines of Logstash say to nodes: the plugins <c>elasticsearch</c> and <c>opensearch</c> of every section.</summary>
internal static class PipelineOutputs
{
    /// <summary>As outputs.</summary>
    public static IEnumerable<Output> Of(IEnumerable<PipelinePlugin> plugins) =>
        plugins.Where(static p => p.Name is "elasticsearch" or "opensearch").Select(static plugin => new Output
        {
            Name = $"{plugin.Section} {plugin.Name}",
            Hosts = plugin["hosts"],
            Protocol = plugin["no_such_name"],
            Tls = plugin["ssl_enabled"] is { IsSet: true } set ? set : plugin["ssl"],
            Verification = plugin["ssl_verification_mode"] is { IsSet: true } mode ? mode : plugin["ssl_certificate_verification"],
            User = plugin["user"],
            Secrets = [plugin["password"], plugin["api_key"], plugin["keystore_password"], plugin["ssl_keystore_password"]],
        });
}
