using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>The official clients scroll, search points in time, page through SQL and wait for searches, as a user who may read one index.</summary>
public sealed class Handles_through_the_gate
{
    private const string Password = "reader-password-1";

    [Theory]
    [InlineData("es8", StandInProduct.Elasticsearch, "8.19.2")]
    [InlineData("es9", StandInProduct.Elasticsearch, "9.1.0")]
    [InlineData("os3", StandInProduct.OpenSearch, "3.1.0")]
    public async Task An_official_client_gets_along_with_sealed_handles(string client, StandInProduct product, string version)
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Product = product, Version = version });
        int port = Ports.Free();
        await using Daemon daemon = await StartAsync(cluster, port);

        ShellResult made = await RunAsync(daemon, port, client, "setup", "admin", daemon.Password);
        made.ExitCode.ShouldBe(0, made.ToString());
        ShellResult used = await RunAsync(daemon, port, client, "scroll,pit,sql,async", "kandorra", Password);

        used.ExitCode.ShouldBe(0, used.ToString());
        used.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(5, used.ToString());
    }

    [Fact]
    public async Task Nobody_else_goes_on_with_them()
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync();
        cluster.Indices.Put("events", "1", """{"n":1}""");
        int port = Ports.Free();
        await using Daemon daemon = await StartAsync(cluster, port);
        using HttpClient kandorra = daemon.Client(port, "kandorra", Password);
        using HttpClient other = daemon.Client(port, "other", Password);
        using HttpClient admin = daemon.Client(port, "admin", daemon.Password);
        HttpResponseMessage first = await kandorra.PostAsync("/events/_search?scroll=1m", null, TestContext.Current.CancellationToken);
        JsonElement page = await first.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var body = new { scroll_id = page.GetProperty("_scroll_id").GetString() };
        int seen = cluster.Requests.All.Count(static r => r.Target.StartsWith("/_search/scroll", StringComparison.Ordinal));

        foreach (HttpClient client in new[] { other, admin })
        {
            (await client.PostAsJsonAsync("/_search/scroll", body, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        }

        cluster.Requests.All.Count(static r => r.Target.StartsWith("/_search/scroll", StringComparison.Ordinal)).ShouldBe(seen);
        (await kandorra.PostAsJsonAsync("/_search/scroll", body, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await daemon.SetRoleAsync("reader", "elasticsearch:index:read orders");
        (await kandorra.PostAsJsonAsync("/_search/scroll", body, TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    private static async Task<Daemon> StartAsync(ElasticsearchStandIn cluster, int port)
    {
        var daemon = new Daemon(
            $"""
            gates:
              events:
                protocol: http
                system: elasticsearch
                listen: 127.0.0.1:{port}
                upstream: {cluster.Address.ToString().TrimEnd('/')}

            """);
        await daemon.StartAsync();
        await daemon.SetRoleAsync("reader", "elasticsearch:index:read events");
        await daemon.AddUserAsync("kandorra", Password, "reader");
        await daemon.AddUserAsync("other", Password, "reader");
        return daemon;
    }

    private static async Task<ShellResult> RunAsync(Daemon daemon, int port, string client, string suite, string user, string password)
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/elasticsearch");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        var environment = new Dictionary<string, string>
        {
            ["CLUSTER_URL"] = $"https://127.0.0.1:{port}",
            ["CLUSTER_USER"] = user,
            ["CLUSTER_PASSWORD"] = password,
            ["CLUSTER_CA"] = daemon.CaFile,
        };
        return await Shell.RunAsync("node", ["standin.mjs", "--client", client, "--suite", suite], environment: environment, directory: folder);
    }
}
