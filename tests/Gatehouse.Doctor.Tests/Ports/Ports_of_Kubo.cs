using System.Diagnostics;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Kubo;
using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a node's ports say: the RPC API and the swarm.</summary>
public sealed class Ports_of_Kubo
{
    private const string Key = "/key/swarm/psk/1.0.0/\n/base16/\n5a3f0c9d1e7b2846af60c3d5e9172b84f0a6d3c1b597e2480d6c9f3a1b75e824\n";

    [Fact]
    public async Task An_RPC_API_with_its_guard_on_loopback_is_worth_knowing_and_no_more()
    {
        await using TestPort rpc = TestPort.Http(static request => request.Contains("Origin:", StringComparison.Ordinal) ? TestPort.Answer(403, "403 - Forbidden") : Version(request));

        Examination found = await LookAsync(rpc.EndPoint, Api(rpc));

        (found.Of("LP12"), found.Of("LP13"), found.Of("LP11"), found.Of("LP01")).ShouldBe(("Info", "", "", ""));
        rpc.Requests.Where(static r => r.StartsWith("POST", StringComparison.Ordinal)).ShouldAllBe(static r => r.StartsWith("POST /api/v0/version ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_RPC_API_that_answers_foreign_pages_is_critical()
    {
        await using TestPort rpc = TestPort.Http(Version);

        (await LookAsync(rpc.EndPoint, Api(rpc))).Of("LP13").ShouldBe("Critical");
    }

    [Fact]
    public async Task An_RPC_API_on_the_network_is_critical()
    {
        IPAddress own = Own_addresses.Network();
        await using TestPort rpc = TestPort.Http(Version, address: IPAddress.Any);
        FakeHost host = Host(Api(rpc), $"0.0.0.0:{rpc.Port}").Address(own.ToString());

        Examination found = await host.LookAsync(new KuboDoctor());

        (found.Of("LP01"), found.Of("LP12")).ShouldBe(("Critical", "Critical"));
    }

    [Fact]
    public async Task An_RPC_API_with_users_is_not_answered_and_its_profiles_are_asked_for_all_the_same()
    {
        await using TestPort rpc = TestPort.Http(static request => request.StartsWith("GET /debug/pprof/cmdline", StringComparison.Ordinal) ? TestPort.Answer(200, "ipfs") : TestPort.Answer(403, "Kubo RPC Access Denied: authorization"));

        Examination found = await LookAsync(rpc.EndPoint, Api(rpc));

        (found.Of("LP12"), found.Of("LP11")).ShouldBe(("", "Low"));
    }

    [Theory]
    [InlineData("go", "Info")]
    [InlineData("go-open", "High")]
    [InlineData("go-other", "High")]
    public async Task The_swarm_is_compared_with_its_key(string kind, string expected)
    {
        await using TestPort swarm = TestPort.Start(Ports_of_IPFS_Cluster.Swarm(kind));

        Examination found = await Host($$""" "Addresses": { "API": [], "Swarm": ["/ip4/127.0.0.1/tcp/{{swarm.Port}}"] } """, swarm.EndPoint.ToString()).File("/var/lib/ipfs/swarm.key", Key, "0600").LookAsync(new KuboDoctor());

        found.Of("LP16").ShouldBe(expected);
        found.Text().ShouldNotContain("5a3f0c9d");
    }

    [Fact]
    public async Task A_swarm_without_a_key_is_not_asked()
    {
        await using TestPort swarm = TestPort.Start(Ports_of_IPFS_Cluster.Swarm("go-open"));

        Examination found = await Host($$""" "Addresses": { "API": [], "Swarm": ["/ip4/127.0.0.1/tcp/{{swarm.Port}}"] } """, swarm.EndPoint.ToString()).LookAsync(new KuboDoctor());

        found.Of("LP16").ShouldBe("");
        swarm.Calls.ShouldBe(0);
    }

    [Fact]
    public void The_key_of_the_tests_is_one()
    {
        using SwarmKey? key = SwarmKey.Parse(Encoding.ASCII.GetBytes(Key), out _);
        key.ShouldNotBeNull();
    }

    [Theory]
    [MemberData(nameof(Hostile_ports.Kinds), MemberType = typeof(Hostile_ports))]
    public async Task Hostile_ports_are_borne(string kind)
    {
        await using TestPort rpc = Hostile_ports.Start(kind), swarm = Hostile_ports.Start(kind);
        FakeHost host = Host($$""" "Addresses": { "API": "/ip4/127.0.0.1/tcp/{{rpc.Port}}", "Swarm": ["/ip4/127.0.0.1/tcp/{{swarm.Port}}"] } """, rpc.EndPoint.ToString(), swarm.EndPoint.ToString())
            .File("/var/lib/ipfs/swarm.key", Key, "0600");
        long start = Stopwatch.GetTimestamp();

        Examination found = await host.LookAsync(new KuboDoctor());

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        found.Text().ShouldNotContain("please report");
        new[] { "LP11", "LP12", "LP13" }.ShouldAllBe(id => found.Live(id).Length == 0);
        rpc.Calls.ShouldBeGreaterThan(0);
    }

    private static string Version(string request) => request.StartsWith("POST /api/v0/version ", StringComparison.Ordinal) ? TestPort.Answer(200, """{"Version":"0.39.0","Commit":""}""") : TestPort.Answer(404);

    private static string Api(TestPort rpc) => $$""" "Addresses": { "API": "/ip4/127.0.0.1/tcp/{{rpc.Port}}" } """;

    private static Task<Examination> LookAsync(IPEndPoint socket, string lines) => Host(lines, socket.ToString()).LookAsync(new KuboDoctor());

    private static FakeHost Host(string lines, params string[] sockets)
    {
        FakeHost host = new FakeHost().Folder("/var/lib/ipfs", "0700").File("/var/lib/ipfs/config", $"{{\n{lines}\n}}", "0600").File("/var/lib/ipfs/version", "18")
            .Process(700, "ipfs", "ipfs daemon", new Dictionary<string, string> { ["IPFS_PATH"] = "/var/lib/ipfs" });
        foreach (string socket in sockets)
        {
            host.Socket(socket, 700);
        }

        return host;
    }
}
