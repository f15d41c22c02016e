using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Connections;
using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Gates;
using Gatehouse.Engine.Listeners;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Problems;
using Gatehouse.Protocols.Elasticsearch;
using Gatehouse.Testing.Time;
using Gatehouse.Testing.Upstreams;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gatehouse.Engine.Tests.Elasticsearch.Handles;

/// <summary>
/// A gate of system <c>elasticsearch</c> in front of a script: anna may everything, bert and carl read <c>logs-*</c>, dora reads
/// <c>orders</c>, emil may look at tasks and cancel them.
/// </summary>
internal sealed class HandleGate : IAsyncDisposable
{
    private readonly GateHarness _harness = new();
    private readonly StoreFixture _fixture = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentQueue<string> _seen = new();
    private readonly GateSet _gates;
    private readonly SqliteStateStore _store;
    private readonly ScriptedUpstream _upstream;
    private readonly int _port = GateHarness.FreePort();

    private HandleGate(SqliteStateStore store, StoreFixture fixture, Func<string, string, string> answer)
    {
        _fixture = fixture;
        _store = store;
        _upstream = ScriptedUpstream.Start(peer => RunAsync(peer, answer));
        HandleKeeper keeper = new(fixture.Sealer, store, Time, NullLogger.Instance);
        _gates = new GateSet(_harness.Environment with
        {
            Systems = (model, environment) => new ElasticsearchSteps(model, environment, null!, keeper), // nobody asks for the security API here
        });
        _harness.Change(static d => d with
        {
            Users = d.Users.SetItem("bert", User("bert", "logs")).SetItem("carl", User("carl", "logs"))
                .SetItem("dora", User("dora", "orders")).SetItem("emil", User("emil", "tasks")),
            Roles = d.Roles.SetItem("logs", Role("logs", ["index:read", "index:write"], "logs-*")).SetItem("orders", Role("orders", ["index:read"], "orders"))
                .SetItem("tasks", Role("tasks", ["cluster:monitor", "cluster:cancel_task"])),
        });
    }

    /// <summary>The clock of handles.</summary>
    public ManualTime Time { get; } = new();

    /// <summary>What the upstream says when the gate itself asks for its names; that is not among <see cref="Seen"/>.</summary>
    public string Names { get; set; } = """{"indices":[{"name":"logs-1"},{"name":"logs-2"},{"name":"orders"}],"aliases":[],"data_streams":[]}""";

    /// <summary>What the upstream got: head and body.</summary>
    public IReadOnlyCollection<string> Seen => _seen;

    public FakeTrail Trail => _harness.Trail;

    /// <param name="answer">Request line and body to JSON, with <c>HTTP/1.1 ...</c> before it where it is another answer.</param>
    public static async Task<HandleGate> StartAsync(Func<string, string, string> answer)
    {
        StoreFixture fixture = new();
        HandleGate gate = new(await fixture.OpenAsync(), fixture, answer);
        await gate._gates.ApplyAsync([gate.Model()], CancellationToken.None);
        return gate._gates.Status[0].State == GateState.Listening ? gate : throw new InvalidOperationException(gate._gates.Status[0].Problem?.ToString());
    }

    public static RoleDocument Role(string name, ImmutableArray<string> actions, params ImmutableArray<string> resources) =>
        new() { Name = name, Grants = [new Grant { System = "elasticsearch", Actions = actions, Resources = resources }] };

    /// <summary>Puts a changed document in force between two requests: one that has not ended yet would be cut.</summary>
    public void Change(Func<Gatehouse.Administration.ClusterDocument, Gatehouse.Administration.ClusterDocument> change)
    {
        if (!SpinWait.SpinUntil(() => _gates.Status[0].Counters.Active == 0, TimeSpan.FromSeconds(30)))
        {
            throw new TimeoutException("a request has not ended");
        }

        _harness.Change(change);
    }

    /// <summary>Asks; status and body, a body of lines where it ends with one.</summary>
    public async Task<(int Status, string Body)> AskAsync(string user, string method, string target, string? body = null, string? accept = null, string? runAs = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), new Uri($"http://127.0.0.1:{_port}{target}"));
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(GateHarness.Basic(user));
        if (runAs is not null)
        {
            request.Headers.Add("es-security-runas-user", runAs);
        }

        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(body.EndsWith('\n') ? "application/x-ndjson" : "application/json");
        }

        using HttpResponseMessage response = await _client.SendAsync(request, TestContextToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContextToken));
    }

    /// <summary>Asks what must be answered; the member of the answer.</summary>
    public async Task<string> GetAsync(string user, string method, string target, string? body, string member)
    {
        (int status, string answer) = await AskAsync(user, method, target, body);
        if (status != 200)
        {
            throw new InvalidOperationException($"{status}: {answer}");
        }

        JsonElement value = JsonDocument.Parse(answer).RootElement;
        foreach (string step in member.Split('.'))
        {
            value = int.TryParse(step, out int index) ? value[index] : value.GetProperty(step);
        }

        return value.GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _gates.DisposeAsync();
        await _harness.DisposeAsync();
        await _upstream.DisposeAsync();
        await _store.DisposeAsync();
        _fixture.Dispose();
    }

    private static CancellationToken TestContextToken => Xunit.TestContext.Current.CancellationToken;

    private static UserDocument User(string name, string role) => new() { Name = name, Roles = [role] };

    private GateModel Model()
    {
        List<Problem> problems = [];
        GateConfiguration configuration = new()
        {
            Name = "g",
            Protocol = "http",
            System = "elasticsearch",
            Listen = $"127.0.0.1:{_port}",
            Upstream = $"http://127.0.0.1:{_upstream.Port}",
            Tls = false,
        };
        return GateModel.TryCreate(
            configuration, ElasticsearchClassifier.Routes, new ListenerSettings { Gate = "g", Limits = new LimitsConfiguration() },
            UpstreamOwnerRule.Any, [], problems) ?? throw new InvalidOperationException(string.Join("; ", problems));
    }

    private async Task RunAsync(UpstreamPeer peer, Func<string, string, string> answer)
    {
        while (await peer.ReadHeadAsync() is { } head)
        {
            int at = head.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            int length = at < 0 ? 0 : int.Parse(head.AsSpan(at + 16, head.IndexOf('\r', at) - at - 16));

            // The end of a chunked body is the first empty line in it.
            string body = head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase) ? await peer.ReadHeadAsync() ?? "" : await peer.ReadAsync(length);
            string line = head[..head.IndexOf(" HTTP/1.1", StringComparison.Ordinal)];
            bool isQuestion = line == "GET /_resolve/index/*?expand_wildcards=all";
            if (!isQuestion)
            {
                _seen.Enqueue($"{line}\n{body}");
            }

            string text = isQuestion ? Names : answer(line, body);
            await peer.SendAsync(text.StartsWith("HTTP/", StringComparison.Ordinal)
                ? text
                : $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-elastic-product: Elasticsearch\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");
        }
    }
}
