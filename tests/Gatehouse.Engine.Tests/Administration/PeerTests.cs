using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Mesh;
using Gatehouse.Membership;
using Gatehouse.Problems.Cluster;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Administration;

/// <summary>Trusting peers, and what netcheck says is wrong between two nodes.</summary>
public sealed class PeerTests
{
    [Fact]
    public async Task Peers_are_listed_with_what_is_known_of_them()
    {
        using var bench = new AdminBench();

        JsonElement list = (await bench.CallAsync("admin", "GET", "/v1/peers")).Json;

        list.GetProperty("node").GetString().ShouldBe("node-a");
        JsonElement[] peers = [.. list.GetProperty("peers").EnumerateArray()];
        peers.Select(static p => p.GetProperty("state").GetString()).ShouldBe(["self", "up"]);
        peers[1].GetProperty("peer_address").GetString().ShouldBe("127.77.0.2");
        peers[1].GetProperty("latency_ms").GetDouble().ShouldBe(0.4);
        peers[1].GetProperty("version").GetString().ShouldBe("9.9");
        peers[1].GetProperty("services").EnumerateArray().Select(static s => s.GetString()).ShouldBe(["open", "transport"]);
    }

    [Theory]
    [InlineData("erlang", """{"peers":["node-b","node-a","node-b"]}""", 200, "node-a node-b")]
    [InlineData("erlang", """{"peers":["*"]}""", 200, "*")]
    [InlineData("transport", """{"peers":["node-b"]}""", 200, "node-a node-b")]
    [InlineData("transport", """{"peers":["*"]}""", 200, "*")]
    [InlineData("erlang", """{"peers":["*","node-b"]}""", 422, null)]
    [InlineData("erlang", """{"peers":[]}""", 422, null)]
    [InlineData("erlang", """{"peers":["node-c"]}""", 404, null)]
    [InlineData("open", """{"peers":["node-b"]}""", 409, "*")]
    [InlineData("Erlang", """{"peers":["node-b"]}""", 422, null)]
    public async Task Nodes_are_trusted_for_a_service(string service, string body, int status, string? trusted)
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "POST", "/v1/trusted-peers/" + service, body)).Status.ShouldBe(status);

        Trusted(bench, service).ShouldBe(trusted);
    }

    [Theory]
    [InlineData("transport", "?peers=node-b", 200, "node-a")]
    [InlineData("transport", "?peers=node-b,node-a", 200, null)]
    [InlineData("transport", "", 200, null)]
    [InlineData("transport", "?peers=node-c", 404, "node-a node-b")]
    [InlineData("open", "", 200, null)]
    [InlineData("open", "?peers=node-b", 422, "*")]
    [InlineData("other", "", 404, null)]
    public async Task Nodes_are_trusted_no_more(string service, string query, int status, string? trusted)
    {
        using var bench = new AdminBench();

        (await bench.CallAsync("admin", "DELETE", "/v1/trusted-peers/" + service + query)).Status.ShouldBe(status);

        Trusted(bench, service).ShouldBe(trusted);
    }

    [Theory]
    [InlineData("/v1/peers/node-b/ping?count=3", 200)]
    [InlineData("/v1/peers/node-c/ping", 404)]
    [InlineData("/v1/peers/node-a/ping", 422)]
    [InlineData("/v1/peers/node-b/ping?count=0", 400)]
    [InlineData("/v1/peers/node-b/ping?count=101", 400)]
    public async Task A_ping_asks_a_peer_so_many_times(string target, int status) => (await new AdminBench().CallAsync("admin", "POST", target)).Status.ShouldBe(status);

    [Fact]
    public async Task Nothing_is_wrong_where_everything_works()
    {
        using var bench = new AdminBench();

        JsonElement answer = (await bench.CallAsync("admin", "POST", "/v1/netcheck")).Json;

        Errors(answer).ShouldBeEmpty();
        answer.GetProperty("paths")[0].GetProperty("reached").GetString().ShouldBe("proven");
        JsonElement service = answer.GetProperty("services")[0];
        service.GetProperty("both_ways").EnumerateArray().Select(static s => s.GetString()).ShouldBe(["node-b"]);
        service.GetProperty("programs")[0].GetProperty("process").GetString().ShouldBe("java (77)");
    }

    public static TheoryData<string, Action<object>> Faults => new()
    {
        { "does not listen", static m => ((FakeMesh)m).IsRunning = false },
        { "node-b at 10.0.0.2:7444", static m => Change((FakeMesh)m, static r => r with { Connect = null, Total = null }) },
        { "node-b at 10.0.0.2:7444", static m => Change((FakeMesh)m, static r => r with { Total = null }) },
        { "no program of this host listens at 127.77.0.1:9300", static m => Change((FakeMesh)m, OwnerStatus.NoListener) },
        { "add `root`", static m => Change((FakeMesh)m, OwnerStatus.Refused) },
        { "on every interface at port 9300", static m => Change((FakeMesh)m, OwnerStatus.Allowed, isEverywhere: true) },
        { "node-b cannot be reached at 127.77.0.2:9300", static m => ((FakeMesh)m).Offers = [new MeshAddressFacts("node-b", IPEndPoint.Parse("127.77.0.2:9300"), false, MeshConfigurationProblems.OwnPort.Because("taken"))] },
        { "no node is trusted", static m => ((FakeMesh)m).Services = [new MeshServiceModel { Name = "other", OwnPorts = [1] }] },
        { "both have port", static m => ((FakeMesh)m).Problems = [MeshConfigurationProblems.PeerPorts.Because("a and b both have port 1")] },
    };

    [Theory, MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task What_is_wrong_is_said_with_what_to_do(string said, Action<object> fault)
    {
        using var bench = new AdminBench();
        fault(bench.Mesh);

        JsonElement answer = (await bench.CallAsync("admin", "POST", "/v1/netcheck")).Json;

        string[] errors = Errors(answer);
        errors.ShouldHaveSingleItem().ShouldContain(said);
    }

    [Fact]
    public async Task A_way_that_fails_beside_one_that_works_is_a_warning()
    {
        using var bench = new AdminBench();
        bench.Mesh.Reach = bench.Mesh.Reach.Add(bench.Mesh.Reach[0] with { Address = "10.9.9.9:7444", Connect = null, Total = null });

        JsonElement answer = (await bench.CallAsync("admin", "POST", "/v1/netcheck")).Json;

        Errors(answer).ShouldBeEmpty();
        answer.GetProperty("findings").EnumerateArray().Select(static f => f.GetProperty("text").GetString()).ShouldContain(static t => t!.Contains("10.9.9.9"));
    }

    [Fact]
    public async Task A_node_that_nobody_trusts_back_is_told()
    {
        using var bench = new AdminBench();
        await bench.CallAsync("admin", "DELETE", "/v1/trusted-peers/transport?peers=node-a");

        JsonElement answer = (await bench.CallAsync("admin", "POST", "/v1/netcheck")).Json;

        Errors(answer).ShouldHaveSingleItem().ShouldContain("gatehouse peers trust transport node-a");
        answer.GetProperty("services")[0].GetProperty("both_ways").GetArrayLength().ShouldBe(0);
    }

    private static string? Trusted(AdminBench bench, string service) =>
        bench.Changes.Current.Membership.TrustedPeers.GetValueOrDefault(service) is { } found ? string.Join(' ', found.Peers) : null;

    private static string[] Errors(JsonElement answer) =>
    [
        .. answer.GetProperty("findings").EnumerateArray()
            .Where(static f => f.GetProperty("severity").GetString() == "error")
            .Select(static f => f.GetProperty("text").GetString() + " / " + (f.TryGetProperty("hint", out JsonElement hint) ? hint.GetString() : "")),
    ];

    private static void Change(FakeMesh mesh, Func<MeshReach, MeshReach> change) => mesh.Reach = [change(mesh.Reach[0])];

    private static void Change(FakeMesh mesh, OwnerStatus status, bool isEverywhere = false) =>
        mesh.Programs = [mesh.Programs[0] with { Status = status, IsEverywhere = isEverywhere }];
}
