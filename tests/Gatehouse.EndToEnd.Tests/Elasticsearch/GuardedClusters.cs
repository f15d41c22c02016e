using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>
/// One daemon with a gate before an Elasticsearch and one before an OpenSearch that both want the gate's own login. Users: super
/// (<c>superuser</c>), kandorra (reads <c>events*</c>), writer (writes them), looker (reads and monitors everything).
/// </summary>
public sealed class GuardedClusters : IAsyncLifetime
{
    /// <summary>The password of every user.</summary>
    public const string Password = "a-long-password-1";

    /// <summary>What is in <c>orders</c>, which nobody but super may see.</summary>
    public const string Secret = "salary-of-bob";

    /// <summary>The gate's own password at both clusters.</summary>
    public const string Upstream = "the-gates-own-secret";

    private readonly int _elasticsearchGate = Ports.Free();
    private readonly int _openSearchGate = Ports.Free();

    internal Daemon Daemon { get; private set; } = null!; // InitializeAsync makes it

    public ElasticsearchStandIn Cluster { get; private set; } = null!; // likewise

    public ElasticsearchStandIn OpenSearch { get; private set; } = null!; // likewise

    /// <summary>An API key of super, encoded.</summary>
    public string ApiKey { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { User = "gate", Password = Upstream });
        OpenSearch = await ElasticsearchStandIn.StartAsync(new StandInOptions { Product = StandInProduct.OpenSearch, Version = "3.1.0", User = "gate", Password = Upstream });
        var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["upstream"], Upstream);
        File.SetUnixFileMode(folder["upstream"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Daemon = new Daemon("gates:\n" + Gate("es", _elasticsearchGate, Cluster, folder) + Gate("os", _openSearchGate, OpenSearch, folder), folder);
        await Daemon.StartAsync();
        await DefineAsync();
        (HttpStatusCode status, string body) = await SendAsync("super", "POST", "/_security/api_key", """{"name":"tests"}""");
        status.ShouldBe(HttpStatusCode.OK, body);
        ApiKey = JsonDocument.Parse(body).RootElement.GetProperty("encoded").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await Daemon.DisposeAsync();
        await Cluster.DisposeAsync();
        await OpenSearch.DisposeAsync();
    }

    /// <summary>What clients asked of a cluster, without the gate's own questions.</summary>
    public static RecordedRequest[] Asked(ElasticsearchStandIn cluster) =>
        [.. cluster.Requests.All.Where(static r => !r.Target.StartsWith("/_resolve/index/*?expand_wildcards=all", StringComparison.Ordinal))];

    /// <summary>Puts the Elasticsearch into the state that tests begin with, nothing asked yet.</summary>
    public void Fill()
    {
        Cluster.Indices.Clear();
        foreach (string index in (string[])["events-1", "events-2"])
        {
            Cluster.Indices.Put(index, "1", """{"user":"bob","n":1}""");
            Cluster.Indices.Put(index, "2", """{"user":"eve","n":2}""");
        }

        Cluster.Indices.Put("orders", "1", $$"""{"note":"{{Secret}}"}""");
        Cluster.Indices.AddAlias("orders", "sales");
        Cluster.Indices.AddAlias("events-1", "events-front");
        Cluster.Indices.CreateDataStream("events-stream");
        Cluster.Indices.Put("events-stream", "1", """{"@timestamp":"2024-01-01T00:00:00Z"}""");
        Cluster.Requests.Clear();
    }

    /// <summary>A client of the gate before Elasticsearch, or before OpenSearch.</summary>
    internal HttpClient Client(string? user, string password = Password, bool isOpenSearch = false) =>
        Daemon.Client(isOpenSearch ? _openSearchGate : _elasticsearchGate, user, password);

    /// <summary>Asks the gate before Elasticsearch.</summary>
    internal async Task<(HttpStatusCode Status, string Body)> SendAsync(string user, string method, string target, string? body = null)
    {
        using HttpClient client = Client(user);
        return await SendAsync(client, method, target, body);
    }

    /// <summary>Asks with a client of one's own; a body that ends with a line is NDJSON.</summary>
    internal static async Task<(HttpStatusCode Status, string Body)> SendAsync(HttpClient client, string method, string target, string? body = null, string? id = null)
    {
        var address = new Uri($"{client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (id is not null)
        {
            request.Headers.Add("X-Opaque-Id", id);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(body.EndsWith('\n') ? "application/x-ndjson" : "application/json");
        }

        using HttpResponseMessage answer = await client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Runs a script of <c>tests/clients/elasticsearch</c> with a login at one of the gates.</summary>
    internal async Task<ShellResult> RunClientAsync(string client, bool withApiKey)
    {
        string folder = await ClientsAsync();
        var environment = new Dictionary<string, string>
        {
            ["CLUSTER_URL"] = $"https://127.0.0.1:{(client == "os3" ? _openSearchGate : _elasticsearchGate)}",
            ["CLUSTER_CA"] = Daemon.CaFile,
        };
        if (withApiKey)
        {
            environment["CLUSTER_API_KEY"] = ApiKey;
        }
        else
        {
            environment["CLUSTER_USER"] = "super";
            environment["CLUSTER_PASSWORD"] = Password;
        }

        return await Shell.RunAsync("node", ["standin.mjs", "--client", client, "--suite", "all"], environment: environment, directory: folder);
    }

    /// <summary>Where the official clients are installed.</summary>
    internal static async Task<string> ClientsAsync()
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/elasticsearch");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        return folder;
    }

    /// <summary>Roles and users by Elastic's own API.</summary>
    private async Task DefineAsync()
    {
        using HttpClient admin = Client("admin", Daemon.Password);
        foreach ((string path, string json) in new[]
        {
            ("role/events-reader", """{"indices":[{"names":["events*"],"privileges":["read","view_index_metadata"]}]}"""),
            ("role/events-writer", """{"indices":[{"names":["events*"],"privileges":["write","create_index"]}]}"""),
            ("role/looker", """{"cluster":["monitor"],"indices":[{"names":["*"],"privileges":["read","view_index_metadata","monitor"]}]}"""),
            ("user/super", User("superuser")), ("user/kandorra", User("events-reader")), ("user/writer", User("events-writer")), ("user/looker", User("looker")),
        })
        {
            (HttpStatusCode status, string body) = await SendAsync(admin, "PUT", "/_security/" + path, json);
            status.ShouldBe(HttpStatusCode.OK, body);
        }
    }

    private static string User(string role) => $$"""{"password":"{{Password}}","roles":["{{role}}"]}""";

    private static string Gate(string name, int port, ElasticsearchStandIn cluster, TemporaryFolder folder) =>
        $"""
          {name}:
            protocol: http
            system: elasticsearch
            listen: 127.0.0.1:{port}
            upstream: http://127.0.0.1:{cluster.Address.Port}
            upstream_user: gate
            upstream_password: file:{folder["upstream"]}

        """;
}

/// <summary>The classes that share the daemon.</summary>
[CollectionDefinition(nameof(GuardedClusters))]
public sealed class GuardedClustersCollection : ICollectionFixture<GuardedClusters>;
