using System.Collections.Immutable;
using System.Net;
using Gatehouse.Audit;
using Gatehouse.Engine.Admission;
using Gatehouse.Engine.Auditing;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Mesh;
using Gatehouse.Engine.Snapshots;
using Gatehouse.Engine.Telemetry;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Engine.Tests.Listeners;
using Gatehouse.Problems;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Telemetry;

/// <summary>The metrics of a node in memory, on a real port.</summary>
internal sealed class MetricsBench : IAsyncDisposable
{
    private readonly MetricsServer _server;
    private readonly GateHarness _models = new();

    private MetricsBench()
    {
        Parts = new TestListenerParts(new SnapshotHolder(AddressSnapshots.Make()));
        Sources = new MetricsSources
        {
            Version = "1.2.3-\"quoted\"",
            Admission = Parts.Admission.Counters,
            Connections = Parts.Registry,
            Snapshots = Parts.Snapshots,
            Gates = () => Gates,
            Audit = () => Audit,
            Mesh = () => Mesh,
            IsStoreUp = () => IsStoreUp,
            CertificateExpires = () => Time.GetUtcNow() + TimeSpan.FromDays(30),
            Time = Time,
        };
        Health = new NodeHealth(Sources);
        Port = GateHarness.FreePort();
        _server = new MetricsServer(
            new IPEndPoint(IPAddress.Loopback, Port),
            new NodeMetrics(Sources),
            Health,
            Parts.Pipeline,
            Parts.Admission.Refusals,
            static host => host is "localhost" or "127.0.0.1",
            NullLoggerFactory.Instance);
    }

    public TestListenerParts Parts { get; }

    public MetricsSources Sources { get; }

    public NodeHealth Health { get; }

    public ManualTime Time { get; } = new();

    public ImmutableArray<GateStatus> Gates { get; set; } = [];

    public AuditFigures Audit { get; set; } = new(true, true, 10, 2, 0);

    public MeshFacts? Mesh { get; set; }

    public bool IsStoreUp { get; set; } = true;

    public int Port { get; }

    public static async Task<MetricsBench> StartAsync()
    {
        var bench = new MetricsBench();
        await bench._server.StartAsync(CancellationToken.None);
        return bench;
    }

    public GateStatus Gate(string name, GateState state, Problem? problem = null) =>
        new(_models.Model("http://127.0.0.1:9", c => c with { Name = name, Listen = "127.0.0.1:1" }), state, problem, new GateCounters());

    /// <summary>One request on a connection of its own; everything that came back.</summary>
    public async Task<string> SendAsync(string bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(Port);
        await client.SendAsync(bytes);
        return await client.ReadResponseAsync();
    }

    public Task<string> GetAsync(string target, string host = "localhost", string headers = "") =>
        SendAsync($"GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
        await _models.DisposeAsync();
        Parts.Registry.Dispose();
        Parts.Admission.Dispose();
    }
}
