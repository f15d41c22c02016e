using System.Text.RegularExpressions;
using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Yaml;

/// <summary>Who reads a file.</summary>
public enum ElasticProduct
{
    /// <summary>Elasticsearch.</summary>
    Elasticsearch = 0,

    /// <summary>OpenSearch.</summary>
    OpenSearch = 1,

    /// <summary>Kibana.</summary>
    Kibana = 2,

    /// <summary>OpenSearch Dashboards.</summary>
    Dashboards = 3,

    /// <summary>Logstash.</summary>
    Logstash = 4,

    /// <summary>A beat: placeholders only.</summary>
    Beat = 5,
}

/// <summary>
/// What a program of the Elastic family runs with: its file, placeholders filled in, and the variables that its image hands on as settings
/// (<c>xpack.security.enabled=false</c>, <c>ES_SETTING_HTTP_HOST</c>, <c>ELASTICSEARCH_HOSTS</c>).
/// </summary>
public static partial class ElasticSettings
{
    private const string SettingPrefix = "ES_SETTING_";

    // What rules ask for. The images take a variable for a setting when its name is the setting's in capitals with underscores.
    private static readonly Dictionary<ElasticProduct, Dictionary<string, string>> Named = new()
    {
        [ElasticProduct.Kibana] = Names(
            "elasticsearch.hosts elasticsearch.username elasticsearch.password elasticsearch.serviceAccountToken elasticsearch.requestTimeout elasticsearch.ssl.alwaysPresentCertificate "
            + "elasticsearch.ssl.certificate elasticsearch.ssl.certificateAuthorities elasticsearch.ssl.key elasticsearch.ssl.keyPassphrase elasticsearch.ssl.keystore.path "
            + "elasticsearch.ssl.keystore.password elasticsearch.ssl.truststore.path elasticsearch.ssl.truststore.password elasticsearch.ssl.verificationMode server.basePath "
            + "server.host server.name server.port server.publicBaseUrl server.cors.enabled server.cors.allowOrigin server.ssl.cert server.ssl.certificate server.ssl.certificateAuthorities "
            + "server.ssl.cipherSuites server.ssl.clientAuthentication server.ssl.enabled server.ssl.key server.ssl.keyPassphrase server.ssl.keystore.path server.ssl.keystore.password "
            + "server.ssl.redirectHttpFromPort server.ssl.supportedProtocols xpack.encryptedSavedObjects.encryptionKey xpack.reporting.encryptionKey xpack.security.audit.enabled "
            + "xpack.security.authc.providers xpack.security.encryptionKey xpack.security.secureCookies xpack.security.session.idleTimeout xpack.security.session.lifespan"),
        [ElasticProduct.Dashboards] = Names(
            "opensearch.hosts opensearch.username opensearch.password opensearch.ssl.alwaysPresentCertificate opensearch.ssl.certificate opensearch.ssl.certificateAuthorities opensearch.ssl.key "
            + "opensearch.ssl.verificationMode opensearch.requestHeadersAllowlist server.basePath server.host server.name server.port server.ssl.certificate server.ssl.cipherSuites "
            + "server.ssl.clientAuthentication server.ssl.enabled server.ssl.key server.ssl.supportedProtocols opensearch_security.cookie.secure opensearch_security.cookie.password "
            + "opensearch_security.auth.type opensearch_security.auth.anonymous_auth_enabled opensearch_security.multitenancy.enabled opensearch_security.session.ttl"),
        [ElasticProduct.Logstash] = Names(
            "api.enabled api.http.host api.http.port api.environment api.ssl.enabled api.ssl.keystore.path api.ssl.keystore.password api.auth.type api.auth.basic.username api.auth.basic.password "
            + "config.support_escapes config.debug http.host http.port log.level node.name queue.type xpack.monitoring.enabled xpack.monitoring.elasticsearch.hosts "
            + "xpack.monitoring.elasticsearch.username xpack.monitoring.elasticsearch.password xpack.monitoring.elasticsearch.ssl.verification_mode xpack.management.enabled "
            + "xpack.management.elasticsearch.hosts xpack.management.elasticsearch.username xpack.management.elasticsearch.password"),
    };

    /// <summary>What is in force of a file and an environment.</summary>
    /// <exception cref="ProblemException"><c>GH8103</c>: it is too much.</exception>
    public static SettingTree Of(YamlFile file, EnvironmentVariables environment, ElasticProduct product)
    {
        Draft root = file.Build(environment, out List<Remark> remarks);
        foreach (EnvironmentVariable variable in environment.All)
        {
            if (NameOf(variable, product) is not { } name || (name == "plugins.security.disabled" && variable.Name[0] == 'D' && variable.Value != "true"))
            {
                continue;
            }

            string[] path = name.Split('.');
            if (path.Length > TextLimits.MaxDepth)
            {
                continue;
            }

            if (root.Find(path) is not null)
            {
                remarks.Add(new Remark(RemarkKind.Override, name, variable.Origin));
            }

            root = root.With(path, Value(variable));
        }

        return root.ToTree(file.Source, remarks);
    }

    private static string? NameOf(EnvironmentVariable variable, ElasticProduct product)
    {
        switch (product)
        {
            case ElasticProduct.Elasticsearch when variable.Name.StartsWith(SettingPrefix, StringComparison.Ordinal) && variable.Name.Length > SettingPrefix.Length:
                // One underscore is a dot, two are one.
                return variable.Name[SettingPrefix.Length..].ToLowerInvariant().Replace("__", "\n", StringComparison.Ordinal).Replace('_', '.').Replace('\n', '_');
            case ElasticProduct.OpenSearch when variable.Name == "DISABLE_SECURITY_PLUGIN":
                return "plugins.security.disabled";
            case ElasticProduct.Elasticsearch or ElasticProduct.OpenSearch:
                return Dotted().IsMatch(variable.Name) ? variable.Name : null;
            default:
                return Named.TryGetValue(product, out Dictionary<string, string>? names) ? names.GetValueOrDefault(variable.Name) : null;
        }
    }

    private static Draft Value(EnvironmentVariable variable)
    {
        if (variable.Value is not { } text)
        {
            return Draft.Unknown($"the environment variable `{variable.Name}` is set to something that is not known", variable.Origin);
        }

        if (text.AsSpan().TrimStart() is ['[', ..] && List(text) is { } items)
        {
            var list = new Draft(SettingKind.List) { Origins = [variable.Origin] };
            list.Items.AddRange(items.Select(i => Draft.Scalar(SettingKind.Text, i, variable.Origin, variable.Raw, isQuoted: true)));
            return list;
        }

        SettingKind kind = YamlParser.Kind(text);
        return Draft.Scalar(kind == SettingKind.Null ? SettingKind.Text : kind, text, variable.Origin, variable.Raw, isQuoted: false);
    }

    private static string[]? List(string text)
    {
        try
        {
            return YamlFile.Of(SourceText.Of("value: " + text, ""), YamlOptions.Plain).Settings["value"].AsTexts() is { } items ? [.. items] : null;
        }
        catch (ProblemException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Names(string names) =>
        names.Split(' ').ToDictionary(static n => n.Replace('.', '_').ToUpperInvariant(), static n => n, StringComparer.Ordinal);

    [GeneratedRegex(@"^[a-z0-9_]+(\.[a-z0-9_-]+)+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Dotted();
}
