using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Tests.Configuration;
using Gatehouse.Engine.Tests.Listeners;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Gates;

/// <summary>The gate's own identity at its upstream: sent by the gate alone, and its refusal is never the client's.</summary>
public sealed class UpstreamIdentityTests : IDisposable
{
    private const string Fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nWWW-Authenticate: Basic realm=x\r\nAuthentication-Info: a=b\r\nX-elastic-product: Elasticsearch\r\n\r\nok";
    private const string Refused = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: ApiKey\r\nContent-Length: 4\r\n\r\nwhat";

    private readonly TestFolder _folder = new();

    public UpstreamIdentityTests()
    {
        Secret("password", "pa:ss word1");
        Secret("key", "id:secret\n");
        Secret("encoded", "aWQ6c2VjcmV0");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_user_of_the_gate_is_sent_instead_of_the_client()
    {
        Answer answer = await AskAsync(Fine, c => c with { UpstreamUser = "gate", UpstreamPassword = File("password") });

        Authorizations(answer).ShouldBe(["Authorization: Basic " + Convert.ToBase64String("gate:pa:ss word1"u8)]);
        answer.Client.ShouldContain("200 OK");
        answer.Client.ShouldNotContain("WWW-Authenticate", Case.Insensitive);
        answer.Client.ShouldNotContain("Authentication-Info", Case.Insensitive);
        answer.Client.ShouldContain("X-elastic-product: Elasticsearch");
    }

    [Theory, InlineData("key"), InlineData("encoded")]
    public async Task An_API_key_is_sent_encoded(string file)
    {
        Answer answer = await AskAsync(Fine, c => c with { UpstreamApiKey = File(file) });

        Authorizations(answer).ShouldBe(["Authorization: ApiKey aWQ6c2VjcmV0"]);
    }

    [Fact]
    public async Task Without_one_nothing_is_sent_and_challenges_pass()
    {
        Answer answer = await AskAsync(Refused, c => c);

        Authorizations(answer).ShouldBeEmpty();
        answer.Client.ShouldContain("401 Unauthorized");
        answer.Client.ShouldContain("WWW-Authenticate: ApiKey");
    }

    [Theory, InlineData("GET"), InlineData("HEAD")]
    public async Task A_refused_credential_of_the_gate_is_no_challenge_for_the_client(string method)
    {
        Answer answer = await AskAsync(Refused, c => c with { UpstreamApiKey = File("key") }, method);

        answer.Client.ShouldStartWith("HTTP/1.1 502");
        answer.Client.ShouldNotContain("WWW-Authenticate", Case.Insensitive);
        answer.Client.ShouldNotContain("what");
        if (method == "GET")
        {
            answer.Client.ShouldContain("GH1050");
            answer.Client.ShouldContain("upstream_refused_credential");
        }

        answer.Record.ShouldContain("AccessGranted Failure");
        answer.Record.ShouldContain("forward=upstream_refused_credential");
        answer.Record.ShouldNotContain("secret");
    }

    [Fact]
    public async Task A_changed_secret_is_taken_with_the_next_model()
    {
        (int port, Task<string[]> serving) = Serve(Fine, tls: null, requests: 2);
        GateConfiguration Change(GateConfiguration c) => c with { UpstreamApiKey = File("key") };
        await using GateHarness gate = await GateHarness.StartAsync(port, Change);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldContain("200 OK");
        Secret("key", "id:second");
        await gate.Gates.ApplyAsync([gate.Model($"http://127.0.0.1:{port}", Change)], CancellationToken.None);
        await client.SendAsync(GateHarness.Request("anna", "GET", "/read"));
        (await client.ReadResponseAsync()).ShouldContain("200 OK");

        string[] seen = await serving;
        seen[0].ShouldContain("ApiKey " + Convert.ToBase64String("id:secret"u8));
        seen[1].ShouldContain("ApiKey " + Convert.ToBase64String("id:second"u8));
    }

    [Theory, InlineData(SslProtocols.Tls12), InlineData(SslProtocols.Tls13)]
    public async Task A_client_certificate_is_shown_to_an_upstream_that_asks(SslProtocols version)
    {
        Answer answer = await AskAsync(Fine, Certified, tls: version);

        answer.Client.ShouldContain("200 OK");
        answer.Request.ShouldStartWith("CN=the-gate\n");
        Authorizations(answer).ShouldBe(["Authorization: ApiKey aWQ6c2VjcmV0"]);
    }

    [Theory, InlineData(SslProtocols.Tls12), InlineData(SslProtocols.Tls13)]
    public async Task Without_it_such_an_upstream_answers_nobody(SslProtocols version)
    {
        Answer answer = await AskAsync(Fine, c => Certified(c) with { UpstreamCertificate = null, UpstreamKey = null }, tls: version);

        answer.Client.ShouldStartWith("HTTP/1.1 502");
    }

    [Theory]
    [InlineData("es-security-runas-user: bert")]
    [InlineData("es-secondary-authorization: Basic x")]
    [InlineData("es-client-authentication: x")]
    [InlineData("_xpack_security_user: x")]
    [InlineData("opendistro_security_impersonate_as: x")]
    [InlineData("x-proxy-user: x")]
    [InlineData("x-proxy-roles: x")]
    [InlineData("X-Forwarded-User: x")]
    [InlineData("x-opensearch-product-origin: x")]
    [InlineData("X-Elastic-Product-Origin: kibana")]
    [InlineData("x-elastic-internal-origin: x")]
    [InlineData("securitytenant: x")]
    [InlineData("X-HTTP-Method-Override: DELETE")]
    [InlineData("x-ror-impersonating: x")]
    public async Task What_could_claim_an_identity_stays_at_the_gate(string header)
    {
        Answer answer = await AskAsync(
            Fine, c => c with { UpstreamApiKey = File("key") }, headers: header + "\r\nX-Opaque-Id: 7\r\ntraceparent: 00-1-1-01\r\nAccept: a/b\r\n");

        answer.Request.ShouldContain("X-Opaque-Id: 7");
        answer.Request.ShouldContain("traceparent: 00-1-1-01");
        answer.Request.ShouldContain("Accept: a/b");
        answer.Request.ShouldNotContain(header.Split(':')[0], Case.Insensitive);
    }

    private static string[] Authorizations(Answer answer) =>
        [.. answer.Request.Split("\r\n").Where(static l => l.StartsWith("authorization:", StringComparison.OrdinalIgnoreCase))];

    private GateConfiguration Certified(GateConfiguration gate)
    {
        using X509Certificate2 leaf = TestCertificates.Root.Issue("the-gate", TestAuthority.ClientUse);
        _folder.File("ca.pem", TestCertificates.Root.Certificate.ExportCertificatePem());
        _folder.File("gate.pem", leaf.ExportCertificatePem());
        Secret("gate.key", leaf.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return gate with
        {
            UpstreamCa = Path.Combine(_folder.Path, "ca.pem"),
            UpstreamServerName = "first.test",
            UpstreamApiKey = File("key"),
            UpstreamCertificate = Path.Combine(_folder.Path, "gate.pem"),
            UpstreamKey = Path.Combine(_folder.Path, "gate.key"),
        };
    }

    private SecretReference File(string name) => new(Path.Combine(_folder.Path, name), null);

    private void Secret(string name, string text) => _folder.File(name, text, UnixFileMode.UserRead | UnixFileMode.UserWrite);

    private static async Task<Answer> AskAsync(
        string response, Func<GateConfiguration, GateConfiguration> change, string method = "GET", SslProtocols? tls = null, string headers = "")
    {
        (int port, Task<string[]> serving) = Serve(response, tls, requests: 1);
        await using GateHarness gate = await GateHarness.StartAsync($"{(tls is null ? "http" : "https")}://127.0.0.1:{port}", change);
        using RawClient client = await RawClient.ConnectAsync(gate.Port);
        await client.SendAsync(GateHarness.Request("anna", method, "/read", headers + "Connection: close\r\n"));
        string answer = await client.ReadToEndAsync();
        string record = await gate.Trail.WaitForAsync("AccessGranted");
        return new Answer(answer, (await serving)[0], record);
    }

    private static (int Port, Task<string[]> Serving) Serve(string response, SslProtocols? tls, int requests)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (((IPEndPoint)listener.LocalEndpoint).Port, ServeAsync(listener, response, tls, requests));
    }

    private static async Task<string[]> ServeAsync(TcpListener listener, string response, SslProtocols? tls, int requests)
    {
        using TcpListener owned = listener;
        string[] seen = new string[requests];
        for (int number = 0; number < requests; number++)
        {
            using Socket socket = await listener.AcceptSocketAsync();
            await using Stream stream = tls is { } version ? new SslStream(new NetworkStream(socket)) : new NetworkStream(socket);
            try
            {
                string who = stream is SslStream secured ? await SecureAsync(secured, tls!.Value) + "\n" : "";
                seen[number] = who + await ReadHeadAsync(stream);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(response));
            }
            catch (Exception e) when (e is AuthenticationException or IOException)
            {
                seen[number] = "";
            }
        }

        return seen;
    }

    private static async Task<string> SecureAsync(SslStream stream, SslProtocols version)
    {
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = new TestCertificates().Get(null),
            EnabledSslProtocols = version,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
        });
        return stream.RemoteCertificate!.Subject;
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        byte[] buffer = new byte[16 * 1024];
        string head = "";
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer);
            if (count == 0)
            {
                throw new IOException("the gate closed");
            }

            head += Encoding.ASCII.GetString(buffer, 0, count);
        }

        return head;
    }

    private sealed record Answer(string Client, string Request, string Record);
}
