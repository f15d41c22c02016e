using System.Diagnostics;
using System.Net;
using System.Text;
using Gatehouse.Doctor.Findings;
using Gatehouse.Doctor.Ipfs.Cluster;
using Gatehouse.Doctor.Ipfs.Ports;
using Gatehouse.Doctor.Probes;
using Gatehouse.Doctor.Probes.Libp2p;
using Gatehouse.Protocols.Libp2p;
using Shouldly;
using Xunit;

namespace Gatehouse.Doctor.Tests.Ports;

/// <summary>What a peer's ports say: its APIs, the proxy, metrics, and the swarm.</summary>
public sealed class Ports_of_IPFS_Cluster
{
    private const string Secret = "5a3f0c9d1e7b2846af60c3d5e9172b84f0a6d3c1b597e2480d6c9f3a1b75e824";
    private const string Own = "12D3KooWQCjepnRZscHDBRghPBvYgmyb4Ee43wyjQjwk8pfjW5eD";
    private const string Friend = "12D3KooWLwDVDHMCtbHjkzCZ3yERPCPqAFjJGpR8uLgn7cCzVAVh";
    private const string Stranger = "12D3KooWHHVPRYiXuWe6VTpkTmW7nPDUeUEs2nJpkKvnm8dqmJjZ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_REST_API_without_a_password_is_found_with_what_makes_it_worse()
    {
        await using TestPort rest = TestPort.Http(static request => request.StartsWith("OPTIONS", StringComparison.Ordinal)
            ? TestPort.Answer(204, "", "Access-Control-Allow-Origin: *", $"Access-Control-Allow-Methods: {request.Split("Access-Control-Request-Method: ")[1].Split('\r')[0]}")
            : TestPort.Answer(200, """{"id":"x","version":"1.1.6"}""", "Access-Control-Allow-Origin: *"));

        Examination found = await LookAsync(Api("restapi", rest), rest);

        found.Of("LP02").ShouldBe("Medium");
        found.Of("LP03").ShouldBe("");
        found.Of("LP05").ShouldBe("High");
        found.Live("LP05")[0].Text.ShouldContain("GET, POST, DELETE");
        (found.Of("LP06"), found.Of("LP07")).ShouldBe(("Medium", "High"));
        rest.Requests.ShouldAllBe(static r => r.StartsWith("GET", StringComparison.Ordinal) || r.StartsWith("OPTIONS", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_REST_API_with_a_password_and_a_list_of_origins_is_fine()
    {
        await using TestPort rest = TestPort.Http(Guarded);

        Examination found = await LookAsync(Api("restapi", rest, """, "basic_auth_credentials": { "gate": "0123456789abcdefghijklmnopqrstuv" }"""), rest);

        (found.Of("LP02"), found.Of("LP03"), found.Of("LP05"), found.Of("LP06"), found.Of("LP08")).ShouldBe(("", "Info", "", "", ""));
        found.Findings.Where(static f => f.Check.StartsWith("LP", StringComparison.Ordinal) && f.Severity > Severity.Info).ShouldBeEmpty();
    }

    [Fact]
    public async Task Clear_text_on_the_network_is_found()
    {
        IPAddress own = Own_addresses.Network();
        await using TestPort rest = TestPort.Http(Guarded, address: IPAddress.Any);
        FakeHost host = Host(Api("restapi", rest), $"0.0.0.0:{rest.Port}").Address(own.ToString());

        Examination found = await host.LookAsync(new ClusterDoctor());

        (found.Of("LP01"), found.Of("LP04")).ShouldBe(("High", "High"));
        found.Live("LP01")[0].Evidence[0].Place.ShouldBe($"{own}:{rest.Port}");
    }

    [Fact]
    public async Task On_loopback_nothing_is_reached_from_the_network()
    {
        await using TestPort rest = TestPort.Http(Guarded);

        Examination found = await LookAsync(Api("restapi", rest), rest);

        (found.Of("LP01"), found.Of("LP04")).ShouldBe(("", ""));
        found.Systems[0].Checks.ShouldContain("LP04");
    }

    [Fact]
    public async Task A_token_of_an_empty_key_is_tried_where_a_user_has_no_password()
    {
        await using TestPort rest = TestPort.Http(static request => request.Contains($"Bearer {EmptyKeyToken.For("ann")}", StringComparison.Ordinal) ? TestPort.Answer(200, """{"id":"x"}""") : Guarded(request));

        (await LookAsync(Api("restapi", rest, """, "basic_auth_credentials": { "ann": "" }"""), rest)).Of("LP08").ShouldBe("Critical");
    }

    [Fact]
    public async Task An_API_that_takes_any_token_is_not_blamed_on_an_empty_key()
    {
        await using TestPort rest = TestPort.Http(static request => request.Contains("Bearer", StringComparison.Ordinal) ? TestPort.Answer(200, """{"id":"x"}""") : Guarded(request));

        (await LookAsync(Api("restapi", rest, """, "basic_auth_credentials": { "ann": "" }"""), rest)).Of("LP08").ShouldBe("");
    }

    [Fact]
    public void A_token_of_an_empty_key_is_one_that_others_would_make()
    {
        // python3: hmac.new(b"", b"<head>.<body>", "sha256")
        EmptyKeyToken.For("ann").ShouldBe("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhbm4ifQ.b22UMpGFppp4i7kIlL5RHUpjO874zvuBJA4ar6PRCvQ");
    }

    [Fact]
    public void A_name_of_content_that_nobody_has_is_one_of_CID_version_1()
    {
        string cid = RandomCid.Make();

        cid.Length.ShouldBe(59);
        cid.ShouldStartWith("bafkrei");
        cid.ShouldNotBe(RandomCid.Make());
    }

    [Fact]
    public async Task A_pinning_service_without_a_password_is_found()
    {
        await using TestPort pinning = TestPort.Http(static request => request.StartsWith("GET /pins?limit=1 ", StringComparison.Ordinal) ? TestPort.Answer(200, """{"count":0,"results":[]}""") : TestPort.Answer(404));

        (await LookAsync(Api("pinsvcapi", pinning), pinning)).Of("LP09").ShouldBe("Medium");
    }

    [Theory]
    [InlineData(500, """{"Message":"not pinned","Code":0,"Type":"error"}""", true)]
    [InlineData(405, "405 - Method Not Allowed", false)]
    public async Task The_proxy_is_asked_by_POST_and_then_by_GET(int status, string body, bool isByGet)
    {
        await using TestPort proxy = TestPort.Http(request => request.Split(' ') switch
        {
            ["POST", "/api/v0/version", ..] => TestPort.Answer(200, """{"Version":"0.30.0"}"""),
            ["GET", { } path, ..] when path.StartsWith("/api/v0/pin/ls?arg=bafkrei", StringComparison.Ordinal) => TestPort.Answer(status, body),
            ["GET", "/debug/pprof/cmdline", ..] => TestPort.Answer(200, "ipfs\0daemon\0--secret=hunter2"),
            _ => TestPort.Answer(404),
        });

        Examination found = await LookAsync($$"""{ "api": { "ipfsproxy": { "listen_multiaddress": "/ip4/127.0.0.1/tcp/{{proxy.Port}}" } } }""", proxy);

        found.Of("LP10").ShouldBe("Medium");
        found.Live("LP10")[0].Text.Contains("GET", StringComparison.Ordinal).ShouldBe(isByGet);
        found.Of("LP11").ShouldBe("Low");
        found.Text().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task Metrics_are_found()
    {
        await using TestPort metrics = TestPort.Http(static _ => TestPort.Answer(200, "cluster_peers 3"));

        (await LookAsync($$"""{ "observations": { "metrics": { "enable_stats": true, "prometheus_endpoint": "/ip4/127.0.0.1/tcp/{{metrics.Port}}" } } }""", metrics)).Of("LP14").ShouldBe("Low");
    }

    [Fact]
    public async Task A_peer_that_nobody_trusts_is_found_with_the_files_own_user()
    {
        const string Password = "0123456789abcdefghijklmnopqrstuv";
        await using TestPort rest = TestPort.Http(static request => !request.StartsWith("GET /peers", StringComparison.Ordinal) ? Guarded(request)
            : request.Contains($"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"gate:{Password}"))}", StringComparison.Ordinal)
                ? $$"""
                HTTP/1.1 200 OK
                Transfer-Encoding: chunked

                4a
                {"id":"{{Own}}","error":""}
                
                4a
                {"id":"{{Friend}}","error":""}
                
                4a
                {"id":"{{Stranger}}","error":""}
                
                0


                """.ReplaceLineEndings("\r\n")
                : TestPort.Answer(401));

        Examination found = await LookAsync(
            $$"""{ "consensus": { "crdt": { "trusted_peers": ["{{Friend}}"] } }, "api": { "restapi": { "http_listen_multiaddress": "/ip4/127.0.0.1/tcp/{{rest.Port}}", "basic_auth_credentials": { "gate": "{{Password}}" } } } }""", rest);

        found.Live("LP17").ShouldHaveSingleItem().Text.ShouldContain(Stranger);
        found.Text().ShouldNotContain(Password);
    }

    [Fact]
    public async Task Variables_and_an_agent_for_traces_are_seen_without_a_question()
    {
        FakeHost host = Host("{}").Describe("env 812 CLUSTER_SECRET=\nenv 812 HOME=/root\nudp 0.0.0.0:6831");

        Examination found = await host.LookAsync(new ClusterDoctor());

        found.Of("LP19").ShouldBe("Low");
        found.Findings.Single(static f => f.Check == "LP20").Text.ShouldEndWith("`CLUSTER_SECRET`");
    }

    [Theory]
    [InlineData("go", Secret, "")]
    [InlineData("js", Secret, "")]
    [InlineData("go-open", Secret, "Critical")]
    [InlineData("js-open", Secret, "Critical")]
    [InlineData("go-other", Secret, "Medium")]
    [InlineData("go-open", "", "Critical")]
    [InlineData("go", "", "")]
    [InlineData("text", Secret, "")]
    public async Task The_swarm_is_asked_for_its_secret(string kind, string secret, string expected)
    {
        await using TestPort swarm = TestPort.Start(Swarm(kind));

        Examination found = await LookAsync($$"""{ "cluster": { "secret": "{{secret}}", "listen_multiaddress": "/ip4/127.0.0.1/tcp/{{swarm.Port}}" } }""", swarm);

        found.Of("LP15").ShouldBe(expected);
        found.Systems[0].Checks.ShouldContain("LP15");
        found.Text().ShouldNotContain(Secret);
        swarm.Calls.ShouldBe(1);
    }

    [Fact]
    public async Task A_swarm_that_says_nothing_is_not_known()
    {
        await using TestPort swarm = Hostile_ports.Start("silent");

        (await LookAsync($$"""{ "cluster": { "secret": "{{Secret}}", "listen_multiaddress": "/ip4/127.0.0.1/tcp/{{swarm.Port}}" } }""", swarm)).Of("LP15").ShouldBe("Unknown");
    }

    [Fact]
    public async Task The_right_key_is_proven_both_ways()
    {
        using SwarmKey key = Key(Secret);
        await using TestPort go = TestPort.Start(Swarm("go")), js = TestPort.Start(Swarm("js"));
        var prober = new Prober([IPAddress.Loopback]);

        (await SwarmQuestion.AskAsync(prober, go.EndPoint, key, Cancellation)).ShouldBe(SwarmVerdict.ProtectedMatch);
        (await SwarmQuestion.AskAsync(prober, js.EndPoint, key, Cancellation)).ShouldBe(SwarmVerdict.ProtectedMatch);
    }

    [Theory]
    [MemberData(nameof(Hostile_ports.Kinds), MemberType = typeof(Hostile_ports))]
    public async Task Hostile_ports_are_borne(string kind)
    {
        await using TestPort rest = Hostile_ports.Start(kind), pinning = Hostile_ports.Start(kind), proxy = Hostile_ports.Start(kind), metrics = Hostile_ports.Start(kind), swarm = Hostile_ports.Start(kind);
        string text = $$"""
            {
              "cluster": { "secret": "{{Secret}}", "listen_multiaddress": "/ip4/127.0.0.1/tcp/{{swarm.Port}}" },
              "api": {
                "restapi": { "http_listen_multiaddress": "/ip4/127.0.0.1/tcp/{{rest.Port}}", "ssl_cert_file": "a.crt", "ssl_key_file": "a.key" },
                "pinsvcapi": { "http_listen_multiaddress": "/ip4/127.0.0.1/tcp/{{pinning.Port}}" },
                "ipfsproxy": { "listen_multiaddress": "/ip4/127.0.0.1/tcp/{{proxy.Port}}" }
              },
              "observations": { "metrics": { "prometheus_endpoint": "/ip4/127.0.0.1/tcp/{{metrics.Port}}" } }
            }
            """;
        long start = Stopwatch.GetTimestamp();

        Examination found = await LookAsync(text, rest, pinning, proxy, metrics, swarm);

        Stopwatch.GetElapsedTime(start).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        found.Text().ShouldNotContain("please report");
        new[] { "LP02", "LP03", "LP08", "LP09", "LP10", "LP11", "LP17" }.ShouldAllBe(id => found.Live(id).Length == 0);
        rest.Calls.ShouldBeGreaterThan(0);
    }

    /// <summary>The beginning of a swarm's connection, as nodes in Go (which speak first) and in JavaScript (which wait) make it.</summary>
    internal static Serve Swarm(string kind) => async (connection, cancellation) =>
    {
        using SwarmKey key = kind == "go-other" ? SwarmKey.Generate() : Key(Secret);
        switch (kind)
        {
            case "go" or "go-other":
                byte[] greeting = SwarmVerdicts.Greeting(key);
                await connection.WriteAsync(greeting.AsMemory(0, PnetHeader.NonceSize), cancellation);
                await Task.Delay(30, cancellation);
                await connection.WriteAsync(greeting.AsMemory(PnetHeader.NonceSize, PnetHeader.HeaderSize), cancellation);
                break;
            case "js":
                byte[] waiting = SwarmVerdicts.Greeting(key);
                await connection.WriteAsync(waiting.AsMemory(0, PnetHeader.NonceSize), cancellation);
                byte[] said = await TestPort.ReadAsync(connection, static bytes => bytes.Length >= PnetHeader.ProofSize, cancellation);
                if (PnetHeader.IsProvenBy(key, said))
                {
                    await connection.WriteAsync(waiting.AsMemory(PnetHeader.NonceSize), cancellation);
                }

                break;
            case "go-open":
                await connection.WriteAsync(PnetHeader.Header.ToArray(), cancellation);
                break;
            case "js-open":
                await TestPort.ReadAsync(connection, static bytes => bytes.Length >= PnetHeader.HeaderSize, cancellation);
                await connection.WriteAsync(PnetHeader.Proposal.ToArray(), cancellation);
                break;
            default:
                await connection.WriteAsync("SSH-2.0-OpenSSH_9.2p1\r\n"u8.ToArray(), cancellation);
                break;
        }

        _ = await connection.ReadAtLeastAsync(new byte[64], 1, throwOnEndOfStream: false, cancellation);
    };

    private static SwarmKey Key(string hex) => SwarmKey.ParseHex(Encoding.ASCII.GetBytes(hex), out _)!;

    private static string Guarded(string request) =>
        request.StartsWith("GET /health ", StringComparison.Ordinal) ? TestPort.Answer(204)
        : request.StartsWith("OPTIONS", StringComparison.Ordinal) ? TestPort.Answer(204)
        : TestPort.Answer(401, "{}", "WWW-Authenticate: Basic realm=\"Restricted IPFS Cluster API\"");

    private static string Api(string name, TestPort port, string more = "") => $$"""{ "api": { "{{name}}": { "http_listen_multiaddress": "/ip4/127.0.0.1/tcp/{{port.Port}}"{{more}} } } }""";

    private static Task<Examination> LookAsync(string text, params TestPort[] ports) => Host(text, [.. ports.Select(static p => p.EndPoint.ToString())]).LookAsync(new ClusterDoctor());

    private static FakeHost Host(string text, params string[] sockets)
    {
        FakeHost host = new FakeHost().Folder("/etc/ipfs-cluster", "0700").File("/etc/ipfs-cluster/service.json", text, "0600").File("/etc/ipfs-cluster/identity.json", $$"""{ "id": "{{Own}}" }""", "0600")
            .Process(812, "ipfs-cluster-se", "ipfs-cluster-service daemon", new Dictionary<string, string> { ["IPFS_CLUSTER_PATH"] = "/etc/ipfs-cluster" });
        foreach (string socket in sockets)
        {
            host.Socket(socket, 812);
        }

        return host;
    }
}
