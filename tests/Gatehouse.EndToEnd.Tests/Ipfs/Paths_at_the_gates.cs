using Gatehouse.Testing.Ipfs;
using Gatehouse.Testing.Ipfs.State;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>Spellings of one path: what is forwarded is what was decided on, to the byte, or nothing.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Paths_at_the_gates(GuardedIpfs ipfs)
{
    private const string Cid = IpfsClients.Cid;

    [Theory]
    [InlineData("cluster", "GET /pins/../id", null)]
    [InlineData("cluster", "GET /pins/%2e%2e/id", null)]
    [InlineData("cluster", "GET /id/%2E", null)]
    [InlineData("cluster", "GET /id/", "/id")]
    [InlineData("cluster", "GET /%69d", "/id")]
    [InlineData("cluster", "POST /pins/%72ecover", "/pins/recover")]
    [InlineData("cluster", "POST /pins%2Frecover", null)]
    [InlineData("cluster", "POST /pins%5Crecover", null)]
    [InlineData("cluster", "POST /pins/recover%00", null)]
    [InlineData("cluster", "POST //pins//recover", null)]
    [InlineData("cluster", "GET /ID", null)]
    [InlineData("cluster", "GET /health/", "/health")]
    [InlineData("cluster", "GET /pins?local=true&local=false", null)]
    [InlineData("cluster", "GET /pins?local=true&%6cocal=false", null)]
    [InlineData("cluster", "GET /pins?local=true;filter=pinned", null)]
    [InlineData("cluster", "GET /pins?Local=true", null)]
    [InlineData("cluster", "POST /pins/" + Cid + "?name=a&name=b", null)]
    [InlineData("cluster", "POST /pins/" + Cid + "%2Frecover", null)]
    [InlineData("cluster", "GET http://127.0.0.1/id", null)]
    [InlineData("cluster", "GET http://evil.example/id", null)]
    [InlineData("cluster", "GET /id#x", null)]
    [InlineData("pinning", "GET /pins%2F" + Cid, null)]
    [InlineData("pinning", "GET //pins", null)]
    [InlineData("proxy", "POST /api/v0/%70in/ls", "/api/v0/pin/ls")]
    [InlineData("proxy", "POST /api/v0/pin%2Frm?arg=" + Cid, null)]
    [InlineData("proxy", "POST /api/v0//pin/rm?arg=" + Cid, null)]
    [InlineData("proxy", "POST /API/v0/pin/ls", null)]
    [InlineData("proxy", "POST /api/v0/pin/rm/" + Cid + "?arg=" + Cid, null)]
    [InlineData("proxy", "POST /api/v0/pin/rm?arg=" + Cid + "&arg=" + IpfsClients.Other, null)]
    [InlineData("proxy", "POST /api/v0/../debug/vars", null)]
    [InlineData("kubo", "POST /api/v0/%69d", "/api/v0/id")]
    [InlineData("kubo", "POST /api/v0/config%2Fshow", null)]
    [InlineData("kubo", "POST /api/v0/config/Addresses.API?arg=x", null)]
    [InlineData("kubo", "POST /api/v0/pin/rm/" + Cid, null)]
    [InlineData("kubo", "POST /api/v0/cat?arg=" + Cid + "&ARG=" + IpfsClients.Other, null)]
    [InlineData("kubo", "POST /api/v0/id;x", null)]
    [InlineData("kubo", "POST /debug/../api/v0/id", null)]
    [InlineData("gateway", "GET /ipfs/../debug/vars", null)]
    [InlineData("figures", "GET /debug/../metrics", null)]
    [InlineData("figures", "GET /metrics/../debug/vars", null)]
    public async Task A_path_goes_on_as_it_was_read_or_not_at_all(string gate, string line, string? forwarded)
    {
        ipfs.Forget();
        WireAnswer answer = await ipfs.AskAsync(gate, "ipfs_admin", line);
        string[] asked = [.. Upstreams().SelectMany(s => s.Requests.All).Where(r => r.Method != "OPTIONS").Select(r => r.Target)];
        if (forwarded is null)
        {
            answer.Status.ShouldBeInRange(400, 499);
            asked.ShouldBeEmpty();
        }
        else
        {
            answer.Status.ShouldBeInRange(200, 299);
            asked[0].ShouldBe(forwarded);
        }
    }

    /// <summary>Whoever may not do a thing may not do it in another spelling either.</summary>
    [Theory]
    [InlineData("cluster", "POST /pins/%72ecover")]
    [InlineData("cluster", "POST /ipfs/gc/")]
    [InlineData("cluster", "DELETE /pins/%62" + "afkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku")]
    [InlineData("proxy", "POST /api/v0/%70in/rm?arg=" + Cid)]
    public async Task Another_spelling_gives_no_other_right(string gate, string line)
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Pins.Add(Cid, new PinOptions());
        int changes = ipfs.Peer.Cluster.Pins.Changes;
        (await ipfs.AskAsync(gate, "ipfs_viewer", line)).Status.ShouldBe(403);
        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(changes);
        Upstreams().Sum(s => s.Requests.Count).ShouldBe(0);
    }

    [Fact]
    public async Task Only_one_spelling_of_the_health_check_is_open()
    {
        ipfs.Forget();
        foreach (string line in new[] { "GET /health/", "GET /%68ealth", "GET /health?x=1", "GET /health?", "POST /health", "HEAD /health" })
        {
            (await WireAnswer.AskAsync(ipfs.Address("cluster"), line)).Status.ShouldBe(401, line);
        }

        ipfs.Peer.Cluster.Requests.Count.ShouldBe(0);
        (await WireAnswer.AskAsync(ipfs.Address("cluster"), "GET /health")).Status.ShouldBe(204);
    }

    [Theory]
    [InlineData("cluster", "/pins/recover")]
    [InlineData("cluster", "/token")]
    [InlineData("pinning", "/pins")]
    [InlineData("proxy", "/api/v0/pin/rm")]
    [InlineData("kubo", "/api/v0/config")]
    [InlineData("gateway", "/ipfs/" + Cid)]
    [InlineData("figures", "/metrics")]
    public async Task Options_go_no_further(string gate, string path)
    {
        ipfs.Forget();
        string[][] headers = [[], ["Origin: https://evil.example"], ["Origin: https://evil.example", "Access-Control-Request-Method: POST"]];
        foreach (string[] some in headers)
        {
            WireAnswer answer = await WireAnswer.AskAsync(ipfs.Address(gate), $"OPTIONS {path}", some);
            answer.Status.ShouldBeInRange(200, 204);
            answer.Head.ShouldNotContain("Access-Control-Allow", Case.Insensitive);
        }

        Upstreams().Sum(s => s.Requests.Count).ShouldBe(0);
    }

    [Theory]
    [InlineData("cluster", "POST /token", 403)]
    [InlineData("pinning", "POST /token", 403)]
    [InlineData("cluster", "TRACE /id", 400)]
    [InlineData("proxy", "GET /api/v0/pin/rm?arg=" + Cid, 405)]
    [InlineData("proxy", "HEAD /api/v0/pin/rm?arg=" + Cid, 405)]
    [InlineData("proxy", "PUT /api/v0/pin/rm?arg=" + Cid, 405)]
    [InlineData("kubo", "GET /api/v0/id", 405)]
    [InlineData("kubo", "PUT /api/v0/config/replace", 405)]
    public async Task What_no_role_may_is_refused_to_all(string gate, string line, int status)
    {
        ipfs.Forget();
        (await ipfs.AskAsync(gate, "ipfs_admin", line)).Status.ShouldBe(status);
        Upstreams().Sum(s => s.Requests.Count).ShouldBe(0);
    }

    private StandInServer[] Upstreams() =>
        [ipfs.Peer.Cluster, ipfs.Peer.Pinning, ipfs.Peer.Proxy, ipfs.Peer.Kubo, ipfs.Peer.Gateway, ipfs.Peer.Metrics, ipfs.Locked];
}
