using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.EndToEnd.Tests.Running;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>A gate of system <c>http</c> before something with Kibana's manners: what its pages live on passes, credentials do not.</summary>
public sealed class A_gate_before_Kibana : IAsyncLifetime
{
    private const string Password = "a long way home";
    private readonly int _port = Ports.Free();
    private FakeKibana _kibana = null!;
    private Daemon _daemon = null!;

    public async ValueTask InitializeAsync()
    {
        _kibana = await FakeKibana.StartAsync();
        _daemon = await new Daemon($"gates:\n  kibana:\n    protocol: http\n    listen: 127.0.0.1:{_port}\n    upstream: http://127.0.0.1:{_kibana.Port}\n    upgrade: websocket\n    max_body: 64MiB\n").StartAsync();
        await _daemon.SetRoleAsync("kibana-users", "http:get,head,post,put,delete:kibana/**");
        await _daemon.AddUserAsync("edith", Password, "kibana-users");
        await _daemon.AddUserAsync("stranger", Password);
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        await _kibana.DisposeAsync();
    }

    [Fact]
    public async Task Headers_of_its_pages_are_kept()
    {
        using HttpResponseMessage answer = await Client().GetAsync("/login?next=%2Fapp%2Fhome", TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach ((string name, string value) in FakeKibana.PageHeaders)
        {
            answer.Headers.GetValues(name).ShouldHaveSingleItem().ShouldBe(value);
        }

        answer.Headers.GetValues("Set-Cookie").ShouldBe(FakeKibana.Cookies);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("GET /login?next=%2Fapp%2Fhome");
    }

    [Fact]
    public async Task Its_cookies_and_marks_reach_it_and_the_login_of_the_gate_does_not()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/internal/security/me");
        request.Headers.Add("Cookie", "sid=Fe26.2**a==*b; other=1");
        request.Headers.Add("Origin", $"https://127.0.0.1:{_port}");
        request.Headers.Add("kbn-xsrf", "true");
        request.Headers.Add("kbn-version", "9.1.0");
        request.Headers.Add("kbn-build-number", "1");
        request.Headers.Add("elastic-api-version", "1");
        request.Headers.Add("x-elastic-internal-origin", "Kibana");
        request.Headers.Add("x-kbn-context", "%7B%22type%22%3A%22application%22%7D");
        request.Headers.Add("X-Elastic-Product-Origin", "kibana");
        request.Headers.Add("X-Forwarded-User", "elastic");

        using HttpResponseMessage answer = await Client().SendAsync(request, TestContext.Current.CancellationToken);

        string seen = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, seen);
        string[] lines = seen.Split('\n');
        foreach (string line in new[]
        {
            "Cookie: sid=Fe26.2**a==*b; other=1", "kbn-xsrf: true", "kbn-version: 9.1.0", "kbn-build-number: 1", "elastic-api-version: 1", "x-elastic-internal-origin: Kibana",
            "x-kbn-context: %7B%22type%22%3A%22application%22%7D", $"Origin: https://127.0.0.1:{_port}",
        })
        {
            lines.ShouldContain(line);
        }

        foreach (string name in new[] { "Authorization", "X-Elastic-Product-Origin", "X-Forwarded-User" })
        {
            seen.ShouldNotContain(name, Case.Insensitive);
        }
    }

    [Fact]
    public async Task A_large_upload_streams()
    {
        const int Size = 48 * 1024 * 1024;
        byte[] half = new byte[Size / 2];
        using var content = new Pausing(half, _kibana.FirstBytes);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/saved_objects/_import") { Content = content };
        request.Headers.Add("kbn-xsrf", "true");

        // The second half is only sent once Kibana has bytes of the first: a gate that kept the body would never get there.
        using HttpResponseMessage answer = await Client().SendAsync(request, TestContext.Current.CancellationToken);

        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe($"{Size} bytes");
    }

    [Fact]
    public async Task An_upgrade_carries_bytes_both_ways()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", Basic("edith").ToString());
        socket.Options.SetRequestHeader("Origin", $"https://127.0.0.1:{_port}");
        socket.Options.SetRequestHeader("Cookie", "sid=1");
        using var invoker = new HttpMessageInvoker(Handler());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));

        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{_port}/ws"), invoker, limit.Token);
        byte[] sent = RandomNumberGenerator.GetBytes(100_000);
        await socket.SendAsync(sent, WebSocketMessageType.Binary, endOfMessage: true, limit.Token);
        byte[] received = new byte[sent.Length];
        for (int at = 0; at < received.Length;)
        {
            at += (await socket.ReceiveAsync(received.AsMemory(at), limit.Token)).Count;
        }

        received.ShouldBe(sent);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", limit.Token);
        _kibana.UpgradeHeaders.ShouldContain("sid=1");
        _kibana.UpgradeHeaders.ShouldNotContain("Basic");
    }

    [Fact]
    public async Task Nobody_gets_there_without_login_and_role()
    {
        (await Client("none").GetAsync("/login", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await Client("stranger").GetAsync("/login", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/api/x") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        foreign.Headers.Add("Origin", "https://evil.example.com");
        foreign.Headers.Add("kbn-xsrf", "true");
        (await Client().SendAsync(foreign, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", Basic("stranger").ToString());
        using var invoker = new HttpMessageInvoker(Handler());
        await Should.ThrowAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"wss://127.0.0.1:{_port}/ws"), invoker, TestContext.Current.CancellationToken));
        _kibana.UpgradeHeaders.ShouldBeEmpty();
    }

    private static AuthenticationHeaderValue Basic(string user) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Password}")));

    private HttpClient Client(string user = "edith") => new(Handler()) { BaseAddress = new Uri($"https://127.0.0.1:{_port}"), DefaultRequestHeaders = { Authorization = Basic(user) } };

    private SocketsHttpHandler Handler()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(_daemon.CaFile);
        policy.ExtraStore.ImportFromPemFile(_daemon.CaFile);
        return new SocketsHttpHandler { UseProxy = false, UseCookies = false, SslOptions = { CertificateChainPolicy = policy } };
    }

    /// <summary>A body of two halves; the second follows when something has happened.</summary>
    private sealed class Pausing(byte[] half, Task until) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(half);
            await stream.FlushAsync();
            await until.WaitAsync(TimeSpan.FromSeconds(20));
            await stream.WriteAsync(half);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = half.Length * 2L;
            return true;
        }
    }
}
