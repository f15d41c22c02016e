using System.Text;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Rest;

public sealed class Requests_to_ignite_rest
{
    private const string Api = "/management/v1";
    private const string Job = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

    [Theory]
    [InlineData("GET /node/state", "node.read")]
    [InlineData("GET /cluster/state", "cluster.read *")]
    [InlineData("GET /zones/ORDERS/datanodes", "cluster.read ORDERS")]
    [InlineData("GET /zones/Orders/datanodes", "cluster.read ORDERS,\"Orders\"")]
    [InlineData("POST /zones/ORDERS/datanodes/reset", "recovery.admin ORDERS")]
    [InlineData("POST /zones/datanodes/reset {\"zoneNames\":[\"A\"]}", "recovery.admin *")]
    [InlineData("POST /recovery/cluster/reset {}", "recovery.admin *")]
    [InlineData("POST /cluster/rename blue", "cluster.admin")]
    [InlineData("GET /configuration/cluster", "config.read cluster:*")]
    [InlineData("GET /configuration/node/ignite.rest", "config.read node:ignite.rest,node:ignite.rest.*")]
    [InlineData("GET /configuration/node/IGNITE.REST.port", "config.read node:ignite.rest.port,node:ignite.rest.port.*")]
    [InlineData("GET /configuration/cluster/%22ignite%22.%22security%22", "config.read cluster:ignite.security,cluster:ignite.security.*")]
    [InlineData("GET /configuration/cluster/ignite", "config.read cluster:ignite,cluster:ignite.*")]
    [InlineData("GET /configuration/node/ignite.nodeAttributes.%22a.b%22", "config.read node:ignite.nodeAttributes.\"a.b\",node:ignite.nodeAttributes.\"a.b\".*")]
    [InlineData("POST /deployment/units/jobs/1.0.0?deployMode=ALL", "code.deploy jobs:1.0.0")]
    [InlineData("POST /deployment/units/jobs/1?deployMode=ALL", "code.deploy jobs:1.0.0")]
    [InlineData("DELETE /deployment/units/jobs/01.0", "code.undeploy jobs:1.0.0")]
    [InlineData("DELETE /deployment/units/jobs/2.1-beta", "code.undeploy jobs:2.1.0-beta")]
    [InlineData("POST /deployment/units/zip/jobs/1.0.0?initialNodes=n1&initialNodes=n2", "code.deploy jobs:1.0.0")]
    [InlineData("POST /deployment/units/zip/1.0.0", "code.deploy zip:1.0.0")]
    [InlineData("DELETE /deployment/units/jobs/1.0.0", "code.undeploy jobs:1.0.0")]
    [InlineData("GET /deployment/cluster/units", "code.read *")]
    [InlineData("GET /deployment/node/units/jobs", "code.read jobs:*")]
    [InlineData("GET /deployment/node/units/structure/jobs/1.0.0", "code.read jobs:1.0.0")]
    [InlineData("GET /compute/jobs", "compute.read *")]
    [InlineData("GET /compute/jobs/" + Job, "compute.read " + Job)]
    [InlineData("DELETE /compute/jobs/6F9619FF-8B86-D011-B42D-00C04FC964FF", "compute.manage " + Job)]
    [InlineData("PUT /compute/jobs/" + Job + "/priority {\"priority\":1}", "compute.manage " + Job)]
    [InlineData("GET /sql/queries/" + Job, "system.read")]
    [InlineData("DELETE /sql/queries/" + Job, "sql.kill")]
    [InlineData("DELETE /transactions/" + Job, "tx.kill")]
    [InlineData("GET /sql/plan/clear-cache?tableNames=A&tableNames=B", "sql.admin")]
    [InlineData("POST /metric/cluster/enable jvm", "metrics.write jvm")]
    [InlineData("GET /health", "health.read")]
    public void Are_what_they_mean(string request, string expected) => Shown(request).ShouldBe(expected);

    [Theory]
    [InlineData("GET /node//state", "target_empty_segment")]
    [InlineData("GET /node/./state", "target_dot_segment")]
    [InlineData("GET /node/x/../state", "target_dot_segment")]
    [InlineData("GET /node/x/%2e%2e/state", "target_dot_segment")]
    [InlineData("GET /node/x%2f..%2fstate", "target_dot_segment")]
    [InlineData("GET /node%2fstate", "unknown_path")]
    [InlineData("GET /node%5cstate", "target_backslash")]
    [InlineData("GET /node\\state", "target_backslash")]
    [InlineData("GET /node/state;a=b", "target_semicolon")]
    [InlineData("GET /node/state?a;b", "target_semicolon")]
    [InlineData("GET /node/state/", "trailing_slash")]
    [InlineData("GET /node/state?x=1", "unknown_parameter")]
    [InlineData("GET /Node/state", "unknown_path")]
    [InlineData("GET /node", "unknown_path")]
    [InlineData("GET /nodes/state", "unknown_path")]
    [InlineData("GET /sql/queries/a%2fb", "encoded_slash")]
    [InlineData("GET /configuration/cluster/ignite%252esecurity", "path_character")]
    [InlineData("GET /configuration/cluster/ignite.sql%3bx", "path_character")]
    [InlineData("GET /deployment/cluster/units/%252e%252e", "path_character")]
    [InlineData("GET /deployment/cluster/units/a%2500", "path_character")]
    [InlineData("GET /deployment/cluster/units/a%00", "target_control_character")]
    [InlineData("DELETE /deployment/units/a:b/1", "unit_name")]
    [InlineData("DELETE /deployment/units/a/1..2", "unit_name")]
    [InlineData("DELETE /deployment/units/.a/1", "unit_name")]
    [InlineData("DELETE /deployment/units/a/-rf", "unit_name")]
    [InlineData("DELETE /deployment/units/a/1.", "unit_name")]
    [InlineData("DELETE /deployment/units/a*/1", "unit_name")]
    [InlineData("DELETE /deployment/units/%C3%A4/1", "unit_name")]
    [InlineData("POST /deployment/units/a/1?deployMode=all", "deploy_mode")]
    [InlineData("POST /deployment/units/a/1?deployMode", "parameter_value")]
    [InlineData("POST /deployment/units/a/1?deployMode=ALL&DEPLOYMODE=MAJORITY", "unknown_parameter")]
    [InlineData("POST /deployment/units/a/1?deployMode=ALL&deployMode=ALL", "repeated_parameter")]
    [InlineData("POST /deployment/units/a/1?initialNodes=%2525", "parameter_value")]
    [InlineData("PUT /deployment/units/a/1", "method_not_allowed")]
    [InlineData("GET /deployment/units/a/1", "method_not_allowed")]
    [InlineData("GET /compute/jobs/1-1-1-1-1", "job_id")]
    [InlineData("GET /compute/jobs/6f9619ff8b86d011b42d00c04fc964ff", "job_id")]
    [InlineData("GET /compute/jobs/{6f9619ff-8b86-d011-b42d-00c04fc964ff}", "job_id")]
    [InlineData("DELETE /sql/queries/*", "object_id")]
    [InlineData("DELETE /sql/queries/a.b", "object_id")]
    [InlineData("DELETE /transactions/a%20b", "object_id")]
    [InlineData("GET /sql/queries/a%20b", "object_id")]
    [InlineData("HEAD /sql/plan/clear-cache", "method_not_allowed")]
    [InlineData("POST /sql/plan/clear-cache", "method_not_allowed")]
    [InlineData("OPTIONS /node/state", "method_not_allowed")]
    [InlineData("get /node/state", "method_not_allowed")]
    [InlineData("GET /zones/%22a%22/datanodes", "zone_name")]
    [InlineData("GET /zones/1a/datanodes", "zone_name")]
    [InlineData("GET /zones/a.b/datanodes", "zone_name")]
    [InlineData("GET /configuration/cluster/security", "config_root")]
    [InlineData("GET /configuration/cluster/ignite..sql", "hocon_key")]
    [InlineData("GET /configuration/cluster/ignite.%22se%20c%22", "config_key")]
    [InlineData("GET /configuration/cluster/ignite.sql/x", "unknown_path")]
    [InlineData("GET /configuration/cluster/ignite.*", "hocon_key")]
    [InlineData("POST /metric/node/enable a b", "metric_source")]
    [InlineData("POST /metric/node/enable", "metric_source")]
    [InlineData("POST /cluster/rename", "cluster_name")]
    [InlineData("POST /cluster/rename \t", "cluster_name")]
    [InlineData("PUT /compute/jobs/" + Job + "/priority {\"priority\":1,\"priority\":2}", "json_duplicate_name")]
    [InlineData("PUT /compute/jobs/" + Job + "/priority {1}", "json_syntax")]
    [InlineData("POST /cluster/init", "empty_body")]
    [InlineData("POST /cluster/init []", "unexpected_type")]
    [InlineData("POST /cluster/init {\"clusterName\":\"a\",\"clusterName\":\"b\"}", "json_duplicate_name")]
    [InlineData("POST /cluster/init {\"clusterconfiguration\":\"\"}", "unknown_field")]
    [InlineData("POST /cluster/init {\"clusterConfiguration\":1}", "unexpected_type")]
    [InlineData("POST /cluster/init {\"clusterConfiguration\":\"ignite{\"}", "hocon_key")]
    [InlineData("PATCH /configuration/cluster", "hocon_empty")]
    [InlineData("GET /node/state x", "unexpected_body")]
    public void Are_refused_where_they_could_be_read_otherwise(string request, string word) => Shown(request).ShouldBe("! " + word);

    [Theory]
    [InlineData("http://host/management/v1/node/state")]
    [InlineData("*")]
    [InlineData("//management/v1/node/state")]
    [InlineData("/management/v1/../../health")]
    [InlineData("/management/v2/node/state")]
    [InlineData("/management/node/state")]
    [InlineData("/node/state")]
    [InlineData("/health/other")]
    [InlineData("/openapi")]
    [InlineData("/")]
    public void Other_targets_are_refused(string target) =>
        IgniteRestCatalogue.Classify("GET", target, null, default).Outcome.ShouldBe(RequestOutcome.Refused);

    [Theory]
    [InlineData("PATCH", "/configuration/cluster", "application/json")]
    [InlineData("PATCH", "/configuration/node", "application/x-www-form-urlencoded")]
    [InlineData("PATCH", "/configuration/node", "text/plain; charset=utf-16")]
    [InlineData("PATCH", "/configuration/node", null)]
    [InlineData("POST", "/cluster/init", "text/plain")]
    [InlineData("POST", "/deployment/units/a/1", "application/octet-stream")]
    public void Bodies_of_another_kind_are_refused(string method, string path, string? type) =>
        IgniteRestCatalogue.Classify(method, Api + path, type, "{\"ignite\":{}}"u8).Refusal.ShouldBe("content_type");

    [Fact]
    public void Bodies_have_their_limits()
    {
        byte[] body = new byte[(1 << 20) + 1];
        IgniteRestCatalogue.Classify("PATCH", Api + "/configuration/node", "text/plain", body).Refusal.ShouldBe("body_too_large");
        IgniteRestCatalogue.Classify("POST", Api + "/metric/node/enable", "text/plain", body.AsSpan(0, 1025)).Refusal.ShouldBe("body_too_large");
        IgniteRestCatalogue.Classify("POST", Api + "/deployment/units/a/1", "multipart/form-data; boundary=x", body).Refusal.ShouldBeNull();
        foreach (CatalogueEndpoint endpoint in IgniteRestCatalogue.Routes.Endpoints)
        {
            bool isUnit = IgniteRestCatalogue.BodyOf(endpoint) == IgniteRestBody.Unit;
            isUnit.ShouldBe(endpoint.Actions[0] == "code.deploy", endpoint.Template);
            (endpoint.MaxBody is null).ShouldBe(isUnit || endpoint.BodyMode == BodyMode.None, endpoint.Template);
            IgniteRestCatalogue.IsWholeBody(endpoint).ShouldBe(!isUnit && endpoint.BodyMode != BodyMode.None, endpoint.Template);
        }
    }

    [Fact]
    public void Only_health_is_open() =>
        IgniteRestCatalogue.Routes.Endpoints.Where(IgniteRestCatalogue.IsOpen).Select(static e => e.Template[(e.Template.IndexOf("/health", StringComparison.Ordinal) + 1)..])
            .Distinct().ShouldBe(["health", "health/liveness", "health/readiness"]);

    [Fact]
    public void What_only_reads_is_a_GET_and_only_that()
    {
        foreach (CatalogueEndpoint endpoint in IgniteRestCatalogue.Routes.Endpoints)
        {
            bool reads = endpoint.Actions.All(static a => a.EndsWith(".read", StringComparison.Ordinal));
            (endpoint.Methods is ["GET"]).ShouldBe(reads || endpoint.Actions[0] == "sql.admin", endpoint.Template);
        }
    }

    private static string Shown(string request) => Asked.Shown(request);
}
