using Gatehouse.Doctor.Elastic;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Rules;

namespace Gatehouse.Doctor.Tests.Elastic;

/// <summary>Hosts with programs of the stack, and what is found there.</summary>
internal static class ElasticLab
{
    public const string ElasticsearchFile = "/etc/elasticsearch/elasticsearch.yml", OpenSearchFile = "/etc/opensearch/opensearch.yml";

    /// <summary>A node of a cluster in which nothing is open.</summary>
    public const string SecuredElasticsearch = """
        node.name: node1
        network.host: 10.0.0.5
        discovery.seed_hosts: ["10.0.0.5", "10.0.0.6"]
        xpack.security.enabled: true
        xpack.security.enrollment.enabled: false
        xpack.security.http.ssl.enabled: true
        xpack.security.http.ssl.certificate: certs/node1.crt
        xpack.security.http.ssl.key: certs/node1.key
        xpack.security.transport.ssl.enabled: true
        xpack.security.transport.ssl.verification_mode: full
        xpack.security.transport.ssl.certificate: certs/node1.crt
        xpack.security.transport.ssl.key: certs/node1.key
        xpack.security.audit.enabled: true
        script.allowed_types: none
        """;

    /// <summary>The same of OpenSearch.</summary>
    public const string SecuredOpenSearch = """
        node.name: node1
        network.host: 10.0.0.5
        discovery.seed_hosts: ["10.0.0.5", "10.0.0.6"]
        plugins.security.ssl.http.enabled: true
        plugins.security.ssl.http.pemcert_filepath: certs/node1.crt
        plugins.security.ssl.http.pemkey_filepath: certs/node1.key
        plugins.security.ssl.transport.pemcert_filepath: certs/node1.crt
        plugins.security.ssl.transport.pemkey_filepath: certs/node1.key
        plugins.security.authcz.admin_dn: ["CN=admin,O=example"]
        plugins.security.restapi.roles_enabled: ["all_access"]
        plugins.security.audit.type: internal_opensearch
        script.allowed_types: none
        action.destructive_requires_name: true
        """;

    private const string AuditFile = """
        config:
          enabled: true
          audit:
            log_request_body: false
        """;

    /// <summary>A host with a node of Elasticsearch.</summary>
    public static FakeHost Elasticsearch(string yml, string version = "9.2.3") => new FakeHost()
        .User(990, "elasticsearch")
        .File(ElasticsearchFile, yml)
        .Folder("/usr/share/elasticsearch/bin")
        .File($"/usr/share/elasticsearch/lib/elasticsearch-{version}.jar", "")
        .Folder("/usr/share/elasticsearch/modules/x-pack-security")
        .Folder("/var/lib/elasticsearch", "0750", 990, 990)
        .File("/etc/elasticsearch/certs/node1.crt", TestCertificates.Good, "0644")
        .File("/etc/elasticsearch/certs/node1.key", "(a key)");

    /// <summary>A host with a node of OpenSearch.</summary>
    public static FakeHost OpenSearch(string yml, string version = "3.2.0") => new FakeHost()
        .User(991, "opensearch")
        .File(OpenSearchFile, yml)
        .Folder("/usr/share/opensearch/bin")
        .File($"/usr/share/opensearch/lib/opensearch-{version}.jar", "")
        .Folder("/usr/share/opensearch/plugins/opensearch-security")
        .File("/etc/opensearch/opensearch-security/audit.yml", AuditFile)
        .File("/etc/opensearch/certs/node1.crt", TestCertificates.Good, "0644")
        .File("/etc/opensearch/certs/node1.key", "(a key)");

    /// <summary>Findings on a host, all systems together.</summary>
    public static Finding[] Findings(FakeHost host, params string[] files) => [.. Subjects(host, files).SelectMany(static s => s.Findings)];

    /// <summary>Everything that was looked at on a host.</summary>
    public static ExaminedSubject[] Subjects(FakeHost host, params string[] files) =>
        [.. ElasticDoctors.All.SelectMany(doctor => doctor.Examine(host, new ExaminationRequest([.. files])))];

    /// <summary><c>ES-001 critical</c>, <c>ES-001 critical unknown</c>.</summary>
    public static string Short(Finding finding) => $"{finding.Check} {finding.Severity.ToString().ToLowerInvariant()}{(finding.IsUnknown ? " unknown" : "")}";

    /// <summary>With the place: <c>ES-001 critical elasticsearch.yml:3 text</c>.</summary>
    public static string Long(Finding finding)
    {
        string where = finding.Evidence.IsEmpty ? "-" : string.Join(' ', finding.Evidence.Select(static e => e.Line > 0 ? $"{e.Place}:{e.Line}" : e.Place));
        return $"{Short(finding)} {where} {finding.Text}";
    }
}
