using System.Text;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>That the stand-in of the cluster's REST API has the manners of the real one, good and bad.</summary>
public sealed class Cluster_stand_in : IAsyncLifetime
{
    private static readonly string Basic = "Basic " + Convert.ToBase64String("gate:secret-1"u8);
    private StandInCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await StandInCluster.StartAsync(new StandInOptions
    {
        Credentials = new Dictionary<string, string> { ["gate"] = "secret-1", ["empty"] = "" },
    });

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task The_npm_client_works()
    {
        Dictionary<string, string> seen = await IpfsClients.RunAsync("cluster", _cluster.Address, Basic);
        seen.Where(s => s.Value.StartsWith('!')).ShouldBeEmpty();
        seen["pin"].ShouldBe($"\"{IpfsClients.Cid}\"");
        seen["addDirectory"].ShouldBe("4", "two files, their directory, and the one around");
        seen["status"].ShouldBe("\"pinned\"");
        seen["allocation"].ShouldBe("\"one\"");
        (await IpfsClients.RunAsync("cluster", _cluster.Address, null, "version,pin")).Values.ShouldAllBe(v => v == "!401");
        RecordedRequest add = _cluster.Requests.All.First(r => r.Target.StartsWith("/add?", StringComparison.Ordinal));
        add.IsComplete.ShouldBeTrue();
        add.Text.ShouldContain("Hello from a client.");
        add.BodyHash.Length.ShouldBe(64);
    }

    [Fact]
    public async Task A_bad_option_answers_400_and_pins_all_the_same()
    {
        WireAnswer answer = await AskAsync($"POST /pins/{IpfsClients.Cid}?name=n&expire-in=1ms");
        answer.Status.ShouldBe(400);
        answer.Items.Length.ShouldBe(2);
        _cluster.Pins.Find(IpfsClients.Cid)!.Options.Name.ShouldBe("n");
        (await AskAsync("POST /pins/sync")).Status.ShouldBe(400);
        _cluster.Pins.All.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_second_pin_overwrites_and_an_expired_one_goes()
    {
        await AskAsync($"POST /pins/{IpfsClients.Cid}?name=mine&replication=-1");
        await AskAsync($"POST /pins/{IpfsClients.Cid}?name=theirs&replication=1&expire-at=2020-01-01T00:00:00Z");
        _cluster.Pins.Find(IpfsClients.Cid)!.Options.Name.ShouldBe("theirs");
        _cluster.Pins.Find(IpfsClients.Cid)!.Allocations.Count.ShouldBe(1);
        _cluster.Pins.SyncState().ShouldBe(1);
        WireAnswer gone = await AskAsync($"DELETE /pins/{IpfsClients.Cid}");
        (gone.Status, gone.Body.Trim()).ShouldBe((404, """{"code":404,"message":"not found"}"""));
    }

    [Theory]
    [InlineData("POST /pins%2Frecover", 204, null)]
    [InlineData("GET //id", 301, "/id")]
    [InlineData("GET /a/../id", 301, "/id")]
    [InlineData("POST /pins/recover/", 307, "{own}/pins/recover")]
    [InlineData("GET //evil.example/", 307, "//evil.example")]
    [InlineData("GET /ID", 404, null)]
    [InlineData("HEAD /id", 405, null)]
    [InlineData("OPTIONS /pins", 405, null)]
    [InlineData("GET /health", 204, null)]
    [InlineData("GET /pins?filter=nonsense", 400, null)]
    [InlineData("GET /pins?filter=nonsense,pinned", 204, null)]
    [InlineData("GET /pins/%zz", 400, null)]
    [InlineData("POST /pins/ipns/unknown.example", 500, null)]
    public async Task Paths_are_read_as_upstream_reads_them(string line, int status, string? location)
    {
        WireAnswer answer = await AskAsync(line);
        answer.Status.ShouldBe(status);
        answer.Header("Location").ShouldBe(location?.Replace("{own}", _cluster.Address.ToString().TrimEnd('/')));
    }

    [Fact]
    public async Task Who_may_come_in_is_decided_as_upstream_does()
    {
        (await WireAnswer.AskAsync(_cluster.Address, "GET /health")).Status.ShouldBe(204);
        WireAnswer none = await WireAnswer.AskAsync(_cluster.Address, "GET /health/");
        none.Status.ShouldBe(401);
        none.Head.ShouldContain("Restricted IPFS Cluster API");
        none.Body.ShouldContain("\"code\":401");
        (await WireAnswer.AskAsync(_cluster.Address, "OPTIONS /id")).Status.ShouldBe(405);
        WireAnswer token = await AskAsync("POST /token");
        string bearer = "Authorization: Bearer " + token.Items[0]["token"]!.GetValue<string>();
        (await WireAnswer.AskAsync(_cluster.Address, "GET /id", bearer)).Status.ShouldBe(200);
        (await WireAnswer.AskAsync(_cluster.Address, "GET /id", bearer + "x")).Status.ShouldBe(401);
        (await WireAnswer.AskAsync(_cluster.Address, "GET /id", "Authorization: Basic " + Convert.ToBase64String("empty:"u8))).Status.ShouldBe(401);

        // {"alg":"HS256"}.{"iss":"empty"} under the empty key.
        string signed = "eyJhbGciOiJIUzI1NiJ9." + System.Buffers.Text.Base64Url.EncodeToString("""{"iss":"empty"}"""u8);
        string forged = signed + "." + System.Buffers.Text.Base64Url.EncodeToString(
            System.Security.Cryptography.HMACSHA256.HashData(Array.Empty<byte>(), Encoding.ASCII.GetBytes(signed)));
        (await WireAnswer.AskAsync(_cluster.Address, "GET /id", "Authorization: Bearer " + forged)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Cors_hides_answers_and_lets_everything_happen()
    {
        WireAnswer preflight = await AskAsync("OPTIONS /pins", "Origin: https://evil.example", "Access-Control-Request-Method: GET");
        (preflight.Status, preflight.Header("Access-Control-Allow-Origin")).ShouldBe((204, "*"));
        (await AskAsync("OPTIONS /pins", "Origin: https://evil.example", "Access-Control-Request-Method: DELETE")).Header("Access-Control-Allow-Origin").ShouldBeNull();
        WireAnswer post = await AskAsync($"POST /pins/{IpfsClients.Cid}", "Origin: https://evil.example");
        (post.Status, post.Header("Access-Control-Allow-Origin")).ShouldBe((200, null));
        (await AskAsync("GET /id", "Origin: https://evil.example")).Header("Access-Control-Allow-Origin").ShouldBe("*");
    }

    [Fact]
    public async Task Streams_end_with_their_error_in_the_trailer()
    {
        await AskAsync($"POST /pins/{IpfsClients.Cid}");
        await AskAsync($"POST /pins/{IpfsClients.Other}");
        WireAnswer good = await AskAsync("GET /allocations");
        (good.Status, good.Items.Length, good.Trailer, good.Header("Trailer")).ShouldBe((200, 2, "X-Stream-Error:", "X-Stream-Error"));
        _cluster.Faults.Plan("GET", "/pins", new Fault(FaultKind.StreamError, After: 1, Text: "lost a peer"));
        WireAnswer bad = await AskAsync("GET /pins");
        (bad.Status, bad.Items.Length, bad.Trailer).ShouldBe((200, 1, "X-Stream-Error: lost a peer"));
        _cluster.Faults.Plan("GET", "/pins", new Fault(FaultKind.DieMidStream, After: 1));
        (await AskAsync("GET /pins")).Trailer.ShouldBe("(broken)");
    }

    [Fact]
    public async Task Faults_happen_once_as_planned()
    {
        _cluster.Faults.Plan("GET", "/id", new Fault(FaultKind.Redirect));
        (await AskAsync("GET /id")).Header("Location").ShouldBe(new Uri(_cluster.Address, "/elsewhere").ToString());
        _cluster.Faults.Plan("GET", "/id", new Fault(FaultKind.LargeHeaders, After: 100_000));
        (await AskAsync("GET /id")).Header("X-Large")!.Length.ShouldBe(100_000);
        _cluster.Faults.Plan("GET", "/id", new Fault(FaultKind.Die));
        (await AskAsync("GET /id")).Status.ShouldBe(0);
        (await AskAsync("GET /id")).Status.ShouldBe(200);
    }

    private Task<WireAnswer> AskAsync(string line, params string[] headers) =>
        WireAnswer.AskAsync(_cluster.Address, line, [.. headers, "Authorization: " + Basic]);
}
