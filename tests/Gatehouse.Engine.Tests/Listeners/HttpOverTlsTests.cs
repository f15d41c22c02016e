using System.Net;
using System.Net.Security;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Snapshots;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;
using Xunit;

namespace Gatehouse.Engine.Tests.Listeners;

public sealed class HttpOverTlsTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Kestrels_http_server_runs_on_our_tls(string version)
    {
        var parts = new TestListenerParts(new SnapshotHolder(AddressSnapshots.Make()));
        var options = new KestrelServerOptions();
        KestrelLimits.Apply(options, new LimitsConfiguration());
        ListenOptions? bound = null;
        options.Listen(IPAddress.Loopback, 0, listen =>
        {
            bound = listen;
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            parts.Pipeline.Apply(listen, new ListenerSettings
            {
                Gate = "test",
                Certificates = parts.Certificates,
                ApplicationProtocols = ListenerSettings.HttpProtocols,
            });
        });
        using var server = new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, NullLoggerFactory.Instance), NullLoggerFactory.Instance);
        await server.StartAsync(new EchoApplication(), CancellationToken.None);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(20) };
        byte[] body = new byte[200_000];
        Random.Shared.NextBytes(body);
        for (int i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"https://{bound!.IPEndPoint}/echo")
            {
                Content = new ByteArrayContent(body),
                Version = Version.Parse(version),
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using HttpResponseMessage response = await client.SendAsync(request);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Headers.Server.ShouldBeEmpty();
            response.Headers.GetValues("x-scheme").ShouldHaveSingleItem().ShouldBe("https");
            (await response.Content.ReadAsByteArrayAsync()).ShouldBe(body);
        }

        parts.Registry.Count.ShouldBe(1);
        parts.Registry.Kill(parts.Registry.List()[0].Id, CutReasons.Killed);
        await AdmissionTests.Until(() => parts.Registry.Count == 0);
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await server.StopAsync(now.Token);
    }

    private sealed class EchoApplication : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public async Task ProcessRequestAsync(IFeatureCollection context)
        {
            IHttpRequestFeature request = context.GetRequiredFeature<IHttpRequestFeature>();
            IHttpResponseFeature response = context.GetRequiredFeature<IHttpResponseFeature>();
            context.GetRequiredFeature<IGateConnectionFeature>().IsSecured.ShouldBeTrue();
            context.GetRequiredFeature<ITlsHandshakeFeature>().ShouldNotBeNull();
            response.StatusCode = 200;
            response.Headers["x-scheme"] = request.Scheme;
            await request.Body.CopyToAsync(context.GetRequiredFeature<IHttpResponseBodyFeature>().Stream);
        }

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
