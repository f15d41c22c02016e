using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Testing.Upstreams;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>Gates over TLS: HTTP/2 clients, https upstreams.</summary>
public sealed class TlsGateTests
{
    [Fact]
    public async Task Http2_requests_of_one_connection_run_side_by_side()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Up: yes\r\n\r\nok");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Tls = true });
        using HttpClient client = Client("anna");

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(n => client.GetAsync(new Uri($"https://localhost:{gate.Port}/items/{n}"))));

        foreach (HttpResponseMessage answer in answers)
        {
            answer.Version.ShouldBe(HttpVersion.Version20);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            (await answer.Content.ReadAsStringAsync()).ShouldBe("ok");
        }

        gate.Trail.Lines.Count(static l => l.Contains("AccessGranted Success anna GET /items/", StringComparison.Ordinal)).ShouldBe(50);
    }

    [Fact]
    public async Task Trailers_reach_http2_clients()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Stream-Error: broken pin\r\n\r\n");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Tls = true });
        using HttpClient client = Client("anna");

        using HttpResponseMessage answer = await client.GetAsync(new Uri($"https://localhost:{gate.Port}/stream"));

        (await answer.Content.ReadAsStringAsync()).ShouldBe("hello");
        answer.TrailingHeaders.GetValues("X-Stream-Error").ShouldBe(["broken pin"]);
    }

    [Fact]
    public async Task A_response_cut_off_resets_the_stream_and_leaves_the_others()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            string? head = await peer.ReadHeadAsync();
            await peer.SendAsync(head!.Contains("/stream", StringComparison.Ordinal)
                ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Tls = true });
        using HttpClient client = Client("anna");

        await Should.ThrowAsync<HttpRequestException>(client.GetStringAsync(new Uri($"https://localhost:{gate.Port}/stream")));

        (await client.GetStringAsync(new Uri($"https://localhost:{gate.Port}/read"))).ShouldBe("ok");
        (await gate.Trail.WaitForAsync("GET /stream")).ShouldContain("forward=upstream_cut");
    }

    [Fact]
    public async Task A_lost_right_resets_the_http2_stream()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Start(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
            await peer.ReceiveAsync();
        });
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Tls = true });
        using HttpClient client = Client("bert");
        using HttpResponseMessage answer = await client.GetAsync(
            new Uri($"https://localhost:{gate.Port}/stream"), HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await answer.Content.ReadAsStreamAsync();
        byte[] buffer = new byte[64];
        (await body.ReadAsync(buffer)).ShouldBe(5);

        gate.Change(document => document with { Users = document.Users.Remove("bert") });

        await Should.ThrowAsync<Exception>(async () => await body.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(5)));
        (await gate.Trail.WaitForAsync("AccessGranted Failure bert GET /stream")).ShouldContain("forward=cut");
    }

    [Theory]
    [InlineData("1.2", SslProtocols.Tls12, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")]
    [InlineData("1.3", SslProtocols.Tls13, "TLS_AES_128_GCM_SHA256")]
    public async Task A_gate_speaks_the_versions_and_suites_of_its_own(string version, SslProtocols protocol, string suite)
    {
        await using GateHarness gate = await GateHarness.StartAsync(
            "builtin:whoami", c => c with { Tls = true, TlsVersions = [version], TlsCiphers = [suite] });

        (await HandshakeAsync(gate.Port, SslProtocols.None, null)).ShouldBe((protocol, suite));
        SslProtocols other = protocol == SslProtocols.Tls12 ? SslProtocols.Tls13 : SslProtocols.Tls12;
        await Should.ThrowAsync<Exception>(HandshakeAsync(gate.Port, other, null));
        TlsCipherSuite[] foreign = [TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384];
        await Should.ThrowAsync<Exception>(HandshakeAsync(gate.Port, SslProtocols.None, new CipherSuitesPolicy(foreign)));
    }

    [Fact]
    public async Task An_https_upstream_must_chain_to_the_pinned_ca_and_carry_the_name()
    {
        await using GateHarness inner = await GateHarness.StartAsync("builtin:whoami", c => c with { Tls = true });
        string ca = await WriteAsync(TestCertificates.Root.Certificate);
        string foreign = await WriteAsync(new TestAuthority("Foreign").Certificate);
        string upstream = $"https://127.0.0.1:{inner.Port}";

        // The inner gate asks for the credentials that the outer one took off: its 401 shows that TLS stood.
        (await ThroughAsync(upstream, ca, "first.test")).ShouldStartWith("HTTP/1.1 401 ");
        (await ThroughAsync(upstream, ca, "other.test")).ShouldContain("GH7101");
        (await ThroughAsync(upstream, foreign, "first.test")).ShouldContain("GH7101");
    }

    [Fact]
    public async Task Gate_test_names_each_step()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Answering("");
        await using GateHarness gate = await GateHarness.StartAsync(upstream.Port, c => c with { Tls = true });

        GateTestResponse good = (await gate.Gates.TestAsync("g", CancellationToken.None))!;
        await upstream.DisposeAsync();
        GateTestResponse bad = (await gate.Gates.TestAsync("g", CancellationToken.None))!;

        good.Passed.ShouldBeTrue();
        good.Checks.Select(static c => c.Name).ShouldBe(["listener", "certificate", "upstream", "owner"]);
        bad.Passed.ShouldBeFalse();
        bad.Checks.Single(static c => !c.Passed).Name.ShouldBe("upstream");
        (await gate.Gates.TestAsync("other", CancellationToken.None)).ShouldBeNull();
    }

    private static async Task<(SslProtocols Protocol, string Suite)> HandshakeAsync(int port, SslProtocols protocols, CipherSuitesPolicy? suites)
    {
        using TcpClient tcp = new();
        await tcp.ConnectAsync("127.0.0.1", port);
        await using SslStream tls = new(tcp.GetStream(), false, static (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            CipherSuitesPolicy = suites,
        });
        return (tls.SslProtocol, tls.NegotiatedCipherSuite.ToString());
    }

    private static async Task<string> ThroughAsync(string upstream, string ca, string name)
    {
        await using GateHarness outer = await GateHarness.StartAsync(upstream, c => c with { UpstreamCa = ca, UpstreamServerName = name });
        return await outer.SendAsync(GateHarness.Request("anna", "GET", "/read"));
    }

    private static async Task<string> WriteAsync(X509Certificate2 certificate)
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        return file;
    }

    private static HttpClient Client(string user)
    {
        SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        };
        HttpClient client = new(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestHeaders.Add("Authorization", GateHarness.Basic(user));
        return client;
    }
}
