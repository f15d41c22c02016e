using System.Text;
using Gatehouse.Operations;
using Gatehouse.Policy;
using Gatehouse.Protocols.Catalogues;
using Gatehouse.Protocols.Http;
using Gatehouse.Protocols.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Ipfs;

/// <summary>The commands that IPFS Cluster calls on its Kubo: catalogue and role agree, and nothing else becomes such a call.</summary>
public sealed class ClusterCallsTests
{
    [Fact]
    public void The_role_allows_these_calls_and_nothing_else()
    {
        RoleDocument role = BuiltInRoles.All["ipfs_kubo_calls"];
        Grant grant = role.Grants.ShouldHaveSingleItem();
        (grant.System, grant.Effect).ShouldBe(("kubo", GrantEffect.Allow));
        grant.Actions.ShouldBe(["kubo.call"]);
        grant.Resources.ShouldBe(IpfsCatalogues.ClusterCalls, ignoreOrder: true);
    }

    [Fact]
    public void Each_command_is_a_call_when_it_is_one_of_Clusters()
    {
        var target = new CanonicalTarget();
        foreach (CatalogueEndpoint endpoint in IpfsCatalogues.Kubo.Endpoints)
        {
            string command = endpoint.Template.StartsWith("/api/v0/", StringComparison.Ordinal) ? endpoint.Template[8..] : "";
            var operations = new OperationSet();
            operations.Begin(SystemAction.Intern("kubo", endpoint.Actions[0]));
            bool isCall = IpfsCatalogues.TryTakeForCall(endpoint, operations);
            isCall.ShouldBe(IpfsCatalogues.ClusterCalls.Contains(command), endpoint.Template);
            operations.Count.ShouldBe(1);
            operations[0].Action.Name.ShouldBe(isCall ? "kubo.call" : endpoint.Actions[0]);
            if (isCall)
            {
                Encoding.UTF8.GetString(operations[0].Resource(0)).ShouldBe(command);
            }
        }
    }
}
