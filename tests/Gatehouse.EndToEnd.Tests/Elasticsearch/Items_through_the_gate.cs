using Gatehouse.EndToEnd.Tests.Running;
using Gatehouse.Testing.Elasticsearch;
using Shouldly;
using Xunit;

namespace Gatehouse.EndToEnd.Tests.Elasticsearch;

/// <summary>The official clients ask for searches and documents of which one index is forbidden.</summary>
public sealed class Items_through_the_gate
{
    private const string Password = "reader-password-1";

    [Theory]
    [InlineData("es9", StandInProduct.Elasticsearch, "9.1.0")]
    [InlineData("os3", StandInProduct.OpenSearch, "3.1.0")]
    public async Task What_is_forbidden_fails_alone(string client, StandInProduct product, string version)
    {
        await using ElasticsearchStandIn cluster = await ElasticsearchStandIn.StartAsync(new StandInOptions { Product = product, Version = version });
        cluster.Indices.Put("orders", "1", """{"n":1}""");
        int port = Ports.Free();
        await using var daemon = new Daemon(
            $"""
            gates:
              events:
                protocol: http
                system: elasticsearch
                listen: 127.0.0.1:{port}
                upstream: {cluster.Address.ToString().TrimEnd('/')}

            """);
        await daemon.StartAsync();
        await daemon.SetRoleAsync("reader", "elasticsearch:index:read events*");
        await daemon.AddUserAsync("kandorra", Password, "reader");
        ShellResult made = await RunAsync(daemon, port, client, "setup", "admin", daemon.Password);
        made.ExitCode.ShouldBe(0, made.ToString());

        ShellResult used = await RunAsync(daemon, port, client, "items", "kandorra", Password);

        used.ExitCode.ShouldBe(0, used.ToString());
        used.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(4, used.ToString());
        cluster.Requests.All.Where(static r => r.Target.Contains("_m", StringComparison.Ordinal)).ShouldAllBe(static r => !r.Text.Contains("orders", StringComparison.Ordinal));
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
