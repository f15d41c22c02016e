using System.Text;
using System.Text.Json;
using Gatehouse.Operations;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Rest;

public sealed class Changes_of_the_configuration
{
    private const string Sql = "config.write cluster:ignite.sql,cluster:ignite.sql.*";
    private const string Security = "config.write cluster:ignite.security,cluster:ignite.security.*; security.admin";
    private const string Whole = "config.write cluster:*; security.admin";

    [Theory]
    [InlineData("ignite.sql.planner.maxPlanningTime = 10", Sql)]
    [InlineData("ignite { sql { a = 1, b = 2 } }", Sql)]
    [InlineData("{\"ignite\":{\"sql\":null}}", Sql)]
    [InlineData("ignite.sql.security = 1", Sql)]
    [InlineData("ignite.sql.a = \"ignite.security.enabled=false\"", Sql)]
    [InlineData("ignite.sql.a = 1 # ignite.security.enabled = false", Sql)]
    [InlineData("IGNITE.Sql.a = 1", Sql)]
    [InlineData("ignite { sql.a = 1\n gc.b = 2 }", "config.write cluster:ignite.gc,cluster:ignite.gc.*,cluster:ignite.sql,cluster:ignite.sql.*")]
    [InlineData("ignite.other = 1", "config.write cluster:ignite.other,cluster:ignite.other.*")]
    [InlineData("ignite.METRICS.exporters += {name=a}", "config.write cluster:ignite.metrics,cluster:ignite.metrics.*")]
    [InlineData("ignite.securityX.enabled = false", "config.write cluster:ignite.securityX,cluster:ignite.securityX.*")]
    [InlineData("ignite.security.enabled = false", Security)]
    [InlineData("ignite.security.enabled=false", Security)]
    [InlineData("ignite.security = null", Security)]
    [InlineData("ignite.security {}", Security)]
    [InlineData("ignite.security = []", Security)]
    [InlineData("ignite.security += 1", Security)]
    [InlineData("ignite { security { enabled = false } }", Security)]
    [InlineData("ignite { \"security\".enabled = false }", Security)]
    [InlineData("\"ignite\".\"security\".\"enabled\" = false", Security)]
    [InlineData("\"\\u0069gnite\".\"secur\\u0069ty\".enabled = false", Security)]
    [InlineData("{\"ignite\":{\"security\":{\"enabled\":false}}}", Security)]
    [InlineData("Ignite.Security.Enabled = false", Security)]
    [InlineData("IGNITE { SECURITY = null }", Security)]
    [InlineData("ignite.security.authentication.providers.default.users.bob.password = x", Security)]
    [InlineData("ignite.security.authentication.providers = [{name=default,type=basic,users=[{username=a,password=b}]}]", Security)]
    [InlineData("ignite.security.authentication.providers += {name=default}", Security)]
    [InlineData("ignite.sql.a = 1, ignite.security.enabled = false", Sql + ",cluster:never")]
    [InlineData("{}", Whole)]
    [InlineData("ignite {}", Whole)]
    [InlineData("ignite = null", Whole)]
    [InlineData("ignite = 1", Whole)]
    [InlineData("ignite = [{name=security,enabled=false}]", Whole)]
    [InlineData("ignite += {security{enabled=false}}", Whole)]
    [InlineData("security.enabled = false", "! config_root")]
    [InlineData("\"ignite.security\".enabled = false", "! config_root")]
    [InlineData("\"ignite \".security.enabled = false", "! config_root")]
    [InlineData("\" ignite\".security.enabled = false", "! config_root")]
    [InlineData("ignite.\"security \".enabled = false", "! config_key")]
    [InlineData("ignite.\"security.enabled\" = false", "! config_key")]
    [InlineData("ignite.\"sec\\u0131rity\".enabled = false", "! config_key")]
    [InlineData("\"\\u0131gnite\".security.enabled = false", "! config_root")]
    [InlineData("ignite.sec\"urity\".enabled = false", "! hocon_key")]
    [InlineData("ignite . security . enabled = false", "! hocon_key")]
    [InlineData("ignite.sql = {a=1} {security{}}", "! hocon_concatenation")]
    [InlineData("ignite = {sql{}} {security{enabled=false}}", "! hocon_concatenation")]
    [InlineData("ignite.sql.a = 1\rignite.security.enabled = false", "! hocon_character")]
    [InlineData("# x\rignite.security.enabled = false\nignite.sql.a=1", "! hocon_character")]
    [InlineData("ignite = ${x}", "! hocon_substitution")]
    [InlineData("ignite.sql = ${ignite.security}", "! hocon_substitution")]
    [InlineData("include \"/etc/passwd\"\nignite.sql.a = 1", "! hocon_include")]
    [InlineData("ignite.sql.a = 1\nignite.sql.a = 2", "! hocon_duplicate_key")]
    [InlineData("ignite.sql.a = 1\nIGNITE.security.enabled = false", "! hocon_duplicate_key")]
    [InlineData("foo = 1", "! config_root")]
    [InlineData("", "! hocon_empty")]
    public void Need_what_they_touch(string body, string expected)
    {
        if (expected.EndsWith("never", StringComparison.Ordinal))
        {
            // Both parts, and the right to the one of them.
            expected = "config.write cluster:ignite.security,cluster:ignite.security.*,cluster:ignite.sql,cluster:ignite.sql.*; security.admin";
        }

        Asked.Shown("PATCH /configuration/cluster " + body).ShouldBe(expected);
        Asked.Shown("PATCH /configuration/node " + body).ShouldBe(expected.Replace("cluster:", "node:", StringComparison.Ordinal));
        if (body.Length > 0)
        {
            string initialization = JsonSerializer.Serialize(new Dictionary<string, string> { ["clusterName"] = "c", ["clusterConfiguration"] = body });
            Asked.Shown("POST /cluster/init " + initialization).ShouldBe(expected.StartsWith('!') ? expected : "cluster.init; " + expected);
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"metaStorageNodes\":[\"a\"],\"cmgNodes\":[\"a\"],\"clusterName\":\"c\"}")]
    [InlineData("{\"clusterConfiguration\":null}")]
    [InlineData("{\"clusterConfiguration\":\"\"}")]
    public void A_cluster_may_begin_without_one(string body) => Asked.Shown("POST /cluster/init " + body).ShouldBe("cluster.init");

    [Fact]
    public void The_record_has_the_change_without_its_secrets()
    {
        var target = new CanonicalTarget();
        target.Parse("/management/v1/configuration/cluster").ShouldBe(TargetError.None);
        CatalogueMatch match = IgniteRestCatalogue.Routes.Match("PATCH", target);
        byte[] body = Encoding.UTF8.GetBytes("ignite.security.authentication.providers.default.users.bob.password = hush # hush");
        var operations = new OperationSet();
        IgniteRestReader.TryRead(match.Endpoint!, "PATCH", target, body, operations, out IgniteRestRequest? request, out _).ShouldBeTrue();
        request.TouchesSecurity.ShouldBeTrue();
        request.RedactedBody.ShouldBe("""{"ignite":{"security":{"authentication":{"providers":{"default":{"users":{"bob":{"password":"***"}}}}}}}}""");

        IgniteRestReader.TryRead(match.Endpoint!, "PATCH", target, "ignite {"u8, operations, out request, out IgniteRestFault? fault).ShouldBeFalse();
        operations.Count.ShouldBe(0);
        request.ShouldBeNull();
        fault.Detail.ShouldStartWith("line 1, column 9: ");
    }

    [Fact]
    public void Uploads_name_their_unit()
    {
        var target = new CanonicalTarget();
        target.Parse("/management/v1/deployment/units/zip/jobs/1.2?deployMode=MAJORITY").ShouldBe(TargetError.None);
        CatalogueMatch match = IgniteRestCatalogue.Routes.Match("POST", target);
        IgniteRestReader.TryRead(match.Endpoint!, "POST", target, default, new OperationSet(), out IgniteRestRequest? request, out _).ShouldBeTrue();
        (request.UnitId, request.UnitVersion).ShouldBe(("jobs", "1.2"));
    }
}
