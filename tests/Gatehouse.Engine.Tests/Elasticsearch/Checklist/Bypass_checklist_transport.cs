using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Tests.Configuration;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>The known ways past a gate before Elasticsearch: transport and HTTP.</summary>
public sealed class Bypass_checklist_transport : IAsyncLifetime
{
    private static readonly string Anna = $"Host: localhost\r\nAuthorization: {GateHarness.Basic("anna")}\r\n";
    private ChecklistGate _gate = null!; // InitializeAsync makes it

    public async ValueTask InitializeAsync() => _gate = await ChecklistGate.StartAsync();

    public ValueTask DisposeAsync() => _gate.DisposeAsync();

    [Fact]
    public async Task Line_01_other_forms_of_targets_methods_and_versions_are_refused() => await RefusesRawAsync(
        "GET http://localhost/_search HTTP/1.1\r\n{A}\r\n",
        "GET https://localhost/events-1/_search HTTP/1.1\r\n{A}\r\n",
        "GET localhost:9200 HTTP/1.1\r\n{A}\r\n",
        "GET * HTTP/1.1\r\n{A}\r\n",
        "CONNECT localhost:9200 HTTP/1.1\r\n{A}\r\n",
        "CONNECT /_search HTTP/1.1\r\n{A}\r\n",
        "TRACE /_search HTTP/1.1\r\n{A}\r\n",
        "SEARCH /events-1 HTTP/1.1\r\n{A}\r\n",
        "get /_search HTTP/1.1\r\n{A}\r\n",
        "Get /_search HTTP/1.1\r\n{A}\r\n",
        "GET /_search\r\n",
        "GET /_search\r\n{A}\r\n",
        "GET /_search HTTP/1.0\r\n{A}Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n",
        "GET /_search HTTP/2.0\r\n{A}\r\n",
        "GET /_search http/1.1\r\n{A}\r\n");

    [Fact]
    public async Task Line_01_a_client_of_HTTP_1_0_gets_one_answer_and_no_second_request()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Gate.Port);
        await client.SendAsync($"GET /events-1/_count HTTP/1.0\r\n{Anna}\r\nGET /orders/_count HTTP/1.0\r\n{Anna}\r\n");
        await client.ReadToEndAsync();

        _gate.Asked.Select(static r => r.Target).ShouldBe(["/events-1/_count"]);
    }

    [Fact]
    public async Task Line_02_bodies_and_headers_that_two_parsers_read_differently_are_refused() => await RefusesRawAsync(
        "POST /_search HTTP/1.1\r\n{A}{J}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        "POST /_search HTTP/1.1\r\n{A}{J}Content-Length: 2, 2\r\n\r\n{}",
        "POST /_search HTTP/1.1\r\n{A}{J}Content-Length: +2\r\n\r\n{}",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked\r\n\r\n2 \r\n{}\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n",
        "POST /_search HTTP/1.1\r\n{A}{J}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        "GET /_search HTTP/1.1\r\n{A}X-A: b\r\n c\r\n\r\n",
        "GET /_search HTTP/1.1\n{A}\n",
        "GET /_search HTTP/1.1\r\n{A}X-A: b\rc\r\n\r\n",
        "GET /_search HTTP/1.1\r\n{A}X-A: b\0c\r\n\r\n",
        "GET /_search HTTP/1.1\r\n{A}X-A : b\r\n\r\n",
        "GET /_search HTTP/1.1\r\n X-A: b\r\n{A}\r\n",
        "GET /_search HTTP/1.1\r\n{A}Host: other\r\n\r\n");

    [Fact]
    public async Task Line_02_what_is_forwarded_was_written_anew()
    {
        string request = $"POST /events-1/_search HTTP/1.1\r\n{Anna}Connection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        Reply reply = await _gate.RawAsync(request + "3;a=\"b\"\r\n{\"s\r\n00008\r\nize\":1} \r\n0\r\nContent-Length: 7\r\n\r\n");

        reply.Status.ShouldBe(200, reply.Body);
        RecordedRequest seen = _gate.Asked.ShouldHaveSingleItem();
        seen.Text.ShouldBe("""{"size":1} """);
        seen.Header("Content-Length").ShouldBe("11");
        seen.Header("Transfer-Encoding").ShouldBeNull();
    }

    [Fact]
    public async Task Line_03_a_request_of_HTTP_2_becomes_one_of_HTTP_1_from_its_canonical_form()
    {
        await using ChecklistGate gate = await ChecklistGate.StartAsync(static c => c with { Tls = true });
        using var client = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true } });
        client.DefaultRequestHeaders.Authorization = AuthenticationHeaderValue.Parse(GateHarness.Basic("kandorra"));
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using HttpResponseMessage good = await client.GetAsync(new Uri($"https://localhost:{gate.Gate.Port}/_search"));
        (await good.Content.ReadAsStringAsync()).ShouldNotContain(ChecklistGate.Secret);
        gate.Asked.Select(static r => r.Target).ShouldBe(["/events*/_search"]);
        gate.Cluster.Requests.Clear();

        foreach (string path in (string[])["/_search\r\nX: y", "/_search HTTP/1.1\r\nHost: a\r\n\r\nGET /orders/_search", "/_search\0", "//_search", "/events-1/../orders/_search"])
        {
            await using Http2RawClient raw = await Http2RawClient.ConnectAsync(gate.Gate.Port);
            await raw.TryWriteAsync(
                Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndHeaders | Http2RawClient.EndStream, 1, Http2RawClient.Request("anna", path)), TimeSpan.FromSeconds(10));

            // A length of the client's own would let a second request follow; so would transfer-encoding.
            byte[] block = [.. Http2RawClient.Request("anna", "/_search"), 0, 17, .. "transfer-encoding"u8, 7, .. "chunked"u8];
            await raw.TryWriteAsync(Http2RawClient.Frame(Http2RawClient.Headers, Http2RawClient.EndHeaders | Http2RawClient.EndStream, 3, block), TimeSpan.FromSeconds(10));
        }

        using HttpResponseMessage after = await client.GetAsync(new Uri($"https://localhost:{gate.Gate.Port}/events-1/_count"));
        after.StatusCode.ShouldBe(HttpStatusCode.OK);
        gate.Asked.Select(static r => r.Target).ShouldBe(["/events-1/_count"]);
    }

    [Fact]
    public async Task Line_04_hop_by_hop_headers_delete_nothing_of_the_gates()
    {
        using TestFolder folder = new();
        await using ChecklistGate gate = await ChecklistGate.StartAsync(
            c => c with { UpstreamUser = "gate", UpstreamPassword = new SecretReference(folder.File("password", "not-a-secret"), null) },
            new StandInOptions { User = "gate", Password = "not-a-secret" });

        await RefusesRawAsync(
            "GET /_search HTTP/1.1\r\n{A}Connection: Authorization\r\n\r\n",
            "GET /_search HTTP/1.1\r\n{A}Connection: close, Host, X-A\r\nX-A: b\r\n\r\n",
            "GET /_search HTTP/1.1\r\n{A}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n",
            "GET /_search HTTP/1.1\r\n{A}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        Reply reply = await gate.SendAsync("anna", "GET /events-1/_count", "TE: trailers\r\nKeep-Alive: timeout=5\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\n");
        reply.Status.ShouldBe(200, reply.Body);
        RecordedRequest seen = gate.Asked.ShouldHaveSingleItem();
        seen.Header("Authorization").ShouldBe("Basic " + Convert.ToBase64String("gate:not-a-secret"u8));
        new[] { "TE", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection", "Connection", "Upgrade" }.ShouldAllBe(n => seen.Header(n) == null);
    }

    [Fact]
    public async Task Line_04_nobody_is_asked_for_a_body_that_may_not_come()
    {
        foreach ((string user, int status) in new[] { ("anna", 200), ("who", 401) })
        {
            using RawClient client = await RawClient.ConnectAsync(_gate.Gate.Port);
            await client.SendAsync(GateHarness.Request(user, "POST", "/events-1/_search", "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"));
            string first = await client.ReadUntilAsync("\r\n\r\n");
            first.ShouldStartWith(status == 200 ? "HTTP/1.1 100 " : "HTTP/1.1 401 ");
            await client.SendAsync("{}");
            (await client.ReadUntilAsync("\r\n\r\n{")).ShouldContain($"HTTP/1.1 {status} ");
        }

        _gate.Asked.ShouldHaveSingleItem().Header("Expect").ShouldBeNull();
    }

    [Fact]
    public async Task Line_05_a_GET_or_DELETE_has_exactly_one_body_or_none()
    {
        (await _gate.ReachesAsync("kandorra", """GET /events-1/_search {"size":1}""", "GET /events-1/_search")).Text.ShouldBe("""{"size":1}""");
        (await _gate.ReachesAsync("anna", """DELETE /events-1/_doc/7 {"x":1}""", "DELETE /events-1/_doc/7")).BodyLength.ShouldBe(0);
        (await _gate.ReachesAsync("anna", """HEAD /events-1 {"x":1}""", "HEAD /events-1")).BodyLength.ShouldBe(0);
    }

    [Fact]
    public async Task Line_06_packed_bodies_are_read_within_limits_and_forwarded_plain()
    {
        byte[] query = Encoding.UTF8.GetBytes("""{"query":{"term":{"user":"bob"}}}""");
        Reply reply = await PackedAsync("kandorra", "/events-1/_search", "gzip", Gzip(query));
        reply.Status.ShouldBe(200, reply.Body);
        RecordedRequest seen = _gate.Asked.ShouldHaveSingleItem();
        seen.Body.ShouldBe(query);
        seen.Header("Content-Encoding").ShouldBeNull();

        _gate.Cluster.Requests.Clear();
        byte[] hidden = Gzip(Encoding.UTF8.GetBytes("""{"query":{"terms":{"user":{"index":"orders","id":"1","path":"note"}}}}"""));
        (await PackedAsync("kandorra", "/events-1/_search", "gzip", hidden)).Status.ShouldBe(403);
        (await PackedAsync("anna", "/events-1/_search", "gzip", Gzip(new byte[20_000_000]))).Status.ShouldBe(413);
        (await PackedAsync("anna", "/events-1/_search", "gzip", [.. Gzip(query), .. Gzip(query)])).Status.ShouldBe(400);
        (await PackedAsync("anna", "/events-1/_search", "gzip", query)).Status.ShouldBe(400);
        foreach (string coding in (string[])["br", "zstd", "compress", "gzip, gzip", "gzip, deflate", "identity, gzip", "x"])
        {
            (await PackedAsync("anna", "/events-1/_search", coding, Gzip(query))).Status.ShouldBeOneOf([400, 415], coding);
        }

        _gate.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_07_no_header_and_no_parameter_is_another_method()
    {
        await _gate.RefusesAsync("anna", null, "GET /events-1?_method=DELETE", "POST /events-1/_search?_method=DELETE {}");
        foreach (string header in (string[])["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL", "X-Rewrite-URL"])
        {
            (await _gate.ReachesAsync("kandorra", "GET /events-1", "GET /events-1", $"{header}: DELETE\r\n")).Header(header).ShouldBeNull();
        }

        _gate.Cluster.Indices.Names.ShouldContain("events-1");
    }

    [Fact]
    public async Task Line_08_floods_are_cut_at_limits()
    {
        string flood = string.Concat(Enumerable.Range(0, 20_000).Select(static n => $"X-{n}: {new string('x', 50)}\r\n"));
        (await _gate.RawAsync($"GET /_search HTTP/1.1\r\n{Anna}{flood}\r\n")).Status.ShouldBeOneOf(400, 431);
        (await _gate.RawAsync($"GET /{new string('a', 100_000)}/_search HTTP/1.1\r\n{Anna}\r\n")).Status.ShouldBeOneOf(400, 414);
        (await _gate.RawAsync($"POST /_search HTTP/1.1\r\n{Anna}Connection: close\r\nContent-Type: application/json\r\nContent-Length: 10485761\r\n\r\n")).Status.ShouldBe(413);
        (await _gate.RawAsync($"POST /_bulk HTTP/1.1\r\n{Anna}Connection: close\r\nContent-Type: application/x-ndjson\r\nContent-Length: 104857601\r\n\r\n")).Status.ShouldBe(413);
        _gate.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_08_a_bulk_of_many_lines_streams()
    {
        await using ChecklistGate gate = await ChecklistGate.StartAsync(options: new StandInOptions { DiscardBulk = true, CompressAnswers = false });
        string lines = string.Concat(Enumerable.Range(0, 50_000).Select(static n => $"{{\"create\":{{\"_index\":\"{(n % 5 == 0 ? "orders" : "events-1")}\",\"_id\":\"{n}\"}}}}\n{{\"a\":{n}}}\n"));
        Reply reply = await gate.SendAsync("wanda", "POST /_bulk " + lines);

        reply.Status.ShouldBe(200, reply.Head);
        gate.Cluster.Indices.Discarded.ShouldBe(40_000);
        reply.Body.Split("security_exception").Length.ShouldBeGreaterThan(10_000);
    }

    [Fact]
    public async Task Line_08_a_head_that_does_not_end_is_not_waited_for()
    {
        await using ChecklistGate gate = await ChecklistGate.StartAsync(limits: new LimitsConfiguration { HeadTimeout = TimeSpan.FromMilliseconds(300) });
        (await gate.RawAsync($"GET /_search HTTP/1.1\r\n{Anna}X-Slow: ")).Status.ShouldBe(408);
        gate.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_09_who_the_client_says_it_is_stays_at_the_gate()
    {
        string[] names =
        [
            "es-secondary-authorization", "es-client-authentication", "_xpack_security_user", "opendistro_security_impersonate_as", "x-proxy-user", "x-proxy-roles",
            "X-Forwarded-User", "X-Forwarded-For", "x-opensearch-product-origin", "X-Elastic-Product-Origin", "x-elastic-internal-origin", "securitytenant", "x-ror-current-group",
        ];
        RecordedRequest seen = await _gate.ReachesAsync("kandorra", "GET /events-1/_count", "GET /events-1/_count", string.Concat(names.Select(static n => $"{n}: admin\r\n")) + "X-Opaque-Id: 7\r\n");

        names.Append("Authorization").ShouldAllBe(n => seen.Header(n) == null);
        seen.Header("X-Opaque-Id").ShouldBe("7");
        await RefusesRawAsync("GET /_search HTTP/1.1\r\n{A}{A}\r\n");
        Reply acting = await _gate.SendAsync("kandorra", "GET /orders/_search", "es-security-runas-user: anna\r\n");
        acting.Status.ShouldBe(403);
        _gate.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Line_10_a_connection_has_no_identity_and_answers_do_not_mix()
    {
        using RawClient client = await RawClient.ConnectAsync(_gate.Gate.Port);
        await client.SendAsync(
            GateHarness.Request("anna", "GET", "/orders/_doc/1", "X-Opaque-Id: of-anna\r\n")
            + GateHarness.Request("kandorra", "GET", "/orders/_doc/1", "X-Opaque-Id: of-kandorra\r\n")
            + "GET /orders/_doc/1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            + GateHarness.Request("kandorra", "GET", "/events-1/_doc/1", "Connection: close\r\n"));
        string received = await client.ReadToEndAsync();
        string[] answers = received.Split("HTTP/1.1 ", StringSplitOptions.RemoveEmptyEntries);

        answers.Select(static a => a[..3]).ShouldBe(["200", "403", "401", "200"], received);
        answers[0].ShouldContain(ChecklistGate.Secret);
        answers[0].ShouldContain("of-anna");
        answers.Skip(1).ShouldAllBe(static a => !a.Contains(ChecklistGate.Secret) && !a.Contains("of-anna"));
        answers[3].ShouldNotContain("of-kandorra");
        _gate.Asked.Select(static r => r.Target).ShouldBe(["/orders/_doc/1", "/events-1/_doc/1"]);
    }

    private async Task RefusesRawAsync(params string[] requests)
    {
        _gate.Cluster.Requests.Clear();
        List<string> passed = [];
        foreach (string request in requests)
        {
            Reply reply = await _gate.RawAsync(request.Replace("{A}", Anna, StringComparison.Ordinal).Replace("{J}", "Content-Type: application/json\r\n", StringComparison.Ordinal));
            if (reply.Status is not ((>= 400 and < 500) or 501 or 505) || _gate.Asked.Count > 0)
            {
                passed.Add($"{request} -> {reply.Status} {reply.Head}");
                _gate.Cluster.Requests.Clear();
            }
        }

        passed.ShouldBeEmpty();
    }

    private Task<Reply> PackedAsync(string user, string target, string coding, byte[] body) =>
        _gate.SendAsync(user, "POST", target, body, $"Content-Type: application/json\r\nContent-Encoding: {coding}\r\n");

    private static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(plain);
        }

        return packed.ToArray();
    }
}
