using System.Net.Sockets;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>The npm clients, streams, trailers, redirects and path tricks through gates before a peer.</summary>
[Collection(nameof(GuardedIpfs))]
public sealed class Ipfs_through_the_gates(GuardedIpfs ipfs)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_npm_clients_work_for_who_may_do_everything()
    {
        ipfs.Forget();
        string admin = GuardedIpfs.Basic("ipfs_admin");
        Failed(await ipfs.RunAsync("cluster", "cluster", admin)).ShouldBeEmpty();
        Failed(await ipfs.RunAsync("kubo", "kubo", admin)).ShouldBeEmpty();
        Failed(await ipfs.RunAsync("kubo", "proxy", admin)).ShouldBe(["repoStat"], "what Cluster's proxy answers there is too little for the client");
        RecordedRequest[] asked = [.. ipfs.Peer.Cluster.Requests.All, .. ipfs.Locked.Requests.All, .. ipfs.Peer.Proxy.Requests.All];
        asked.ShouldAllBe(r => r.Header("Authorization") != admin, "the caller's login goes no further");
    }

    [Fact]
    public async Task The_npm_client_of_pinning_services_works_with_an_api_key()
    {
        ipfs.Forget();
        ShellResult made = await ipfs.Daemon.CliAsync(["apikey", "create", "pins", "--owner", "ipfs_admin", "--json"]);
        made.ExitCode.ShouldBe(0, made.ToString());
        string key = System.Text.Json.JsonDocument.Parse(made.Output).RootElement.GetProperty("key").GetString()!;
        Dictionary<string, string> seen = await ipfs.RunAsync("pinning", "pinning", "Bearer " + key);
        Failed(seen).ShouldBeEmpty();
        ipfs.Peer.Cluster.Pins.All.ShouldBeEmpty("the first was replaced and the second removed");
        (await ipfs.RunAsync("pinning", "pinning", "Bearer none", "list"))["list"].ShouldBe("!401");
    }

    [Fact]
    public async Task A_page_that_names_its_origin_changes_nothing()
    {
        ipfs.Forget();
        foreach (string line in (string[])[$"POST /pins/{IpfsClients.Cid}", "POST /ipfs/gc", "POST /pins/recover", $"DELETE /pins/{IpfsClients.Cid}"])
        {
            (await ipfs.AskAsync("cluster", "ipfs_admin", line, "Origin: https://evil.example")).Status.ShouldBe(403, line);
            (await ipfs.AskAsync("cluster", "ipfs_admin", line, "Sec-Fetch-Site: cross-site")).Status.ShouldBe(403, line);
        }

        (await ipfs.AskAsync("proxy", "ipfs_admin", $"GET /api/v0/pin/add?arg={IpfsClients.Cid}")).Status.ShouldBe(405);
        (await ipfs.AskAsync("kubo", "ipfs_admin", "GET /api/v0/id")).Status.ShouldBe(405);
        WireAnswer options = await ipfs.AskAsync("cluster", "ipfs_admin", "OPTIONS /pins", "Origin: https://evil.example", "Access-Control-Request-Method: POST");
        options.Header("Access-Control-Allow-Origin").ShouldBeNull();
        ipfs.Peer.Cluster.Pins.Changes.ShouldBe(0);
        ipfs.Peer.Cluster.Requests.Count.ShouldBe(0);
    }

    [Theory]
    [InlineData("cluster", "POST /pins%2Frecover")]
    [InlineData("cluster", "POST //pins//recover")]
    [InlineData("cluster", "POST /PINS/recover")]
    [InlineData("cluster", "POST /pins/%72ecover%2f")]
    [InlineData("cluster", "GET //evil.example/")]
    [InlineData("cluster", "POST /pins/recover?local=true&local=false")]
    [InlineData("cluster", "POST /pins/" + IpfsClients.Cid + "?name=a;expire-in=1s")]
    [InlineData("cluster", "POST /pins/" + IpfsClients.Cid + "?expire-in=1ms")]
    [InlineData("cluster", "POST /pins/" + IpfsClients.Cid + "?replication=many")]
    [InlineData("cluster", "POST /pins/" + IpfsClients.Cid + "?unknown=1")]
    [InlineData("cluster", "POST /token")]
    [InlineData("cluster", "HEAD /id")]
    [InlineData("kubo", "POST /api/v0/config/Addresses.API?arg=x")]
    [InlineData("kubo", "POST /api/v0/pin%2Frm?arg=" + IpfsClients.Cid)]
    [InlineData("kubo", "POST /debug/pprof-block/")]
    [InlineData("kubo", "GET /debug/pprof/cmdline")]
    [InlineData("proxy", "GET /debug/pprof/cmdline")]
    [InlineData("figures", "GET /debug/pprof/heap")]
    [InlineData("figures", "GET /debug/vars")]
    public async Task What_is_spelled_otherwise_goes_no_further_whoever_asks(string gate, string line)
    {
        ipfs.Forget();
        (await ipfs.AskAsync(gate, "ipfs_admin", line)).Status.ShouldBeInRange(400, 499);
        new StandInServer[] { ipfs.Peer.Cluster, ipfs.Locked, ipfs.Peer.Proxy, ipfs.Peer.Metrics }.Sum(s => s.Requests.Count).ShouldBe(0);
    }

    [Fact]
    public async Task Errors_in_trailers_and_broken_streams_arrive_as_such()
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Pins.Add(IpfsClients.Cid, new());
        ipfs.Peer.Cluster.Pins.Add(IpfsClients.Other, new());
        (await ipfs.AskAsync("cluster", "ipfs_admin", "GET /pins")).Items.Length.ShouldBe(2);
        ipfs.Peer.Cluster.Faults.Plan("GET", "/pins", new Fault(FaultKind.StreamError, After: 1, Text: "lost a peer"));
        WireAnswer failed = await ipfs.AskAsync("cluster", "ipfs_admin", "GET /pins");
        (failed.Status, failed.Items.Length, failed.Trailer).ShouldBe((200, 1, "X-Stream-Error: lost a peer"));
        ipfs.Peer.Cluster.Faults.Plan("GET", "/pins", new Fault(FaultKind.DieMidStream, After: 1));
        (await ipfs.AskAsync("cluster", "ipfs_admin", "GET /pins")).Trailer.ShouldBe("(broken)");
    }

    [Fact]
    public async Task A_redirect_does_not_name_the_upstream()
    {
        ipfs.Forget();
        ipfs.Peer.Cluster.Faults.Plan("GET", "/id", new Fault(FaultKind.Redirect));
        WireAnswer answer = await ipfs.AskAsync("cluster", "ipfs_admin", "GET /id");
        answer.Head.ShouldNotContain($":{ipfs.Peer.Cluster.Address.Port}");
        (await ipfs.AskAsync("cluster", "ipfs_admin", "GET /id/")).Status.ShouldBe(200, "the slash is taken off instead of redirected");
        (await ipfs.AskAsync("figures", "ipfs_monitor", "GET /metrics")).Body.ShouldContain("cluster_pins");
    }

    [Fact]
    public async Task Twenty_megabytes_stream_both_ways()
    {
        ipfs.Forget();
        const int Size = 20 * 1024 * 1024;
        const string Begin = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        const string End = "\r\n--b--\r\n";
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", ipfs.Address("cluster").Port);
        await using Stream stream = await WireAnswer.OpenAsync(socket, ipfs.Address("cluster"));
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /add?stream-channels=true HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: {GuardedIpfs.Basic("ipfs_admin")}\r\n"
            + $"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {Begin.Length + Size + End.Length}\r\n\r\n{Begin}"));
        byte[] head = new byte[16];
        await stream.ReadExactlyAsync(head).AsTask().WaitAsync(Limit);
        Encoding.ASCII.GetString(head).ShouldStartWith("HTTP/1.1 200", Case.Sensitive, "the answer begins before the body has ended");
        Task<string> reading = new StreamReader(stream).ReadToEndAsync();
        byte[] block = new byte[256 * 1024];
        for (int sent = 0; sent < Size; sent += block.Length)
        {
            await stream.WriteAsync(block).AsTask().WaitAsync(Limit);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(End));
        string answer = await reading.WaitAsync(Limit);
        answer.Length.ShouldBeGreaterThan(Size / 65536 * 20 * 1024);
        answer.ShouldContain("X-Stream-Error:");
        RecordedRequest add = ipfs.Peer.Cluster.Requests.All.First(r => r.Target.StartsWith("/add", StringComparison.Ordinal));
        await add.Ended.WaitAsync(Limit);
        (add.IsComplete, add.BodyLength).ShouldBe((true, Begin.Length + Size + End.Length));
        ipfs.Peer.Cluster.Pins.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Pins_have_owners()
    {
        ipfs.Forget();
        const string Cid = "bafkreihv3zsqczjk6xb7tyty3qelmozmv3vqfowvaink4j534vqe65qkda";
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"POST /pins/{Cid}")).Status.ShouldBe(200);
        (await ipfs.AskAsync("cluster", "other", $"GET /pins/{Cid}")).Status.ShouldBe(403);
        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{Cid}")).Status.ShouldBe(403);
        (await ipfs.AskAsync("cluster", "other", "GET /pins")).Body.ShouldNotContain(Cid);
        (await ipfs.AskAsync("cluster", "ipfs_pinner", "GET /pins")).Body.ShouldContain(Cid);
        (await ipfs.AskAsync("cluster", "other", $"POST /pins/{Cid}")).Status.ShouldBe(200, "one more owner");
        (await ipfs.AskAsync("cluster", "ipfs_pinner", $"DELETE /pins/{Cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.Find(Cid).ShouldNotBeNull("the other still has it");
        (await ipfs.AskAsync("cluster", "other", $"DELETE /pins/{Cid}")).Status.ShouldBe(200);
        ipfs.Peer.Cluster.Pins.Find(Cid).ShouldBeNull();
    }

    private static string[] Failed(Dictionary<string, string> seen) => [.. seen.Where(s => s.Value.StartsWith('!')).Select(s => s.Key)];
}
