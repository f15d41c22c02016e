using System.Collections.Frozen;
using System.Net;
using System.Text;
using Gatehouse.Identity;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ignite.Rest;
using Shouldly;
using Xunit;

namespace Gatehouse.Protocols.Tests.Ignite.Rest;

/// <summary>What the resources of requests mean for grants as somebody would write them.</summary>
public sealed class Grants_on_ignite_rest
{
    private const string Change = "PATCH /management/v1/configuration/cluster ";

    [Theory]
    [InlineData("config.write:cluster:ignite.sql**", Change + "ignite.sql.a=1", true)]
    [InlineData("config.write:cluster:ignite.sql**", Change + "ignite.gc.a=1", false)]
    [InlineData("config.write:cluster:ignite.sql**", Change + "ignite.sql.a=1, ignite.gc.a=1", false)]
    [InlineData("config.write:cluster:ignite.sql**", Change + "ignite.security.enabled=false", false)]
    [InlineData("config.write:cluster:ignite.sql**", "PATCH /management/v1/configuration/node ignite.sql.a=1", false)]
    [InlineData("config.write:**", Change + "ignite.gc.a=1", true)]
    [InlineData("config.write:**", Change + "ignite.security.enabled=false", false)]
    [InlineData("config.write:**", Change + "ignite=null", false)]
    [InlineData("config.write:** security.admin:**", Change + "ignite.security.enabled=false", true)]
    [InlineData("config.write:** security.admin:**", Change + "{}", true)]
    [InlineData("config.write:** security.admin:** !config.write:cluster:ignite.security**", Change + "ignite.security.enabled=false", false)]
    [InlineData("config.write:** security.admin:** !config.write:cluster:ignite.security**", Change + "ignite=null", false)]
    [InlineData("config.write:** !config.write:cluster:ignite.sql", Change + "ignite.sql.a=1", false)]
    [InlineData("config.write:** !config.write:cluster:ignite.sql.planner.**", Change + "ignite.sql.a=1", false)]
    [InlineData("cluster.init:**", "POST /management/v1/cluster/init {}", true)]
    [InlineData("cluster.init:**", "POST /management/v1/cluster/init {\"clusterConfiguration\":\"ignite.gc.a=1\"}", false)]
    [InlineData("config.read:cluster:ignite.sql**", "GET /management/v1/configuration/cluster/ignite.sql.a", true)]
    [InlineData("config.read:cluster:ignite.sql**", "GET /management/v1/configuration/cluster/ignite", false)]
    [InlineData("config.read:cluster:ignite.sql**", "GET /management/v1/configuration/cluster", false)]
    [InlineData("config.read:cluster:**", "GET /management/v1/configuration/cluster", true)]
    [InlineData("config.read:** !config.read:cluster:ignite.security**", "GET /management/v1/configuration/cluster/IGNITE.Security", false)]
    [InlineData("config.read:** !config.read:cluster:ignite.security**", "GET /management/v1/configuration/cluster", false)]
    [InlineData("recovery.admin:ORDERS", "POST /management/v1/zones/ORDERS/datanodes/reset", true)]
    [InlineData("recovery.admin:ORDERS", "POST /management/v1/zones/orders/datanodes/reset", false)]
    [InlineData("recovery.admin:ORDERS", "POST /management/v1/recovery/cluster/reset {}", false)]
    [InlineData("recovery.admin:ORDERS", "POST /management/v1/zones/datanodes/reset {}", false)]
    [InlineData("code.read:jobs:**", "GET /management/v1/deployment/node/units/jobs", true)]
    [InlineData("code.read:jobs:1.0.0", "GET /management/v1/deployment/node/units/jobs", false)]
    [InlineData("code.read:jobs:**", "GET /management/v1/deployment/node/units", false)]
    [InlineData("code.deploy:jobs:**", "POST /management/v1/deployment/units/jobs/2", true)]
    [InlineData("code.deploy:jobs:**", "POST /management/v1/deployment/units/jobs2/2", false)]
    [InlineData("code.deploy:jobs:**", "DELETE /management/v1/deployment/units/jobs/2", false)]
    [InlineData("compute.read:6f9619ff-8b86-d011-b42d-00c04fc964ff", "GET /management/v1/compute/jobs", false)]
    [InlineData("metrics.write:jvm", "POST /management/v1/metric/node/disable jvm", true)]
    [InlineData("metrics.write:jvm", "POST /management/v1/metric/node/disable os", false)]
    [InlineData("*:**", Change + "{}", true)]
    public void Mean_what_they_say(string grants, string request, bool isAllowed)
    {
        List<Problem> problems = [];
        var role = new RoleDocument { Name = "role", Grants = [.. grants.Split(' ').Select(Read)] };
        CompiledPolicy policy = CompiledPolicy.Compile(1, [role], problems) ?? throw new InvalidOperationException(problems[0].ToString());
        var context = new AuthorizationContext(
            new Principal("anna", "native", [], FrozenDictionary<string, string>.Empty), ["role"], IPAddress.Loopback, "one",
            HasClientCertificate: false, DateTimeOffset.UnixEpoch, RequestId: 1);
        Authorizer.Decide(policy, context, Operations(request)).IsAllowed.ShouldBe(isAllowed);
    }

    private static Grant Read(string text)
    {
        string[] parts = text.TrimStart('!').Split(':', 2);
        return new Grant { System = IgniteRestCatalogue.System, Actions = [parts[0]], Resources = [parts[1]], Effect = text[0] == '!' ? GrantEffect.Deny : GrantEffect.Allow };
    }

    private static OperationSet Operations(string request)
    {
        string[] parts = request.Split(' ', 3);
        var target = new CanonicalTarget();
        target.Parse(parts[1]).ShouldBe(TargetError.None);
        CatalogueMatch match = IgniteRestCatalogue.Routes.Match(parts[0], target);
        var operations = new OperationSet();
        byte[] body = Encoding.UTF8.GetBytes(parts.Length > 2 ? parts[2] : "");
        IgniteRestReader.TryRead(match.Endpoint!, parts[0], target, body, operations, out _, out IgniteRestFault? fault).ShouldBeTrue(fault?.Reason);
        return operations;
    }
}
