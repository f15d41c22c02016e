using Gatehouse.EndToEnd.Tests.Cli;
using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>
/// What Kibana, Beats, Logstash and Fluent Bit send, replayed with the identities that <c>gatehouse connect</c> made: nothing that they
/// need is refused, and nothing else is allowed.
/// </summary>
public sealed class The_stack_through_the_gate
{
    private const string Secret = "a long way home";

    [Fact]
    public async Task Kibana_starts_migrates_and_lets_people_in()
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync();
        (Daemon made, int port) = await StartAsync(cluster);
        await using Daemon daemon = made;
        await daemon.SetRoleAsync("events", "elasticsearch:index:read,index:view_index_metadata events*");
        await daemon.AddUserAsync("kandorra", Secret, "events");
        await daemon.AddUserAsync("edith", Secret, "viewer", "kibana_admin");
        Dictionary<string, string> environment = await ConnectAsync(daemon, port, "kibana", "KIBANA");
        environment["PERSON_USER"] = "kandorra";
        environment["EDITOR_USER"] = "edith";
        environment["PERSON_PASSWORD"] = environment["EDITOR_PASSWORD"] = Secret;

        ShellResult result = await RunAsync(environment, "kibana.mjs");

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(static line => line.StartsWith("ok ", StringComparison.Ordinal));
        cluster.Indices.Names.ShouldContain(".kibana_8.19.2_001");
        cluster.Requests.All.ShouldAllBe(static request => request.Header("Authorization") == null);

        // Only Kibana's own server opens system indices; who says so in its place is not believed.
        cluster.Requests.All.ShouldContain(static request => request.Target.StartsWith("/.kibana", StringComparison.Ordinal));
        cluster.Requests.All.Where(static request => request.Target.StartsWith("/.kibana", StringComparison.Ordinal))
            .ShouldAllBe(static request => request.Header("X-Elastic-Product-Origin") == "kibana");
        cluster.Requests.All.Where(static request => request.Target.StartsWith("/events", StringComparison.Ordinal) && !request.Target.StartsWith("/events/_doc", StringComparison.Ordinal))
            .ShouldAllBe(static request => request.Header("X-Elastic-Product-Origin") == null);
    }

    [Theory]
    [InlineData("filebeat", false)]
    [InlineData("filebeat", true)]
    [InlineData("metricbeat", false)]
    [InlineData("logstash", false)]
    [InlineData("fluent-bit", false)]
    public async Task A_shipper_appends_and_does_nothing_else(string product, bool isSetup)
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync();
        (Daemon made, int port) = await StartAsync(cluster);
        await using Daemon daemon = made;
        Dictionary<string, string> environment = await ConnectAsync(daemon, port, product, "SHIPPER", isSetup ? ["--setup"] : []);

        ShellResult result = await RunAsync(environment, "shippers.mjs", [product, .. isSetup ? (string[])["--setup"] : []]);

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(static line => line.StartsWith("ok ", StringComparison.Ordinal));
    }

    private static async Task<(Daemon Daemon, int Port)> StartAsync(ElasticsearchStandIn cluster)
    {
        using var direct = new HttpClient { BaseAddress = cluster.Address };
        foreach (string index in new[] { "events", "orders" })
        {
            using var document = new StringContent("""{"n":1}""", System.Text.Encoding.UTF8, "application/json");
            (await direct.PutAsync($"/{index}/_doc/1?refresh=true", document, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        }

        int port = Ports.Free();
        return (await new Daemon(
            $"gates:\n  elasticsearch:\n    protocol: http\n    system: elasticsearch\n    listen: 127.0.0.1:{port}\n    upstream: {cluster.Address.GetLeftPart(UriPartial.Authority)}\n").StartAsync(), port);
    }

    /// <summary>Connects a product and finds in its settings what it would find there.</summary>
    private static async Task<Dictionary<string, string>> ConnectAsync(Daemon daemon, int port, string product, string prefix, params string[] more)
    {
        string file = daemon.Folder["settings"];
        ShellResult made = await daemon.CliAsync(["connect", product, "--write", file, .. more]);
        made.ExitCode.ShouldBe(0, made.ToString());
        var credential = Connect_products.Credential.In(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var environment = new Dictionary<string, string> { ["CLUSTER_URL"] = $"https://127.0.0.1:{port}", ["CLUSTER_CA"] = daemon.Folder["gatehouse-ca.crt"] };
        if (credential.User is { } user)
        {
            environment[prefix + "_USER"] = user;
            environment[prefix + "_PASSWORD"] = credential.Secret;
        }
        else
        {
            environment[prefix + "_API_KEY"] = credential.Secret;
        }

        return environment;
    }

    private static Task<ShellResult> RunAsync(Dictionary<string, string> environment, string script, params string[] arguments) =>
        Shell.RunAsync("node", [script, .. arguments], environment: environment, directory: Path.Combine(Repository.Root, "tests/clients/elasticsearch"));
}
