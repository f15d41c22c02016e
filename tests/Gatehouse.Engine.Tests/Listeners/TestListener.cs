using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Snapshots;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gatehouse.Engine.Tests.Listeners;

/// <summary>A real listener on loopback with the product's own steps 1 to 3 and an echo behind them.</summary>
internal sealed class TestListener : IAsyncDisposable
{
    private readonly KestrelServer _server;

    private TestListener(KestrelServer server, TestListenerParts parts)
    {
        _server = server;
        Parts = parts;
    }

    public TestListenerParts Parts { get; }

    public RecordingTrail Trail => Parts.Trail;

    public SnapshotHolder Snapshots => Parts.Snapshots;

    public ConnectionRegistry Registry => Parts.Registry;

    public AdmissionControl Admission => Parts.Admission;

    public TestCertificates Certificates => Parts.Certificates;

    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    public static async Task<TestListener> StartAsync(
        Func<ListenerSettings, ListenerSettings>? change = null,
        ConnectionDelegate? handler = null,
        string? unixPath = null,
        SnapshotHolder? snapshots = null)
    {
        var parts = new TestListenerParts(snapshots ?? new SnapshotHolder(AddressSnapshots.Make()));
        var settings = new ListenerSettings { Gate = "test", Certificates = parts.Certificates };
        settings = change?.Invoke(settings) ?? settings;
        var options = new KestrelServerOptions();
        var bound = new List<ListenOptions>();
        void Configure(ListenOptions listen)
        {
            bound.Add(listen);
            parts.Pipeline.Apply(listen, settings);
            listen.Use(_ => handler ?? EchoAsync);
        }

        if (unixPath is null)
        {
            options.Listen(IPAddress.Loopback, 0, Configure);
        }
        else
        {
            options.ListenUnixSocket(unixPath, Configure);
        }

        var server = new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, NullLoggerFactory.Instance), NullLoggerFactory.Instance);
        await server.StartAsync(new NoApplication(), CancellationToken.None);
        var listener = new TestListener(server, parts);
        if (unixPath is null)
        {
            listener.Address = bound[0].IPEndPoint!;
        }

        return listener;
    }

    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(Address);
        return client;
    }

    public async Task<TestClient> ConnectTlsAsync(X509Certificate2? certificate = null, SslProtocols versions = SslProtocols.None, bool resume = false)
    {
        TcpClient tcp = await ConnectAsync();
        return await TestClient.HandshakeAsync(tcp, certificate, versions, resume);
    }

    public static async Task EchoAsync(ConnectionContext connection)
    {
        PipeReader input = connection.Transport.Input;
        while (true)
        {
            ReadResult read = await input.ReadAsync(connection.ConnectionClosed);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                await connection.Transport.Output.WriteAsync(part);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        _server.Dispose();
        Parts.Registry.Dispose();
        Parts.Admission.Dispose();
    }

    private sealed class NoApplication : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) => Task.CompletedTask;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}

/// <summary>The product's parts of a listener.</summary>
internal sealed class TestListenerParts
{
    public TestListenerParts(SnapshotHolder snapshots)
    {
        Snapshots = snapshots;
        Registry = new ConnectionRegistry(snapshots, Trail, TimeProvider.System, NullLogger<ConnectionRegistry>.Instance);
        Admission = new AdmissionControl(snapshots, Trail, TimeProvider.System);
        Pipeline = new ListenerPipeline(Admission, Registry, TimeProvider.System, NullLogger<ListenerPipeline>.Instance);
    }

    public SnapshotHolder Snapshots { get; }

    public RecordingTrail Trail { get; } = new();

    public ConnectionRegistry Registry { get; }

    public AdmissionControl Admission { get; }

    public ListenerPipeline Pipeline { get; }

    public TestCertificates Certificates { get; } = new();
}

/// <summary>A TLS client.</summary>
internal sealed class TestClient(TcpClient tcp, SslStream tls) : IDisposable
{
    public SslStream Tls => tls;

    public Socket Socket => tcp.Client;

    public static async Task<TestClient> HandshakeAsync(
        TcpClient tcp, X509Certificate2? certificate, SslProtocols versions, bool resume)
    {
        var tls = new SslStream(tcp.GetStream());
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "first.test",
                EnabledSslProtocols = versions,
                AllowTlsResume = resume,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
                ClientCertificates = certificate is null ? null : [certificate],
                LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
            },
            limit.Token);
        return new TestClient(tcp, tls);
    }

    public async Task<string> EchoAsync(string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        byte[] data = Encoding.UTF8.GetBytes(text);
        await tls.WriteAsync(data, limit.Token);
        byte[] back = new byte[data.Length];
        await tls.ReadExactlyAsync(back, limit.Token);
        return Encoding.UTF8.GetString(back);
    }

    public void Dispose()
    {
        tls.Dispose();
        tcp.Dispose();
    }
}
