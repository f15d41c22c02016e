using Gatehouse.Policy;
using Gatehouse.Policy.Indices;
using Shouldly;
using Xunit;
using static Gatehouse.Tests.Policy.Indices.IndexFixture;
using static Gatehouse.Tests.Policy.PolicyFixture;

namespace Gatehouse.Tests.Policy.Indices;

public class Privileges_of_Elasticsearch
{
    [Theory]
    [InlineData("index:all", "index:read")]
    [InlineData("index:all", "index:something_new")]
    [InlineData("index:write", "index:create_doc")]
    [InlineData("index:write", "index:delete")]
    [InlineData("index:index", "index:create_doc")]
    [InlineData("index:create", "index:create_doc")]
    [InlineData("index:manage", "index:view_index_metadata")]
    [InlineData("index:manage", "index:manage_ilm")]
    [InlineData("index:w*", "index:create")]
    [InlineData("index:manage_view", "index:create_view")]
    [InlineData("cluster:all", "cluster:manage_security")]
    [InlineData("cluster:all", "cluster:all")]
    [InlineData("cluster:*", "cluster:all")]
    [InlineData("*", "cluster:all")]
    [InlineData("cluster:manage", "cluster:monitor")]
    [InlineData("cluster:manage", "cluster:monitor_ml")]
    [InlineData("cluster:manage", "cluster:cancel_task")]
    [InlineData("cluster:manage_ml", "cluster:monitor_ml")]
    [InlineData("cluster:manage_pipeline", "cluster:read_pipeline")]
    [InlineData("cluster:manage_ingest_pipelines", "cluster:manage_pipeline")]
    [InlineData("cluster:manage_pipeline", "cluster:manage_ingest_pipelines")]
    [InlineData("cluster:monitor", "cluster:monitor_transform")]
    [InlineData("cluster:monitor", "cluster:monitor_ml")]
    [InlineData("cluster:manage_security", "cluster:grant_api_key")]
    [InlineData("cluster:manage_security", "cluster:manage_own_api_key")]
    [InlineData("cluster:manage_api_key", "cluster:manage_own_api_key")]
    [InlineData("cluster:create_snapshot", "cluster:monitor_snapshot")]
    public void Imply(string granted, string asked)
    {
        Privileges.Covers(granted, asked).ShouldBeTrue();
        PolicyOf(On(granted)).May(asked, "x").ShouldBeTrue();
        PolicyOf(Everything, Not(granted)).May(asked, "x").ShouldBeFalse();
    }

    [Theory]
    [InlineData("index:create", "index:index")]
    [InlineData("index:create_doc", "index:create")]
    [InlineData("index:read", "index:view_index_metadata")]
    [InlineData("index:read", "index:write")]
    [InlineData("index:manage", "index:read")]
    [InlineData("index:manage", "index:write")]
    [InlineData("index:manage", "index:something_new")]
    [InlineData("index:write", "index:read")]
    [InlineData("index:none", "index:read")]
    [InlineData("index:all", "cluster:monitor")]
    [InlineData("cluster:all", "index:read")]
    [InlineData("cluster:manage", "cluster:manage_security")]
    [InlineData("cluster:manage", "cluster:read_security")]
    [InlineData("cluster:manage", "cluster:manage_own_api_key")]
    [InlineData("cluster:manage", "cluster:all")]
    [InlineData("cluster:manage_security", "cluster:all")]
    [InlineData("cluster:manage_security", "cluster:delegate_pki")]
    [InlineData("cluster:monitor", "cluster:monitor_snapshot")]
    [InlineData("cluster:monitor", "cluster:monitor_enrich")]
    [InlineData("cluster:monitor", "cluster:manage")]
    [InlineData("cluster:monitor_ml", "cluster:manage_ml")]
    [InlineData("cluster:manage_own_api_key", "cluster:manage_api_key")]
    [InlineData("cluster:manage_connector", "cluster:read_connector_secrets")]
    public void Do_not_imply(string granted, string asked)
    {
        PolicyOf(On(granted)).May(asked, "x").ShouldBeFalse();
        PolicyOf(Everything, Not(granted)).May(asked, "x").ShouldBeTrue();
    }

    [Fact]
    public void All_of_them_are_under_all()
    {
        foreach (string word in Privileges.All)
        {
            Privileges.Covers(word.Split(':')[0] + ":all", word).ShouldBeTrue(word);
            FaultsOf(On(word)).ShouldBeEmpty(word);
        }
    }

    [Theory]
    [InlineData("index:raed", "the nearest is `index:read`")]
    [InlineData("cluster:manage_secuirty", "the nearest is `cluster:manage_security`")]
    [InlineData("read", "`index:read` is")]
    [InlineData("monitor", "`index:monitor` is, and `cluster:monitor`")]
    [InlineData("manage_security", "`cluster:manage_security` is")]
    [InlineData("indices:data/read/*", "`index:read`")]
    [InlineData("indices:data/write/bulk", "`index:write`")]
    [InlineData("indices:admin/delete", "`index:delete_index`")]
    [InlineData("cluster:monitor/*", "`cluster:monitor`")]
    [InlineData("cluster:admin/xpack/security/*", "`cluster:manage_security`")]
    [InlineData("internal:x", "no privilege")]
    public void Mistakes_are_named(string word, string hint) =>
        FaultsOf(On(word)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(fault => fault.ShouldStartWith("GH6005"), fault => fault.ShouldContain(hint));

    [Fact]
    public void Words_with_a_star_and_those_of_other_systems_are_free()
    {
        FaultsOf(On("index:*")).ShouldBeEmpty();
        FaultsOf(new Grant { System = "http", Actions = ["read"] }).ShouldBeEmpty();
        PolicyOf(new Grant { System = "http", Actions = ["index:write"] }).DenialOf(Asks("index:create", "x")).Reason.ShouldBe(DenialReason.NoGrant);
    }

    [Theory]
    [InlineData("index:write", "index:create", true)]
    [InlineData("index:create", "index:write", true)]
    [InlineData("index:read", "index:write", false)]
    [InlineData("cluster:manage", "cluster:monitor_ml", true)]
    public void Overlap(string one, string other, bool overlap) => Privileges.Overlap(one, other).ShouldBe(overlap);
}
