using System.Globalization;
using System.Text;
using Gatehouse.Engine.Configuration;
using Gatehouse.Engine.Elasticsearch;
using Gatehouse.Engine.Elasticsearch.Handles;
using Gatehouse.Engine.Store;
using Gatehouse.Engine.Tests.Gates;
using Gatehouse.Engine.Tests.Store;
using Gatehouse.Identity;
using Gatehouse.Policy;
using Gatehouse.Testing.Elasticsearch;
using Gatehouse.Testing.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Gatehouse.Engine.Tests.Elasticsearch.Checklist;

/// <summary>What came back: status, head and body without its chunks.</summary>
internal sealed record Reply(int Status, string Head, string Body);

/// <summary>
/// A gate in front of a stand-in cluster, asked with raw bytes. anna may everything; kandorra reads <c>events*</c>; wanda writes
/// them and makes new ones; karl manages them; nina has no right at all.
/// </summary>
internal sealed class ChecklistGate : IAsyncDisposable
{
    /// <summary>What nobody but anna may see, in documents of <c>orders</c> and of the hidden <c>.vault</c>.</summary>
    public const string Secret = "salary-of-bob";

    private const string Question = "/_resolve/index/*?expand_wildcards=all";

    private readonly StoreFixture _fixture;
    private readonly SqliteStateStore _store;

    private ChecklistGate(ElasticsearchStandIn cluster, GateHarness gate, StoreFixture fixture, SqliteStateStore store, HandleKeeper handles)
    {
        Handles = handles;
        Cluster = cluster;
        Gate = gate;
        _fixture = fixture;
        _store = store;
    }

    public ElasticsearchStandIn Cluster { get; }

    public GateHarness Gate { get; }

    /// <summary>Keeps the handles of this gate.</summary>
    public HandleKeeper Handles { get; }

    /// <summary>The clock of handles.</summary>
    public ManualTime Time => _fixture.Time;

    /// <summary>What clients asked of the cluster, without the gate's own questions.</summary>
    public IReadOnlyList<RecordedRequest> Asked => [.. Cluster.Requests.All.Where(static r => r.Target != Question)];

    public static async Task<ChecklistGate> StartAsync(
        Func<GateConfiguration, GateConfiguration>? change = null, StandInOptions? options = null, LimitsConfiguration? limits = null)
    {
        ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(options ?? new StandInOptions { CompressAnswers = false });
        StoreFixture fixture = new();
        SqliteStateStore store = await fixture.OpenAsync();
        HandleKeeper handles = new(fixture.Sealer, store, fixture.Time, NullLogger.Instance);
        GateHarness gate = await GateHarness.StartAsync(
            $"http://127.0.0.1:{cluster.Address.Port}",
            change,
            limits: limits,
            systems: (model, environment) => new ElasticsearchSteps(model, environment, null!, handles)); // nobody asks the security API here
        ChecklistGate made = new(cluster, gate, fixture, store, handles);
        made.Grant("kandorra", Allow("events*", "index:read", "index:view_index_metadata"));
        made.Grant("wanda", Allow("events*", "index:write", "index:create_index"));
        made.Grant("karl", Allow("events*", "index:all"));
        made.Grant("nina");
        made.Fill();
        return made;
    }

    /// <summary>Gives a user exactly these grants.</summary>
    public void Grant(string user, params Grant[] grants) => Gate.Change(document => document with
    {
        Users = document.Users.SetItem(user, new UserDocument { Name = user, Roles = [user] }),
        Roles = document.Roles.SetItem(user, new RoleDocument { Name = user, Grants = [.. grants] }),
    });

    public static Grant Allow(string patterns, params string[] actions) =>
        new() { System = "elasticsearch", Actions = [.. actions], Resources = [.. patterns.Split(',')] };

    /// <summary>Sends <c>METHOD TARGET</c> or <c>METHOD TARGET BODY</c>; a body that ends with a line is NDJSON.</summary>
    public Task<Reply> SendAsync(string user, string request, string headers = "", string? type = null)
    {
        string[] parts = request.Split(' ', 3);
        byte[] body = Encoding.UTF8.GetBytes(parts.Length == 3 ? parts[2] : "");
        type ??= parts.Length == 3 && parts[2].EndsWith('\n') ? "application/x-ndjson" : "application/json";
        return SendAsync(user, parts[0], parts[1], body, headers + (body.Length == 0 ? "" : $"Content-Type: {type}\r\n"));
    }

    /// <summary>Sends a request with its body as bytes; <paramref name="headers"/> are whole lines.</summary>
    public Task<Reply> SendAsync(string user, string method, string target, byte[] body, string headers)
    {
        string length = body.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        return RawAsync(GateHarness.Request(user, method, target, $"Connection: close\r\n{headers}{length}", Encoding.Latin1.GetString(body)));
    }

    /// <summary>Sends bytes (Latin-1) on a new connection and reads one response.</summary>
    public Task<Reply> RawAsync(string bytes) => RawAsync(Gate.Port, bytes);

    /// <summary>The same at another gate.</summary>
    public static async Task<Reply> RawAsync(int port, string bytes)
    {
        using RawClient client = await RawClient.ConnectAsync(port);
        await client.SendAsync(bytes);
        string head = await client.ReadUntilAsync("\r\n\r\n");
        return Read(head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase)
            ? await client.ReadUntilAsync("\r\n0\r\n\r\n") : await client.ReadResponseAsync());
    }

    /// <summary>Each is refused by the gate, in Elasticsearch's words, and the cluster hears of none.</summary>
    public async Task RefusesAsync(string user, int? status, params string[] requests)
    {
        List<string> passed = [];
        foreach (string request in requests)
        {
            Cluster.Requests.Clear();
            Reply reply = await SendAsync(user, request);
            bool isItems = reply.Status == 200 && IsItemwise(request) && reply.Body.Contains("security_exception", StringComparison.Ordinal) && !reply.Body.Contains("\"hits\"", StringComparison.Ordinal);
            bool isRefused = isItems || (status is { } one ? reply.Status == one : reply.Status is >= 400 and < 500);
            bool isOurs = isItems || (request.StartsWith("HEAD ", StringComparison.Ordinal) ? reply.Body.Length == 0 : reply.Body.Contains("\"gatehouse.id\":\"GH", StringComparison.Ordinal));
            if (!isRefused || !isOurs || Asked.Count > 0)
            {
                passed.Add($"{request} -> {reply.Status} {reply.Body}; the cluster saw: {string.Join(", ", Asked.Select(static r => $"{r.Method} {r.Target}"))}");
            }
        }

        passed.ShouldBeEmpty();
    }

    /// <summary>The request reaches the cluster as exactly this one request.</summary>
    public async Task<RecordedRequest> ReachesAsync(string user, string request, string seen, string headers = "")
    {
        Cluster.Requests.Clear();
        Reply reply = await SendAsync(user, request, headers);
        Asked.Select(static r => $"{r.Method} {r.Target}").ShouldBe([seen], $"{request} -> {reply.Status} {reply.Body}");
        return Asked[0];
    }

    public async ValueTask DisposeAsync()
    {
        await Gate.DisposeAsync();
        await Cluster.DisposeAsync();
        await _store.DisposeAsync();
        _fixture.Dispose();
    }

    /// <summary>The first response in what was received.</summary>
    public static Reply Read(string received)
    {
        int end = received.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0 || !received.StartsWith("HTTP/1.1 ", StringComparison.Ordinal))
        {
            return new Reply(0, received, "");
        }

        string head = received[..end];
        string body = received[(end + 4)..];
        bool isChunked = head.Contains("transfer-encoding: chunked", StringComparison.OrdinalIgnoreCase);
        return new Reply(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, isChunked ? Unchunk(body) : body);
    }

    /// <summary>Whether each part of a request is answered by itself, inside a 200.</summary>
    private static bool IsItemwise(string request) => new[] { "_msearch", "_mget", "_mtermvectors" }.Any(w => request.Contains(w, StringComparison.Ordinal));

    private static string Unchunk(string body)
    {
        var whole = new StringBuilder();
        for (int at = 0; body.IndexOf("\r\n", at, StringComparison.Ordinal) is >= 0 and int line;)
        {
            int length = int.Parse(body.AsSpan(at, line - at), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            whole.Append(body, line + 2, length);
            at = line + 4 + length;
        }

        return whole.ToString();
    }

    private void Fill()
    {
        Cluster.Indices.Put("events-1", "1", """{"user":"bob","n":1}""");
        Cluster.Indices.Put("events-2", "1", """{"user":"eve","n":2}""");
        Cluster.Indices.Put("orders", "1", $$"""{"note":"{{Secret}}"}""");
        Cluster.Indices.Create(".vault", """{"settings":{"index.hidden":true}}""");
        Cluster.Indices.Put(".vault", "1", $$"""{"note":"{{Secret}}"}""");
        Cluster.Indices.AddAlias("orders", "sales");
        Cluster.Indices.CreateDataStream("ledger");
        Cluster.Indices.Put("ledger", "1", $$"""{"@timestamp":"2024-01-01T00:00:00Z","note":"{{Secret}}"}""");
    }
}
