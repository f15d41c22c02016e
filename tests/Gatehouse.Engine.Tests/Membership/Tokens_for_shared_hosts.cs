using System.Collections.Immutable;
using Gatehouse.Administration;
using Gatehouse.Engine.Tests.Administration;
using Gatehouse.Policy;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Membership;

/// <summary>Who may say that two nodes are on one host: that is a name in a certificate, and takes the right to give one.</summary>
public sealed class Tokens_for_shared_hosts : IAsyncLifetime
{
    private EnrolmentBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await EnrolmentBench.StartAsync(new ManualTime());
        Allow();
    }

    public ValueTask DisposeAsync()
    {
        _bench.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_right_to_make_a_token_is_no_right_to_another_nodes_host()
    {
        (await AskAsync("[]")).Status.ShouldBe(200);
        Reply refused = await AskAsync("""["10.0.0.1"]""");
        (refused.Status, refused.ErrorId).ShouldBe((403, "GH9004"));

        Allow(new Grant { System = "gatehouse", Actions = ["certificate.issue"], Resources = ["server/10.0.0.1", "server/db1"] });
        (await AskAsync("""["10.0.0.1", "DB1"]""")).Status.ShouldBe(200);
        (await AskAsync("""["10.0.0.1", "10.0.0.2"]""")).Status.ShouldBe(403);

        ImmutableArray<string>?[] kept = [.. _bench.Membership.Tokens.Values.Select(static token => token.SameHosts)];
        kept.Length.ShouldBe(2);
        kept.ShouldContain((ImmutableArray<string>?)null);
        kept.OfType<ImmutableArray<string>>().Single().ShouldBe(["10.0.0.1", "db1"]);
        (await _bench.AdminAsync("admin", "GET", "/v1/enrolment-tokens")).Body.ShouldContain("\"same_hosts\":[\"10.0.0.1\",\"db1\"]");
    }

    [Theory]
    [InlineData("""["10.0.0.1:7443"]""")]
    [InlineData("""["*.example.org"]""")]
    [InlineData("""["::ffff:10.0.0.1"]""")]
    [InlineData("""[""]""")]
    [InlineData("""["a","b","c","d","e","f","g","h","i"]""")]
    public async Task A_host_that_is_none_is_refused(string hosts)
    {
        Reply reply = await _bench.AdminAsync("admin", "POST", "/v1/enrolment-tokens", $$"""{"node":"gamma","addresses":["10.0.0.1:7443"],"same_hosts":{{hosts}}}""");
        (reply.Status, reply.ErrorId).ShouldBe((422, "GH3220"));
    }

    [Theory]
    [InlineData("same_hosts")]
    [InlineData("services")]
    [InlineData("roles")]
    public async Task Null_in_a_list_is_refused(string list)
    {
        Reply reply = await _bench.AdminAsync("admin", "POST", "/v1/enrolment-tokens", $$"""{"node":"gamma","addresses":["10.0.0.1:7443"],"{{list}}":[null]}""");
        (reply.Status, reply.ErrorId).ShouldBe((400, "GH9007"));
    }

    private void Allow(params Grant[] more)
    {
        var role = new RoleDocument { Name = "clerk", Grants = [new Grant { System = "gatehouse", Actions = ["token.create"], Resources = ["gamma"] }, .. more] };
        _bench.Put(_bench.Document with { Roles = _bench.Document.Roles.SetItem("clerk", role) });
    }

    private Task<Reply> AskAsync(string hosts) =>
        _bench.AdminAsync("clerk", "POST", "/v1/enrolment-tokens", $$"""{"node":"gamma","addresses":["10.0.0.1:7443"],"same_hosts":{{hosts}}}""");
}
