using System.Text;
using Gatehouse.Testing.Ipfs;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Ipfs;

/// <summary>The manners of the stand-ins beside the cluster's REST API: pinning service, proxy, Kubo, gateway, metrics.</summary>
public sealed class Node_stand_ins : IAsyncLifetime
{
    private const string Part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
    private static readonly string Basic = "Basic " + Convert.ToBase64String("gate:secret-1"u8);
    private IpfsStandIns _all = null!;

    public async ValueTask InitializeAsync() => _all = await IpfsStandIns.StartAsync(new StandInOptions
    {
        Credentials = new Dictionary<string, string> { ["gate"] = "secret-1" },
    });

    public ValueTask DisposeAsync() => _all.DisposeAsync();

    [Fact]
    public async Task The_npm_client_of_pinning_services_works()
    {
        WireAnswer token = await WireAnswer.AskAsync(_all.Pinning.Address, "POST /token", "Authorization: " + Basic);
        Dictionary<string, string> seen = await IpfsClients.RunAsync("pinning", _all.Pinning.Address, "Bearer " + token.Items[0]["token"]!.GetValue<string>());
        seen.Where(s => s.Value.StartsWith('!')).ShouldBeEmpty();
        seen["add"].ShouldBe($"[\"queued\",\"{IpfsClients.Cid}\"]");
        seen["listName"].ShouldBe($"[\"{IpfsClients.Cid}\"]");
        seen["replace"].ShouldBe($"\"{IpfsClients.Other}\"");
        _all.Cluster.Pins.All.ShouldBeEmpty("replace unpinned the first and remove the second");
        (await IpfsClients.RunAsync("pinning", _all.Pinning.Address, "Bearer none", "list"))["list"].ShouldBe("!401");
    }

    [Fact]
    public async Task The_npm_client_of_Kubo_works_directly_and_through_the_proxy()
    {
        // One after the other: both add the same content, and take it out again.
        Dictionary<string, string>[] seen = [await IpfsClients.RunAsync("kubo", _all.Kubo.Address), await IpfsClients.RunAsync("kubo", _all.Proxy.Address)];

        // The proxy answers repo/stat with less than Kubo does, and the client wants it all.
        seen[0]["repoStat"].ShouldBe("true");
        seen[1].Remove("repoStat", out string? lacking);
        lacking!.ShouldContain("BigInt");
        foreach (Dictionary<string, string> calls in seen)
        {
            calls.Where(s => s.Value.StartsWith('!')).ShouldBeEmpty();
            calls["cat"].ShouldBe("\"Hello from a client.\\n\"");
            calls["keyList"].ShouldBe("[\"self\"]");
        }

        _all.Kubo.Requests.All.ShouldAllBe(r => r.Method == "POST" || r.Method == "OPTIONS");
        _all.Cluster.Pins.Changes.ShouldBeGreaterThan(0, "the proxy pins in the cluster");
    }

    [Fact]
    public async Task Errors_of_the_pinning_service_have_its_own_shape()
    {
        WireAnswer none = await WireAnswer.AskAsync(_all.Pinning.Address, "GET /pins");
        (none.Status, none.Body.Trim()).ShouldBe((401, """{"error":{"reason":"unauthorized: no auth provided","details":""}}"""));
        (await WireAnswer.AskAsync(_all.Pinning.Address, $"GET /pins/{IpfsClients.Cid}", "Authorization: " + Basic)).Status.ShouldBe(404);
        (await WireAnswer.AskAsync(_all.Pinning.Address, $"DELETE /pins/{IpfsClients.Cid}", "Authorization: " + Basic)).Status.ShouldBe(404);
    }

    [Fact]
    public async Task The_proxy_takes_even_a_GET_from_anywhere_and_asks_Kubo_with_OPTIONS_first()
    {
        WireAnswer pinned = await WireAnswer.AskAsync(_all.Proxy.Address, $"GET /api/v0/pin/add?arg={IpfsClients.Cid}", "Origin: https://evil.example");
        pinned.Status.ShouldBe(200);
        _all.Cluster.Pins.All.Count.ShouldBe(1);
        _all.Kubo.Requests.All[0].Method.ShouldBe("OPTIONS");
        (await WireAnswer.AskAsync(_all.Proxy.Address, $"GET /api/v0/pin/rm/{IpfsClients.Cid}")).Status.ShouldBe(200);
        _all.Cluster.Pins.All.ShouldBeEmpty();
        (await WireAnswer.AskAsync(_all.Proxy.Address, "GET /debug/pprof/cmdline")).Status.ShouldBe(200);
        (await WireAnswer.AskAsync(_all.Proxy.Address, "POST /api/v0/config/Addresses.API?arg=x")).Status.ShouldBe(200);
        _all.Kubo.Configuration["Addresses.API"].ShouldBe("\"x\"");
        WireAnswer put = await WireAnswer.SendAsync(_all.Proxy.Address, Post("/api/v0/block/put?pin=true") + Part);
        put.Status.ShouldBe(200);
        _all.Cluster.Pins.All.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("GET /api/v0/id", "", 405)]
    [InlineData("POST /api/v0/id", "", 200)]
    [InlineData("POST /api/v0/id", "Origin: https://evil.example", 403)]
    [InlineData("POST /api/v0/id", "Referer: https://evil.example/page", 403)]
    [InlineData("POST /api/v0/id", "User-Agent: Mozilla/5.0", 403)]
    [InlineData("POST /api/v0/id", "User-Agent: Mozilla/5.0 Electron/30", 200)]
    [InlineData("POST /api/v0/%69d", "", 200)]
    [InlineData("POST /api/v0/key/export", "", 404)]
    [InlineData("POST /api/v0/pin/rm/a/b", "", 404)]
    [InlineData("GET /debug/vars", "", 200)]
    public async Task Kubo_guards_itself_as_it_does(string line, string header, int status) =>
        (await WireAnswer.AskAsync(_all.Kubo.Address, line, header.Length > 0 ? [header] : [])).Status.ShouldBe(status);

    [Fact]
    public async Task Authorizations_cover_prefixes_below_the_api_alone()
    {
        await using StandInKubo locked = await StandInKubo.StartAsync(new StandInOptions
        {
            Authorizations = [new KuboAuthorization("bearer:t", "/api/v0/pin"), new KuboAuthorization("basic:u:p", "/api/v0")],
        });
        (await WireAnswer.AskAsync(locked.Address, "POST /api/v0/id")).Status.ShouldBe(403);
        (await WireAnswer.AskAsync(locked.Address, "OPTIONS /api/v0/id")).Status.ShouldBe(403);
        (await WireAnswer.AskAsync(locked.Address, "POST /api/v0/id", "Authorization: Bearer t")).Status.ShouldBe(403);
        (await WireAnswer.AskAsync(locked.Address, "POST /api/v0/version", "Authorization: Bearer t")).Status.ShouldBe(200);
        (await WireAnswer.AskAsync(locked.Address, "POST /api/v0/pin/remote/add", "Authorization: Bearer t")).Status.ShouldBe(200);
        string basic = "Authorization: Basic " + Convert.ToBase64String("u:p"u8);
        (await WireAnswer.AskAsync(locked.Address, "POST /api/v0/id", basic)).Status.ShouldBe(200);
        (await WireAnswer.AskAsync(locked.Address, "POST /debug/pprof-block/")).Status.ShouldBe(200);
        locked.Done.ShouldContain("pin/remote/add");
    }

    [Fact]
    public async Task Gateway_and_metrics_answer()
    {
        _all.Cluster.Blobs.Keep(IpfsClients.Cid, Encoding.ASCII.GetBytes("content"));
        (await WireAnswer.AskAsync(_all.Gateway.Address, $"GET /ipfs/{IpfsClients.Cid}")).Body.ShouldBe("content");
        (await WireAnswer.AskAsync(_all.Gateway.Address, "POST /ipfs/x")).Status.ShouldBe(405);
        (await WireAnswer.AskAsync(_all.Metrics.Address, "GET /metrics")).Body.ShouldContain("cluster_pins");
        (await WireAnswer.AskAsync(_all.Metrics.Address, "GET /debug/pprof/heap")).Status.ShouldBe(200);
    }

    private static string Post(string target) =>
        $"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {Part.Length}\r\n\r\n";
}
