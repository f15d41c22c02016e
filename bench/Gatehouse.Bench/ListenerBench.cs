using System.Collections.Frozen;
using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gatehouse.Administration;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Network;
using Gatehouse.Policy;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Gatehouse.Bench;

/// <summary>
/// <c>bench/tls</c>: a listener with steps 1 to 3 and an echo behind them. Prints its port, then at each line read its
/// connections, handshakes, CPU seconds and resident memory.
/// </summary>
internal static class ListenerBench
{
    public static async Task<int> RunAsync()
    {
        Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
        var trail = new NoTrail();
        var snapshots = new SnapshotHolder(new SecuritySnapshot(
            1, 1, new ClusterDocument(), CompiledPolicy.Empty, AddressFilter.Open, FrozenDictionary<string, AddressFilter>.Empty));
        using var registry = new ConnectionRegistry(snapshots, trail, TimeProvider.System, NullLogger<ConnectionRegistry>.Instance);
        using var admission = new AdmissionControl(snapshots, trail, TimeProvider.System);
        var pipeline = new ListenerPipeline(admission, registry, TimeProvider.System, NullLogger<ListenerPipeline>.Instance);
        var options = new KestrelServerOptions();
        ListenOptions? bound = null;
        options.Listen(IPAddress.Loopback, 0, listen =>
        {
            bound = listen;
            pipeline.Apply(listen, new ListenerSettings { Gate = "bench", Certificates = new OneCertificate() });
            listen.Use(static _ => EchoAsync);
        });
        using var server = new KestrelServer(
            Options.Create(options), GateTransport.CreateFactory(inline: true, NullLoggerFactory.Instance), NullLoggerFactory.Instance);
        await server.StartAsync(new NoApplication(), CancellationToken.None);
        Console.WriteLine(bound!.IPEndPoint!.Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(
                $"{registry.Count} connections, {admission.Counters.HandshakesDone} handshakes, {self.TotalProcessorTime.TotalSeconds:F2} CPU s, {self.WorkingSet64 / 1048576.0:F1} MiB resident");
        }

        return 0;
    }

    private static async Task EchoAsync(ConnectionContext connection)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAsync(connection.ConnectionClosed);
            foreach (ReadOnlyMemory<byte> part in read.Buffer)
            {
                await connection.Transport.Output.WriteAsync(part);
            }

            connection.Transport.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private sealed class OneCertificate : ICertificateSource
    {
        private readonly SslStreamCertificateContext _context = Make();

        public ClientAuthorities ClientAuthorities => ClientAuthorities.None;

        public SslStreamCertificateContext Get(string? serverName) => _context;

        private static SslStreamCertificateContext Make()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=bench", key, HashAlgorithmName.SHA256);
            using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            return SslStreamCertificateContext.Create(
                X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null), [], offline: true);
        }
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
