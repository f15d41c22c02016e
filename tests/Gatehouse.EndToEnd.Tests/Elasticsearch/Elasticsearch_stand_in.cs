using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>The stand-in cluster, judged by the official clients: what they are content with is honest enough to test a gate before it.</summary>
public sealed class Elasticsearch_stand_in
{
    /// <summary>Steps of <c>standin.mjs --suite all</c>.</summary>
    private const int Steps = 30;

    [Theory]
    [InlineData("es8", StandInProduct.Elasticsearch, "8.19.2")]
    [InlineData("es8", StandInProduct.Elasticsearch, "9.1.0")]
    [InlineData("es9", StandInProduct.Elasticsearch, "9.1.0")]
    [InlineData("os3", StandInProduct.OpenSearch, "3.1.0")]
    [InlineData("os3", StandInProduct.OpenSearch, "2.19.0")]
    public async Task An_official_client_works_against_it(string client, StandInProduct product, string version)
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Product = product, Version = version, User = "gate", Password = "not-a-secret" });

        ShellResult result = await RunAsync(cluster, client, "not-a-secret");

        result.ExitCode.ShouldBe(0, result.ToString());
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(l => l.StartsWith("ok " + client, StringComparison.Ordinal));
        result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(Steps);
        cluster.Indices.Names.ShouldBeEmpty();
        cluster.Requests.All.ShouldAllBe(static r => r.IsComplete && r.Header("Authorization")!.StartsWith("Basic "));
    }

    [Fact]
    public async Task A_wrong_password_lets_no_client_in()
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { User = "gate", Password = "not-a-secret" });

        ShellResult result = await RunAsync(cluster, "es9", "another");

        result.ExitCode.ShouldBe(1);
        cluster.Indices.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_clients_of_elastic_refuse_a_product_that_is_not_theirs()
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Product = StandInProduct.OpenSearch, Version = "3.1.0" });

        ShellResult result = await RunAsync(cluster, "es9", "");

        result.ExitCode.ShouldBe(1);
    }

    private static async Task<ShellResult> RunAsync(ElasticsearchStandIn cluster, string client, string password)
    {
        string folder = Path.Combine(Repository.Root, "tests/clients/elasticsearch");
        ShellResult install = await Shell.BashAsync("[ -d node_modules ] || npm ci --no-audit --no-fund", directory: folder, seconds: 180);
        install.ExitCode.ShouldBe(0, install.ToString());
        var environment = new Dictionary<string, string> { ["CLUSTER_URL"] = cluster.Address.ToString(), ["CLUSTER_USER"] = "gate", ["CLUSTER_PASSWORD"] = password };
        return await Shell.RunAsync("node", ["standin.mjs", "--client", client, "--suite", "all"], environment: environment, directory: folder);
    }
}
