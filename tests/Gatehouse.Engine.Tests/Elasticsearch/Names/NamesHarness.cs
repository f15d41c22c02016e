using System.Net;
using System.Net.Sockets;
using System.Text;
using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Policy;
using Gatehouse.Testing.Elasticsearch;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Elasticsearch.Names;

/// <summary>A gate in front of a stand-in for Elasticsearch, with the users of these tests: each has the role of his own name.</summary>
internal sealed class NamesHarness : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { ConnectCallback = ConnectAsync });

    private readonly StoreFixture _fixture;
    private readonly SqliteStateStore _store;

    private NamesHarness(ElasticsearchStandIn cluster, GateHarness gate, StoreFixture fixture, SqliteStateStore store)
    {
        Cluster = cluster;
        Gate = gate;
        _fixture = fixture;
        _store = store;
    }

    public ElasticsearchStandIn Cluster { get; }

    public GateHarness Gate { get; }

    public static async Task<NamesHarness> StartAsync()
    {
        ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { CompressAnswers = false });
        StoreFixture fixture = new();
        SqliteStateStore store = await fixture.OpenAsync();
        HandleKeeper keeper = new(fixture.Sealer, store, TimeProvider.System, NullLogger.Instance);
        GateHarness gate = await GateHarness.StartAsync($"http://127.0.0.1:{cluster.Address.Port}", systems: Steps(keeper));
        NamesHarness harness = new(cluster, gate, fixture, store) { Keeper = keeper };
        harness.Fill();
        return harness;
    }

    /// <summary>The steps of a gate with a keeper of handles; nobody asks the security API here.</summary>
    public static Func<GateModel, GateEnvironment, ISystemSteps?> Steps(HandleKeeper keeper) =>
        (model, environment) => new ElasticsearchSteps(model, environment, null!, keeper);

    public required HandleKeeper Keeper { get; init; }

    /// <summary>Gives a user exactly these grants.</summary>
    public void Grant(string user, params Grant[] grants) => Gate.Change(document => document with
    {
        Users = document.Users.SetItem(user, new Gatehouse.Identity.UserDocument { Name = user, Roles = [user] }),
        Roles = document.Roles.SetItem(user, new RoleDocument { Name = user, Grants = [.. grants] }),
    });

    public static Grant Allow(string patterns, params string[] actions) =>
        new() { System = "elasticsearch", Actions = [.. actions], Resources = [.. patterns.Split(',')] };

    public static Grant Deny(string patterns, params string[] actions) => Allow(patterns, actions) with { Effect = GrantEffect.Deny };

    /// <summary>Sends a request; status and body.</summary>
    public async Task<string> SendAsync(string user, string method, string target, string? body = null, string type = "application/json")
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri($"http://localhost:{Gate.Port}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.TryAddWithoutValidation("Authorization", GateHarness.Basic(user));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using HttpResponseMessage response = await _client.SendAsync(request);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
    }

    /// <summary>What the cluster was asked by clients, not by the gate itself.</summary>
    public IEnumerable<string> Asked => Cluster.Requests.All
        .Select(static r => $"{r.Method} {r.Target}").Where(static r => r != "GET /_resolve/index/*?expand_wildcards=all");

    public int Questions => Cluster.Requests.All.Count(static r => r.Target == "/_resolve/index/*?expand_wildcards=all");

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await Gate.DisposeAsync();
        await Cluster.DisposeAsync();
        await _store.DisposeAsync();
        _fixture.Dispose();
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private void Fill()
    {
        Cluster.Indices.Put("logs-a", "1", """{"text":"log a"}""");
        Cluster.Indices.Put("logs-b", "1", """{"text":"log b"}""");
        Cluster.Indices.Put("logs-secret", "1", """{"text":"log secret"}""");
        Cluster.Indices.Put("payroll", "1", """{"text":"pay"}""");
        Cluster.Indices.AddAlias("logs-a", "logs-front");
        Cluster.Indices.AddAlias("logs-secret", "logs-back");
        Cluster.Indices.AddAlias("logs-a", "pay-alias");
        Cluster.Indices.AddAlias("payroll", "money");
        Cluster.Indices.CreateDataStream("metrics");
        Cluster.Indices.Put("metrics", "1", """{"@timestamp":"2024-01-31T00:00:00Z","text":"metric"}""");
    }
}
