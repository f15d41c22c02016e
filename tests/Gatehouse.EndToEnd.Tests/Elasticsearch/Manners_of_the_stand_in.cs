using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Gatehouse.Testing.Elasticsearch;
using Gatehouse.Testing.Time;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>The traps that a real cluster has, which tests of a gate need to be there.</summary>
public sealed class Manners_of_the_stand_in : IAsyncLifetime
{
    private readonly ManualTime _time = new();
    private ElasticsearchStandIn _cluster = null!;
    private StandInCalls _calls = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Time = _time });
        _calls = new StandInCalls(_cluster);
        foreach (string index in (string[])["logs-1", "logs-2", "payroll", ".secret"])
        {
            _cluster.Indices.Create(index, index[0] == '.' ? """{"settings":{"index.hidden":true}}""" : "{}");
            _cluster.Indices.Put(index, "1", """{"user":"bob","salary":7}""");
        }

        _cluster.Indices.AddAlias("payroll", "wages");
        _cluster.Indices.CreateDataStream("metrics");
        _cluster.Indices.Put("metrics", "1", """{"@timestamp":"2024-01-01T00:00:00Z"}""");
    }

    public async ValueTask DisposeAsync()
    {
        _calls.Dispose();
        await _cluster.DisposeAsync();
    }

    [Theory]
    [InlineData("/_search?index=payroll", "payroll/1")]
    [InlineData("/logs-1/_search?index=payroll", "logs-1/1")]
    [InlineData("/_search?x=1;index=payroll", "payroll/1")]
    [InlineData("/pay%72oll/_search", "payroll/1")]
    [InlineData("/logs-1%2Cpayroll/_search/", "logs-1/1 payroll/1")]
    [InlineData("/%5Fsearch/_search", "400 invalid_index_name_exception")]
    [InlineData("/%5Fall/_search?size=2", ".ds/1 logs-1/1")]
    [InlineData("/no+such/_search", "404 index_not_found_exception")]
    [InlineData("/logs-*/_search", "logs-1/1 logs-2/1")]
    [InlineData("/logs-*,-logs-1/_search", "logs-2/1")]
    [InlineData("/-logs-1,logs-*/_search", "404 index_not_found_exception")]
    [InlineData("/*,-*/_search", "")]
    [InlineData("/*,-*/_search?allow_no_indices=false", "404 index_not_found_exception")]
    [InlineData("/nothing*/_search", "")]
    [InlineData("/nothing*/_search?allow_no_indices=false", "404 index_not_found_exception")]
    [InlineData("/logs-1,gone/_search", "404 index_not_found_exception")]
    [InlineData("/logs-1,gone/_search?ignore_unavailable=true", "logs-1/1")]
    [InlineData("/wages/_search", "payroll/1")]
    [InlineData("/p*,wages,-payroll/_search", "payroll/1")]
    [InlineData("/.s*/_search", ".secret/1")]
    [InlineData("/*secret/_search", "")]
    [InlineData("/*secret/_search?expand_wildcards=all", ".secret/1")]
    [InlineData("/logs-*/_search?expand_wildcards=none", "404 index_not_found_exception")]
    [InlineData("/%3Clogs-%7Bnow%7Bd%7D%7D%3E/_search", "logs-1/1")]
    [InlineData("/%3C%7Bnow%7B%27payroll%27%7D%7D%3E/_search", "payroll/1")]
    [InlineData("/metrics/_search", ".ds/1")]
    [InlineData("/metrics::data/_search", ".ds/1")]
    [InlineData("/metrics::failures/_search", "")]
    [InlineData("/other:logs-1/_search", "404 no_such_remote_cluster_exception")]
    [InlineData("/*:logs-1/_search", "")]
    [InlineData("/_cat/unknown/x/y", "400 no handler found for uri [/_cat/unknown/x/y] and method [POST]")]
    public async Task An_expression_finds_what_it_does_in_a_cluster(string target, string found)
    {
        string stream = _cluster.Indices.DataStreams["metrics"][0];

        (await _calls.FindAsync(target)).Replace(stream, ".ds", StringComparison.Ordinal).ShouldBe(found);
    }

    [Theory]
    [InlineData("//_search")]
    [InlineData("/_search?index=")]
    [InlineData("/_all/_search")]
    [InlineData("/*/_search")]
    [InlineData("/_search")]
    [InlineData("/,/_search")]
    public async Task Everything_but_hidden_indices_is_meant(string target) =>
        (await _calls.FindAsync(target)).ShouldBe($"{_cluster.Indices.DataStreams["metrics"][0]}/1 logs-1/1 logs-2/1 payroll/1");

    [Fact]
    public async Task A_body_reads_and_writes_other_indices()
    {
        (await _calls.FindAsync("/logs-1/_search", """{"query":{"terms":{"salary":{"index":"payroll","id":"1","path":"salary"}}}}""")).ShouldBe("logs-1/1");
        string lines = """{"index":{"_index":"payroll","_id":"9"}}""" + "\n{}\n";
        (await _calls.SendAsync("POST", "/logs-1/_bulk", lines, "application/x-ndjson")).Status.ShouldBe(HttpStatusCode.OK);
        _cluster.Indices.Documents("payroll").Keys.ShouldContain("9");
        await _calls.SendAsync("PUT", "/_ingest/pipeline/move", """{"processors":[{"set":{"field":"_index","value":"payroll"}}]}""");
        (await _calls.SendAsync("PUT", "/logs-1/_doc/8?pipeline=move", "{}")).Json!["_index"]!.GetValue<string>().ShouldBe("payroll");
        (await _calls.SendAsync("GET", "/_search?source=%7B%22size%22%3A0%7D&source_content_type=application/json&index=payroll")).Json!["hits"]!["total"]!["value"]!.GetValue<int>().ShouldBe(3);
    }

    [Fact]
    public async Task Errors_have_the_shape_that_clients_read()
    {
        (HttpStatusCode status, JsonNode? json, HttpResponseMessage message) = await _calls.SendAsync("GET", "/gone/_search", headers: ("X-Opaque-Id", "me"));
        status.ShouldBe(HttpStatusCode.NotFound);
        json!.ToJsonString().ShouldBe("""{"error":{"root_cause":[{"type":"index_not_found_exception","reason":"no such index [gone]","resource.type":"index_or_alias","resource.id":"gone","index_uuid":"_na_","index":"gone"}],"type":"index_not_found_exception","reason":"no such index [gone]","resource.type":"index_or_alias","resource.id":"gone","index_uuid":"_na_","index":"gone"},"status":404}""");
        message.Headers.GetValues("X-elastic-product").ShouldBe(["Elasticsearch"]);
        message.Headers.GetValues("X-Opaque-Id").ShouldBe(["me"]);
        (await _calls.SendAsync("DELETE", "/_search")).Json!["error"]!["type"]!.GetValue<string>().ShouldBe("invalid_index_name_exception");
        (await _calls.SendAsync("DELETE", "/_cluster/health")).Status.ShouldBe(HttpStatusCode.MethodNotAllowed);
        (await _calls.SendAsync("POST", "/_search", "{}", "text/plain")).Status.ShouldBe(HttpStatusCode.NotAcceptable);
        (await _calls.SendAsync("POST", "/_search", """{"size":1,"size":2}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await _calls.SendAsync("POST", "/_search", "{/* kept */}")).Status.ShouldBe(HttpStatusCode.OK);
        (await _calls.SendAsync("POST", "/_bulk", """{"delete":{"_index":"logs-1","_id":"1"}}""")).Json!["error"]!["reason"]!.GetValue<string>().ShouldContain("terminated by a newline");
        (await _calls.SendAsync("HEAD", "/gone")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await _calls.SendAsync("HEAD", "/wages")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Media_types_are_echoed_and_held_to_the_version()
    {
        (_, _, HttpResponseMessage message) = await _calls.SendAsync("GET", "/", headers: ("Accept", "application/vnd.elasticsearch+json; compatible-with=8"));
        message.Content.Headers.NonValidated["Content-Type"].ToString().Replace("; ", ";", StringComparison.Ordinal).ShouldBe("application/vnd.elasticsearch+json;compatible-with=8");
        (HttpStatusCode status, JsonNode? json, _) = await _calls.SendAsync("GET", "/", headers: ("Accept", "application/vnd.elasticsearch+json;compatible-with=7"));
        status.ShouldBe(HttpStatusCode.BadRequest);
        json!["error"]!["type"]!.GetValue<string>().ShouldBe("media_type_header_exception");
    }

    [Fact]
    public async Task Handles_end_with_their_time()
    {
        (_, JsonNode? json, _) = await _calls.SendAsync("POST", "/logs-1/_pit?keep_alive=1m");
        string body = $$$"""{"pit":{"id":"{{{json!["id"]}}}"}}""";
        _cluster.Indices.Put("logs-1", "2", "{}");
        (await _calls.FindAsync("/_search", body)).ShouldBe("logs-1/1");
        (await _calls.FindAsync("/logs-1/_search", body)).ShouldBe("400 action_request_validation_exception");
        _time.Advance(TimeSpan.FromMinutes(2));
        (await _calls.FindAsync("/_search", body)).ShouldBe("404 search_phase_execution_exception");
    }

    [Fact]
    public async Task Compressed_bodies_are_read_and_logged_as_they_came()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write("""{"size":1}"""u8);
        }

        using var client = new HttpClient();
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage answer = await client.PostAsync(new Uri(_cluster.Address, "/logs-*/_search"), content);
        JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["hits"]!["hits"]!.AsArray().Count.ShouldBe(1);
        RecordedRequest last = _cluster.Requests.Last;
        (last.Method, last.Target, last.Header("content-encoding")).ShouldBe(("POST", "/logs-*/_search", "gzip"));
        last.Body.ShouldBe(packed.ToArray());
    }

    [Fact]
    public async Task Cat_and_resolve_name_what_is_there()
    {
        string names = (await _calls.SendAsync("GET", "/_cat/indices?h=index")).Json!.GetValue<string>();
        names.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldContain("payroll");
        JsonArray aliases = (await _calls.SendAsync("GET", "/_cat/aliases?format=json")).Json!.AsArray();
        aliases.ShouldHaveSingleItem()!["index"]!.GetValue<string>().ShouldBe("payroll");
        JsonNode resolved = (await _calls.SendAsync("GET", "/_resolve/index/*?expand_wildcards=open")).Json!;
        resolved["aliases"]![0]!["name"]!.GetValue<string>().ShouldBe("wages");
        resolved["data_streams"]![0]!["name"]!.GetValue<string>().ShouldBe("metrics");
        resolved["indices"]!.AsArray().Select(static i => i!["name"]!.GetValue<string>()).ShouldBe(["logs-1", "logs-2", "payroll"]);
    }

    [Fact]
    public async Task A_discarding_cluster_counts_lines_and_answers_every_item()
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { DiscardBulk = true });
        using var calls = new StandInCalls(cluster);
        var lines = new StringBuilder();
        for (int i = 0; i < 5000; i++)
        {
            lines.Append($$$"""{"index":{"_index":"logs","_id":"{{{i}}}"}}""").Append("\n{\"a\":1}\n");
        }

        (HttpStatusCode status, JsonNode? json, _) = await calls.SendAsync("POST", "/_bulk", lines.ToString(), "application/x-ndjson");
        status.ShouldBe(HttpStatusCode.OK);
        json!["items"]!.AsArray().Count.ShouldBe(5000);
        json["items"]![4999]!["index"]!["_id"]!.GetValue<string>().ShouldBe("4999");
        cluster.Indices.Discarded.ShouldBe(5000);
        cluster.Indices.Names.ShouldBeEmpty();
        (await calls.SendAsync("POST", "/_bulk", "{\"index\":{}}\n{}", "application/x-ndjson")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_body_that_breaks_off_changes_nothing_and_is_logged_as_such()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _cluster.Address.Port);
        NetworkStream stream = client.GetStream();
        string line = """{"delete":{"_index":"logs-1","_id":"1"}}""" + "\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /_bulk HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n{line.Length:x}\r\n{line}\r\n"));
        client.Client.Shutdown(SocketShutdown.Send);

        RecordedRequest broken = await _cluster.Requests.WaitAsync(static r => !r.IsComplete, TimeSpan.FromSeconds(20));
        line.ShouldStartWith(broken.Text);
        _cluster.Indices.Documents("logs-1").Keys.ShouldBe(["1"]);
    }

    [Fact]
    public async Task With_a_certificate_it_speaks_tls_and_wants_its_api_key()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=stand-in", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Certificate = certificate, ApiKey = "aWQ6a2V5" });
        var trusted = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trusted.CustomTrustStore.Add(certificate);
        using var handler = new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = trusted } };
        using var client = new HttpClient(handler);
        using HttpResponseMessage refused = await client.GetAsync(cluster.Address);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "ApiKey aWQ6a2V5");
        using HttpResponseMessage answered = await client.GetAsync(cluster.Address);

        cluster.Address.Scheme.ShouldBe("https");
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Headers.WwwAuthenticate.ToString().ShouldStartWith("Basic realm=\"security\"");
        JsonNode.Parse(await refused.Content.ReadAsStringAsync())!["error"]!["type"]!.GetValue<string>().ShouldBe("security_exception");
        answered.StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
